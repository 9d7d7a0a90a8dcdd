"""Prompts that ask again what was asked within a day before, in the same project (J1; pure)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from tokenmirror import cues

DAY_MS = 86_400_000
CLOSE = 0.9
How = Literal["equal", "close"]


@dataclass(frozen=True, slots=True)
class Asked:
    """An own prompt; ``errors`` counts turns of its session that ended in an error before it."""

    id: int
    project: int | None
    session: int
    at_ms: int
    text_hash: bytes
    sketch: bytes | None
    errors: int = 0


@dataclass(frozen=True, slots=True)
class Repeat:
    """A prompt that repeats an earlier one; ``retry`` when a service error lay between."""

    prompt: int
    earlier: int
    how: How
    retry: bool


def repeats(asked: Iterable[Asked]) -> Iterator[Repeat]:
    """Repeats among prompts in any order; each points to the latest earlier one it repeats."""
    recent: dict[object, deque[Asked]] = {}
    for one in sorted(asked, key=lambda each: (each.at_ms, each.id)):
        # without a project only the own session can tell that it is the same work
        before = recent.setdefault(
            one.project if one.project is not None else -one.session, deque()
        )
        while before and before[0].at_ms < one.at_ms - DAY_MS:
            before.popleft()
        for earlier in reversed(before):
            how = _likeness(one, earlier)
            if how is not None:
                retry = one.session == earlier.session and one.errors > earlier.errors
                yield Repeat(one.id, earlier.id, how, retry)
                break
        before.append(one)


def _likeness(one: Asked, other: Asked) -> How | None:
    if one.text_hash == other.text_hash:
        return "equal"
    if one.sketch is None or other.sketch is None:
        return None
    short, long = sorted((len(one.sketch), len(other.sketch)))
    if short < CLOSE * long:  # so unlike in length cannot be alike
        return None
    return "close" if cues.likeness(one.sketch, other.sketch) >= CLOSE else None
