"""F: tasks and how they ended, with what the person says of them; the centre of the app."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from operator import itemgetter
from typing import NamedTuple, TypeVar

from tokenmirror import language
from tokenmirror.language import Speech, mark, tr, tr_n
from tokenmirror.measures import chosen, columns, history, outcome_words, own_past, phrases
from tokenmirror.measures.columns import BEFORE_ALL_MS, Bools, Ints
from tokenmirror.measures.figures import (
    Column,
    Part,
    Parts,
    Rate,
    Table,
    Unknown,
    Weeks,
)
from tokenmirror.measures.intervals import FEW, wilson
from tokenmirror.measures.measure import EVERY, Behind, Export, Measure, Past, Reader, Scope
from tokenmirror.measures.memo import lasting, shared
from tokenmirror.measures.scoped import absent, begin_day, no_repository, ripe_ms, too_early
from tokenmirror.store.days import Days

T = TypeVar("T")
SET_ASIDE = "set_aside"
OUTCOMES = {
    "shipped": mark("Shipped"),
    "on_branch": mark("On a branch"),
    "no_lasting_change": mark("No lasting change found"),
    "in_progress": mark("In progress"),
    "no_code": mark("No code"),
    "unknown": mark("Unknown"),
    SET_ASIDE: mark("Set aside on purpose"),
}
EFFECTS = {
    "done": "shipped",
    "useful_without_code": "no_code",
    "set_aside": SET_ASIDE,
    "did_not_work_out": "no_lasting_change",
}
STACKED = ("shipped", "on_branch", "no_lasting_change", "in_progress")
SMALL = ("no_code", "unknown")

EVERY_TASK = """
select t.id, t.key, t.title, t.source, t.project_id, t.began_ms, t.outcome, t.stated,
  t.unattended, t.own_prompts, 0
from tasks t
"""
STATED = "select id, outcome, stated from tasks where stated is not null"


class Task(NamedTuple):
    """A task that is in the figures; ``ripe`` when it began at least 14 days ago."""

    id: int
    key: str
    title: str | None
    source: str
    project_id: int | None
    began_ms: int
    outcome: str
    stated: str | None
    unattended: int
    own_prompts: int
    ripe: int

    @property
    def shown(self) -> str:
        """The outcome that counts: the person's statement where there is one."""
        return shown(self.outcome, self.stated)

    @property
    def change(self) -> bool:
        """Whether it is drawn as a change task; one set aside is, in the reckoning of cost."""
        return self.shown in STACKED or self.shown == SET_ASIDE

    @property
    def done(self) -> bool:
        """Whether it got there."""
        return self.shown == "shipped"


def shown(outcome: str, stated: str | None) -> str:
    """The outcome with the effect of the person's statement.

    "Done" counts as shipped, "useful without code" as no code, "did not work out" as no
    lasting change; what was set aside on purpose stands apart.
    """
    return EFFECTS.get(stated, outcome) if stated else outcome


def everything(
    db: Reader, scope: Scope, first: date | None = None, last: date | None = None
) -> list[Task]:
    """Tasks begun in the period, by time; unattended ones too, hidden ones not."""
    return at(db, scope, begun(db, scope, first, last, unattended=True))


def counted(
    db: Reader, scope: Scope, first: date | None = None, last: date | None = None
) -> list[Task]:
    """Tasks of the period that enter rates: unattended ones only when the scope asks."""
    return at(db, scope, begun(db, scope, first, last))


def by_ids(db: Reader, scope: Scope, ids: Iterable[int]) -> list[Task]:
    """These tasks, whenever they began, by time."""
    import numpy as np  # late: 100 ms

    found = columns.tasks(db).place(np.array(sorted(ids), dtype=np.int64))
    return at(db, scope, np.sort(found[found >= 0]))


def begun(
    db: Reader,
    scope: Scope,
    first: date | None = None,
    last: date | None = None,
    *,
    unattended: bool = False,
) -> Ints:
    """The places, among all tasks, of those that ``counted`` or ``everything`` gives."""
    every = unattended or scope.unattended
    return _begun(db, scope, first or scope.first, last or scope.last, every)


@shared
def _begun(db: Reader, scope: Scope, first: date, last: date, unattended: bool) -> Ints:
    import numpy as np  # late: 100 ms

    every = columns.tasks(db)
    low, high = np.searchsorted(every.began_ms, scope.days.bounds_ms(first, last))
    some = chosen.tasks(db, scope)[low:high]
    if not unattended:
        some = some & ~every.unattended[low:high]
    found: Ints = low + np.flatnonzero(some)
    return found


def at(db: Reader, scope: Scope, places: Ints) -> list[Task]:
    """The tasks at these places among all tasks."""
    return picked(_by_ripeness(db, ripe_ms(scope)), places)


def picked(every: Sequence[T], places: Ints) -> list[T]:
    """What stands at these places."""
    if len(places) < 2:
        return [every[place] for place in places.tolist()]
    return list(itemgetter(*places.tolist())(every))


@lasting
def _every(db: Reader) -> list[Task]:
    """All tasks, in the order of the columns; none of them told to be ripe."""
    found = {row[0]: Task._make(row) for row in db.execute(EVERY_TASK)}
    return [found[task] for task in columns.tasks(db).id.tolist()]


@lasting
def _by_ripeness(db: Reader, ripe_ms: int) -> list[Task]:
    """All tasks, in the order of the columns."""
    began_ms = columns.tasks(db).began_ms
    ripe = ((began_ms > BEFORE_ALL_MS) & (began_ms < ripe_ms)).tolist()
    return [
        Task(*task[:-1], ripe=1) if is_ripe else task
        for task, is_ripe in zip(_every(db), ripe, strict=True)
    ]


@lasting
def _stated(db: Reader) -> tuple[Bools, Bools]:
    """Where the person's statement takes a task out of the completion rate; where it differs."""
    import numpy as np  # late: 100 ms

    taken_out, differs = np.zeros((2, len(columns.tasks(db).id)), dtype=bool)
    rows = list(db.execute(STATED))
    found = columns.tasks(db).place(np.array([row[0] for row in rows], dtype=np.int64))
    for place, (_, outcome, stated) in zip(found.tolist(), rows, strict=True):
        settled = outcome in {"shipped", "no_lasting_change"}
        taken_out[place] = settled and stated in {"useful_without_code", SET_ASIDE}
        differs[place] = shown(outcome, stated) != outcome
    return taken_out, differs


def titles(db: Reader, scope: Scope) -> list[str]:
    """The title of every task (``title_of``), in the order of the columns."""
    return _titles(db, scope.days, scope.today.year, language.speech())


@lasting
def _titles(db: Reader, days: Days, year: int, _speech: Speech) -> list[str]:
    begun_on = days_begun(db, days)
    dated = {day: _dated(day, year) if day else "" for day in set(begun_on)}
    return [task.title or dated[day] for task, day in zip(_every(db), begun_on, strict=True)]


def names(db: Reader, days: Days, year: int, speech: Speech) -> Iterable[tuple[str, str]]:
    """Key and title of every task, in the order of the columns; ``year`` is this one."""
    keys = (task.key for task in _every(db))
    return zip(keys, _titles(db, days, year, speech), strict=True)


@lasting
def days_begun(db: Reader, days: Days) -> list[date | None]:
    """The civil day on which each task began, in the order of the columns."""
    began_ms = columns.tasks(db).began_ms.tolist()
    return [days.day_of(at_ms) if at_ms != BEFORE_ALL_MS else None for at_ms in began_ms]


def title_of(task: Task, scope: Scope) -> str:
    """The title, or "Session of 5 Oct"."""
    return task.title or _dated(scope.days.day_of(task.began_ms), scope.today.year)


def _dated(day: date, this_year: int) -> str:
    return tr(mark("Session of {day}"), day=language.day(day, year=day.year != this_year))


def _settled(db: Reader, scope: Scope, places: Ints) -> Ints:
    """Of these tasks the ripe ones that got there or not."""
    every = columns.tasks(db)
    ripe = every.began_ms[places] < ripe_ms(scope)
    settled: Ints = places[ripe & every.shown.among({"shipped", "no_lasting_change"})[places]]
    return settled


def settled(db: Reader, scope: Scope, first: date, last: date) -> list[Behind]:
    """What is behind the completion rate of other days: 1 or 0 of 1 for each settled task."""
    every = columns.tasks(db)
    places = _settled(db, scope, begun(db, scope, first, last))
    hits = every.shown.among({"shipped"})[places].astype(float)
    return [
        Behind(task, hit, 1.0)
        for task, hit in zip(every.id[places].tolist(), hits.tolist(), strict=True)
    ]


SETTLED = Past(settled, "task_rate", language.percent)


def ends(db: Reader, places: Ints) -> Counter[str]:
    """How these tasks ended, and how many of each."""
    return columns.tasks(db).shown.counts(places)


def _beside(db: Reader, scope: Scope, places: Ints) -> dict[str, int]:
    """What stands beside the completion rate: tasks of the period that are not in it."""
    taken_out, _ = _stated(db)
    left = places[~taken_out[places]]
    young = left[columns.tasks(db).began_ms[left] >= ripe_ms(scope)]
    early = ends(db, young)
    found = ends(db, left)
    keys = ("on_branch", "in_progress", "no_code", "unknown")
    return {
        **{key: found[key] for key in keys},
        "too_early": early["shipped"] + early["no_lasting_change"],
        "taken_out": len(places) - len(left),
    }


def got_there(db: Reader, scope: Scope) -> tuple[int, int]:
    """Of the settled tasks of the period how many got there, and how many they are."""
    units = _settled(db, scope, begun(db, scope))
    return ends(db, units)["shipped"], len(units)


def done(db: Reader, scope: Scope) -> Rate | Unknown:
    """F3: of the tasks meant to change something, how many got there."""
    missing = absent(db, scope)
    if missing:
        return missing
    tasks = begun(db, scope)
    hits, trials = got_there(db, scope)
    apart = _beside(db, scope, tasks)
    if not trials:
        unknown = _not_yet(db, scope, tasks) or (no_repository(db) if apart["unknown"] else None)
        if unknown:
            return unknown
    interval = wilson(hits, trials) if trials else None
    found = own_past.found(db, scope, "F3@1", SETTLED, hits / trials) if trials >= FEW else None
    place = found.place if found else None
    return Rate(
        hits=hits,
        trials=trials,
        unit="tasks",
        sentence=outcome_words.done(hits, trials, interval, place, apart),
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        usual=place.limits if place else None,
        apart=apart,
        n=trials,
        note=phrases.joined(
            outcome_words.done_note(hits, trials, interval, place), found.lacking if found else ""
        ),
    )


def _not_yet(db: Reader, scope: Scope, places: Ints) -> Unknown | None:
    """Why nothing is settled where a task that is drawn as a change task is too young for it."""
    every = columns.tasks(db)
    changing = every.shown.among({*STACKED, SET_ASIDE})[places]
    began_ms = every.began_ms[places[changing]]
    young = began_ms[began_ms >= ripe_ms(scope)]
    return too_early(scope, scope.days.day_of(int(young[0]))) if len(young) else None


def outcomes(db: Reader, scope: Scope) -> Parts | Unknown:
    """F2: how the tasks of the period ended, each exactly once."""
    missing = absent(db, scope)
    if missing:
        return missing
    tasks = begun(db, scope)
    found = ends(db, tasks)
    stated = int(_stated(db)[1][tasks].sum())
    keys = [*STACKED, *SMALL, *([SET_ASIDE] if found[SET_ASIDE] else [])]
    parts = tuple(Part(key, tr(OUTCOMES[key]), found[key]) for key in keys)
    return Parts(parts, "tasks", len(tasks), outcome_words.outcomes(found, len(tasks), stated))


def outcomes_by_week(db: Reader, scope: Scope) -> Weeks | Unknown:
    """F2 by the week in which tasks began: twelve weeks of change tasks, stacked by count."""
    begin = begin_day(db, scope)
    weeks = history.shown_weeks(scope)
    if begin is None:
        return absent(db, scope) or Unknown("nothing_read", "")
    found = [ends(db, begun(db, scope, week, scope.days.last_of(week))) for week in weeks]
    aside = any(count[SET_ASIDE] for count in found)
    small = (*SMALL, SET_ASIDE) if aside else SMALL
    return Weeks(
        weeks=tuple(
            history.week(
                scope, first, begin,
                tuple(float(count[key]) for key in STACKED), outcome_words.week(count),
                tuple(count[key] for key in small),
            )
            for first, count in zip(weeks, found, strict=True)
        ),
        parts=STACKED,
        names=tuple(tr(OUTCOMES[key]) for key in STACKED),
        unit="tasks",
        sentence=tr(mark("Change tasks by the week they began, and how they ended.")),
        small_parts=small,
        small_names=tuple(
            tr(mark("without code")) if key == "no_code" else tr(OUTCOMES[key]).lower()
            for key in small
        ),
        basis="derived",
    )  # fmt: skip


def without_code(db: Reader, scope: Scope) -> Rate | Unknown:
    """F8: tasks that needed no code, so that asking and learning has a place."""
    missing = absent(db, scope)
    if missing:
        return missing
    tasks = begun(db, scope)
    hits = ends(db, tasks)["no_code"]
    words = tr_n(
        mark("{hits} of {n} task needed no code."), mark("{hits} of {n} tasks needed no code."),
        len(tasks), hits=language.number(hits),
    )  # fmt: skip
    if not len(tasks):
        words = tr(mark("No tasks in this period."))
    return Rate(hits, len(tasks), "tasks", words, n=len(tasks))


def task_table(db: Reader, scope: Scope) -> Table | Unknown:
    """F1: the tasks of the period with how they ended."""
    missing = absent(db, scope)
    if missing:
        return missing
    tasks = begun(db, scope)
    named = (
        Column("began", tr(mark("Began")), "day"),
        Column("title", tr(mark("Title")), "text"),
        Column("ended", tr(mark("Ended")), "outcome"),
        Column("own_prompts", tr(mark("Prompts")), "number"),
    )
    rows = tuple(picked(_rows(db, scope.days, scope.today.year, language.speech()), tasks))
    words = tr_n(mark("{n} task in this period."), mark("{n} tasks in this period."), len(tasks))
    return Table(named, rows, words if rows else tr(mark("No tasks in this period.")))


@lasting
def _rows(
    db: Reader, days: Days, year: int, speech: Speech
) -> list[tuple[str, tuple[object, ...]]]:
    """The row of every task, in the order of the columns."""
    told = zip(_every(db), days_begun(db, days), _titles(db, days, year, speech), strict=True)
    return [(task.key, (day, title, task.shown, task.own_prompts)) for task, day, title in told]


F1 = Measure(
    id="F1",
    term="task (work item)",
    title=mark("Tasks"),
    means=mark("Pieces of work, each with one or more sessions."),
    how=mark(
        "Sessions joined by resume, fork and parent links, and those of one project and branch"
        " less than 4 hours apart that touch a common file. A task is dated by its first own"
        " prompt."
    ),
    left_out=mark("Unattended tasks, hidden tasks, and completions kept as day totals."),
    bias=mark("Where a task begins and ends is a convention; you can see the sessions of each."),
    unit="",
    needs=frozenset({"S1", "S7"}),
    windows=("P",),
    interval_unit="",
    beside=("F2",),
    export=Export.TICKED,
    compute=task_table,
    reads=frozenset({"tasks"}),
    splits=EVERY,
)

F2 = Measure(
    id="F2",
    term="task outcome",
    title=mark("How tasks ended"),
    means=mark("What became of each task, by the content of lines."),
    how=mark(
        "Exactly one of: shipped, on a branch, no lasting change found, in progress, no code,"
        " unknown. Decided by lines found in commits of yours, never by how the conversation"
        " ended. What you state of a task counts before what was inferred."
    ),
    left_out=mark("Unattended tasks and tasks you hid."),
    bias=mark("A task whose repository cannot be read is unknown, however it ended."),
    unit="counts",
    needs=frozenset({"S3", "S8", "S9"}),
    windows=("r14", "w"),
    interval_unit="",
    beside=("F3",),
    export=Export.DEFAULT,
    compute=outcomes,
    weekly=outcomes_by_week,
    reads=frozenset({"tasks"}),
    splits=EVERY,
)

F3 = Measure(
    id="F3",
    term="task completion rate",
    title=mark("Done"),
    means=mark("Of the tasks meant to change something, how many got there."),
    how=mark(
        "(shipped + stated done) of (shipped + stated done + no lasting change found), over"
        " tasks begun at least 14 days ago; younger ones stay out on both sides."
    ),
    left_out=mark(
        "Tasks on open branches, in progress, without code or unknown, and tasks your statement"
        " takes out: all printed beside."
    ),
    bias=mark("Slicing tasks small raises it, and so does refusing hard ones."),
    unit="n of n, %",
    needs=frozenset({"S3", "S8", "S9"}),
    windows=("r14",),
    interval_unit="task (Wilson)",
    beside=("F4", "G3"),
    export=Export.DEFAULT,
    compute=done,
    past=SETTLED,
    reads=frozenset({"tasks"}),
    splits=EVERY - {"outcome"},
)

F8 = Measure(
    id="F8",
    term="tasks without code",
    title=mark("Without code"),
    means=mark("Tasks in which no edit was accepted: questions, plans, reviews."),
    how=mark("Tasks without code, of all tasks of the period."),
    left_out=mark("Unattended tasks and tasks you hid."),
    bias=mark("Asking and learning is work too; it is never counted against you."),
    unit="n of n",
    needs=frozenset({"S1", "S3"}),
    windows=("P",),
    interval_unit="",
    beside=("F2",),
    export=Export.DEFAULT,
    compute=without_code,
    reads=frozenset({"tasks"}),
    splits=EVERY - {"outcome"},
)

MEASURES = (F1, F2, F3, F8)
