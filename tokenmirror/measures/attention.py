"""H1-H4: the person's time with the tools, the agents' time, and what lay between; estimated.

What only describes the person's days (H5-H7) stands in ``rhythm``.
"""

from __future__ import annotations

from datetime import date

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import baselines, history
from tokenmirror.measures.contradictions import left_out
from tokenmirror.measures.courses import Course, Stretches, course, waited_ms
from tokenmirror.measures.figures import Total, Unknown, Weeks
from tokenmirror.measures.intervals import FEW, MIN_WEEKS, median, usual
from tokenmirror.measures.measure import NO_MODEL, Export, Measure, Reader, Scope
from tokenmirror.measures.scoped import absent, begin_day, values

SECOND_MS = 1_000

COMMITS = """
select c.placed_ms from commits c
where c.mine = 1 and c.placed_ms >= :from_ms and c.placed_ms < :until_ms order by 1
"""


def seconds_of(stretches: Stretches) -> float:
    """The time that at least one stretch covers."""
    return stretches.union_ms() / SECOND_MS


def own_time(db: Reader, scope: Scope) -> Total | Unknown:
    """H1: the union of the stretches around the person's own actions, caps of 2 to 10 minutes."""
    missing = absent(db, scope)
    if missing:
        return missing
    found = course(db, scope)
    low, value, high = map(seconds_of, found.own_by_cap)
    words = tr(
        mark("About {time} of yours with the tools, between {low} and {high} (estimated)."),
        time=duration(value), low=duration(low), high=duration(high),
    )  # fmt: skip
    none = tr(mark("No time of yours with the tools in this period."))
    return Total(
        value, "seconds", found.actions, words if found.actions else none,
        low=low, high=high, basis="estimated",
    )  # fmt: skip


def own_time_by_week(db: Reader, scope: Scope) -> Weeks | Unknown:
    """H1 by week, in seconds."""
    words = mark("about {time} of yours with the tools")
    sentence = tr(mark("Your time with the tools by week, estimated."))
    return _by_week(db, scope, ("own", mark("yours")), words, sentence, own=True)


def _agents_missing(db: Reader, scope: Scope, found: Course) -> Unknown | None:
    """Why the agents' time is not known, if that is so."""
    missing = absent(db, scope)
    if missing or len(found.turns):
        return missing
    said = db.execute(
        "select count(*), sum(ended_ms is not null) from turns where at_ms >= ? and at_ms < ?",
        (found.from_ms, found.until_ms),
    ).fetchone()
    if not said[0] and not found.actions:
        return Unknown("no_activity", tr(mark("No agent worked in this period.")))
    if said[1]:
        return Unknown("no_activity", tr(mark("No agent of this choice worked in this period.")))
    return Unknown("not_recorded", tr(mark("No tool recorded when agents began and ended.")))


def agent_time(db: Reader, scope: Scope) -> Total | Unknown:
    """H2: how long agents worked: the time any did, and the sum over all."""
    found = course(db, scope)
    missing = _agents_missing(db, scope, found)
    if missing:
        return missing
    union, total = seconds_of(found.turns), found.turns.total_ms() / SECOND_MS
    words = tr(
        mark("Agents worked for {union}; their turns add up to {total}."),
        union=duration(union), total=duration(total),
    )  # fmt: skip
    odd = left_out(db, scope, "turns")
    said = f"{words} {odd}" if odd else words
    return Total(union, "seconds", len(found.turns), said, basis="derived", parts={"sum": total})


def agent_time_by_week(db: Reader, scope: Scope) -> Weeks | Unknown:
    """H2 by week: the time in which any agent worked, in seconds."""
    words = mark("agents worked for {time}")
    sentence = tr(mark("Time in which an agent worked, by week."))
    return _by_week(db, scope, ("agents", mark("agents")), words, sentence, own=False)


def _by_week(
    db: Reader, scope: Scope, part: tuple[str, str], words: str, sentence: str, *, own: bool
) -> Weeks | Unknown:
    begin = begin_day(db, scope)
    if begin is None:
        return absent(db, scope) or Unknown("nothing_read", "")

    past = history.weeks_before(scope, baselines.since(db, scope))
    shown = history.shown_weeks(scope)
    found = course(db, scope, min([*past, *shown]), scope.days.last_of(max([*past, *shown])))
    stretches = found.own if own else found.turns

    def of_week(first: date) -> float:
        edges = scope.days.bounds_ms(first, scope.days.last_of(first))
        return seconds_of(stretches.within(*edges))

    held = [seconds for seconds in map(of_week, past) if seconds]
    band = usual(held, log=True)
    weeks = []
    for first in shown:
        seconds = of_week(first)
        said = tr(words, time=duration(seconds)) if seconds else tr(mark("none"))
        weeks.append(history.week(scope, first, begin, (seconds,), said))
    return Weeks(
        weeks=tuple(weeks),
        parts=(part[0],),
        names=(tr(part[1]),),
        unit="seconds",
        sentence=sentence,
        usual=band.ends if band else None,
        basis="estimated" if own else "derived",
        lacking=history.lacking_words(MIN_WEEKS, len(held)),
        breaks=baselines.within(db, scope, shown[0], scope.today),
    )


def side_by_side(db: Reader, scope: Scope) -> Total | Unknown:
    """H3: sum of the agents' time over its union; more than 1 means that some ran in parallel."""
    found = course(db, scope)
    missing = _agents_missing(db, scope, found)
    if missing:
        return missing
    union = found.turns.union_ms()
    if not union:
        return Unknown("no_activity", tr(mark("No agent worked in this period.")))
    ratio = found.turns.total_ms() / union
    words = tr(
        mark("While any agent worked, {ratio} of them did on average."),
        ratio=language.number(ratio, 2),
    )
    return Total(ratio, "count", len(found.turns), words, basis="derived")


def waiting(db: Reader, scope: Scope) -> Total | Unknown:
    """H4: turns over two minutes in which you neither asked elsewhere nor committed."""
    found = course(db, scope)
    missing = _agents_missing(db, scope, found)
    if missing:
        return missing
    commits = [at_ms for (at_ms,) in db.execute(COMMITS, values(scope))]
    waits = [ms / SECOND_MS for ms in waited_ms(found, commits)]
    if not waits:
        return Total(0, "seconds", 0, tr(mark("No turn over two minutes was waited for.")),
                     basis="estimated")  # fmt: skip
    words = tr_n(
        mark("{n} turn over two minutes with nothing else in it, {total} in all{median}{sure}."),
        mark("{n} turns over two minutes with nothing else in them, {total} in all{median}{sure}."),
        len(waits), total=duration(sum(waits)), sure=tr(mark(" (estimated)")),
        median=tr(mark(", the median {time}"), time=duration(median(waits)))
        if len(waits) >= FEW else "",
    )  # fmt: skip
    middle = median(waits) if len(waits) >= FEW else None
    return Total(
        sum(waits), "seconds", len(waits), words, basis="estimated", parts={"median": middle}
    )


def duration(seconds: float) -> str:
    """A time in words."""
    return language.duration(seconds * SECOND_MS)


READS = frozenset(
    {"prompts", "origins", "turns", "suggestions", "sessions", "tasks", "task_sessions"}
)
OUT = mark("Hidden tasks; agents of unattended runs unless asked for; turns without an end.")
ELSEWHERE = mark("Reading and thinking elsewhere leave no trace in a log.")

H1 = Measure(
    id="H1",
    term="attended time (estimated)",
    title=mark("Your time with the tools"),
    means=mark("How long you were at it yourself."),
    how=mark(
        "From 30 seconds before each prompt or decision of yours, and from the end of a turn to"
        " your next action when that is nearer than 5 minutes; overlaps count once. The pair of"
        " figures beside uses 2 and 10 minutes."
    ),
    left_out=OUT,
    bias=ELSEWHERE,
    unit=f"h low{language.DASH}high",
    needs=frozenset({"S1", "S2"}),
    windows=("P", "w"),
    interval_unit="",
    beside=("H2",),
    export=Export.TICKED,
    compute=own_time,
    weekly=own_time_by_week,
    reads=READS,
    splits=NO_MODEL,
)
H2 = Measure(
    id="H2",
    term="agent time, union and sum",
    title=mark("Agents' time"),
    means=mark("How long agents worked."),
    how=mark("The time in which any turn ran, and the sum of all turns; sub-agents are inside."),
    left_out=OUT,
    bias=mark("A turn that waits for a service counts too."),
    unit="h",
    needs=frozenset({"S2"}),
    windows=("P", "w"),
    interval_unit="",
    beside=("H1",),
    export=Export.TICKED,
    compute=agent_time,
    weekly=agent_time_by_week,
    reads=READS,
    splits=NO_MODEL,
)
H3 = Measure(
    id="H3",
    term="concurrency",
    title=mark("Side by side"),
    means=mark("How many agents worked at the same time."),
    how=mark("Sum of the agents' time over the time in which any worked."),
    left_out=OUT,
    bias=mark("Parallel work makes any timing of tasks unreliable."),
    unit="ratio",
    needs=frozenset({"S2"}),
    windows=("P",),
    interval_unit="",
    beside=("H2",),
    export=Export.TICKED,
    compute=side_by_side,
    reads=READS,
    splits=NO_MODEL,
)
H4 = Measure(
    id="H4",
    term="waiting time",
    title=mark("Waiting"),
    means=mark("How long agents worked while you did nothing else that was recorded."),
    how=mark("Turns over 2 minutes without another prompt or commit of yours inside."),
    left_out=OUT,
    bias=ELSEWHERE,
    unit="min",
    needs=frozenset({"S1", "S2"}),
    windows=("P",),
    interval_unit="turn",
    beside=("H2", "H3"),
    export=Export.TICKED,
    compute=waiting,
    reads=READS | {"commits"},
    splits=NO_MODEL,
)
MEASURES = (H1, H2, H3, H4)
