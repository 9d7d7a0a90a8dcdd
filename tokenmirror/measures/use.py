"""B: how often the tools were used; context, never a headline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import (
    active,
    baselines,
    chosen,
    columns,
    events,
    history,
    own_past,
    phrases,
)
from tokenmirror.measures.contradictions import left_out
from tokenmirror.measures.events import Running
from tokenmirror.measures.figures import Total, Unknown, Weeks
from tokenmirror.measures.intervals import MIN_WEEKS, usual
from tokenmirror.measures.measure import EVERY, Behind, Export, Measure, Past, Reader, Scope
from tokenmirror.measures.memo import shared
from tokenmirror.measures.scoped import absent, begin_day
from tokenmirror.store.sums import EVENTS

ORIGINS = ("own", "unknown", "unattended")


class Counts(NamedTuple):
    """Prompts by origin."""

    own: int = 0
    unknown: int = 0
    unattended: int = 0

    @property
    def yours(self) -> int:
        """Prompts that count as the person's: most tools cannot tell whose they are."""
        return self.own + self.unknown


@shared
def counts(db: Reader, scope: Scope, first: date, last: date) -> Counts:
    """Prompts of some days by origin; what an agent wrote for another one is no prompt."""
    found = zip(ORIGINS, _prompts(db, scope).between(scope, first, last), strict=True)
    wanted = scope.origins
    return Counts(*(n if wanted is None or origin in wanted else 0 for origin, n in found))


@shared
def _prompts(db: Reader, scope: Scope) -> Running:
    """Prompts by origin: they have one each, whatever their session's is."""
    of = chosen.sessions(db, replace(scope, origins=None), unattended=True)
    every, order = columns.quarters(db, EVENTS), events.by_time(db, EVENTS)
    return events.running(every, order, of, ORIGINS)


def own_prompts(db: Reader, scope: Scope) -> int:
    """How many prompts of yours the period has."""
    return counts(db, scope, scope.first, scope.last).yours


def active_weeks(db: Reader, scope: Scope, weeks: Sequence[date]) -> list[bool]:
    """Whether the person asked anything in each of these weeks."""
    return [one.yours > 0 for one in by_week(db, scope, weeks)]


def by_week(db: Reader, scope: Scope, weeks: Sequence[date]) -> list[Counts]:
    """Prompts of each of these weeks by origin."""
    return [counts(db, scope, week, scope.days.last_of(week)) for week in weeks]


def prompts(db: Reader, scope: Scope) -> Total | Unknown:
    """B1: prompts of yours; those of unattended runs stand beside."""
    missing = absent(db, scope)
    if missing:
        return missing
    found = counts(db, scope, scope.first, scope.last)
    n = found.yours
    place = own_past.found(db, scope, "B1@1", ASKED, float(n)).place
    words = tr_n(
        mark("{n} prompt of yours{usual}."), mark("{n} prompts of yours{usual}."),
        n, usual=history.usual_words(place),
    )  # fmt: skip
    unsure = tr_n(
        mark("For {n} the tool does not tell who wrote it."),
        mark("For {n} the tool does not tell who wrote them."),
        found.unknown,
    )
    beside = tr_n(mark("{n} unattended, apart."), mark("{n} unattended, apart."), found.unattended)
    return Total(
        value=n,
        unit="prompts",
        n=n,
        sentence=phrases.joined(
            words if n else tr(mark("No prompts of yours in this period.")),
            unsure if found.unknown else "",
            beside if found.unattended else "",
            left_out(db, scope, "prompts"),
        ),
        usual=place.limits if place else None,
        parts=dict(zip(ORIGINS, found, strict=True)),
    )


def asked(db: Reader, scope: Scope, first: date, last: date) -> list[Behind]:
    """Prompts of the person's between two days, as one."""
    n = counts(db, scope, first, last).yours
    return [Behind(None, float(n), 1.0)] if n else []


ASKED = Past(asked, "total", language.number)


def prompts_by_week(db: Reader, scope: Scope) -> Weeks | Unknown:
    """B1 by week: yours, and unattended ones on top; the band is of yours alone."""
    begin = begin_day(db, scope)
    if begin is None:
        return absent(db, scope) or Unknown("nothing_read", "")
    weeks = history.shown_weeks(scope)
    past = history.weeks_before(scope, baselines.since(db, scope))
    found = dict(zip((*weeks, *past), by_week(db, scope, [*weeks, *past]), strict=True))
    held = [float(found[week].yours) for week in past if found[week].yours]
    band = usual(held)
    return Weeks(
        weeks=tuple(
            history.week(
                scope,
                week,
                begin,
                (float(found[week].yours), float(found[week].unattended)),
                _week_words(found[week]),
            )
            for week in weeks
        ),
        parts=("own", "unattended"),
        names=(tr(mark("yours")), tr(mark("unattended"))),
        unit="prompts",
        sentence=tr(mark("Prompts by week, yours and unattended.")),
        usual=band.ends if band else None,
        lacking=history.lacking_words(MIN_WEEKS, len(held)),
        breaks=baselines.within(db, scope, weeks[0], scope.today),
    )


def _week_words(found: Counts) -> str:
    words = tr_n(mark("{n} prompt of yours"), mark("{n} prompts of yours"), found.yours)
    if not found.unattended:
        return words
    unattended = language.number(found.unattended)
    return tr(mark("{prompts}, {n} unattended"), prompts=words, n=unattended)


def sessions(db: Reader, scope: Scope) -> Total | Unknown:
    """B2: sessions with at least one prompt of yours."""
    missing = absent(db, scope)
    if missing:
        return missing
    # a session is of one origin, whatever its prompts are: own if any of them is
    found = events.of_days(db, scope, chosen.sessions(db, scope, unattended=True))
    n = int((found.sum("own") + found.sum("unknown") > 0).sum())
    words = tr_n(
        mark("{n} session with a prompt of yours."), mark("{n} sessions with a prompt of yours."), n
    )
    return Total(n, "sessions", n, words if n else tr(mark("No sessions of yours in this period.")))


def active_days(db: Reader, scope: Scope) -> Total | Unknown:
    """B3: civil days with at least one prompt of yours; no run of days is ever reckoned."""
    missing = absent(db, scope)
    if missing:
        return missing
    days = active.asked(db, scope)
    words = tr_n(
        mark("{n} day with a prompt of yours."), mark("{n} days with a prompt of yours."), len(days)
    )
    none = tr(mark("No days with a prompt of yours in this period."))
    return Total(len(days), "days", len(days), words if days else none)


OUT = mark(
    "What agents write for other agents, injected records, empty prompts, and hidden tasks;"
    " unattended prompts stand apart."
)
READS = frozenset({"prompts", "origins", "sessions", "tasks", "task_sessions"})

B1 = Measure(
    id="B1",
    term="prompts",
    title=mark("Prompts"),
    means=mark("How often you asked."),
    how=mark("Prompts of yours; those whose origin the tool does not tell count as yours."),
    left_out=OUT,
    bias=mark("Trivially inflated; fewer prompts may be the better week."),
    unit="count",
    needs=frozenset({"S1"}),
    windows=("P", "w"),
    interval_unit="",
    beside=("B3", "F3"),
    export=Export.TICKED,
    compute=prompts,
    weekly=prompts_by_week,
    past=ASKED,
    reads=READS,
    splits=EVERY,
)

B2 = Measure(
    id="B2",
    term="sessions",
    title=mark("Sessions"),
    means=mark("In how many sessions you asked something."),
    how=mark("Sessions with at least one prompt of yours."),
    left_out=OUT,
    bias=mark("Tools cut sessions in their own ways."),
    unit="count",
    needs=frozenset({"S7"}),
    windows=("P",),
    interval_unit="",
    beside=("F3",),
    export=Export.TICKED,
    compute=sessions,
    reads=READS,
    splits=EVERY,
)

B3 = Measure(
    id="B3",
    term="active days",
    title=mark("Active days"),
    means=mark("On how many days you asked something."),
    how=mark("Civil days with at least one prompt of yours: a plain count."),
    left_out=OUT,
    bias=mark("More days are not better."),
    unit="days",
    needs=frozenset({"S1"}),
    windows=("P",),
    interval_unit="",
    beside=("F3",),
    export=Export.TICKED,
    compute=active_days,
    reads=READS,
    splits=EVERY,
)

MEASURES = (B1, B2, B3)
