"""H1-H4: the person's time with the tools, the agents' time, and what lay between; estimated.

What only describes the person's days (H5-H7) stands in ``rhythm``.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import baselines, history
from tokenmirror.measures.contradictions import left_out
from tokenmirror.measures.figures import Total, Unknown, Weeks
from tokenmirror.measures.intervals import FEW, MIN_WEEKS, median, usual
from tokenmirror.measures.measure import Export, Measure, Reader, Scope
from tokenmirror.measures.memo import shared
from tokenmirror.measures.scoped import absent, begin_day, values
from tokenmirror.measures.stretches import (
    CAP_MS,
    HIGH_CAP_MS,
    LOW_CAP_MS,
    Stretch,
    attended,
    union_ms,
    within,
)
from tokenmirror.store.oddities import sound

WAITED_MS = 120_000
SECOND_MS = 1_000

_OF_SESSIONS = """
join sessions s on s.id = {row}.session_id
left join task_sessions ts on ts.session_id = s.id
left join tasks t on t.id = ts.task_id
where coalesce(t.hidden, 0) = 0
  and (:sources is null or s.source in (select value from json_each(:sources)))
  and (:projects is null or s.project_id in (select value from json_each(:projects)))
"""
# the person's own actions: what they asked, and what they decided at a known time
ACTIONS = f"""
select p.session_id, s.project_id, p.at_ms, 1 as asked from prompts p
left join origins o on o.prompt_id = p.id
{_OF_SESSIONS.format(row="p")}
  and p.at_ms >= :from_ms and p.at_ms < :until_ms
  and coalesce(o.origin, 'unknown') in ('own', 'unknown')
  and (p.words > 0 or coalesce(p.attachments, 0) > 0)
union all
select g.session_id, s.project_id, g.decided_ms, 0 from suggestions g
{_OF_SESSIONS.format(row="g")}
  and g.at_ms >= :from_ms - 86400000 and g.at_ms < :until_ms
  and g.decided_ms >= :from_ms and g.decided_ms < :until_ms
  and g.how = 'chosen' and g.basis = 'stated'
  and {sound("suggestions", "g.id")}
order by 3
"""  # noqa: S608 (constant parts)
# a sub-agent works inside its parent's turn; a turn that ends before it began is left out
TURNS = f"""
select u.session_id, u.at_ms, u.ended_ms from turns u
{_OF_SESSIONS.format(row="u")}
  and u.at_ms < :until_ms and u.at_ms >= :from_ms - 604800000 and u.ended_ms > u.at_ms
  and u.ended_ms > :from_ms
  and coalesce(s.relation, '') <> 'subagent'
  and (:unattended or coalesce(t.unattended, 0) = 0)
"""  # noqa: S608 (constant parts)
COMMITS = """
select c.placed_ms from commits c
where c.mine = 1 and c.placed_ms >= :from_ms and c.placed_ms < :until_ms order by 1
"""


@dataclass(frozen=True)
class Action:
    """Something the person did in a session: a prompt (``asked``) or a decision."""

    session: int
    project: int | None
    at_ms: int
    asked: bool


@dataclass(frozen=True)
class Course:
    """What happened in a stretch of time: own actions by time, and turns of agents."""

    actions: tuple[Action, ...]
    turns: tuple[tuple[int, int, int], ...]  # session, start, end
    from_ms: int
    until_ms: int

    def attended(self, cap_ms: int) -> list[Stretch]:
        """The person's own time, overlapping between sessions."""
        own: dict[int, list[int]] = defaultdict(list)
        ends: dict[int, list[int]] = defaultdict(list)
        for action in self.actions:
            own[action.session].append(action.at_ms)
        for session, _, end in self.turns:
            ends[session].append(end)
        found: list[Stretch] = []
        for session, instants in own.items():
            found += attended(instants, ends[session], cap_ms)
        return within(found, self.from_ms, self.until_ms)

    def agents(self) -> list[Stretch]:
        """The agents' time, overlapping between sessions."""
        return within(((start, end) for _, start, end in self.turns), self.from_ms, self.until_ms)


@shared
def course(db: Reader, scope: Scope, first: date | None = None, last: date | None = None) -> Course:
    """What happened in the period, or on other days."""
    bound = values(scope, first, last)
    actions = tuple(
        Action(session, project, at_ms, bool(asked))
        for session, project, at_ms, asked in db.execute(ACTIONS, bound)
    )
    turns = tuple(db.execute(TURNS, bound))
    return Course(actions, turns, int(str(bound["from_ms"])), int(str(bound["until_ms"])))


def seconds_of(stretches: Iterable[Stretch]) -> float:
    """The time that at least one stretch covers."""
    return union_ms(stretches) / SECOND_MS


def own_time(db: Reader, scope: Scope) -> Total | Unknown:
    """H1: the union of the stretches around the person's own actions, caps of 2 to 10 minutes."""
    missing = absent(db, scope)
    if missing:
        return missing
    found = course(db, scope)
    low, value, high = (seconds_of(found.attended(c)) for c in (LOW_CAP_MS, CAP_MS, HIGH_CAP_MS))
    words = tr(
        mark("About {time} of yours with the tools, between {low} and {high} (estimated)."),
        time=duration(value), low=duration(low), high=duration(high),
    )  # fmt: skip
    none = tr(mark("No time of yours with the tools in this period."))
    return Total(
        value, "seconds", len(found.actions), words if found.actions else none,
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
    if missing or found.turns:
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
    stretches = found.agents()
    union, total = seconds_of(stretches), sum(end - start for start, end in stretches) / SECOND_MS
    words = tr(
        mark("Agents worked for {union}; their turns add up to {total}."),
        union=duration(union), total=duration(total),
    )  # fmt: skip
    odd = left_out(db, scope, "turns")
    said = f"{words} {odd}" if odd else words
    return Total(union, "seconds", len(stretches), said, basis="derived", parts={"sum": total})


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
    stretches = found.attended(CAP_MS) if own else found.agents()

    def of_week(first: date) -> float:
        edges = scope.days.bounds_ms(first, scope.days.last_of(first))
        return seconds_of(within(stretches, *edges))

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
    stretches = found.agents()
    union = union_ms(stretches)
    if not union:
        return Unknown("no_activity", tr(mark("No agent worked in this period.")))
    ratio = sum(end - start for start, end in stretches) / union
    words = tr(
        mark("While any agent worked, {ratio} of them did on average."),
        ratio=language.number(ratio, 2),
    )
    return Total(ratio, "count", len(stretches), words, basis="derived")


def waiting(db: Reader, scope: Scope) -> Total | Unknown:
    """H4: turns over two minutes in which you neither asked elsewhere nor committed."""
    found = course(db, scope)
    missing = _agents_missing(db, scope, found)
    if missing:
        return missing
    bound = values(scope)
    busy = sorted(
        [action.at_ms for action in found.actions]
        + [at_ms for (at_ms,) in db.execute(COMMITS, bound)]
    )
    waits = [
        (end - start) / SECOND_MS
        for start, end in found.agents()
        if end - start > WAITED_MS and not _any_inside(busy, start, end)
    ]
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


def _any_inside(ordered: Sequence[int], start: int, end: int) -> bool:
    return bisect_right(ordered, start) < bisect_left(ordered, end)


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
)
MEASURES = (H1, H2, H3, H4)
