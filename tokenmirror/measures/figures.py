"""Figures: plain data in the unit of their measure, each with the sentence that says it.

A closed set: one figure, one widget.  ``sentence`` is at once caption, screen-reader text
and the words of documents; it is composed by the measure, which has the words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Unit = Literal[
    "count", "prompts", "sessions", "tasks", "changes", "lines", "days", "tokens", "percent",
    "usd", "seconds", "records",
]  # fmt: skip
Basis = Literal["recorded", "derived", "estimated", "unknown"]
Usual = tuple[float, float, float]  # low, centre, high in the unit of the figure


@dataclass(frozen=True)
class Unknown:
    """A figure that cannot be known: a code for programs, a sentence for the person.

    Reasons: not_recorded, nothing_read, no_activity, no_repository, no_git, no_prices,
    too_early, too_few, not_entered,
    no_statement, approved_as_a_whole.
    """

    reason: str
    sentence: str


@dataclass(frozen=True)
class Rate:
    """``hits`` of ``trials``, with an interval of the share (0..1) and the own usual range.

    ``low``/``high`` are ``None`` where no interval may be given; ``values`` lists single
    cases when there are fewer than five; ``apart`` names what is printed beside, by key.
    ``n`` counts the independent units behind it (tasks, sessions); ``note`` is what a card
    says under its answer.
    """

    hits: int
    trials: int
    unit: Unit
    sentence: str
    low: float | None = None
    high: float | None = None
    usual: Usual | None = None
    basis: Basis = "derived"
    apart: dict[str, int] = field(default_factory=dict)
    n: int = 0
    note: str = ""

    @property
    def share(self) -> float | None:
        """The share, 0..1; ``None`` of nothing."""
        return self.hits / self.trials if self.trials else None


@dataclass(frozen=True)
class Total:
    """One number with its unit; ``at_least`` where a part of it could not be counted.

    ``n`` is the number of tasks, sessions or records behind it.
    """

    value: float
    unit: Unit
    n: int
    sentence: str
    low: float | None = None
    high: float | None = None
    usual: Usual | None = None
    at_least: bool = False
    basis: Basis = "recorded"
    parts: dict[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Week:
    """One civil week (or day, month) of a series: a value for each part, ``None`` = unknown.

    ``small`` are counts shown as figures under the axis; ``recorded`` is false before the
    data begin; ``early``: it is too early to tell; ``few``: too little behind it for a mark of
    its own; drawn as a hollow dot, in no usual range.
    """

    first: date
    values: tuple[float | None, ...]
    small: tuple[int, ...] = ()
    so_far: bool = False
    in_period: bool = False
    recorded: bool = True
    sentence: str = ""
    few: bool = False
    early: bool = False

    @property
    def total(self) -> float | None:
        """Sum of the parts; ``None`` when none is known."""
        known = [value for value in self.values if value is not None]
        return sum(known) if known else None


@dataclass(frozen=True)
class Weeks:
    """A weekly series of stacked parts over the own usual range of its totals.

    ``parts`` and ``small_parts`` are keys; ``names`` and ``small_names`` their words.
    ``lacking`` says why there is no usual range; ``breaks`` are days, within the weeks, at
    which the person's usual range begins anew.
    """

    weeks: tuple[Week, ...]
    parts: tuple[str, ...]
    names: tuple[str, ...]
    unit: Unit
    sentence: str
    small_parts: tuple[str, ...] = ()
    small_names: tuple[str, ...] = ()
    usual: Usual | None = None
    step: Literal["day", "week", "month"] = "week"
    basis: Basis = "recorded"
    lacking: str = ""
    breaks: tuple[date, ...] = ()


@dataclass(frozen=True)
class Part:
    """One named part of a whole; ``value`` in the unit of the whole."""

    key: str
    name: str
    value: float


@dataclass(frozen=True)
class Parts:
    """A whole in named parts, in a fixed order."""

    parts: tuple[Part, ...]
    unit: Unit
    n: int
    sentence: str
    at_least: bool = False
    basis: Basis = "derived"

    @property
    def total(self) -> float:
        """Sum of the parts."""
        return sum(part.value for part in self.parts)


@dataclass(frozen=True)
class Dot:
    """One task's value; ``key`` opens it; ``done`` is false for one that did not get there."""

    key: str
    title: str
    value: float
    done: bool = True


@dataclass(frozen=True)
class Dots:
    """One value per task, with the median and the middle half where there are enough.

    ``per`` is the pooled figure (all cost over completed tasks) in the same unit, ``low`` and
    ``high`` its interval, ``n`` the number of dots and ``of`` that of completed tasks;
    ``note`` is what a card says under its answer; ``beside`` are further numbers by key.
    """

    dots: tuple[Dot, ...]
    unit: Unit
    sentence: str
    per: float | None = None
    low: float | None = None
    high: float | None = None
    median: float | None = None
    quartiles: tuple[float, float] | None = None
    usual: Usual | None = None
    n: int = 0
    of: int | None = None
    log: bool = True
    at_least: bool = False
    basis: Basis = "estimated"
    note: str = ""
    beside: dict[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One bar of the chain: a count of lines, its share of the step before, what got lost.

    ``parts`` splits it (accepted: chosen, allowed, applied, undecided). ``loss`` is a
    sentence such as "1,260 accepted lines not committed".
    """

    key: str
    name: str
    lines: int
    share: float | None = None
    low: float | None = None
    high: float | None = None
    loss: str = ""
    parts: tuple[Part, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Chain:
    """Nested steps with their drop-offs, in lines; ``left`` is the text beside it."""

    steps: tuple[Step, ...]
    sentence: str
    prompts: int
    tasks: int
    apart: str = ""
    basis: Basis = "derived"


@dataclass(frozen=True)
class CurvePoint:
    """The share (0..1) still there after ``days``; no interval where there may be none.

    ``left`` lines were there and watched until then.
    """

    days: int
    share: float
    low: float | None = None
    high: float | None = None
    left: int = 0


@dataclass(frozen=True)
class Curve:
    """A step curve of what is still there, from day 0 on.

    ``at`` are the shares after the days that are told, ``None`` where too few lines were
    watched; ``day`` is the one the sentence is of.  ``lines`` are in it, ``n`` units.
    """

    points: tuple[CurvePoint, ...]
    at: dict[int, float | None]
    day: int
    lines: int
    sentence: str
    apart: dict[str, int] = field(default_factory=dict)
    n: int = 0
    basis: Basis = "derived"

    @property
    def told(self) -> CurvePoint:
        """The point of the day that is told."""
        return self.points[self.day]


@dataclass(frozen=True)
class Column:
    """A column of a table; ``kind`` decides how a cell is drawn and sorted."""

    key: str
    title: str
    kind: Literal["text", "number", "money", "tokens", "day", "percent", "lines", "outcome"]


@dataclass(frozen=True)
class Table:
    """Rows with a key each, under named columns; ``None`` cells are unknown."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, tuple[object, ...]], ...]
    sentence: str


Figure = Rate | Total | Weeks | Parts | Dots | Chain | Curve | Table | Unknown
