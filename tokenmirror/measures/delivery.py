"""D6-D8, F7: what the person's commits hold, how long tasks took, how large changes are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from tokenmirror import language
from tokenmirror.language import Speech, mark, tr, tr_n
from tokenmirror.measures import (
    baselines,
    chosen,
    columns,
    history,
    own_commits,
    phrases,
    tasks,
)
from tokenmirror.measures.columns import Bools, Ints
from tokenmirror.measures.figures import Column, Dot, Dots, Rate, Table, Unknown, Weeks
from tokenmirror.measures.intervals import FEW, MIN_WEEKS, median, median_interval, quartiles, usual
from tokenmirror.measures.measure import EVERY, Export, Measure, Reader, Scope
from tokenmirror.measures.memo import lasting
from tokenmirror.measures.own_commits import OwnCommits
from tokenmirror.measures.scoped import absent, begin_day, no_repository
from tokenmirror.store.days import Days

SECOND_MS = 1_000
RESUMED_MS = 14 * 86_400_000
TIMES = """
select id, landed_ms, shipped_ms from tasks where landed_ms is not null or shipped_ms is not null
"""
SESSIONS = """
select ts.task_id, s.started_ms, s.ended_ms
from task_sessions ts join sessions s on s.id = ts.session_id
where s.started_ms is not null
order by ts.task_id, s.started_ms
"""
SIZES = """
select d.id, d.key, d.added + d.removed, k.key
from deliveries d left join (
  select td.delivery_id, min(t.key) as key
  from task_deliveries td join tasks t on t.id = td.task_id
  group by td.delivery_id) k on k.delivery_id = d.id
where d.added is not null
"""


def ai_share(db: Reader, scope: Scope) -> Rate | Unknown:
    """D6: AI lines of the lines added in own commits; the pair is exact, and exact and close."""
    missing = absent(db, scope) or no_repository(db)
    if missing:
        return missing
    some = own_commits.of_period(db, scope)
    exact, high, added = _sums(some)
    if not added:
        return Unknown("no_activity", tr(mark("No commits of yours in this period.")))
    low_words, high_words = (language.percent(part / added) for part in (exact, high))
    pair = low_words
    if low_words != high_words:
        pair = tr(mark("{low} to {high}"), low=low_words, high=high_words)
    words = tr(
        mark("{share} of {added} lines in your commits were recognised as AI-written."),
        share=pair, added=language.number(added),
    )  # fmt: skip
    return Rate(
        high,
        added,
        "lines",
        words,
        low=exact / added,
        high=high / added,
        apart={"exact": exact, "close": high - exact, "commits": len(some)},
        n=_units(some),
    )


def _sums(some: OwnCommits) -> tuple[int, int, int]:
    """Exact AI lines, exact and close ones, and all added lines; never more than were added."""
    import numpy as np  # late: 100 ms

    exact = np.minimum(some.exact, some.added)
    high = np.minimum(some.exact + some.close, some.added)
    return int(exact.sum()), int(high.sum()), int(some.added.sum())


def _units(some: OwnCommits) -> int:
    """How many tasks they are of; a commit of none stands for itself."""
    import numpy as np  # late: 100 ms

    return len(np.unique(some.unit))


def ai_share_by_week(db: Reader, scope: Scope) -> Weeks | Unknown:
    """D6 by week: the exact part, and on top the close one, in per cent."""
    begin = begin_day(db, scope)
    if begin is None:
        return absent(db, scope) or Unknown("nothing_read", "")
    past = history.weeks_before(scope, baselines.since(db, scope))
    shown = history.shown_weeks(scope)

    def of_week(week: date) -> tuple[int, int, int, int]:
        mine = own_commits.of_period(db, scope, week, scope.days.last_of(week))
        return (*_sums(mine), _units(mine))

    before = [100 * high / n for _, high, n, units in map(of_week, past) if n and units >= FEW]
    band = usual(before, ceiling=100.0)
    weeks = []
    for week in shown:
        exact, high, added, units = of_week(week)
        values_ = (100 * exact / added, 100 * (high - exact) / added) if added else (None, None)
        words = tr(mark("no commits of yours"))
        if added:
            words = tr(
                mark("{high} of {added} lines{share}"),
                high=language.number(high), added=language.number(added),
                share=phrases.in_brackets(phrases.line_share(high, added, None, units)),
            )  # fmt: skip
        few = 0 < units < FEW
        weeks.append(history.week(scope, week, begin, values_, words, (units,), few=few))
    return Weeks(
        weeks=tuple(weeks),
        parts=("exact", "close"),
        names=(tr(mark("exact")), tr(mark("close"))),
        unit="percent",
        sentence=tr(mark("AI lines in your commits, by week.")),
        small_parts=("tasks",),
        small_names=(tr(mark("tasks")),),
        usual=band.ends if band else None,
        basis="derived",
        lacking=history.lacking_words(MIN_WEEKS, len(before)),
        breaks=baselines.within(db, scope, shown[0], scope.today),
    )


Times = tuple[float | None, float | None]  # seconds to the first commit, to the main line
Row = tuple[str, tuple[object, ...]]


def lead_times(db: Reader, scope: Scope) -> tuple[Ints, list[Times]]:
    """Tasks of the period that landed, by place, with their times; not those resumed late."""
    places = tasks.begun(db, scope)
    places = places[_timed(db)[places]]
    return places, [each for each in tasks.picked(_times(db), places) if each]


@lasting
def _timed(db: Reader) -> Bools:
    import numpy as np  # late: 100 ms

    return np.array([each is not None for each in _times(db)], dtype=bool)


@lasting
def _times(db: Reader) -> list[Times | None]:
    """The times of every task, in the order of the columns; ``None`` for one without any."""
    late = _resumed(db.execute(SESSIONS))
    landed = {task: ends for task, *ends in db.execute(TIMES) if task not in late}
    every = columns.tasks(db)
    found: list[Times | None] = []
    for task, began_ms in zip(every.id.tolist(), every.began_ms.tolist(), strict=True):
        ends = landed.get(task)
        found.append(None if ends is None else _seconds(began_ms, *ends))
    return found


def _seconds(began_ms: int, landed_ms: int | None, shipped_ms: int | None) -> Times:
    first, last = (
        None if at_ms is None else max(0, at_ms - began_ms) / SECOND_MS
        for at_ms in (landed_ms, shipped_ms)
    )
    return first, last


def _resumed(sessions: Iterable[tuple[int, int, int | None]]) -> set[int]:
    """Tasks with a pause of more than 14 days between sessions."""
    reach: dict[int, int] = {}
    found = set()
    for task, started_ms, ended_ms in sessions:
        if task in reach and started_ms - reach[task] > RESUMED_MS:
            found.add(task)
        reach[task] = max(reach.get(task, 0), ended_ms or started_ms)
    return found


def lead_time(db: Reader, scope: Scope) -> Dots | Unknown:
    """D7: from the first own prompt of a task to the main line; to the first commit beside."""
    missing = absent(db, scope) or no_repository(db)
    if missing:
        return missing
    places, found = lead_times(db, scope)
    seconds = sorted(to_main for _, to_main in found if to_main is not None)
    landed = sorted(to_commit for to_commit, _ in found if to_commit is not None)
    if not seconds and not landed:
        return Unknown("no_activity", tr(mark("No task of this period has reached a commit.")))
    words = tr_n(
        mark("From the first prompt to the main line: {time}, {n} task."),
        mark("From the first prompt to the main line: {time}, {n} tasks."),
        len(seconds), time=_spread(seconds),
    )  # fmt: skip
    commit = tr(mark("To the first commit: {time}."), time=_spread(landed))
    interval = median_interval(seconds)
    names = (scope.today.year, language.speech())
    return Dots(
        dots=tuple(filter(None, tasks.picked(_dots(db, scope.days, *names), places))),
        unit="seconds",
        sentence=phrases.joined(words if seconds else "", commit if landed else ""),
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        median=median(seconds) if len(seconds) >= FEW else None,
        quartiles=quartiles(seconds) if len(seconds) >= FEW else None,
        n=len(seconds),
        of=len(found),
        basis="derived",
        beside={
            "commit_median": median(landed) if len(landed) >= FEW else None,
            "commit_q1": quartiles(landed)[0] if len(landed) >= FEW else None,
            "commit_q3": quartiles(landed)[1] if len(landed) >= FEW else None,
        },
    )


@lasting
def _rows(db: Reader, days: Days, year: int, speech: Speech) -> list[Row | None]:
    """The row of F7 of every task, in the order of the columns."""
    names = tasks.names(db, days, year, speech)
    return [
        (key, (title, *times)) if times else None
        for (key, title), times in zip(names, _times(db), strict=True)
    ]


@lasting
def _dots(db: Reader, days: Days, year: int, speech: Speech) -> list[Dot | None]:
    """The dot of D7 of every task that shipped, in the order of the columns."""
    names = tasks.names(db, days, year, speech)
    return [
        Dot(key, title, times[1]) if times and times[1] is not None else None
        for (key, title), times in zip(names, _times(db), strict=True)
    ]


def _spread(seconds: Sequence[float]) -> str:
    """A median with its middle half, or the values one by one where they are few."""
    if len(seconds) < FEW:
        return language.listing([language.duration(each * SECOND_MS) for each in sorted(seconds)])
    low, high = quartiles(seconds)
    return tr(
        mark("{median} in the median ({low} to {high})"),
        median=language.duration(median(seconds) * SECOND_MS),
        low=language.duration(low * SECOND_MS), high=language.duration(high * SECOND_MS),
    )  # fmt: skip


def times_table(db: Reader, scope: Scope) -> Table | Unknown:
    """F7: the times of D7 for each task, in seconds."""
    missing = absent(db, scope) or no_repository(db)
    if missing:
        return missing
    places, found = lead_times(db, scope)
    if not found:
        return Unknown("no_activity", tr(mark("No task of this period has reached a commit.")))
    named = (
        Column("title", tr(mark("Title")), "text"),
        Column("to_commit", tr(mark("To the first commit, s")), "number"),
        Column("to_main_line", tr(mark("To the main line, s")), "number"),
    )
    every = _rows(db, scope.days, scope.today.year, language.speech())
    rows = tuple(filter(None, tasks.picked(every, places)))
    words = tr_n(mark("How long {n} task took."), mark("How long {n} tasks took."), len(rows))
    return Table(named, rows, words)


def change_sizes(db: Reader, scope: Scope) -> Dots | Unknown:
    """D8: added and removed lines of each shipped change with AI lines; others beside."""
    import numpy as np  # late: 100 ms

    missing = absent(db, scope) or no_repository(db)
    if missing:
        return missing
    every, (sizes, dots) = columns.deliveries(db), _sizes(db)
    days = every.between(*scope.days.bounds_ms(scope.first, scope.last))
    some = np.flatnonzero(chosen.deliveries(db, scope, without_ai=True)[days]) + days.start
    some = some[sizes[some] >= 0]
    of_kind = {kind: some[every.ai.among({kind})[some]] for kind in ("with", "without", "unknown")}
    mine, others = (
        np.sort(sizes[of_kind[kind]]).astype(float).tolist() for kind in ("with", "without")
    )
    if not mine and not others:
        return Unknown("no_activity", tr(mark("No changes shipped in this period.")))
    words = tr_n(
        mark("{n} shipped change with AI lines: {size} lines."),
        mark("{n} shipped changes with AI lines: {size} lines."),
        len(mine), size=_lines(mine),
    )  # fmt: skip
    beside = tr_n(
        mark("{n} without: {size} lines."), mark("{n} without: {size} lines."),
        len(others), size=_lines(others),
    )  # fmt: skip
    note = tr(mark("You choose what to give to AI, so these are different kinds of work."))
    interval = median_interval(mine)
    both = bool(mine) and bool(others)
    return Dots(
        dots=tuple(filter(None, tasks.picked(dots, of_kind["with"]))),
        unit="lines",
        sentence=phrases.joined(
            words if mine else "", beside if others else "", note if both else ""
        ),
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        median=median(mine) if len(mine) >= FEW else None,
        quartiles=quartiles(mine) if len(mine) >= FEW else None,
        n=len(mine),
        of=len(some),
        basis="derived",
        beside={
            "without_median": median(others) if len(others) >= FEW else None,
            "without_n": len(others),
        },
    )


@lasting
def _sizes(db: Reader) -> tuple[Ints, list[Dot | None]]:
    """Lines of every shipped change, -1 where not known, and its dot, in columns' order."""
    import numpy as np  # late: 100 ms

    told = {change: each for change, *each in db.execute(SIZES)}
    ids = columns.deliveries(db).id.tolist()
    sizes = np.array([told[each][1] if each in told else -1 for each in ids], dtype=np.int64)
    dots = []
    for each in ids:
        key, size, task = told.get(each, (None, 0, None))
        dots.append(None if key is None else Dot(task or key, key, float(size)))
    return sizes, dots


def _lines(sizes: Sequence[float]) -> str:
    if len(sizes) < FEW:
        return language.listing([language.number(each) for each in sorted(sizes)])
    low, high = quartiles(sizes)
    return tr(
        mark("{median} in the median ({low} to {high})"),
        median=language.number(median(sizes)), low=language.number(low),
        high=language.number(high),
    )  # fmt: skip


D6 = Measure(
    id="D6",
    term="AI share of committed lines",
    title=mark("AI lines in your commits"),
    means=mark("How much of what you committed was recognised as AI-written."),
    how=mark("AI lines of the lines added in your commits; exact alone, and with close ones."),
    left_out=mark("Merges, excluded files, commits too large to read."),
    bias=mark("The most quoted figure and the least meaningful: bulk raises it."),
    unit=f"% low{language.DASH}high",
    needs=frozenset({"S3", "S8"}),
    windows=("P", "w"),
    interval_unit="task",
    beside=("E4", "I6", "E2"),
    export=Export.TICKED,
    compute=ai_share,
    weekly=ai_share_by_week,
    reads=frozenset({"commits", "claims", "links", "repos"}),
)
D7 = Measure(
    id="D7",
    term="lead time for changes",
    title=mark("Lead time"),
    means=mark("How long a task took from the first prompt to the main line."),
    how=mark("First prompt of yours to the first commit, and to the main line."),
    left_out=mark("Tasks taken up again after more than 14 days; unattended tasks."),
    bias=mark("Easy tasks are fast."),
    unit="duration",
    needs=frozenset({"S1", "S8", "S9"}),
    windows=("P",),
    interval_unit="task",
    beside=("F2",),
    export=Export.TICKED,
    compute=lead_time,
    reads=frozenset({"tasks", "sessions", "commits"}),
    splits=EVERY,
)
D8 = Measure(
    id="D8",
    term="batch size",
    title=mark("Size of changes"),
    means=mark("How large the changes were that shipped."),
    how=mark("Added and removed lines of each shipped change, with AI lines and without."),
    left_out=mark("Excluded files; changes that could not be read."),
    bias=mark("Large changes are harder to look through and more often taken back."),
    unit="lines",
    needs=frozenset({"S8", "S9"}),
    windows=("P",),
    interval_unit="change",
    beside=("D5", "E2"),
    export=Export.TICKED,
    compute=change_sizes,
    reads=frozenset({"deliveries", "task_deliveries", "tasks"}),
    splits=EVERY,
)
F7 = Measure(
    id="F7",
    term="time to outcome",
    title=mark("Time to the outcome"),
    means=mark("How long each task took."),
    how=mark("As lead time (D7), for each task."),
    left_out=mark("Tasks taken up again after more than 14 days; unattended tasks."),
    bias=mark("Easy tasks are fast."),
    unit="duration",
    needs=frozenset({"S1", "S8", "S9"}),
    windows=("P",),
    interval_unit="task",
    beside=("D7",),
    export=Export.TICKED,
    compute=times_table,
    reads=frozenset({"tasks", "sessions", "commits"}),
    splits=EVERY,
)

MEASURES = (D6, D7, D8, F7)
