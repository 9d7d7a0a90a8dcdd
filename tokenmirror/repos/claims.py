"""From matched lines to claims and links: which session a commit may be said to hold (pure).

Two rules, one after the other (``design`` point 17): whether a session is linked to a commit
at all, and whether that link makes its task shipped.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType

from tokenmirror.repos.commons import Commons
from tokenmirror.repos.history import Head
from tokenmirror.repos.landing import AFTER_MS, Entry, FileMatch, Index, anchors
from tokenmirror.repos.nouns import SHIP_LINES, Claim, Evidence, Finding, Follow, Link, Owner, Pool
from tokenmirror.seal import IMPORT, TRIVIAL

LINK_LINES = 2
SMALL_COMMIT = 6  # with fewer proof lines one line is enough
SMALL_EDIT = 3  # so it is for an edit with no more than these
WHOLE_SHARE = 0.8  # of an edit: nearly all of it
SHIP_SHARE = 0.5
CHANCE_SHARE = 0.25  # of an edit's lines that no other place has: fewer may be there by chance
REMOVED_SHARE = 0.6

_SAYS_LITTLE: frozenset[Evidence | None] = frozenset({None, "near"})
Recorded = Mapping[str, Sequence[int | None]]  # sessions of added lines, by path


@dataclass(frozen=True, slots=True)
class Standing:
    """Whose commit it is, and where it stands.

    ``mine``: its author is the person.  ``names_me``: a co-author line does.
    ``brings_mine``: it contains a commit of the person's, squashed or merged.  ``agents``:
    sessions whose log says that they made it.  ``mono_ms`` is the landing time, ``None`` off
    the chain; edits before ``soonest_ms`` are old ones.
    """

    placed_ms: int
    mono_ms: int | None
    mine: bool
    names_me: bool
    brings_mine: bool
    agents: tuple[int, ...]
    soonest_ms: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a commit is found to hold; ``mine`` as it is stored.

    ``owners`` say, per file of the matches, whose each added line is.
    """

    mine: bool
    owners: Mapping[str, tuple[Owner | None, ...]]
    claims: tuple[Claim, ...]
    links: tuple[Link, ...]
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Part:
    """What of an edit is there: lines with proof, and of these such as stand nowhere else."""

    entry: Entry
    exact: int = 0
    distinct: int = 0

    def holds(self, least: float) -> bool:
        """Whether several lines are there, and at least so much of the edit."""
        return self.exact >= SHIP_LINES and self.exact >= least * self.entry.proof_lines

    def speaks(self, is_common: Callable[[int], bool]) -> bool:
        """Whether so much of the edit is there that it is no chance.

        Lines that several files have may have been typed.  They count beside one that no
        other place has, unless the edit has many such, or where nearly all of an edit is
        there that has no other ones.
        """
        if self.distinct >= LINK_LINES or (self.distinct and self.entry.proof_lines <= SMALL_EDIT):
            return True
        if not self.holds(SHIP_SHARE if self.distinct else WHOLE_SHARE):
            return False
        # one line that nothing else has may be typed by chance, where the edit had many more
        own = sum(not is_common(line) for line in anchors(self.entry.added, self.entry.flags))
        return self.distinct >= CHANCE_SHARE * own


@dataclass(slots=True)
class _Tally:
    """What speaks for a session; ``distinct`` lines stand in one place only.

    ``exact`` counts those that a tool ``recorded`` too.
    """

    exact: int = 0
    distinct: int = 0
    recorded: int = 0
    removed: int = 0
    latest_ms: int = 0
    by_edit: dict[int, _Part] = field(default_factory=dict)

    def links(self, is_common: Callable[[int], bool], *, small: bool) -> bool:
        """Whether what is there links the session; ``small``: of a small commit."""
        if self.recorded >= LINK_LINES or (small and self.distinct + self.recorded):
            return True
        return any(part.speaks(is_common) for part in self.by_edit.values())

    @property
    def holds_an_edit(self) -> bool:
        """Whether most of one edit is there: more than what is left over of a landed one."""
        return any(part.holds(SHIP_SHARE) for part in self.by_edit.values())


def verdict(
    head: Head,
    standing: Standing,
    matches: Sequence[FileMatch],
    proof_lines: int,
    index: Index,
    pool: Pool,
    records: Recorded = MappingProxyType({}),
    commons: Commons | None = None,
) -> Verdict:
    """Judge a commit's matches, and write what landed into the pool.

    ``proof_lines`` are the whole commit's; ``records`` the sessions that tools recorded for
    added lines, by path, parallel to the lines.  ``commons``: of the chain up to a landing.
    """
    if not standing.agents and not records and not any(map(_speaks, matches)):
        return Verdict(standing.mine, {}, (), (), ())
    is_common = _common_lines(head, matches, index, commons)
    tallies = _tallies(head, matches, records, is_common)
    links = {
        session: link
        for session, tally in sorted(tallies.items())
        if (link := _link(head, standing, session, tally, proof_lines, index, is_common))
    }
    for session in standing.agents:
        links[session] = Link(head.oid, session, "agent_made", standing.mono_ms is not None)
    links = {
        session: link
        for session, link in links.items()
        if session in standing.agents or _may(standing, tallies[session], session, head, pool)
    }
    mine = standing.mine or bool(standing.agents) or (standing.names_me and bool(links))
    for match in matches:
        _confirm(match, records.get(match.file.path), links)
    owners = {
        match.file.path: _owners(head, standing, match, records.get(match.file.path), links)
        for match in matches
    }
    claims = _claims(head, matches, owners, links)
    found = _found(matches, links)
    findings = tuple(found[edit] for edit in sorted(found))
    _follow(findings, standing, index, pool)
    if mine:
        for session in links:
            known_ms = pool.linked.get(session, head.committed_ms)
            pool.linked[session] = min(known_ms, head.committed_ms)
    return Verdict(mine, owners, claims, tuple(links[s] for s in sorted(links)), findings)


def _speaks(match: FileMatch) -> bool:
    """Whether there is anything that may link a session; lines that are close do not."""
    return bool(match.removed) or not _SAYS_LITTLE.issuperset(match.how)


def _common_lines(
    head: Head, matches: Sequence[FileMatch], index: Index, commons: Commons | None
) -> Callable[[int], bool]:
    """Whether a line stands in several places: in the commit, on the chain, or in edits."""
    counts = Counter(chain.from_iterable(match.file.proof_added for match in matches))

    def is_common(line: int) -> bool:
        return (
            counts[line] > 1
            or (commons is not None and commons.has(line))
            or index.is_common(line, head.committed_ms + AFTER_MS)
        )

    return is_common


def _tallies(
    head: Head,
    matches: Sequence[FileMatch],
    records: Recorded,
    is_common: Callable[[int], bool],
) -> dict[int, _Tally]:
    """What speaks for each session: equal lines, recorded ones and removed ones.

    Lines that are close to an edit's do not, nor a record where an equal line says otherwise.
    """
    tallies: defaultdict[int, _Tally] = defaultdict(_Tally)
    for match in matches:
        for session, at in _recorded(match, records.get(match.file.path)):
            if match.spots[at] is None or match.how[at] == "near":
                tally = tallies[session]
                proof = not match.file.added_flags[at] & TRIVIAL
                tally.exact += proof
                tally.recorded += proof
                tally.latest_ms = max(tally.latest_ms, head.committed_ms)
        for at, spot in enumerate(match.spots):
            flag = match.file.added_flags[at]
            if spot is not None and match.how[at] != "near" and not flag & TRIVIAL:
                entry, line = spot[0], match.file.added[at]
                common = flag & IMPORT or is_common(line)
                tally = tallies[entry.edit.session]
                part = tally.by_edit.get(entry.edit.id)
                if part is None:
                    part = tally.by_edit[entry.edit.id] = _Part(entry)
                tally.exact += 1
                part.exact += 1
                tally.distinct += not common
                part.distinct += not common
                tally.latest_ms = max(tally.latest_ms, entry.edit.at_ms)
        for entry, _ in match.removed:
            tally = tallies[entry.edit.session]
            tally.latest_ms = max(tally.latest_ms, entry.edit.at_ms)
        for session, _ in {(entry.edit.session, entry.removed[at]) for entry, at in match.removed}:
            tallies[session].removed += 1
    return tallies


def _recorded(match: FileMatch, recorded: Sequence[int | None] | None) -> Iterator[tuple[int, int]]:
    """Session and index of the lines that a tool recorded and that are no moves."""
    for at, session in enumerate(recorded or ()):
        if session is not None and not match.moved[at]:
            yield session, at


def _link(
    head: Head,
    standing: Standing,
    session: int,
    tally: _Tally,
    proof_lines: int,
    index: Index,
    is_common: Callable[[int], bool],
) -> Link | None:
    on_chain = standing.mono_ms is not None
    strong = tally.links(is_common, small=proof_lines < SMALL_COMMIT)
    if not strong and not tally.removed:
        return None
    if strong and (tally.exact >= SHIP_LINES or not on_chain):
        return Link(head.oid, session, "lines", on_chain)
    added, removed = index.totals(session, head.committed_ms + AFTER_MS)
    if strong:
        return Link(head.oid, session, "lines", tally.exact >= SHIP_SHARE * added)
    if not added and removed and tally.removed >= REMOVED_SHARE * removed:
        return Link(head.oid, session, "removals", on_chain)
    return None


def _may(standing: Standing, tally: _Tally, session: int, head: Head, pool: Pool) -> bool:
    """Whether a session may be linked to a commit of the person's, or of somebody else.

    Somebody else's needs an earlier link.  There, and where all the edits are old, a few
    equal lines are leftovers of edits that landed before: it takes a commit of the person's
    that is brought in, or most of an edit.
    """
    own = standing.mine or standing.names_me
    linked_ms = pool.linked.get(session)
    if not own and (linked_ms is None or linked_ms > head.committed_ms):
        return False
    recent = tally.latest_ms >= standing.soonest_ms
    return (own and recent) or standing.brings_mine or tally.holds_an_edit


def _confirm(
    match: FileMatch, recorded: Sequence[int | None] | None, links: Container[int]
) -> None:
    """Lines found changed or elsewhere that a record gives to the same session are sure."""
    for session, at in _recorded(match, recorded):
        spot = match.spots[at]
        if spot is not None and spot[0].edit.session == session and session in links:
            match.how[at] = "record"


def _owners(
    head: Head,
    standing: Standing,
    match: FileMatch,
    recorded: Sequence[int | None] | None,
    links: Container[int],
) -> tuple[Owner | None, ...]:
    """Whose each added line is: by its text, by a record, by the commit's maker.

    An equal line says more than a record, a record more than a line that is close.
    """
    owners = _by_text(match, links)
    for session, at in _recorded(match, recorded):
        known = owners[at]
        if session in links and (known is None or known.how == "near"):
            last = _last_edit(match, (session,), head.committed_ms + AFTER_MS)
            owners[at] = Owner(last.edit.id if last else None, session, "record")
    made = _last_edit(match, standing.agents, head.committed_ms + AFTER_MS)
    if made is not None and len(head.parents) < 2:  # a merge brings in what others wrote
        own = Owner(made.edit.id, made.edit.session, "own_commit")
        for at, spot in enumerate(match.spots):
            if spot is None and owners[at] is None and not match.moved[at]:
                owners[at] = own
    return tuple(owners)


def _by_text(match: FileMatch, links: Container[int]) -> list[Owner | None]:
    owners: list[Owner | None] = [None] * len(match.spots)
    if not any(match.spots):
        return owners
    met: dict[tuple[int, Evidence], Owner] = {}
    for at, spot in enumerate(match.spots):
        how = match.how[at]
        if spot is None or how is None or spot[0].edit.session not in links:
            continue
        edit = spot[0].edit
        owner = met.get((edit.id, how))
        if owner is None:
            owner = met[edit.id, how] = Owner(edit.id, edit.session, how)
        owners[at] = owner
    return owners


def _claims(
    head: Head,
    matches: Iterable[FileMatch],
    owners: Mapping[str, Sequence[Owner | None]],
    links: Container[int],
) -> tuple[Claim, ...]:
    claims = []
    for match in matches:
        whose, flags = owners[match.file.path], match.file.added_flags
        if not (any(whose) or match.removed):
            continue
        lines = Counter(owner for owner in whose if owner is not None)
        proof = Counter(
            owner
            for owner, flag in zip(whose, flags, strict=True)
            if owner is not None and not flag & TRIVIAL
        )
        removed: Counter[Owner] = Counter()
        for entry, _ in match.removed:
            if entry.edit.session in links:
                removed[Owner(entry.edit.id, entry.edit.session, "exact")] += 1
        path = printable(match.file.path)
        claims += [
            Claim(
                head.oid, one.edit, one.session, path, one.how, lines[one], proof[one], removed[one]
            )
            for one in sorted({*lines, *removed}, key=_owner_order)
        ]
    return tuple(claims)


def _owner_order(owner: Owner) -> tuple[int, int, str]:
    return owner.edit or 0, owner.session, owner.how


def _last_edit(match: FileMatch, sessions: tuple[int, ...], latest_ms: int) -> Entry | None:
    if not sessions:
        return None
    found = [
        entry
        for entry in match.entries
        if entry.edit.session in sessions and entry.edit.at_ms <= latest_ms
    ]
    return max(found, key=lambda entry: (entry.edit.at_ms, entry.edit.id), default=None)


def _found(matches: Iterable[FileMatch], sessions: Container[int]) -> dict[int, Finding]:
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for match in matches:
        for entry, part, bits in _parts(match):
            if entry.edit.session in sessions:
                parts = found[entry.edit.id]
                parts[part] = parts.get(part, 0) | bits
    return {edit: Finding(edit, **parts) for edit, parts in found.items()}


def _parts(match: FileMatch) -> Iterator[tuple[Entry, str, int]]:
    """Lines of edits (bits) that a file holds, and in which part of ``Finding`` they belong."""
    for spot, how in zip(match.spots, match.how, strict=True):
        if spot is not None and how in ("exact", "record", "moved"):
            yield spot[0], "moved" if how == "moved" else "exact", 1 << spot[1]
    for entry, bits in match.close.values():
        yield entry, "close", bits
    for entry, at in match.removed:
        yield entry, "gone", 1 << at


def _follow(found: Iterable[Finding], standing: Standing, index: Index, pool: Pool) -> None:
    """Mark the lines as landed, and as shipped and spent where that is the chain."""
    for one in found:
        entry = index.by_edit[one.edit]
        follow = pool.follows.setdefault(one.edit, Follow())
        follow.mark(one, entry.edit.at_ms, standing.placed_ms, standing.mono_ms)
        entry.note(follow)


def printable(path: str) -> str:
    r"""A path that any text may hold: bytes that are no text become ``\xNN``."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
