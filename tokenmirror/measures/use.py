"""B: how often the tools were used; context, never a headline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import baselines, history, own_past, phrases
from tokenmirror.measures.contradictions import left_out
from tokenmirror.measures.figures import Total, Unknown, Weeks
from tokenmirror.measures.intervals import MIN_WEEKS, usual
from tokenmirror.measures.measure import Behind, Export, Measure, Past, Reader, Scope
from tokenmirror.measures.memo import shared
from tokenmirror.measures.scoped import absent, begin_day, values
from tokenmirror.store.slots import SLOT_MS

# what an agent wrote for another one is no prompt; an empty one asks nothing
_SLOTS = """
from session_slots q
join sessions s on s.id = q.session_id
left join task_sessions ts on ts.session_id = q.session_id
left join tasks t on t.id = ts.task_id
where q.slot >= :from_slot and q.slot < :until_slot
  and coalesce(t.hidden, 0) = 0
  and (:sources is null or s.source in (select value from json_each(:sources)))
  and (:projects is null or s.project_id in (select value from json_each(:projects)))
"""
PROMPTS = f"""
select q.slot, sum(q.own), sum(q.unknown), sum(q.unattended)
{_SLOTS}
group by q.slot
"""
SESSIONS = f"""
select count(distinct q.session_id)
{_SLOTS} and q.own + q.unknown > 0
"""
ORIGINS = ("own", "unknown", "unattended")

Slot = tuple[int, str, int]  # instant, origin, number of prompts


@shared
def slots(
    db: Reader, scope: Scope, first: date | None = None, last: date | None = None
) -> list[Slot]:
    """Prompts of the period by quarter of an hour and origin."""
    found = db.execute(PROMPTS, values(scope, first, last))
    return [
        (slot * SLOT_MS, origin, n)
        for slot, *counts in found
        for origin, n in zip(ORIGINS, counts, strict=True)
        if n
    ]


def own(origin: str) -> bool:
    """Whether prompts of an origin count as the person's: most tools cannot tell."""
    return origin in {"own", "unknown"}


def own_prompts(db: Reader, scope: Scope) -> int:
    """How many prompts of yours the period has."""
    return sum(n for _, origin, n in slots(db, scope) if own(origin))


def active_weeks(db: Reader, scope: Scope, weeks: Sequence[date]) -> list[bool]:
    """For weeks in a row, at least one: whether the person asked anything in them."""
    found = slots(db, scope, weeks[0], scope.days.last_of(weeks[-1]))
    dated = ((at_ms, (float(n), 1.0)) for at_ms, origin, n in found if own(origin))
    return [bool(units) for units in history.by_week(scope, weeks, dated)]


def prompts(db: Reader, scope: Scope) -> Total | Unknown:
    """B1: prompts of yours; those of unattended runs stand beside."""
    missing = absent(db, scope)
    if missing:
        return missing
    found: Counter[str] = Counter()
    for _, origin, n in slots(db, scope):
        found[origin] += n
    n = found["own"] + found["unknown"]
    place = own_past.found(db, scope, "B1@1", ASKED, float(n)).place
    words = tr_n(
        mark("{n} prompt of yours{usual}."), mark("{n} prompts of yours{usual}."),
        n, usual=history.usual_words(place),
    )  # fmt: skip
    unsure = tr_n(
        mark("For {n} the tool does not tell who wrote it."),
        mark("For {n} the tool does not tell who wrote them."),
        found["unknown"],
    )
    beside = tr_n(
        mark("{n} unattended, apart."), mark("{n} unattended, apart."), found["unattended"]
    )
    return Total(
        value=n,
        unit="prompts",
        n=n,
        sentence=phrases.joined(
            words if n else tr(mark("No prompts of yours in this period.")),
            unsure if found["unknown"] else "",
            beside if found["unattended"] else "",
            left_out(db, scope, "prompts"),
        ),
        usual=place.limits if place else None,
        parts={key: found[key] for key in ("own", "unknown", "unattended")},
    )


def asked(db: Reader, scope: Scope, first: date, last: date) -> list[Behind]:
    """Prompts of the person's between two days, by quarter of an hour."""
    return [
        Behind(None, float(n), 1.0) for _, origin, n in slots(db, scope, first, last) if own(origin)
    ]


ASKED = Past(asked, "total", language.number)


def prompts_by_week(db: Reader, scope: Scope) -> Weeks | Unknown:
    """B1 by week: yours, and unattended ones on top; the band is of yours alone."""
    begin = begin_day(db, scope)
    if begin is None:
        return absent(db, scope) or Unknown("nothing_read", "")
    weeks = history.shown_weeks(scope)
    counts = _by_week(db, scope, weeks)
    before = _by_week(db, scope, history.weeks_before(scope, baselines.since(db, scope)))
    held = [mine for mine, _ in before if mine]
    band = usual(held)
    return Weeks(
        weeks=tuple(
            history.week(scope, first, begin, count, _week_words(*count))
            for first, count in zip(weeks, counts, strict=True)
        ),
        parts=("own", "unattended"),
        names=(tr(mark("yours")), tr(mark("unattended"))),
        unit="prompts",
        sentence=tr(mark("Prompts by week, yours and unattended.")),
        usual=band.ends if band else None,
        lacking=history.lacking_words(MIN_WEEKS, len(held)),
        breaks=baselines.within(db, scope, weeks[0], scope.today),
    )


def _by_week(db: Reader, scope: Scope, weeks: Sequence[date]) -> list[tuple[float, float]]:
    if not weeks:
        return []
    found = slots(db, scope, weeks[0], scope.days.last_of(weeks[-1]))
    dated = (
        (at_ms, (float(n), 0.0) if own(origin) else (0.0, float(n))) for at_ms, origin, n in found
    )
    return [
        (sum(mine for mine, _ in units), sum(rest for _, rest in units))
        for units in history.by_week(scope, weeks, dated)
    ]


def _week_words(mine: float, unattended: float) -> str:
    words = tr_n(mark("{n} prompt of yours"), mark("{n} prompts of yours"), int(mine))
    if not unattended:
        return words
    return tr(mark("{prompts}, {n} unattended"), prompts=words, n=language.number(unattended))


def sessions(db: Reader, scope: Scope) -> Total | Unknown:
    """B2: sessions with at least one prompt of yours."""
    missing = absent(db, scope)
    if missing:
        return missing
    n = int(db.execute(SESSIONS, values(scope)).fetchone()[0])
    words = tr_n(
        mark("{n} session with a prompt of yours."), mark("{n} sessions with a prompt of yours."), n
    )
    return Total(n, "sessions", n, words if n else tr(mark("No sessions of yours in this period.")))


def active_days(db: Reader, scope: Scope) -> Total | Unknown:
    """B3: civil days with at least one prompt of yours; no run of days is ever reckoned."""
    missing = absent(db, scope)
    if missing:
        return missing
    days = scope.days.days_of(at_ms for at_ms, origin, _ in slots(db, scope) if own(origin))
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
)

MEASURES = (B1, B2, B3)
