"""Worth a look: the few changes of a page that stand out from the person's own past.

At most three, the largest first, each with the tasks behind it (``measures.md`` 4.5).  A
change is described, never explained or judged.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import inf
from typing import Literal

from tokenmirror.language import mark, tr
from tokenmirror.measures import history, memo, own_past, phrases, registry, tasks
from tokenmirror.measures.figures import Unknown
from tokenmirror.measures.intervals import (
    FEW,
    RUN_WEEKS,
    median,
    ratio_interval,
    run_of,
    seed,
    wilson,
)
from tokenmirror.measures.measure import Behind, Measure, Past, Reader, Scope

MOST = 3
HELP = mark("In a steady year, one or two weeks will stand out by chance.")
NOTHING = mark("Nothing out of your ordinary.")
NOT_YET = mark("A period is held against your past once it is a week or more, and over.")
UNKNOWN = mark("Too little is known of this period to hold it against your past.")

PERIOD = {
    -1: mark("{title}: {value}, below your usual range of {low} to {high}."),
    1: mark("{title}: {value}, above your usual range of {low} to {high}."),
}
RUN = {
    -1: mark("{title}: eight weeks in a row below {centre}, the middle of the weeks before."),
    1: mark("{title}: eight weeks in a row above {centre}, the middle of the weeks before."),
}


@dataclass(frozen=True)
class Change:
    """One named change of a measure.

    ``place``: -1 lower, 1 higher than usual.  ``size``: how many times the smallest
    difference that is named.  ``tasks`` are the keys of those behind it, by time; they
    belong to the days ``first`` to ``last``.
    """

    measure: str
    kind: Literal["period", "run"]
    place: int
    size: float
    sentence: str
    tasks: tuple[str, ...]
    first: date
    last: date

    @property
    def name(self) -> str:
        """What kind of change it is: "G3 period"."""
        return f"{self.measure} {self.kind}"


@dataclass(frozen=True)
class Look:
    """The changes of a page, and what is said where there is none."""

    changes: tuple[Change, ...] = ()
    empty: str = ""


def look(db: Reader, scope: Scope, ids: Sequence[str], aside: Container[str] = ()) -> Look:
    """The named changes among these measures, without those of a name in ``aside``."""
    with memo.kept(db):
        found = changes(db, scope, ids, aside)
        return Look(found, "" if found else _nothing(db, scope, ids))


def changes(
    db: Reader, scope: Scope, ids: Iterable[str], aside: Container[str] = ()
) -> tuple[Change, ...]:
    """The named changes among these measures; those that have no past are passed over."""
    with memo.kept(db):
        named = [registry.by_id(each) for each in ids]
        found = [change for one in named if (change := _change(db, scope, one)) is not None]
    kept = [one for one in found if one.name not in aside]
    return tuple(sorted(kept, key=lambda one: (-one.size, one.measure))[:MOST])


def _nothing(db: Reader, scope: Scope, ids: Iterable[str]) -> str:
    """Why nothing is named: nothing stands out, or there is no past to tell it by."""
    if not history.comparable(scope):
        return tr(NOT_YET)
    lacking = ""
    for measure in map(registry.by_id, ids):
        past = measure.past
        if past is None or isinstance(measure.answer(db, scope), Unknown):
            continue
        units = past.units(db, scope, scope.first, scope.last)
        shown = _value(past, [(unit.hits, unit.trials) for unit in units])
        found = own_past.found(db, scope, f"{measure.id}@{measure.version}", past, shown)
        if found.place is not None:
            return tr(NOTHING)
        lacking = lacking or found.lacking
    return lacking or tr(UNKNOWN)


def _change(db: Reader, scope: Scope, measure: Measure) -> Change | None:
    if measure.past is None or not history.comparable(scope):
        return None
    if isinstance(measure.answer(db, scope), Unknown):
        return None
    return _of_period(db, scope, measure, measure.past) or _of_run(db, scope, measure, measure.past)


def _of_period(db: Reader, scope: Scope, measure: Measure, past: Past) -> Change | None:
    units = past.units(db, scope, scope.first, scope.last)
    shown = _value(past, [(unit.hits, unit.trials) for unit in units])
    name = f"{measure.id}@{measure.version}"
    place = own_past.found(db, scope, name, past, shown).place
    if shown is None or place is None or not place.place:
        return None
    low, centre, high = place.limits
    words = tr(
        PERIOD[place.place],
        title=tr(measure.title), value=_said(name, scope, past, units),
        low=past.say(low), high=past.say(high),
    )  # fmt: skip
    behind = _keys(db, scope, units, scope.first, scope.last)
    size = _size(past, shown, centre)
    return Change(measure.id, "period", place.place, size, words, behind, scope.first, scope.last)


def _value(past: Past, pairs: Sequence[history.Unit]) -> float | None:
    """The value of the period where there is enough behind it for one figure."""
    if past.kind == "total":
        return past.value(pairs)
    some = [pair for pair in pairs if pair[1]] if past.rate else list(pairs)
    enough = len(some) if past.rate else sum(pair[1] for pair in some)
    return past.value(some) if enough >= FEW else None


def _said(name: str, scope: Scope, past: Past, units: Sequence[Behind]) -> str:
    """The value as its own card says it: a rate with its interval, rounded as that allows."""
    pairs = [(unit.hits, unit.trials) for unit in units if unit.trials or not past.rate]
    value = past.value(pairs)
    if not past.rate:
        return past.say(value or 0.0)
    hits, trials = (int(sum(pair[part] for pair in pairs)) for part in (0, 1))
    if past.kind == "task_rate":
        return phrases.task_share(hits, trials, wilson(hits, trials))
    start = seed(name, scope.first, scope.last, *scope.choices)
    return phrases.line_share(hits, trials, ratio_interval(pairs, start), len(pairs))


def _size(past: Past, shown: float, centre: float) -> float:
    least = history.RATE_GAP if past.rate else history.TOTAL_GAP * abs(centre)
    return abs(shown - centre) / least if least else inf


def _of_run(db: Reader, scope: Scope, measure: Measure, past: Past) -> Change | None:
    weeks = [
        (first, value)
        for first, units in own_past.weeks_to(db, scope, past)
        if units and (value := _value(past, units)) is not None
    ]
    run = run_of([value for _, value in weeks])
    if run is None or scope.days.last_of(weeks[-1][0]) < scope.first:
        return None
    place, centre = run
    newest = weeks[-RUN_WEEKS:]
    middle = median([value for _, value in newest])
    if not history.wide_enough(middle, centre, rate=past.rate):
        return None
    words = tr(RUN[place], title=tr(measure.title), centre=past.say(centre))
    first, last = newest[0][0], scope.days.last_of(newest[-1][0])
    behind = _keys(db, scope, past.units(db, scope, first, last), first, last)
    size = _size(past, middle, centre)
    return Change(measure.id, "run", place, size, words, behind, first, last)


def _keys(
    db: Reader, scope: Scope, units: Sequence[Behind], first: date, last: date
) -> tuple[str, ...]:
    """Keys of the tasks behind, by time; where nothing names one, those of the days."""
    wanted = {unit.task for unit in units if unit.task is not None}
    if not wanted:
        return tuple(task.key for task in tasks.counted(db, scope, first, last))
    rows = db.execute("select id, key from tasks order by began_ms, id")
    return tuple(key for task, key in rows if task in wanted)
