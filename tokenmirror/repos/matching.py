"""Accepted edits found again in a commit: lines matched one to one (pure, no git).

The steps are those of ``shipped.md`` 4.4.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from tokenmirror.repos.history import Head
from tokenmirror.repos.landing import (
    REACH,
    SECOND_MS,
    Entry,
    FileMatch,
    Index,
    Ledger,
    SealedFile,
    Spot,
)
from tokenmirror.repos.moved import match_moved, may_be_moved
from tokenmirror.repos.near import match_near
from tokenmirror.seal import IMPORT, TRIVIAL, Sealer

_NEUTRAL = TRIVIAL | IMPORT


class Moves:
    """Lines that a commit removes and adds again, each as often as it does so."""

    def __init__(self, files: Sequence[SealedFile]) -> None:
        removed: set[int] = set().union(*[file.proof_removed for file in files])
        added = chain.from_iterable([file.proof_added for file in files])
        both = removed.intersection(added) if removed else removed
        self.removed = _times(both, [file.proof_removed for file in files])
        self.added = _times(both, [file.proof_added for file in files])

    def lines(self) -> int:
        """How many added lines are moved ones."""
        return sum(count for line, count in self.added.items() if count <= self.removed[line])

    def of(self, file: SealedFile) -> list[bool]:
        """Per added line, whether the commit only moves it."""
        if not self.added or self.added.keys().isdisjoint(file.added):
            return [False] * len(file.added)
        return [
            not flag & TRIVIAL and 0 < self.added.get(line, 0) <= self.removed[line]
            for line, flag in zip(file.added, file.added_flags, strict=True)
        ]


def _times(wanted: Collection[int], lists: Iterable[Iterable[int]]) -> Mapping[int, int]:
    """How often each of these lines stands in the lists."""
    if not wanted:
        return {}
    return Counter(filter(wanted.__contains__, chain.from_iterable(lists)))


class Matching:
    """One commit's lines against the pool; changes nothing outside itself.

    ``brings`` are edits that landed in commits which this one contains.
    """

    def __init__(
        self,
        index: Index,
        head: Head,
        linked: Mapping[int, int],
        sealer: Sealer,
        *,
        on_chain: bool,
        window_days: int,
        brings: Collection[int] = (),
    ) -> None:
        self._index = index
        self._sealer = sealer
        self._ledger = Ledger(
            head, linked, on_chain=on_chain, window_days=window_days, brings=brings
        )

    def match(
        self,
        files: Sequence[SealedFile],
        renames: Mapping[str, str],
        recorded: Collection[str] = (),
        *,
        moves: Moves | None = None,
        whoever: bool = False,
    ) -> list[FileMatch]:
        """Match the files that the pool knows; ``renames`` from a name to the one before.

        Files that tools recorded (``recorded``) are given too, matched or not.  ``moves``: of
        these files, where they are known.  ``whoever``:
        lines that are close to an edit's are told also where nothing else speaks for its
        session, because the commit is known to be some assistant's.
        """
        moves = moves or Moves(files)
        found = [self._unmatched(file, renames, moves) for file in files]
        known = [one for one in found if one.paths]
        for one in known:
            if one.sought:
                self._anchor(one)
        anchored = {spot[0].edit.session for one in known for spot in one.spots if spot}
        for one in known:
            if one.sought:
                self._repeated(one, anchored)
            self._removals(one, moves.added)
        astray = [one for one in found if not (one.entries and self._has_timely(one))]
        sessions = None if whoever or recorded else self._speaking(known, astray)
        for one in known:
            if one.entries and sessions != set():
                match_near(one, self._ledger, self._sealer, sessions)
            self._trivial(one)
        for one in astray:
            match_moved(one, self._index, self._ledger)
        return [one for one in found if one.paths or one.entries or one.file.path in recorded]

    def _has_timely(self, one: FileMatch) -> bool:
        return any(self._ledger.in_time(entry.edit) for entry in one.entries)

    def _speaking(self, known: Iterable[FileMatch], astray: list[FileMatch]) -> set[int]:
        """Sessions that something in the commit may speak for; ``astray`` files lose the rest.

        A line that is only close to an edit's speaks for nobody.
        """
        sessions: set[int] = set()
        for one in known:
            sessions.update(spot[0].edit.session for spot in one.spots if spot)
            sessions.update(entry.edit.session for entry, _ in one.removed)
        moved = [may_be_moved(one, self._index, self._ledger) for one in astray]
        astray[:] = [one for one, found in zip(astray, moved, strict=True) if found]
        return sessions.union(*moved)

    def _unmatched(self, file: SealedFile, renames: Mapping[str, str], moves: Moves) -> FileMatch:
        """A file's lines before any is recognised."""
        paths = self._paths(file, renames)
        count = len(file.added)
        entries = [entry for path in paths for entry in self._ledger.entries(self._index, path)]
        sought = self._ledger.sought(self._index, paths, entries, file.added) if entries else {}
        return FileMatch(
            file, paths, entries, sought, [None] * count, [None] * count, moves.of(file)
        )

    def _paths(self, file: SealedFile, renames: Mapping[str, str]) -> tuple[str, ...]:
        """The file's name, and the ones it had before, as far as the pool has edits there."""
        edited = self._index.entries
        if file.source is None and file.path not in renames:
            return (file.path,) if file.path in edited else ()
        names: dict[str, None] = {}
        for start in (file.path, file.source):
            name: str | None = start
            while name and name not in names:
                names[name] = None
                name = renames.get(name)
        return tuple(name for name in names if name in edited)

    def _anchor(self, one: FileMatch) -> None:
        """Steps 2 and 3: lines that stand once in the file, and the runs around them."""
        file, sought = one.file, one.sought
        counts = Counter(line for line in file.added if line in sought)
        for at, line in enumerate(file.added):
            if counts[line] == 1 and not file.added_flags[at] & _NEUTRAL and one.is_free(at):
                spot = self._latest(one, line)
                if spot is not None:
                    self._take(one, at, spot)
                    self._extend(one, at)

    def _repeated(self, one: FileMatch, anchored: set[int]) -> None:
        """Step 4: lines that stand several times; imports only beside proof of a session."""
        file, sought = one.file, one.sought
        for at, line in enumerate(file.added):
            flag = file.added_flags[at]
            if line not in sought or flag & TRIVIAL or not one.is_free(at):
                continue
            spot = self._latest(one, line, anchored if flag & IMPORT else None)
            if spot is not None:
                self._take(one, at, spot)
                self._extend(one, at)

    def _extend(self, one: FileMatch, start: int) -> None:
        spot = one.spots[start]
        if spot is None:
            return
        entry, first = spot
        added, numbers, edited = one.file.added, one.file.numbers, entry.added
        used = self._ledger.used(entry)
        for step in (1, -1):
            at, line = start + step, first + step
            while (
                0 <= at < len(added)
                and 0 <= line < len(edited)
                and added[at] == edited[line]
                and abs(numbers[at] - numbers[at - step]) <= REACH
                and one.is_free(at)
                and not used >> line & 1
            ):
                self._take(one, at, (entry, line))
                at, line = at + step, line + step

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
        for spot in one_entry(one.sought.get(one.file.added[at], ()), entry):
            if not self._ledger.is_used(*spot):
                self._take(one, at, spot)
                return True
        return False

    def _removals(self, one: FileMatch, added: Container[int]) -> None:
        """Removed lines of the edits, one to one; those that stand elsewhere now are moves."""
        if not any(entry.removed for entry in one.entries):
            return
        for line in one.file.proof_removed:
            if line in added:
                continue
            spots = [s for path in one.paths for s in self._index.removals(path).get(line, ())]
            for entry, at in sorted(spots, key=_latest_first):
                if self._ledger.took_removal(entry, at):
                    one.removed.append((entry, at))
                    break

    def _latest(self, one: FileMatch, line: int, sessions: set[int] | None = None) -> Spot | None:
        """The latest edit that holds a line; one that seems later than the commit comes last."""
        doubtful = None
        for spot in reversed(one.sought.get(line, ())):
            edit = spot[0].edit
            if sessions is not None and edit.session not in sessions:
                continue
            if self._ledger.in_time(edit) and not self._ledger.is_used(*spot):
                if edit.at_ms < self._ledger.head.committed_ms + SECOND_MS:
                    return spot
                doubtful = doubtful or spot
        return doubtful

    def _take(self, one: FileMatch, at: int, spot: Spot) -> None:
        one.take(at, spot)
        self._ledger.use(*spot)


def one_entry(spots: Iterable[Spot], entry: Entry) -> Iterator[Spot]:
    """Of these places, the ones in one edit; first line first."""
    return (spot for spot in reversed(list(spots)) if spot[0] is entry)


def _latest_first(spot: Spot) -> tuple[int, int, int]:
    edit = spot[0].edit
    return -edit.at_ms, -edit.id, spot[1]
