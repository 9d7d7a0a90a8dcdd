"""Where the person is, and the way they came: every page with its filters is a state."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tokenmirror.measures.periods import Period

LONGEST = 200


@dataclass(frozen=True)
class Filters:
    """What is asked for; ``None`` for ``projects`` or ``sources`` means all of them."""

    period: Period
    projects: frozenset[int] | None = None
    sources: frozenset[str] | None = None
    unattended: bool = False

    @property
    def narrowed(self) -> int:
        """How many filters beside the period differ from their default."""
        return (self.projects is not None) + (self.sources is not None) + self.unattended

    def with_period(self, period: Period) -> Filters:
        """The same filters over another period."""
        return replace(self, period=period)

    def with_projects(self, projects: frozenset[int] | None) -> Filters:
        """The same filters over these projects."""
        return replace(self, projects=projects)

    def with_sources(self, sources: frozenset[str] | None) -> Filters:
        """The same filters over these sources."""
        return replace(self, sources=sources)

    def with_unattended(self, *, unattended: bool) -> Filters:
        """The same filters with unattended runs in or out."""
        return replace(self, unattended=unattended)

    def cleared(self) -> Filters:
        """The same period with everything in it."""
        return Filters(self.period)


@dataclass(frozen=True)
class Place:
    """One state: a page, its filters, and what is chosen on it (outcome, week, task…)."""

    page: str
    filters: Filters
    chosen: tuple[tuple[str, str], ...] = ()

    def choice(self, name: str) -> str:
        """What is chosen under that name, "" for nothing."""
        return dict(self.chosen).get(name, "")

    def choosing(self, **values: str) -> Place:
        """The same place with these choices; "" takes one away."""
        chosen = dict(self.chosen) | values
        return replace(self, chosen=tuple(sorted((k, v) for k, v in chosen.items() if v)))


class History:
    """The places walked through; going somewhere new forgets what was ahead."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._at = -1

    @property
    def here(self) -> Place | None:
        """The place shown now."""
        return self._places[self._at] if self._places else None

    def go(self, place: Place) -> None:
        """Be at a new place; being there already changes nothing."""
        if place == self.here:
            return
        del self._places[self._at + 1 :]
        self._places.append(place)
        del self._places[:-LONGEST]
        self._at = len(self._places) - 1

    def correct(self, place: Place) -> None:
        """Write the present place anew without a step (a selection that moved)."""
        if self._places:
            self._places[self._at] = place
        else:
            self.go(place)

    def can_step(self, by: int) -> bool:
        """Whether there is a place that many steps away."""
        return 0 <= self._at + by < len(self._places)

    def step(self, by: int) -> Place | None:
        """Walk back (-1) or forward (+1); ``None`` at the ends."""
        if not self.can_step(by):
            return None
        self._at += by
        return self._places[self._at]
