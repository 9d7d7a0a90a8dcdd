"""Lines found at a path where no edit was made: a file moved, or written at another place.

Step 8 of ``shipped.md`` 4.4 (pure, no git).  A few equal lines are chance, so it takes a run
of them from one session, most of them out of one or two files.  Lines that stand in several
places are no evidence; they go along where the edit goes on with them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tokenmirror.repos.landing import AFTER_MS, REACH, Entry, FileMatch, Index, Ledger, Spot
from tokenmirror.seal import IMPORT, TRIVIAL

SHORTEST = 4  # lines of a run that are neither trivial nor imports nor common
PATHS = 2

_NEUTRAL = TRIVIAL | IMPORT
Holders = dict[int, dict[int, list[Entry]]]  # by index of the added line, by session


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A run of one session's lines, as indexes of added lines."""

    session: int
    lines: range
    paths: frozenset[str]
    found: int
    latest_ms: int


def may_be_moved(one: FileMatch, index: Index, ledger: Ledger) -> set[int]:
    """Sessions whose lines a file may hold enough of; no others are found by ``match_moved``."""
    held = _held(one, index, ledger)
    if len(held) < SHORTEST:
        return set()
    counts = Counter(session for by_session in held.values() for session in by_session)
    return {session for session, lines in counts.items() if lines >= SHORTEST}


def match_moved(one: FileMatch, index: Index, ledger: Ledger) -> None:
    """Recognise runs of lines that edits of other paths added."""
    until_ms = ledger.head.committed_ms + AFTER_MS
    common = frozenset(
        line
        for line, flag in zip(one.file.added, one.file.added_flags, strict=True)
        if flag & _NEUTRAL or index.is_common(line, until_ms)
    )
    held = _held(one, index, ledger)
    stretches = [
        stretch
        for session in sorted({session for by_session in held.values() for session in by_session})
        for lines in _lines(one, held, session, common)
        if (stretch := _stretch(held, session, lines)) is not None
    ]
    for stretch in sorted(stretches, key=lambda each: (-each.found, -each.latest_ms)):
        _take(one, held, stretch, ledger)


def _held(one: FileMatch, index: Index, ledger: Ledger) -> Holders:
    """Edits that hold each line of one place unused, latest first; none of too few lines."""
    found: Holders = {}
    if len(one.file.added) < SHORTEST:
        return found
    holders = index.holders()
    known = holders.keys() & one.file.added
    if len(known) < SHORTEST:
        return found
    until_ms = ledger.head.committed_ms + AFTER_MS
    flags = one.file.added_flags
    for at, line in enumerate(one.file.added):
        if line not in known or flags[at] & _NEUTRAL or not one.is_free(at):
            continue
        if index.is_common(line, until_ms):
            continue
        by_session: dict[int, list[Entry]] = {}
        for entry in reversed(holders[line]):
            if ledger.in_time(entry.edit) and _unused(entry, line, ledger) is not None:
                by_session.setdefault(entry.edit.session, []).append(entry)
        if by_session:
            found[at] = by_session
    return found


def _unused(entry: Entry, line: int, ledger: Ledger) -> int | None:
    used = ledger.used(entry)
    if used == entry.every:
        return None
    for at, held in enumerate(entry.added):
        if held == line and not used >> at & 1:
            return at
    return None


def _lines(one: FileMatch, held: Holders, session: int, common: frozenset[int]) -> Iterator[range]:
    """Runs in which every line that proves something is held by the session."""
    numbers = one.file.numbers
    begin: int | None = None
    for at, line in enumerate(one.file.added):
        if begin is not None and numbers[at] - numbers[at - 1] > REACH:
            yield range(begin, at)
            begin = None
        if session in held.get(at, ()):
            begin = at if begin is None else begin
        elif begin is not None and not (line in common or one.moved[at]):
            yield range(begin, at)
            begin = None
    if begin is not None:
        yield range(begin, len(numbers))


def _stretch(held: Holders, session: int, lines: range) -> _Stretch | None:
    """The run as far as one or two files hold it."""
    left = {
        at: frozenset(entry.edit.path for entry in held[at][session])
        for at in lines
        if session in held.get(at, ())
    }
    chosen: list[str] = []
    for _ in range(PATHS):
        counts = Counter(
            path for paths in left.values() if paths.isdisjoint(chosen) for path in paths
        )
        if counts:
            chosen.append(min(counts, key=lambda path: (-counts[path], path)))
    found = [at for at, paths in left.items() if not paths.isdisjoint(chosen)]
    if len(found) < SHORTEST:
        return None
    latest_ms = max(held[at][session][0].edit.at_ms for at in found)
    return _Stretch(session, lines, frozenset(chosen), len(found), latest_ms)


def _take(one: FileMatch, held: Holders, stretch: _Stretch, ledger: Ledger) -> None:
    """Take a run's lines in order, each after the one before where the edit goes on so."""
    last: Spot | None = None
    taken: list[tuple[int, Spot]] = []
    for at in stretch.lines:
        if not one.is_free(at):
            last = None
            continue
        spot = _next(one, at, last, ledger) or _fresh(one, at, held, stretch, ledger)
        if spot is not None:
            ledger.use(*spot)
            taken.append((at, spot))
        last = spot
    if (
        sum(stretch.session in held.get(at, ()) for at, _ in taken) < SHORTEST
    ):  # another run used what this one shared with it
        return
    for at, spot in taken:
        one.take(at, spot, "moved")
        if all(spot[0] is not entry for entry in one.entries):
            one.entries.append(spot[0])


def _next(one: FileMatch, at: int, last: Spot | None, ledger: Ledger) -> Spot | None:
    """The edit's line after the last one taken, if it is this line."""
    if last is None:
        return None
    entry, line = last[0], last[1] + 1
    if line < len(entry.added) and entry.added[line] == one.file.added[at]:
        return None if ledger.is_used(entry, line) else (entry, line)
    return None


def _fresh(
    one: FileMatch, at: int, held: Holders, stretch: _Stretch, ledger: Ledger
) -> Spot | None:
    for entry in held.get(at, {}).get(stretch.session, ()):
        if entry.edit.path in stretch.paths:
            line = _unused(entry, one.file.added[at], ledger)
            if line is not None:
                return entry, line
    return None
