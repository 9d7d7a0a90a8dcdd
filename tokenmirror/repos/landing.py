"""Accepted edits found again in commits: lines matched one to one (pure, no git, no text).

The steps are those of ``shipped.md`` 4.4.  Near lines (5) and moved paths (8) are left out:
what they would find stays "not known to be a tool's".
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tokenmirror.repos.history import DAY_MS, Head
from tokenmirror.repos.nouns import Edit, Pool
from tokenmirror.repos.patches import FileChange
from tokenmirror.seal import IMPORT, REMOVED, TRIVIAL, Sealer

AFTER_MS = 120_000  # clocks: an edit may seem so much later than its commit
SECOND_MS = 1000  # git keeps whole seconds
LANDING_DAYS = 60  # of an edit whose session is linked already
REACH = 3  # line numbers between neighbours of one run


@dataclass(slots=True)
class SealedFile:
    """Hashes of a file's non-blank lines in one commit.

    ``numbers`` are the added lines' numbers in the new file; ``proof_added`` and
    ``proof_removed`` the lines that prove something.
    """

    path: str
    source: str | None
    numbers: Sequence[int]
    added: array[int]
    added_flags: bytes
    removed: array[int]
    proof_added: list[int]
    proof_removed: list[int]


def sealed(changes: Iterable[FileChange], sealer: Sealer) -> list[SealedFile]:
    """The files of a commit, with hashes in place of their text."""
    return [_sealed(change, sealer) for change in changes]


def _sealed(change: FileChange, sealer: Sealer) -> SealedFile:
    lines = sealer.lines(change.added, change.removed)
    count = len(change.added)
    added, flags = lines.hashes[:count], lines.flags[:count]
    return SealedFile(
        change.path,
        change.source,
        change.numbers,
        added,
        flags,
        lines.hashes[count:],
        [line for line, flag in zip(added, flags, strict=True) if not flag & TRIVIAL],
        [line for line, flag in zip(*lines, strict=True) if flag & _KIND == REMOVED],
    )


@dataclass(slots=True)
class Entry:
    """One accepted edit as the matching sees it.

    ``removed`` are hashes of lines that prove something, ``proof_lines`` counts such added
    ones; ``spent`` are added lines that landed on the chain (bits).
    """

    edit: Edit
    added: array[int]
    flags: bytes
    removed: list[int]
    spent: int
    proof_lines: int


_KIND = REMOVED | TRIVIAL
Spot = tuple[Entry, int]


@dataclass(slots=True)
class Totals:
    """What a session's accepted edits hold here: different lines that prove something."""

    added: set[tuple[str, int]] = field(default_factory=set)
    removed: set[tuple[str, int]] = field(default_factory=set)


class Index:
    """The pool by path, and within it by line; ``totals`` by session."""

    def __init__(self, pool: Pool) -> None:
        self.entries: dict[str, list[Entry]] = {}
        self.totals: dict[int, Totals] = {}
        self._spots: dict[str, dict[int, list[Spot]]] = {}
        self._removals: dict[str, dict[int, list[Spot]]] = {}
        for edit in sorted(pool.edits, key=lambda each: (each.at_ms, each.id)):
            self._add(edit, pool)

    def _add(self, edit: Edit, pool: Pool) -> None:
        hashes, flags = edit.lines
        count = next((at for at, flag in enumerate(flags) if flag & REMOVED), len(flags))
        follow = pool.follows.get(edit.id)
        spent = follow.shipped if follow else 0
        every = zip(hashes, flags, strict=True)
        proof = [(line, flag & REMOVED) for line, flag in every if not flag & TRIVIAL]
        added = [line for line, gone in proof if not gone]
        removed = [line for line, gone in proof if gone]
        entry = Entry(edit, hashes[:count], flags[:count], removed, spent, len(added))
        self.entries.setdefault(edit.path, []).append(entry)
        totals = self.totals.setdefault(edit.session, Totals())
        totals.added.update((edit.path, line) for line in added)
        totals.removed.update((edit.path, line) for line in removed)

    def spots(self, path: str) -> dict[int, list[Spot]]:
        """Where each line was added to this path: oldest edit first, last line first."""
        known = self._spots.get(path)
        if known is None:
            known = self._spots[path] = _by_line(self.entries.get(path, ()), removals=False)
        return known

    def removals(self, path: str) -> dict[int, list[Spot]]:
        """Where each line was removed from this path, in the same order."""
        known = self._removals.get(path)
        if known is None:
            known = self._removals[path] = _by_line(self.entries.get(path, ()), removals=True)
        return known


def _by_line(entries: Iterable[Entry], *, removals: bool) -> dict[int, list[Spot]]:
    spots: dict[int, list[Spot]] = {}
    for entry in entries:
        lines = entry.removed if removals else entry.added
        for at in range(len(lines) - 1, -1, -1):
            spots.setdefault(lines[at], []).append((entry, at))
    return spots


@dataclass(slots=True)
class FileMatch:
    """One file of a commit: per added line the edit's line it is, and removed lines found.

    ``paths`` are the file's names that the pool knows, ``entries`` the edits under them.
    """

    file: SealedFile
    paths: tuple[str, ...]
    entries: list[Entry]
    spots: list[Spot | None]
    moved: list[bool]
    removed: list[Spot] = field(default_factory=list)


class Matching:
    """One commit's lines against the pool; changes nothing outside itself.

    On the chain, spent lines are not used again, and edits up to 60 days old count where
    their session is linked already.
    """

    def __init__(
        self,
        index: Index,
        head: Head,
        linked: Mapping[int, int],
        *,
        on_chain: bool,
        window_days: int,
    ) -> None:
        self._index = index
        self._linked = linked
        self._head = head
        self._on_chain = on_chain
        self._soonest_ms = head.earliest_ms - window_days * DAY_MS
        self._oldest_ms = head.earliest_ms - max(LANDING_DAYS, window_days) * DAY_MS
        self._used: dict[int, int] = {}
        self._used_removals: set[tuple[int, int]] = set()

    def match(self, files: Sequence[SealedFile], renames: Mapping[str, str]) -> list[FileMatch]:
        """Match the files that the pool knows; ``renames`` from a name to the one before."""
        removed = Counter(line for file in files for line in file.proof_removed)
        added = Counter(line for file in files for line in file.proof_added if line in removed)
        found = []
        for file in files:
            paths = self._paths(file, renames)
            if paths:
                spots: list[Spot | None] = [None] * len(file.added)
                moved = [
                    not flag & TRIVIAL and added[line] > 0 and added[line] <= removed[line]
                    for line, flag in zip(file.added, file.added_flags, strict=True)
                ]
                entries = [e for path in paths for e in self._index.entries[path]]
                found.append(FileMatch(file, paths, entries, spots, moved))
        for one in found:
            self._anchor(one)
        anchored = {spot[0].edit.session for one in found for spot in one.spots if spot}
        for one in found:
            self._repeated(one, anchored)
        for one in found:
            self._trivial(one)
            self._removals(one, added)
        return found

    def _paths(self, file: SealedFile, renames: Mapping[str, str]) -> tuple[str, ...]:
        """The file's name, and the ones it had before, as far as the pool has edits there."""
        names: dict[str, None] = {}
        for start in (file.path, file.source):
            name: str | None = start
            while name and name not in names:
                names[name] = None
                name = renames.get(name)
        return tuple(name for name in names if name in self._index.entries)

    def _anchor(self, one: FileMatch) -> None:
        """Steps 2 and 3: lines that stand once in the file, and the runs around them."""
        file = one.file
        counts = Counter(file.added)
        for at, (line, flag) in enumerate(zip(file.added, file.added_flags, strict=True)):
            if flag & (TRIVIAL | IMPORT) or counts[line] > 1:
                continue
            if one.spots[at] is None and not one.moved[at]:
                spot = self._latest(one, line)
                if spot is not None:
                    self._take(one, at, spot)
                    self._extend(one, at)

    def _repeated(self, one: FileMatch, anchored: set[int]) -> None:
        """Step 4: lines that stand several times; imports only beside proof of a session."""
        file = one.file
        for at, (line, flag) in enumerate(zip(file.added, file.added_flags, strict=True)):
            if flag & TRIVIAL or one.spots[at] is not None or one.moved[at]:
                continue
            spot = self._latest(one, line, anchored if flag & IMPORT else None)
            if spot is not None:
                self._take(one, at, spot)
                self._extend(one, at)

    def _extend(self, one: FileMatch, start: int) -> None:
        file = one.file
        for step in (1, -1):
            at, spot = start, one.spots[start]
            while spot is not None:
                entry, line = spot
                following, beside = line + step, at + step
                spot = None
                if not (0 <= beside < len(file.added) and 0 <= following < len(entry.added)):
                    break
                near = abs(file.numbers[beside] - file.numbers[at]) <= REACH
                free = one.spots[beside] is None and not one.moved[beside]
                same = file.added[beside] == entry.added[following]
                if near and free and same and not self._is_used(entry, following):
                    spot, at = (entry, following), beside
                    self._take(one, at, spot)

    def _trivial(self, one: FileMatch) -> None:
        """Step 6: trivial lines close to a claimed one, of the same edit."""
        claimed = list(one.spots)
        if not any(claimed):
            return
        for at, flag in enumerate(one.file.added_flags):
            if flag & TRIVIAL and claimed[at] is None:
                for entry in self._beside(one, at, claimed):
                    if self._took_unused(one, at, entry):
                        break

    def _beside(self, one: FileMatch, at: int, claimed: Sequence[Spot | None]) -> Iterator[Entry]:
        """Edits that claim lines close to this one: above first, nearest first."""
        numbers = one.file.numbers
        for step in (-1, 1):
            beside = at + step
            while 0 <= beside < len(numbers) and abs(numbers[beside] - numbers[at]) <= REACH:
                spot = claimed[beside]
                if spot is not None:
                    yield spot[0]
                beside += step

    def _took_unused(self, one: FileMatch, at: int, entry: Entry) -> bool:
        for spot in one_entry(self._spots_of(one, one.file.added[at]), entry):
            if not self._is_used(*spot):
                self._take(one, at, spot)
                return True
        return False

    def _removals(self, one: FileMatch, added: Counter[int]) -> None:
        """Removed lines of the edits, one to one; those that stand elsewhere now are moves."""
        for line in one.file.proof_removed:
            if added[line]:
                continue
            spots = [s for path in one.paths for s in self._index.removals(path).get(line, ())]
            for entry, at in sorted(spots, key=_latest_first):
                key = (entry.edit.id, at)
                if key not in self._used_removals and self._in_time(entry.edit):
                    self._used_removals.add(key)
                    one.removed.append((entry, at))
                    break

    def _spots_of(self, one: FileMatch, line: int) -> list[Spot]:
        if len(one.paths) == 1:
            return self._index.spots(one.paths[0]).get(line, [])
        spots = [s for path in one.paths for s in self._index.spots(path).get(line, ())]
        return sorted(spots, key=_latest_first, reverse=True)

    def _latest(self, one: FileMatch, line: int, sessions: set[int] | None = None) -> Spot | None:
        """The latest edit that holds a line; one that seems later than the commit comes last."""
        doubtful = None
        for spot in reversed(self._spots_of(one, line)):
            edit = spot[0].edit
            if sessions is not None and edit.session not in sessions:
                continue
            if self._in_time(edit) and not self._is_used(*spot):
                if edit.at_ms < self._head.committed_ms + SECOND_MS:
                    return spot
                doubtful = doubtful or spot
        return doubtful

    def _in_time(self, edit: Edit) -> bool:
        # a file written whole repeats what the commit before it holds already
        after_ms = SECOND_MS if edit.whole else AFTER_MS
        if edit.at_ms >= self._head.committed_ms + after_ms or edit.at_ms < self._oldest_ms:
            return False
        if edit.at_ms >= self._soonest_ms:
            return True
        linked_ms = self._linked.get(edit.session)
        return self._on_chain and linked_ms is not None and linked_ms <= self._head.committed_ms

    def _is_used(self, entry: Entry, line: int) -> bool:
        used = self._used.get(entry.edit.id, 0)
        if self._on_chain:
            used |= entry.spent
        return bool(used >> line & 1)

    def _take(self, one: FileMatch, at: int, spot: Spot) -> None:
        entry, line = spot
        one.spots[at] = spot
        self._used[entry.edit.id] = self._used.get(entry.edit.id, 0) | 1 << line


def one_entry(spots: Iterable[Spot], entry: Entry) -> Iterator[Spot]:
    """Of these places, the ones in one edit; first line first."""
    return (spot for spot in reversed(list(spots)) if spot[0] is entry)


def _latest_first(spot: Spot) -> tuple[int, int, int]:
    edit = spot[0].edit
    return -edit.at_ms, -edit.id, spot[1]
