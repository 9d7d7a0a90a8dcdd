"""Shipped changes (D5): the merge units of the main line that hold a commit of mine.

A merge unit is what one landing brings in: a merge, a squash, or a run of direct commits of
mine from the same sessions with at most eight hours between neighbours, so that splitting
commits gains nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

RUN_MS = 8 * 3_600_000


@dataclass(frozen=True, slots=True)
class Landing:
    """A commit on the first-parent chain of the main line, in the order of the chain.

    ``mine``: I am its author; ``brings``: commits of mine it merges in; ``sessions``: linked
    sessions of mine; ``ai_lines``: claimed lines; ``told``: whether AI lines could be told
    (no bulk commit, and not before the data begin).
    """

    commit: int
    oid: str
    at_ms: int
    landed_ms: int
    mine: bool
    brings: tuple[int, ...]
    sessions: frozenset[int]
    ai_lines: int
    added: int | None
    removed: int | None
    told: bool
    merge: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """One shipped change: its landings in order, the commits of mine, linked sessions."""

    landings: tuple[Landing, ...]

    @property
    def ai(self) -> Literal["with", "without", "unknown"]:
        """Whether it holds lines that were recognised as coming from an assistant."""
        if any(landing.sessions and landing.ai_lines for landing in self.landings):
            return "with"
        told = all(landing.told for landing in self.landings)
        return "without" if told else "unknown"

    @property
    def sessions(self) -> frozenset[int]:
        """Sessions linked to any of its landings."""
        return frozenset().union(*(landing.sessions for landing in self.landings))

    @property
    def commits(self) -> tuple[int, ...]:
        """Its landings and the commits of mine they bring in."""
        rows = [row for one in self.landings for row in (one.commit, *one.brings)]
        return tuple(dict.fromkeys(rows))


def deliveries(chain: Sequence[Landing]) -> list[Delivery]:
    """The shipped changes of a chain, in its order."""
    units: list[list[Landing]] = []
    for landing in chain:
        if not (landing.mine or landing.brings or landing.sessions):
            continue
        if units and _same_run(units[-1][-1], landing):
            units[-1].append(landing)
        else:
            units.append([landing])
    return [Delivery(tuple(unit)) for unit in units]


def _same_run(before: Landing, landing: Landing) -> bool:
    direct = not (before.merge or landing.merge or before.brings or landing.brings)
    return (
        direct
        and before.mine
        and landing.mine
        and bool(before.sessions & landing.sessions)
        and abs(landing.landed_ms - before.landed_ms) <= RUN_MS
    )
