"""Whose line it is, for every line of a file, and how a commit changes that (pure).

A label names the births a line carries: none for a line of somebody else's or from before the
start, one as a rule, several where a formatter joined lines.  So the births carried by all
lines are, at any time, the births less the deaths.  What follows the last label is nobody's,
without end: no tree needs to be read to begin.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

Label = tuple[int, ...]
Lines = list[Label]  # of one file, from its first line on; the last one is somebody's
OTHER: Label = ()


class Hunk(NamedTuple):
    """Where a hunk stands, as its header says: lines are counted from 1, blank ones too.

    With a count of 0 the start is the line before.
    """

    old_start: int
    old_count: int
    new_start: int
    new_count: int


def carried(lines: Iterable[Label]) -> Counter[int]:
    """Lines by the birth they carry."""
    return Counter(birth for label in lines for birth in label)


def labels_at(lines: Sequence[Label], numbers: Sequence[int]) -> list[Label]:
    """The labels of these lines; ``numbers`` count from 1 and rise."""
    if not numbers or numbers[-1] <= len(lines):
        return [lines[number - 1] for number in numbers]
    return [lines[number - 1] if number <= len(lines) else OTHER for number in numbers]


def cut(lines: Sequence[Label], hunks: Sequence[Hunk], added: Sequence[Sequence[Label]]) -> Lines:
    """The labels after a commit: each hunk's old lines go, its ``added`` labels come.

    ``hunks`` in their order, ``added`` parallel to them: a label for each new line, blank
    ones too.
    """
    out = list(lines)
    for hunk, labels in zip(reversed(hunks), reversed(added), strict=True):
        start = hunk.old_start - 1 if hunk.old_count else hunk.old_start
        if start > len(out):
            out += [OTHER] * (start - len(out))
        out[start : start + hunk.old_count] = labels
    while out and not out[-1]:
        out.pop()
    return out


def pack(lines: Sequence[Label]) -> bytes:
    """One blob of labels: per run of equal ones its length, how many births, and these.

    All are numbers of seven bits a byte, lowest first.
    """
    numbers: list[int] = []
    for label, run in groupby(lines):
        numbers += (len(list(run)), len(label), *label)
    out = bytearray()
    for number in numbers:
        while number > 0x7F:
            out.append(number & 0x7F | 0x80)
            number >>= 7
        out.append(number)
    return bytes(out)


def unpack(blob: bytes) -> Lines:
    """The labels of a blob made by ``pack``."""
    numbers = iter(varints(blob))
    lines: Lines = []
    for count, size in zip(numbers, numbers, strict=False):
        label = tuple(next(numbers) for _ in range(size))
        lines += [label] * count
    return lines


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
