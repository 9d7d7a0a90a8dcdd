"""Landings that undo others: by what they say and do, and lines that come back (pure).

The rules are those of ``shipped.md`` 5.4.  A message alone is not believed: the lines must
be gone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tokenmirror.repos.fates import Birth, Dead, Grave, Reversed
from tokenmirror.repos.history import DAY_MS
from tokenmirror.repos.labels import Label

MESSAGE_SHARE = 0.5  # of the lines a landing had added
SILENT_SHARE = 0.8  # of its claimed lines that live; without a message
SILENT_MS = 30 * DAY_MS
WHOLE_SHARE = 0.5  # of all its claimed lines: the last few of a reworked change are no whole
NEW_SHARE = 0.1
RETURN_SHARE = 0.5
RETURN_LINES = 3  # without a message
REMEMBERED_MS = 90 * DAY_MS

_IDS = re.compile(
    r"\b(?:reverts?|reverting)\s+(?:commits?\s+)?((?:[0-9a-f]{7,64}\b(?:\s*,?\s*(?:and\s+)?))+)",
    re.IGNORECASE,
)
_ID = re.compile(r"[0-9a-f]{7,64}\b")
_SUBJECT = re.compile(r'\A(?:Revert|(Reapply))\s+"(.*)"(?:\s*\(#\d+\))?\Z')
_NUMBER = re.compile(r"\s*\(#\d+\)\Z")


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says: ids, full or abbreviated, of reverted commits, or else a subject."""

    names: tuple[str, ...]
    subject: str | None


def said(message: str) -> Said | None:
    """What a commit's message says it reverts, ``None`` for nothing."""
    names = tuple(
        dict.fromkeys(name for found in _IDS.finditer(message) for name in _ID.findall(found[1]))
    )
    first = message.lstrip().partition("\n")[0].strip()
    quoted = _SUBJECT.match(first)
    subject = plain(f'Revert "{quoted[2]}"' if quoted[1] else quoted[2]) if quoted else None
    return Said(names, subject) if names or subject else None


def plain(subject: str) -> str:
    """A subject without the number of its pull request."""
    return _NUMBER.sub("", subject.strip())


@dataclass(slots=True)
class Fallen:
    """Lines of one landing that another removes."""

    born_ms: int
    lines: int = 0
    claimed: int = 0
    claimed_proof: int = 0

    def add(self, birth: Birth, lines: int, *, proof: bool) -> None:
        """Take lines of one birth, all of which prove something or none."""
        self.lines += lines
        if birth.owner.edit is not None:
            self.claimed += lines
            self.claimed_proof += lines * proof

    def may_be_undone(self, at_ms: int) -> bool:
        """Whether its landing may count as undone by one that does not say so."""
        return bool(self.claimed) and at_ms - self.born_ms <= SILENT_MS


def judged(
    fallen: Fallen, births: Sequence[Birth], at_ms: int, new_proof: int, *, named: bool
) -> tuple[Reversed, float] | None:
    """How, and to which share, a landing is undone by one that removes these lines.

    ``births`` are the undone landing's, as before; ``new_proof`` are the lines that the other
    adds; ``named``: its message names the landing.
    """
    lines = sum(one.lines for one in births)
    if named and fallen.lines >= MESSAGE_SHARE * lines:
        return "message", min(1.0, fallen.lines / lines)
    claimed = [one for one in births if one.owner.edit is not None]
    living = sum(one.living for one in claimed)
    if (
        fallen.may_be_undone(at_ms)
        and fallen.claimed >= SILENT_SHARE * living
        and fallen.claimed >= WHOLE_SHARE * sum(one.lines for one in claimed)
        and new_proof <= NEW_SHARE * fallen.claimed_proof
    ):
        return "removed_whole", min(1.0, fallen.claimed / living)
    return None


@dataclass(frozen=True, slots=True)
class Line:
    """A line that a landing adds and nobody claims; ``place`` is the asker's own."""

    place: tuple[int, int]
    path: str
    line: int
    proof: bool


@dataclass(frozen=True, slots=True)
class Back:
    """Lines that ``landing`` had removed and that are back; ``stood``: it undid others."""

    landing: str
    labels: Mapping[tuple[int, int], Label]
    stood: bool


@dataclass(slots=True)
class Graves:
    """Own lines that were removed not long ago, or by a reversal that stands."""

    _by_landing: dict[str, Grave] = field(default_factory=dict)
    _standing: set[str] = field(default_factory=set)
    _by_line: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))

    def __init__(self, graves: Iterable[Grave], standing: Iterable[str]) -> None:
        self._by_landing = {}
        self._standing = set()
        self._by_line = defaultdict(set)
        stands = frozenset(standing)
        for grave in graves:
            self.add(grave, stands=grave.landing in stands)

    def add(self, grave: Grave, *, stands: bool) -> None:
        """Remember what a landing removed; ``stands``: it thereby undid others."""
        self._by_landing[grave.landing] = grave
        if stands:
            self._standing.add(grave.landing)
            for one in grave.dead:
                if one.proof:
                    self._by_line[one.line].add(grave.landing)

    def forget(self, since_ms: int | None) -> None:
        """Let go of what is older, unless its reversal stands."""
        if since_ms is not None:
            old = [
                oid
                for oid, grave in self._by_landing.items()
                if grave.at_ms < since_ms and oid not in self._standing
            ]
            for oid in old:
                del self._by_landing[oid]

    def watches(self, undoes: Iterable[str]) -> bool:
        """Whether lines may come back with a landing that says it reverts these."""
        return bool(self._standing) or any(oid in self._by_landing for oid in undoes)

    def returning(self, lines: Sequence[Line], undoes: Sequence[str], at_ms: int) -> Iterator[Back]:
        """What comes back with these lines, latest removal first; it is then forgotten."""
        near: set[str] = set()
        for line in lines:
            near |= self._by_line.get(line.line, set())
        wanted = [self._by_landing[oid] for oid in {*near, *undoes} if oid in self._by_landing]
        free = list(lines)
        for grave in sorted(wanted, key=lambda one: (-one.at_ms, one.landing)):
            named = grave.landing in undoes
            young = at_ms - grave.at_ms <= REMEMBERED_MS
            if not young and grave.landing not in self._standing:
                continue
            found = _again(grave, free)
            if (named or young) and _enough(grave, found, named=named):
                places = {line.place: dead.label for line, dead in found}
                free = [line for line in free if line.place not in places]
                yield Back(grave.landing, places, grave.landing in self._standing)
                self._empty(grave)

    def _empty(self, grave: Grave) -> None:
        del self._by_landing[grave.landing]
        self._standing.discard(grave.landing)
        for one in grave.dead:
            self._by_line.get(one.line, set()).discard(grave.landing)


def _again(grave: Grave, lines: Iterable[Line]) -> list[tuple[Line, Dead]]:
    """Pairs of an added line and the equal removed one, each used once."""
    left: dict[int, list[Dead]] = defaultdict(list)
    for one in grave.dead:
        left[one.line].append(one)
    pairs = []
    for line in lines:
        there = left.get(line.line)
        if there:
            at = next((n for n, one in enumerate(there) if one.path == line.path), 0)
            pairs.append((line, there.pop(at)))
    return pairs


def _enough(grave: Grave, found: Sequence[tuple[Line, Dead]], *, named: bool) -> bool:
    proofs = sum(dead.proof for _line, dead in found)
    wanted = sum(dead.proof for dead in grave.dead)
    if not wanted:
        return named and bool(found)
    return proofs >= RETURN_SHARE * wanted and (named or proofs >= RETURN_LINES)
