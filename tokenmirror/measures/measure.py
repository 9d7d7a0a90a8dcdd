"""What a measure is: its declaration, its words, and the scope it is asked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import cached_property
from typing import Literal, NamedTuple, get_args

from tokenmirror.events import Signal
from tokenmirror.language import mark, tr
from tokenmirror.measures.figures import Figure, Unknown
from tokenmirror.store.days import Days

Reader = sqlite3.Connection
Split = Literal["tool", "project", "model", "outcome", "origin", "language"]
SPLITS: tuple[Split, ...] = get_args(Split)
# what a measure may be narrowed by: of all that has sessions, of all but models, of tools alone
EVERY = frozenset[Split](SPLITS)
NO_MODEL = EVERY - {"model"}
PLACES = frozenset[Split]({"tool", "project"})
TOOL = frozenset[Split]({"tool"})
NONE = frozenset[Split]()
SPLIT_WORDS: dict[Split, str] = {
    "tool": mark("This figure cannot be told for one tool."),
    "project": mark("This figure cannot be told for one project."),
    "model": mark("This figure cannot be told for one model."),
    "outcome": mark("This figure cannot be told for one outcome."),
    "origin": mark("This figure cannot be told for one origin."),
    "language": mark("This figure cannot be told for one language."),
}


class Window(Enum):
    """Which stretch of time a measure speaks of."""

    PERIOD = "P"
    RIPE_14 = "r14"
    RIPE_30 = "r30"
    NOW = "now"
    ALL = "all"
    PER_SOURCE = "per source"


class Export(Enum):
    """Whether a measure leaves in a review."""

    DEFAULT = "D"
    TICKED = "T"
    FOOTNOTE = "S"
    NEVER = "N"


@dataclass(frozen=True)
class Scope:
    """The question: civil days ``first`` to ``last``, both inclusive, and what is in.

    ``today`` is the civil day of asking; ``zone`` an IANA name; ``day_start_min`` minutes
    after midnight at which a civil day begins; ``week_start`` 0 = Monday; ``year_start`` the
    month in which quarters begin to count.  ``None`` for ``sources`` or ``projects`` means
    all.  ``working`` are working hours by weekday from Monday on, in minutes after midnight,
    ``None`` for a day off; ``None`` altogether when the person told none.

    What else narrows a question, ``None`` for all; "unknown" stands for what nothing tells,
    project 0 for no project:

    - ``models``: usage and cost are those of these models alone; of everything else a session
      (a task, a proposed change, a prompt of it) is in when one of them answered in it.
      Sessions with several models are in the groups of each, so only usage adds up.
    - ``outcomes``: tasks that ended so, by the person's word where there is one, and what
      belongs to them; a session in no task counts as "unknown".
    - ``origins``: prompts of this origin, and sessions and tasks that were driven so.
    - ``languages``: lines proposed in files of these languages; of everything else the
      sessions and tasks that proposed any.

    A measure of which a part would be untrue is unknown there (``Measure.splits``).
    """

    first: date
    last: date
    today: date
    zone: str = "UTC"
    day_start_min: int = 240
    week_start: int = 0
    sources: frozenset[str] | None = None
    projects: frozenset[int] | None = None
    unattended: bool = False
    year_start: int = 1
    working: tuple[tuple[int, int] | None, ...] | None = None
    models: frozenset[str] | None = None
    outcomes: frozenset[str] | None = None
    origins: frozenset[str] | None = None
    languages: frozenset[str] | None = None

    @property
    def narrowed(self) -> tuple[Split, ...]:
        """By what the question is narrowed."""
        chosen = {
            "tool": self.sources, "project": self.projects, "model": self.models,
            "outcome": self.outcomes, "origin": self.origins, "language": self.languages,
        }  # fmt: skip
        return tuple(split for split in SPLITS if chosen[split] is not None)

    @property
    def choices(self) -> tuple[object, ...]:
        """What is chosen, in a stable order: a seed is made of it."""
        first = [_ordered(self.sources), _ordered(self.projects)]
        more = (self.models, self.outcomes, self.origins, self.languages)
        if any(one is not None for one in more):
            first += [_ordered(one) for one in more]
        return tuple(first)

    @cached_property
    def days(self) -> Days:
        """How this question cuts time into days."""
        return Days(self.zone, self.day_start_min, self.week_start, self.year_start)


class Behind(NamedTuple):
    """What one independent unit adds to a figure: hits of trials, or a value and 1.

    ``task`` is the task it belongs to, ``None`` where it belongs to none.
    """

    task: int | None
    hits: float
    trials: float


Units = Callable[[Reader, Scope, date, date], Sequence[Behind]]


@dataclass(frozen=True)
class Past:
    """How a measure is held against the person's own past (``measures.md`` 4.5).

    ``units`` gives what is behind the figure between two civil days, both inclusive.
    ``kind``: a ``task_rate`` is over units of 0 or 1, a ``line_rate`` over units of many;
    a ``ratio`` is no share of a whole (a cost for each completed task); a ``total`` adds up
    the hits.  ``say`` puts a value in words; rates are shares of 0..1.  ``log`` reckons on
    the log scale (costs and durations).  ``active`` tells of weeks, by their first days, in
    which of them something went on: one of these without units holds data (nothing).
    """

    units: Units
    kind: Literal["task_rate", "line_rate", "ratio", "total"]
    say: Callable[[float], str]
    log: bool = False
    active: Callable[[Reader, Scope, Sequence[date]], list[bool]] | None = None

    @property
    def rate(self) -> bool:
        """Whether its values are shares, 0..1."""
        return self.kind in {"task_rate", "line_rate"}

    def value(self, units: Sequence[tuple[float, float]]) -> float | None:
        """The value of (hits, trials) taken together; ``None`` over nothing."""
        hits = sum(unit[0] for unit in units)
        if self.kind == "total":
            return hits
        trials = sum(unit[1] for unit in units)
        return hits / trials if trials else None


def _ordered(chosen: frozenset[str] | frozenset[int] | None) -> list[str | int] | None:
    return None if chosen is None else sorted(chosen)  # the order of a set differs by process


@dataclass(frozen=True)
class Measure:
    """One measure, declared once; ids and cells are those of ``measures.md`` 6.1.

    ``means`` and ``how`` are shown by "How this is counted"; ``left_out`` and ``bias`` too;
    ``beside`` are the ids that keep it honest; ``weekly`` gives the ``w`` series where the
    registry asks for one; ``past`` holds it against the own past; ``reads`` are the tables it
    looks at.  ``splits`` is what it
    may be narrowed by; ``answer`` and ``series`` say "not_by_model" and the like of the rest.
    """

    id: str
    term: str
    title: str
    means: str
    how: str
    left_out: str
    bias: str
    unit: str
    needs: frozenset[Signal | str]
    windows: tuple[str, ...]
    interval_unit: str
    beside: tuple[str, ...]
    export: Export
    compute: Callable[[Reader, Scope], Figure]
    weekly: Callable[[Reader, Scope], Figure] | None = None
    past: Past | None = None
    reads: frozenset[str] = field(default_factory=frozenset)
    version: int = 1
    splits: frozenset[Split] = PLACES

    def answer(self, db: Reader, scope: Scope) -> Figure:
        """The figure of a scope; unknown where it would be untrue to narrow it so."""
        return self._untrue(scope) or self.compute(db, scope)

    def series(self, db: Reader, scope: Scope) -> Figure | None:
        """The weekly series of a scope, as ``answer``; ``None`` for a measure without one."""
        if self.weekly is None:
            return None
        return self._untrue(scope) or self.weekly(db, scope)

    def _untrue(self, scope: Scope) -> Unknown | None:
        for split in scope.narrowed:
            if split not in self.splits:
                return Unknown(f"not_by_{split}", tr(SPLIT_WORDS[split]))
        return None
