"""Whose line it is, for every line of a file: run-length lists, and their cutting (pure).

A label names the births a line carries: none for a line of somebody else's or from before the
start, one as a rule, several where a formatter joined lines.  So the births carried by all
lines are, at any time, the births less the deaths.  What follows the last run is nobody's,
without end: no tree needs to be read to begin.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

Label = tuple[int, ...]
Run = tuple[int, Label]  # so many lines, and the births that each of them carries
Runs = list[Run]
OTHER: Label = ()


class Hunk(NamedTuple):
    """Where a hunk stands, as its header says: lines are counted from 1, blank ones too.

    With a count of 0 the start is the line before.
    """

    old_start: int
    old_count: int
    new_start: int
    new_count: int


def carried(runs: Iterable[Run]) -> Counter[int]:
    """Lines by the birth they carry."""
    found: Counter[int] = Counter()
    for count, label in runs:
        for birth in label:
            found[birth] += count
    return found


def labels_at(runs: Sequence[Run], numbers: Sequence[int]) -> list[Label]:
    """The labels of these lines; ``numbers`` count from 1 and rise."""
    found: list[Label] = []
    run, end = 0, 0
    for number in numbers:
        while end < number and run < len(runs):
            end += runs[run][0]
            run += 1
        found.append(runs[run - 1][1] if number <= end else OTHER)
    return found


def cut(runs: Sequence[Run], hunks: Sequence[Hunk], added: Sequence[Sequence[Label]]) -> Runs:
    """The runs after a commit: each hunk's old lines go, its ``added`` labels come.

    ``hunks`` in their order, ``added`` parallel to them: a label for each new line, blank
    ones too.
    """
    out: Runs = []
    source = _Source(runs)
    for hunk, labels in zip(hunks, added, strict=True):
        before = hunk.old_start - 1 if hunk.old_count else hunk.old_start
        source.pass_on(before - source.passed, out)
        source.pass_on(hunk.old_count, [])
        for label in labels:
            _join(out, 1, label)
    return source.rest(out)


def _join(out: Runs, count: int, label: Label) -> None:
    if out and out[-1][1] == label:
        out[-1] = out[-1][0] + count, label
    elif count:
        out.append((count, label))


class _Source:
    """The runs of a file, taken from the top."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self._runs = runs
        self._at = 0
        self._used = 0  # lines of the run at ``_at``
        self.passed = 0

    def pass_on(self, count: int, out: Runs) -> None:
        """Hand on so many lines."""
        if count <= 0:
            return
        runs, at, used, left = self._runs, self._at, self._used, count
        self.passed += count
        while left and at < len(runs):
            length, label = runs[at]
            part = length - used
            if part > left:
                _join(out, left, label)
                used += left
                left = 0
                break
            if used or not out:
                _join(out, part, label)
            elif out[-1][1] == label:
                out[-1] = out[-1][0] + part, label
            else:  # whole runs are the usual case
                out.append(runs[at])
            left -= part
            at, used = at + 1, 0
        self._at, self._used = at, used
        _join(out, left, OTHER)

    def rest(self, out: Runs) -> Runs:
        """Hand on all that is left; nobody's lines at the end are no run."""
        if self._at < len(self._runs):
            length, label = self._runs[self._at]
            _join(out, length - self._used, label)
            for count, later in self._runs[self._at + 1 :]:
                _join(out, count, later)
        if out and not out[-1][1]:
            out.pop()
        return out


def pack(runs: Iterable[Run]) -> bytes:
    """One blob of runs: per run its length, how many births, and these, as varints."""
    out = bytearray()
    for count, label in runs:
        for whole in (count, len(label), *label):
            number = whole
            while number > 0x7F:
                out.append(number & 0x7F | 0x80)
                number >>= 7
            out.append(number)
    return bytes(out)


def unpack(blob: bytes) -> Runs:
    """The runs of a blob made by ``pack``."""
    numbers = iter(varints(blob))
    return [
        (count, tuple(next(numbers) for _ in range(size)))
        for count, size in zip(numbers, numbers, strict=False)
    ]


def varints(blob: bytes) -> list[int]:
    """Numbers of seven bits a byte, lowest first."""
    numbers = []
    number = shift = 0
    for byte in blob:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(number)
            number = shift = 0
    return numbers
