"""What is matched: files of a commit, accepted edits by path and line, and what is used up.

Pure: no git.  Text of a commit's lines is kept only as long as the commit is looked at, for
the lines that no edit holds exactly.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress

from tokenmirror.repos.history import DAY_MS, Head
from tokenmirror.repos.nouns import Edit, Evidence, Follow, Pool
from tokenmirror.repos.patches import FileChange
from tokenmirror.seal import IMPORT, REMOVED, TRIVIAL, Sealer, Seen, Shingles

AFTER_MS = 120_000  # clocks: an edit may seem so much later than its commit
SECOND_MS = 1000  # git keeps whole seconds
LANDING_DAYS = 60  # of an edit whose session is linked already
NEVER_MS = 1 << 62
FEW = 8  # edits of a path: of more, all their lines are put in order once
REACH = 3  # line numbers between neighbours of one run


@dataclass(slots=True)
class SealedFile:
    """Hashes of a file's non-blank lines in one commit.

    ``numbers`` are the added lines' numbers in the new file, ``texts`` these lines;
    ``proof_added`` and ``proof_removed`` the lines that prove something.
    """

    path: str
    source: str | None
    numbers: Sequence[int]
    texts: Sequence[str]
    added: list[int]
    added_flags: bytes
    removed: list[int]
    proof_added: list[int]
    proof_removed: list[int]


def sealed(
    changes: Iterable[FileChange], sealer: Sealer, seen: Seen | None = None
) -> list[SealedFile]:
    """The files of a commit, with hashes in place of their text; ``seen``: lines known already."""
    look = (Seen(sealer) if seen is None else seen).__getitem__
    return [
        _sealed(change, list(map(look, change.added)), list(map(look, change.removed)))
        for change in changes
    ]


def _sealed(
    change: FileChange, added: Sequence[tuple[int, int]], removed: Sequence[tuple[int, int]]
) -> SealedFile:
    return SealedFile(
        change.path,
        change.source,
        change.numbers,
        change.added,
        [line for line, _ in added],
        bytes([flag for _, flag in added]),
        [line for line, _ in removed],
        [line for line, flag in added if not flag & TRIVIAL],
        [line for line, flag in removed if not flag & TRIVIAL],
    )


@dataclass(slots=True)
class Entry:
    """One accepted edit as the matching sees it.

    ``removed`` are hashes of lines that prove something, ``proof_lines`` counts such added
    ones.  Bits: ``every`` are all added lines, ``spent`` those that landed on the chain as
    they are, ``close`` those that landed there changed, ``gone`` removed lines that were
    removed there.
    """

    edit: Edit
    added: array[int]
    flags: bytes
    shingles: Shingles | None
    removed: list[int]
    spent: int
    close: int
    gone: int
    proof_lines: int
    every: int

    def note(self, follow: Follow) -> None:
        """Take over what is used up."""
        self.spent, self.gone = follow.spent, follow.gone
        self.close = follow.shipped & ~follow.spent


_NEUTRAL = TRIVIAL | IMPORT
# which flags are those of an added line, of one that proves something, of an anchor
_ADDS = bytes(not flag & REMOVED for flag in range(256))
_PROVES = bytes(not flag & TRIVIAL for flag in range(256))
_ANCHORS = bytes(not flag & _NEUTRAL for flag in range(256))
Spot = tuple[Entry, int]
Spots = dict[int, list[Spot]]  # by line


class Index:
    """The pool by path, and within it by line."""

    def __init__(self, pool: Pool) -> None:
        self.entries: dict[str, list[Entry]] = {}
        self.by_edit: dict[int, Entry] = {}
        self._times: dict[str, list[int]] = {}  # of the edits of each path
        self._by_session: dict[int, list[Entry]] = {}
        self._spots: dict[str, Spots] = {}
        self._removals: dict[str, Spots] = {}
        self._holders: dict[int, list[Entry]] | None = None
        # lines that stand twice in the edits of all times, with these times once asked for
        self._several: dict[int, list[int]] = {}
        self._twice: set[int] = set()  # of these, the ones that one edit holds twice
        self._first_ms = dict(pool.first_ms)
        for edit in sorted(pool.edits, key=lambda each: (each.at_ms, each.id)):
            self._add(edit, pool)

    def _add(self, edit: Edit, pool: Pool) -> None:
        hashes, flags, shingles = edit.lines
        count = flags.translate(_ADDS).count(1)
        proof_lines = flags[:count].translate(_PROVES).count(1)
        removed = list(compress(hashes[count:], flags[count:].translate(_PROVES)))
        every = (1 << count) - 1
        entry = Entry(
            edit, hashes[:count], flags[:count], shingles, removed, 0, 0, 0, proof_lines, every
        )
        entry.note(pool.follows.get(edit.id) or Follow())
        self.by_edit[edit.id] = entry
        self.entries.setdefault(edit.path, []).append(entry)
        self._times.setdefault(edit.path, []).append(edit.at_ms)
        self._by_session.setdefault(edit.session, []).append(entry)
        self._first_ms.setdefault(edit.path, edit.at_ms)

    def totals(self, session: int, until_ms: int) -> tuple[int, int]:
        """Different lines with proof that a session had added and removed up to an instant.

        What it did later changes nothing in what a commit then was.
        """
        entries = _between(self._by_session.get(session, []), *_window(until_ms))
        proof = ((one, zip(one.added, one.flags, strict=True)) for one in entries)
        added = {
            (one.edit.path, line) for one, lines in proof for line, f in lines if not f & TRIVIAL
        }
        removed = {(one.edit.path, line) for one in entries for line in one.removed}
        return len(added), len(removed)

    def was_edited(self, path: str, until_ms: int) -> bool:
        """Whether a path had been edited up to an instant."""
        return self._first_ms.get(path, NEVER_MS) <= until_ms

    def between(self, path: str, first_ms: int, last_ms: int) -> list[Entry]:
        """Edits of a path in a span of time, both ends included; oldest first."""
        times = self._times.get(path)
        if times is None:
            return []
        begin = bisect_left(times, first_ms)
        return self.entries[path][begin : bisect_right(times, last_ms, begin)]

    def spots(self, path: str) -> Spots:
        """Where each line was added to this path: oldest edit first, last line first."""
        known = self._spots.get(path)
        if known is None:
            known = self._spots[path] = by_line(self.entries.get(path, ()), None)
        return known

    def removals(self, path: str) -> Spots:
        """Where each line was removed from this path: oldest edit first, last line first."""
        known = self._removals.get(path)
        if known is None:
            known = self._removals[path] = {}
            for entry in self.entries.get(path, ()):
                for at in range(len(entry.removed) - 1, -1, -1):
                    known.setdefault(entry.removed[at], []).append((entry, at))
        return known

    def holders(self) -> dict[int, list[Entry]]:
        """Edits that added each line that may anchor, whatever their path; oldest first."""
        if self._holders is None:
            holders: dict[int, list[Entry]] = {}
            every = [entry for entries in self.entries.values() for entry in entries]
            for entry in sorted(every, key=_order):
                for line in anchors(entry.added, entry.flags):
                    known = holders.get(line)
                    if known is None:
                        holders[line] = [entry]
                        continue
                    self._several[line] = []
                    if known[-1] is not entry:
                        known.append(entry)
                    else:
                        self._twice.add(line)
            self._holders = holders
        return self._holders

    def is_common(self, line: int, until_ms: int) -> bool:
        """Whether edits up to an instant hold a line in several places: it tells little.

        Those are two files, twice in one edit, or three sessions that write it anew.
        """
        holders = self.holders()
        times = self._several.get(line)
        if times is None:
            return False
        if not times:
            times += (entry.edit.at_ms for entry in holders[line])
        paths: set[str] = set()
        sessions: set[int] = set()
        twice = line in self._twice
        held = holders[line]
        first_ms, last_ms = _window(until_ms)
        begin = bisect_left(times, first_ms)
        for at in range(begin, bisect_right(times, last_ms, begin)):
            entry = held[at]
            paths.add(entry.edit.path)
            sessions.add(entry.edit.session)
            if len(paths) > 1 or len(sessions) > 2 or (twice and entry.added.count(line) > 1):
                return True
        return False


def _window(until_ms: int) -> tuple[int, int]:
    """The span of time before an instant in which edits are looked at."""
    return until_ms - AFTER_MS - LANDING_DAYS * DAY_MS, until_ms


def _between(entries: list[Entry], first_ms: int, last_ms: int) -> list[Entry]:
    begin = bisect_left(entries, first_ms, key=_time)
    return entries[begin : bisect_right(entries, last_ms, begin, key=_time)]


def anchors(lines: Iterable[int], flags: bytes) -> list[int]:
    """Of these lines, the ones that are neither trivial nor imports."""
    return list(compress(lines, flags.translate(_ANCHORS)))


def _time(entry: Entry) -> int:
    return entry.edit.at_ms


def _order(entry: Entry) -> tuple[int, int]:
    return entry.edit.at_ms, entry.edit.id


def by_line(entries: Iterable[Entry], wanted: Container[int] | None) -> Spots:
    """Where edits add each line, or each ``wanted`` one: in their order, last line first."""
    spots: Spots = {}
    for entry in entries:
        for at in range(len(entry.added) - 1, -1, -1):
            line = entry.added[at]
            if wanted is None or line in wanted:
                spots.setdefault(line, []).append((entry, at))
    return spots


@dataclass(slots=True)
class FileMatch:
    """One file of a commit: per added line the edit's line it is, and removed lines found.

    ``paths`` are the file's names that the pool knows, ``entries`` the edits under them that
    may be in it by their time, ``sought`` where such as may have lines left hold its lines.
    ``how`` says per line how it was recognised; ``moved`` are lines that the commit only
    moves.  ``close`` are the edits' lines (bits) that were found changed: a line may have
    become several, and several one.
    """

    file: SealedFile
    paths: tuple[str, ...]
    entries: list[Entry]
    sought: Spots
    spots: list[Spot | None]
    how: list[Evidence | None]
    moved: list[bool]
    removed: list[Spot] = field(default_factory=list)
    close: dict[int, tuple[Entry, int]] = field(default_factory=dict)

    def take(self, at: int, spot: Spot, how: Evidence = "exact") -> None:
        """Say what an added line is."""
        self.spots[at] = spot
        self.how[at] = how

    def is_free(self, at: int) -> bool:
        """Whether an added line is nobody's yet, and no move."""
        return self.spots[at] is None and not self.moved[at]


class Ledger:
    """What one commit may take: edits in its time, and lines that were not used yet.

    On the chain, spent lines are not used again, and edits up to 60 days old count where
    their session is linked already; those that landed in a commit which this one ``brings``
    count however old they are.
    """

    def __init__(
        self,
        head: Head,
        linked: Mapping[int, int],
        *,
        on_chain: bool,
        window_days: int,
        brings: Collection[int] = (),
    ) -> None:
        self.head = head
        self._linked = linked
        self._on_chain = on_chain
        self._brings = brings
        self._soonest_ms = head.earliest_ms - window_days * DAY_MS
        self._oldest_ms = head.earliest_ms - max(LANDING_DAYS, window_days) * DAY_MS
        self._used: dict[int, int] = {}
        self._removed: dict[int, int] = {}

    def in_time(self, edit: Edit) -> bool:
        """Whether an edit may be in the commit, by its time."""
        # a file written whole repeats what the commit before it holds already
        after_ms = SECOND_MS if edit.whole else AFTER_MS
        if edit.at_ms >= self.head.committed_ms + after_ms:
            return False
        if edit.at_ms >= self._soonest_ms or edit.id in self._brings:
            return True
        linked_ms = self._linked.get(edit.session)
        return (
            self._on_chain
            and edit.at_ms >= self._oldest_ms
            and linked_ms is not None
            and linked_ms <= self.head.committed_ms
        )

    def entries(self, index: Index, path: str) -> list[Entry]:
        """Edits of a path that may be in the commit, by their time; oldest first."""
        last_ms = self.head.committed_ms + AFTER_MS
        near = index.between(path, self._oldest_ms, last_ms)
        if self._brings:
            old = index.between(path, 0, self._oldest_ms - 1)
            near = [entry for entry in old if entry.edit.id in self._brings] + near
        return near

    def sought(
        self, index: Index, paths: Sequence[str], entries: Iterable[Entry], lines: Collection[int]
    ) -> Spots:
        """Where edits of these paths hold these lines: oldest edit first, last line first.

        ``entries`` are those that may be in the commit; what is used up, or not in time, may
        be among the spots, and is all left out where that is quickly told.
        """
        fresh = [one for one in entries if not (self._on_chain and one.spent == one.every)]
        if not (fresh and lines):
            return {}
        wanted = set(lines)
        if len(paths) == 1 and len(fresh) > FEW:
            known = index.spots(paths[0])
            return {line: known[line] for line in wanted if line in known}
        sharing = [
            one for one in fresh if not wanted.isdisjoint(one.added) and self.in_time(one.edit)
        ]
        return by_line(sorted(sharing, key=_order), wanted) if sharing else {}

    def used(self, entry: Entry, *, close: bool = False) -> int:
        """Lines of an edit that are used up (bits); ``close`` adds those that landed changed."""
        used = self._used.get(entry.edit.id, 0)
        if self._on_chain:
            used |= entry.spent | (entry.close if close else 0)
        return used

    def is_used(self, entry: Entry, line: int) -> bool:
        """Whether a line of an edit is used up."""
        return bool(self.used(entry) >> line & 1)

    def use(self, entry: Entry, line: int) -> None:
        """Use up a line of an edit."""
        self._used[entry.edit.id] = self._used.get(entry.edit.id, 0) | 1 << line

    def took_removal(self, entry: Entry, line: int) -> bool:
        """Use up a removed line of an edit, if it is there to be used."""
        used = self._removed.get(entry.edit.id, 0)
        spent = used | (entry.gone if self._on_chain else 0)
        if spent >> line & 1 or not self.in_time(entry.edit):
            return False
        self._removed[entry.edit.id] = used | 1 << line
        return True
