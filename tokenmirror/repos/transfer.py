"""Lines that a landing only moves, re-indents or wraps anew: where they come from (pure).

The rules are those of ``shipped.md`` 5.3.  Both sides' text is looked at here, in memory.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from tokenmirror.repos.landing import SealedFile
from tokenmirror.repos.patches import FileChange
from tokenmirror.seal import TRIVIAL

MOVED_LINES = 3
MOST_PLACES = 32  # of one line, when a moved block is looked for
MOST_PAIRS = 40_000  # lines times lines: above, only lines that stand once are anchors
FORMATTED_SHARE = 0.9
FORMATTED_FILES = 20

_TOKEN = re.compile(r"\w+|[^\w\s,;]")
_SQUEEZED = str.maketrans({"'": '"', "`": '"', ",": None, ";": None})

Place = tuple[int, int]  # file of the landing, line of its removed ones


@dataclass(slots=True)
class Moving:
    """One file of a landing, with where its added lines come from.

    ``origins`` per added line: ``None`` for a new one, else the removed lines that it
    carries on, which may be none (one line wrapped to several).  ``stays`` per removed line:
    whether an added one carries it on.
    """

    change: FileChange
    file: SealedFile
    spans: list[tuple[range, range]] = field(init=False)
    origins: list[tuple[Place, ...] | None] = field(init=False)
    stays: list[bool] = field(init=False)

    def __post_init__(self) -> None:
        self.spans = _spans(self.change)
        self.origins = [None] * len(self.file.added)
        self.stays = [False] * len(self.file.removed)

    def around(self, at: int) -> range:
        """The added lines of the hunk in which one of them stands."""
        return next(added for _removed, added in self.spans if at in added)

    def formatted(self) -> int:
        """Hunks in which no line is new and none is gone."""
        return sum(
            all(self.stays[at] for at in removed)
            and all(self.origins[at] is not None for at in added)
            for removed, added in self.spans
        )


def _spans(change: FileChange) -> list[tuple[range, range]]:
    """Per hunk, its removed and its added lines among those of the file."""
    spans = []
    old = new = 0
    for hunk in change.hunks:
        old_from, new_from = old, new
        if hunk.old_count:
            old = bisect_left(change.removed_numbers, hunk.old_start + hunk.old_count, old)
        if hunk.new_count:
            new = bisect_left(change.numbers, hunk.new_start + hunk.new_count, new)
        spans.append((range(old_from, old), range(new_from, new)))
    return spans


def transfer(files: Sequence[Moving], sources: Sequence[bool]) -> None:
    """Find what travels; ``sources`` are the files whose removed lines matter."""
    for number, (one, matters) in enumerate(zip(files, sources, strict=True)):
        if matters:
            for removed, added in one.spans:
                if removed and added:
                    _in_hunk(one, number, removed, added)
    _moves(files, sources)


def is_formatting(files: Sequence[Moving]) -> bool:
    """Whether a landing, once transferred, is a formatter's: nearly all hunks, many files."""
    changed = [one for one in files if one.spans]
    hunks = sum(len(one.spans) for one in changed)
    if len(changed) < FORMATTED_FILES:
        return False
    return sum(one.formatted() for one in changed) >= FORMATTED_SHARE * hunks


def carry_all(files: Sequence[Moving]) -> None:
    """Let what is left of each hunk travel too, in proportion and in order."""
    for number, one in enumerate(files):
        for removed, added in one.spans:
            old = [at for at in removed if not one.stays[at]]
            new = [at for at in added if one.origins[at] is None]
            for at in new:
                one.origins[at] = ()
            for step, at in enumerate(old if new else ()):
                _carry(one, number, at, new[step * len(new) // len(old)])


def _carry(one: Moving, number: int, old: int, new: int) -> None:
    one.origins[new] = (*(one.origins[new] or ()), (number, old))
    one.stays[old] = True


def _in_hunk(one: Moving, number: int, removed: range, added: range) -> None:
    before = one.file.removed[removed.start : removed.stop]
    after = one.file.added[added.start : added.stop]
    if before != after and _rewrapped(one, number, removed, added):
        return
    pairs = in_order(before, after)
    old, new = removed.start, added.start
    for left, right in [*((removed[i], added[j]) for i, j in pairs), (removed.stop, added.stop)]:
        if pairs and old < left and new < right:
            _rewrapped(one, number, range(old, left), range(new, right))
        if left < removed.stop:
            _carry(one, number, left, right)
        old, new = left + 1, right + 1


def in_order(before: Sequence[int], after: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of equal lines, rising on both sides."""
    common = set(before).intersection(after)
    if not common:
        return []
    left = [at for at, line in enumerate(before) if line in common]
    right = [at for at, line in enumerate(after) if line in common]
    old, new = [before[at] for at in left], [after[at] for at in right]
    if old == new:
        return list(zip(left, right, strict=True))
    if len(old) * len(new) > MOST_PAIRS:
        pairs = _once(old, new)
    else:
        blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
        pairs = [(a + n, b + n) for a, b, size in blocks for n in range(size)]
    return [(left[i], right[j]) for i, j in pairs]


def _once(old: Sequence[int], new: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of lines that stand once on each side, as many as rise, and equal ones behind."""
    places: dict[int, list[int]] = defaultdict(list)
    for at, line in enumerate(new):
        places[line].append(at)
    counts: dict[int, int] = defaultdict(int)
    for line in old:
        counts[line] += 1
    pairs: list[tuple[int, int]] = []
    for i, line in enumerate(old):
        last_i, last_j = pairs[-1] if pairs else (-1, -1)
        follows = last_i == i - 1 and last_j + 1 < len(new) and new[last_j + 1] == line
        once = len(places[line]) == 1 and counts[line] == 1
        if pairs and follows:
            pairs.append((i, last_j + 1))
        elif once and places[line][0] > last_j:
            pairs.append((i, places[line][0]))
    return pairs


def _rewrapped(one: Moving, number: int, removed: range, added: range) -> bool:
    """Let lines travel whose token stream is the same before and after."""
    old, new = one.change.removed, one.change.added
    squeezed = _squeezed([old[at] for at in removed])
    if squeezed != _squeezed([new[at] for at in added]) or not squeezed:
        return False
    before = [_TOKEN.findall(_quotes(old[at])) for at in removed]
    after = [_TOKEN.findall(_quotes(new[at])) for at in added]
    if [t for line in before for t in line] != [t for line in after for t in line]:
        return False
    for at in added:
        one.origins[at] = ()
    line = passed = seen = 0  # ``passed`` tokens stand before the new line's end
    for at, tokens in zip(removed, before, strict=True):
        while line + 1 < len(after) and passed + len(after[line]) <= seen:
            passed += len(after[line])
            line += 1
        _carry(one, number, at, added[line])
        seen += len(tokens)
    return True


def _quotes(text: str) -> str:
    return text.replace("'", '"').replace("`", '"')


def _squeezed(texts: Sequence[str]) -> str:
    return "".join("".join(texts).split()).translate(_SQUEEZED)


def _moves(files: Sequence[Moving], sources: Sequence[bool]) -> None:
    """Blocks of removed lines that were added again somewhere in the landing."""
    proofs = [
        set(one.file.proof_removed) if matters else set()
        for one, matters in zip(files, sources, strict=True)
    ]
    places = _places(files, set().union(*proofs))
    for number, one in enumerate(files):
        if proofs[number].isdisjoint(places):
            continue
        for removed, _added in one.spans:
            for at in removed:
                line = one.file.removed[at]
                if line in places and line in proofs[number] and not one.stays[at]:
                    _move(files, (number, at), removed, places[line])


def _places(files: Sequence[Moving], wanted: set[int]) -> dict[int, list[Place]]:
    """Where each of these lines is added and not yet known to come from another."""
    places: dict[int, list[Place]] = defaultdict(list)
    for number, one in enumerate(files):
        if not wanted.isdisjoint(one.file.added):
            for at, line in enumerate(one.file.added):
                if line in wanted and one.origins[at] is None:
                    places[line].append((number, at))
    return places


def _move(files: Sequence[Moving], start: Place, removed: range, places: Sequence[Place]) -> None:
    """Take the longest block from here on, if it proves enough."""
    best: list[tuple[int, Place]] = []
    for place in places[:MOST_PLACES]:
        block = _block(files, start, removed, place)
        if len(block) > len(best):
            best = block
    number, _ = start
    proofs = sum(not files[target].file.added_flags[new] & TRIVIAL for _old, (target, new) in best)
    if proofs >= MOVED_LINES:
        for old, (target, new) in best:
            files[target].origins[new] = ((number, old),)
            files[number].stays[old] = True


def _block(
    files: Sequence[Moving], start: Place, removed: range, place: Place
) -> list[tuple[int, Place]]:
    """Equal lines in a row from these two on; with trivial ones before them."""
    (number, old), (target, new) = start, place
    source, goal = files[number], files[target]
    added = goal.around(new)

    def same(step: int) -> bool:
        left, right = old + step, new + step
        return (
            left in removed
            and right in added
            and not source.stays[left]
            and goal.origins[right] is None
            and source.file.removed[left] == goal.file.added[right]
        )

    first = last = 0
    if not same(0):
        return []
    while same(first - 1):
        first -= 1
    while same(last + 1):
        last += 1
    return [(old + step, (target, new + step)) for step in range(first, last + 1)]
