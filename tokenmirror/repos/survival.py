"""What becomes of the person's lines on the main line: one forward pass over the landings.

Per file that holds lines of the person's, the label of every line is kept; each hunk cuts
its old lines out (deaths) and puts new ones in (births).  It equals ``git blame
--first-parent`` at a fraction of the price.  Moves, renames and re-formatting are no death
(``transfer``), undone changes are told apart (``reverts``).  Pure: no git, no clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tokenmirror.repos import labels, reverts
from tokenmirror.repos.claims import printable
from tokenmirror.repos.fates import (
    Birth,
    Cause,
    Censored,
    Dead,
    Death,
    Fates,
    Grave,
    Killer,
    Owner,
    Remembered,
    Return,
    Reversal,
    Undone,
)
from tokenmirror.repos.labels import OTHER, Label, Lines
from tokenmirror.repos.landing import SealedFile
from tokenmirror.repos.patches import FileChange
from tokenmirror.repos.transfer import (
    FORMATTED_FILES,
    Moving,
    Place,
    carry_all,
    is_formatting,
    transfer,
)
from tokenmirror.repos.writers import Writers
from tokenmirror.seal import TRIVIAL


@dataclass(frozen=True, slots=True)
class Landing:
    """One landing as the pass sees it.

    ``at_ms`` is its monotone time.  ``undoes``: landings that its message, or that of a
    commit it contains, says it reverts.  ``format_only``: named in the repository's list of
    commits that a blame skips.  ``unsure``: deleted files may live on where they could not be
    read.  ``closed``: files that take no part any more; ``lost``: files whose change could
    not be read; both by their former names.  ``renamed``: former to new name, for such files
    that moved unchanged.
    """

    oid: str
    at_ms: int
    mine: bool
    undoes: tuple[str, ...] = ()
    format_only: bool = False
    unsure: bool = False
    closed: Collection[str] = ()
    lost: Collection[str] | None = ()  # None: all of them
    renamed: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _File:
    """One file of a landing at work."""

    moving: Moving
    writers: Writers
    lines: Lines
    before: list[Label]  # per removed line
    after: list[Label] = field(default_factory=list)  # per added line

    @property
    def makes_births(self) -> bool:
        return any(self.writers.claimed) or any(self.writers.rest)


class Survival:
    """The labels of all files, brought forward landing by landing.

    ``transfers`` off follows nothing but renames, as blame does.
    """

    def __init__(self, known: Remembered, *, transfers: bool = True) -> None:
        self._transfers = transfers
        self._kept = known.births
        self._packed = dict(known.tracks)
        self._lines: dict[str, Lines] = {}
        self._births: dict[int, Birth] = {}
        self._by_landing: dict[str, list[Birth]] = {}
        self._next = known.next_birth
        self._graves = reverts.Graves(known.graves, known.standing)
        self._draft = _Draft()

    def land(
        self,
        landing: Landing,
        changes: Sequence[FileChange],
        files: Sequence[SealedFile],
        writers: Sequence[Writers],
    ) -> None:
        """Take one landing in; the three sequences are parallel."""
        self._leave(landing)
        work = [
            self._opened(change, file, who)
            for change, file, who in zip(changes, files, writers, strict=True)
        ]
        if not any(one.lines or one.makes_births for one in work) and not self._graves.watches(
            landing.undoes
        ):
            return
        formats = self._transfers and self._travel(landing, work)
        causes = self._die(landing, work)
        if not formats:
            returned = self._returned(landing, work)
            names: dict[tuple[str, Owner], Birth] = {}
            for number, one in enumerate(work):
                self._label(
                    landing,
                    one,
                    number,
                    work,
                    returned,
                    names,
                    restores="reverted" in causes.values(),
                )
        else:
            for one in work:
                one.after = [_inherited(work, origin) for origin in one.moving.origins]
        self._close(work)
        grave = self._draft.graves.get(landing.oid)
        if grave is not None:
            self._graves.add(grave, stands=bool(causes))

    def taken(self, now_ms: int | None) -> Fates:
        """What the landings since the last call brought; ``now_ms`` is the last one's time."""
        draft, self._draft = self._draft, _Draft()
        since_ms = None if now_ms is None else now_ms - reverts.REMEMBERED_MS
        self._graves.forget(since_ms)
        return Fates(
            tuple(draft.births),
            tuple(draft.deaths),
            tuple(draft.returns),
            tuple(draft.censored),
            tuple(draft.reversals),
            tuple(draft.undone),
            tuple(draft.graves[oid] for oid in draft.graves),
            tuple(draft.emptied),
            {path: self._blob(path) for path in sorted(draft.touched)},
            since_ms,
        )

    def lines(self, path: str) -> Lines:
        """The labels of a file's lines now."""
        known = self._lines.get(path)
        if known is None and path in self._packed:
            known = self._lines[path] = labels.unpack(self._packed[path])
        return known or []

    def paths(self) -> list[str]:
        """Files that hold lines of the person's."""
        return sorted({*self._packed, *self._lines})

    def birth(self, number: int) -> Birth:
        """A birth by its number, as it stands now."""
        if number not in self._births:
            self._births[number] = self._kept.birth(number)
        return self._births[number]

    def _of_landing(self, oid: str) -> list[Birth]:
        known = self._by_landing.get(oid)
        if known is None:
            kept = self._kept.of_landing(oid)
            known = [self._births.setdefault(one.number, one) for one in kept]
            self._by_landing[oid] = known
        return known

    def _blob(self, path: str) -> bytes | None:
        lines = self._lines.get(path)
        return labels.pack(lines) if lines else None

    def _set(self, path: str, lines: Lines) -> None:
        self._packed.pop(path, None)
        if lines:
            self._lines[path] = lines
        else:
            self._lines.pop(path, None)
        self._draft.touched.add(path)

    def _leave(self, landing: Landing) -> None:
        """Let go of files that cannot be followed any further, or not through this landing."""
        if landing.lost is None:
            lost: Collection[str] = self.paths()
        else:
            lost = [*landing.closed, *landing.lost]
        for path in lost:
            self._lose(path, landing.at_ms)
        moved = {new: self.lines(old) for old, new in landing.renamed.items() if self.lines(old)}
        for old in landing.renamed:
            if self.lines(old):
                self._set(old, [])
        for new, lines in moved.items():
            self._set(new, lines)

    def _lose(self, path: str, at_ms: int) -> None:
        for number, lines in sorted(labels.carried(self.lines(path)).items()):
            self._draft.censored.append(Censored(number, at_ms, lines))
            self.birth(number).living -= lines
        if self.lines(path):
            self._set(path, [])

    def _opened(self, change: FileChange, file: SealedFile, who: Writers) -> _File:
        lines = self.lines(change.source or change.path)
        before = labels.labels_at(lines, change.removed_numbers)
        return _File(Moving(change, file), who, lines, before)

    def _travel(self, landing: Landing, work: Sequence[_File]) -> bool:
        """Find what only moves; says whether the landing is a formatter's."""
        files = [one.moving for one in work]
        births = any(one.makes_births for one in work)
        may_format = landing.format_only or sum(bool(f.spans) for f in files) >= FORMATTED_FILES
        sources = [births or may_format or any(one.before) for one in work]
        transfer(files, sources)
        if landing.format_only or (may_format and is_formatting(files)):
            carry_all(files)
            return True
        return False

    def _die(self, landing: Landing, work: Sequence[_File]) -> dict[str, Cause]:
        """Record what is gone; gives the landings that are undone thereby."""
        gone = [one for file in work for one in _gone(file, unsure=landing.unsure)]
        if not gone:
            return {}
        rows = Counter(
            (dead.label, dead.proof, by, one.cause)
            for one in gone
            for dead, by in zip(one.dead, one.by, strict=True)
        )
        causes = self._reversals(landing, work, rows)
        deaths: Counter[tuple[int, Cause, Killer]] = Counter()
        lost: Counter[int] = Counter()
        for (label, _proof, by, cause), lines in rows.items():
            for number in label:
                birth = self.birth(number)
                birth.living -= lines
                if cause is None:
                    lost[number] += lines
                else:
                    deaths[number, causes.get(birth.landing, cause), by] += lines
        self._draft.deaths += [
            Death(number, landing.at_ms, lines, cause, landing.oid, by)
            for (number, cause, by), lines in sorted(deaths.items())
        ]
        self._draft.censored += [
            Censored(number, landing.at_ms, lines) for number, lines in sorted(lost.items())
        ]
        dead = tuple(each for one in gone if one.cause is not None for each in one.dead)
        if dead:
            self._draft.graves[landing.oid] = Grave(landing.oid, landing.at_ms, dead)
        return causes

    def _reversals(
        self, landing: Landing, work: Sequence[_File], rows: Mapping[_Row, int]
    ) -> dict[str, Cause]:
        """The landings that this one undoes, with the cause of their lines' death."""
        fallen: dict[str, reverts.Fallen] = {}
        for (label, proof, _by, cause), lines in rows.items():
            for number in label if cause is not None else ():
                birth = self.birth(number)
                known = fallen.get(birth.landing)
                if known is None:
                    known = fallen[birth.landing] = reverts.Fallen(birth.born_ms)
                known.add(birth, lines, proof=proof)
        targets = [
            oid
            for oid in sorted(fallen)
            if oid in landing.undoes or fallen[oid].may_be_undone(landing.at_ms)
        ]
        new_proof = _new_proof(work) if targets else 0
        causes: dict[str, Cause] = {}
        for target in targets:
            births = self._of_landing(target)
            named = target in landing.undoes
            found = reverts.judged(fallen[target], births, landing.at_ms, new_proof, named=named)
            if found is not None:
                how, share = found
                self._draft.reversals.append(
                    Reversal(target, landing.oid, landing.at_ms, how, share)
                )
                causes[target] = "reverted" if how == "message" else how
        return causes

    def _returned(self, landing: Landing, work: Sequence[_File]) -> dict[tuple[int, int], Label]:
        """Lines that were removed before and are back now."""
        if not self._graves.watches(landing.undoes):
            return {}
        lines = [
            reverts.Line((number, at), one.moving.change.path, line, not flag & TRIVIAL)
            for number, one in enumerate(work)
            for at, (line, flag) in enumerate(
                zip(one.moving.file.added, one.moving.file.added_flags, strict=True)
            )
            if one.moving.origins[at] is None and one.writers.claimed[at] is None
        ]
        found: dict[tuple[int, int], Label] = {}
        for back in self._graves.returning(lines, landing.undoes, landing.at_ms):
            found.update(back.labels)
            counts = Counter(number for label in back.labels.values() for number in label)
            for number, count in sorted(counts.items()):
                self.birth(number).living += count
                self._draft.returns.append(Return(number, landing.at_ms, count, back.landing))
            self._draft.emptied.append(back.landing)
            if back.stood:
                self._draft.undone.append(Undone(back.landing, landing.at_ms))
        return found

    def _label(
        self,
        landing: Landing,
        one: _File,
        number: int,
        work: Sequence[_File],
        returned: Mapping[tuple[int, int], Label],
        names: dict[tuple[str, Owner], Birth],
        *,
        restores: bool,
    ) -> None:
        """Whose each added line is; ``names`` are the births of this landing."""
        who, file, origins = one.writers, one.moving.file, one.moving.origins
        if not returned and origins.count(None) == len(origins):
            one.after = self._new(landing, file, _owners(who, restores=restores), names)
            return
        for at, origin in enumerate(origins):
            label = returned.get((number, at), _inherited(work, origin))
            owner = who.claimed[at]
            if owner is None and origin is None and not restores:
                # what a revert puts back was not written now
                owner = who.rest[at]
            if not label and owner is not None:
                birth = names.get((file.path, owner)) or self._born(landing, file.path, owner)
                names[file.path, owner] = birth
                birth.lines += 1
                birth.living += 1
                birth.proof_lines += not file.added_flags[at] & TRIVIAL
                label = (birth.number,)
            one.after.append(label)

    def _new(
        self,
        landing: Landing,
        file: SealedFile,
        owners: Sequence[Owner | None],
        names: dict[tuple[str, Owner], Birth],
    ) -> list[Label]:
        """Labels of added lines of which none was there before, by their owners."""
        found: dict[Owner | None, Label] = {}
        for owner in dict.fromkeys(owners):
            if owner is None:
                found[owner] = OTHER
                continue
            birth = names.get((file.path, owner)) or self._born(landing, file.path, owner)
            names[file.path, owner] = birth
            lines = owners.count(owner)
            alone = lines == len(owners)
            birth.lines += lines
            birth.living += lines
            birth.proof_lines += (
                len(file.proof_added)
                if alone
                else sum(
                    one == owner and not flag & TRIVIAL
                    for one, flag in zip(owners, file.added_flags, strict=True)
                )
            )
            found[owner] = (birth.number,)
            if alone:
                return [found[owner]] * lines
        return [found[owner] for owner in owners]

    def _born(self, landing: Landing, path: str, owner: Owner) -> Birth:
        birth = Birth(
            self._next, landing.oid, printable(path), owner, landing.mine, 0, 0, landing.at_ms, 0
        )
        self._next += 1
        self._births[birth.number] = birth
        self._by_landing.setdefault(landing.oid, []).append(birth)
        self._draft.births.append(birth)
        return birth

    def _close(self, work: Sequence[_File]) -> None:
        """Write the files' new labels; first of all, names that are no longer used."""
        for one in work:
            change = one.moving.change
            former = change.source or (change.path if change.deleted else None)
            if former is not None and one.lines:
                self._set(former, [])
        for one in work:
            if not one.moving.change.deleted and (one.lines or any(one.after)):
                self._set(one.moving.change.path, _relabelled(one))


@dataclass(slots=True)
class _Draft:
    """What the next step brings."""

    births: list[Birth] = field(default_factory=list)
    deaths: list[Death] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    censored: list[Censored] = field(default_factory=list)
    reversals: list[Reversal] = field(default_factory=list)
    undone: list[Undone] = field(default_factory=list)
    graves: dict[str, Grave] = field(default_factory=dict)
    emptied: list[str] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Gone:
    """Removed lines of the person's in one hunk, and ``by`` whom each was removed.

    Without a ``cause`` they are lost from sight.
    """

    dead: list[Dead]
    by: list[Killer]
    cause: Cause | None


_Row = tuple[Label, bool, Killer, Cause | None]  # removed lines alike: births, proof, by, cause


def _gone(one: _File, *, unsure: bool) -> Iterator[_Gone]:
    """The labelled lines of a file that no added one carries on."""
    before = one.before
    if not any(before):
        return
    moving, proofs = one.moving, set(one.moving.file.proof_removed)
    path, lines, stays = moving.change.path, moving.file.removed, moving.stays
    for removed, added in moving.spans:
        gone = [at for at in removed if before[at] and not stays[at]]
        if not gone:
            continue
        cause: Cause | None = "changed" if added else "deleted"
        if moving.change.deleted:
            cause = None if unsure else "with_file"
        dead = [Dead(path, lines[at], lines[at] in proofs, before[at]) for at in gone]
        if any(one.writers.claimed[added.start : added.stop]):
            yield _Gone(dead, ["ai"] * len(dead), cause)
        else:
            yield _Gone(dead, [one.writers.by[at] for at in gone], cause)


def _owners(who: Writers, *, restores: bool) -> Sequence[Owner | None]:
    """Whose the added lines are that were not there before; what is put back was not written."""
    if restores:
        return who.claimed
    if not any(who.claimed):
        return who.rest
    return [
        rest if owner is None else owner for owner, rest in zip(who.claimed, who.rest, strict=True)
    ]


def _new_proof(work: Iterable[_File]) -> int:
    """Added lines that prove something and were not there before."""
    return sum(
        origin is None and not flag & TRIVIAL
        for one in work
        for origin, flag in zip(one.moving.origins, one.moving.file.added_flags, strict=True)
    )


def _inherited(work: Sequence[_File], origin: tuple[Place, ...] | None) -> Label:
    """The births that a line carries on."""
    if not origin:
        return OTHER
    return tuple(sorted(birth for number, at in origin for birth in work[number].before[at]))


def _relabelled(one: _File) -> Lines:
    change, rows = one.moving.change, []
    for hunk, (_removed, added) in zip(change.hunks, one.moving.spans, strict=True):
        row = one.after[added.start : added.stop]
        if len(row) < hunk.new_count:  # some new lines are blank
            row = [OTHER] * hunk.new_count
            for at in added:
                row[change.numbers[at] - hunk.new_start] = one.after[at]
        rows.append(row)
    return labels.cut(one.lines, change.hunks, rows)
