"""Stretches of time: the agent's (H2), and the person's with the tools (H1, estimated)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

Stretch = tuple[int, int]

BEFORE_PROMPT_MS = 30_000
LOW_CAP_MS = 2 * 60_000
CAP_MS = 5 * 60_000
HIGH_CAP_MS = 10 * 60_000


def union_ms(stretches: Iterable[Stretch]) -> int:
    """Length of the time that at least one stretch covers; reversed ones cover nothing."""
    total, reach = 0, None
    for start, end in sorted(stretches):
        begin = start if reach is None else max(start, reach)
        if end > begin:
            total += end - begin
            reach = end
    return total


def joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same time as stretches that neither touch nor overlap, in order."""
    found: list[Stretch] = []
    for start, end in sorted(stretches):
        if end <= start:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def attended(prompts: Iterable[int], turn_ends: Iterable[int], cap_ms: int) -> list[Stretch]:
    """Stretches of the person's own time in one session, from instants in any order.

    Before each own prompt: 30 seconds, or less when the prompt before it is nearer.  From
    the end of a turn to the next own prompt, when that is nearer than the cap.
    """
    own, ends = sorted(prompts), sorted(turn_ends)
    stretches = []
    for place, at in enumerate(own):
        before = own[place - 1] if place else None
        start = at - BEFORE_PROMPT_MS
        stretches.append((start if before is None else max(start, before), at))
        count = bisect_right(ends, at)
        end = ends[count - 1] if count else None
        if end is not None and (before is None or end >= before) and at - end < cap_ms:
            stretches.append((end, at))
    return stretches


def within(stretches: Iterable[Stretch], from_ms: int, until_ms: int) -> list[Stretch]:
    """The parts of stretches that lie between two instants."""
    cut = ((max(start, from_ms), min(end, until_ms)) for start, end in stretches)
    return [(start, end) for start, end in cut if end > start]
