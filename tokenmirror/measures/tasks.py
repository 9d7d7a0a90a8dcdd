"""F: tasks and how they ended, with what the person says of them; the centre of the app."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import folding, history, own_past, phrases
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
from tokenmirror.measures.memo import Span, spans
from tokenmirror.measures.scoped import (
    TASK_NARROWED,
    absent,
    begin_day,
    no_repository,
    too_early,
    values,
)

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

TASKS = f"""
select t.id, t.key, t.title, t.source, t.project_id, t.began_ms, t.outcome, t.stated,
  t.unattended, t.own_prompts, t.began_ms < :ripe_ms
from tasks t
where t.began_ms >= :from_ms and t.began_ms < :until_ms
  and t.hidden = 0
{TASK_NARROWED}order by t.began_ms, t.id
"""  # noqa: S608 (constant parts)


BY_IDS = """
select t.id, t.key, t.title, t.source, t.project_id, t.began_ms, t.outcome, t.stated,
  t.unattended, t.own_prompts, t.began_ms < :ripe_ms
from tasks t where t.id in (select value from json_each(:ids)) order by t.began_ms, t.id
"""


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

    @property
    def taken_out(self) -> bool:
        """Whether the person's statement takes it out of the completion rate."""
        counted = self.outcome in {"shipped", "no_lasting_change"}
        return counted and self.stated in {"useful_without_code", SET_ASIDE}


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
    return _everything(db, scope, first or scope.first, last or scope.last)


@spans
def _everything(db: Reader, scope: Scope, wanted: tuple[Span, ...]) -> dict[Span, list[Task]]:
    found: dict[Span, list[Task]] = {span: [] for span in wanted}
    place = folding.places(scope, wanted)
    for row in db.execute(TASKS, values(scope, wanted[0][0], wanted[-1][1])):
        task = Task._make(row)
        span = place(task.began_ms)
        if span is not None:
            found[span].append(task)
    return found


def by_ids(db: Reader, scope: Scope, ids: Iterable[int]) -> list[Task]:
    """These tasks, whenever they began."""
    bound = values(scope) | {"ids": json.dumps(sorted(ids))}
    return [Task._make(row) for row in db.execute(BY_IDS, bound)]


def counted(
    db: Reader, scope: Scope, first: date | None = None, last: date | None = None
) -> list[Task]:
    """Tasks of the period that enter rates: unattended ones only when the scope asks."""
    found = everything(db, scope, first, last)
    return [task for task in found if scope.unattended or not task.unattended]


def title_of(task: Task, scope: Scope) -> str:
    """The title, or "Session of 5 Oct"."""
    if task.title:
        return task.title
    day = scope.days.day_of(task.began_ms)
    return tr(mark("Session of {day}"), day=language.day(day, year=day.year != scope.today.year))


def _settled(tasks: Iterable[Task]) -> list[Behind]:
    """Ripe tasks that got there or not, as 1 or 0 of 1."""
    ends = ((task.id, task.shown) for task in tasks if task.ripe)
    return [
        Behind(task, float(end == "shipped"), 1.0)
        for task, end in ends
        if end in {"shipped", "no_lasting_change"}
    ]


def settled(db: Reader, scope: Scope, first: date, last: date) -> list[Behind]:
    """What is behind the completion rate of other days."""
    return _settled(counted(db, scope, first, last))


SETTLED = Past(settled, "task_rate", language.percent)


def _beside(tasks: Sequence[Task]) -> dict[str, int]:
    """What stands beside the completion rate: tasks of the period that are not in it."""
    found = Counter[str]()
    for task in tasks:
        end = task.shown
        if task.taken_out:
            found["taken_out"] += 1
        elif not task.ripe and end in {"shipped", "no_lasting_change"}:
            found["too_early"] += 1
        elif end not in {"shipped", "no_lasting_change", SET_ASIDE}:
            found[end] += 1
    keys = ("on_branch", "in_progress", "no_code", "unknown", "too_early", "taken_out")
    return {key: found[key] for key in keys}


def _beside_words(apart: dict[str, int]) -> str:
    n = apart
    said = [
        tr_n(mark("{n} on an open branch"), mark("{n} on open branches"), n["on_branch"]),
        tr_n(mark("{n} in progress"), mark("{n} in progress"), n["in_progress"]),
        tr_n(mark("{n} without code"), mark("{n} without code"), n["no_code"]),
        tr_n(mark("{n} unknown"), mark("{n} unknown"), n["unknown"]),
        tr_n(mark("{n} too early to tell"), mark("{n} too early to tell"), n["too_early"]),
        tr_n(mark("{n} taken out by me"), mark("{n} taken out by me"), n["taken_out"]),
    ]
    kept = [words for words, count in zip(said, n.values(), strict=True) if count]
    return tr(mark("Not counted: {tasks}."), tasks=language.listing(kept)) if kept else ""


def done(db: Reader, scope: Scope) -> Rate | Unknown:
    """F3: of the tasks meant to change something, how many got there."""
    missing = absent(db, scope)
    if missing:
        return missing
    tasks = counted(db, scope)
    units = _settled(tasks)
    hits, trials = int(sum(unit.hits for unit in units)), len(units)
    apart = _beside(tasks)
    young = [task for task in tasks if not task.ripe and task.change]
    if not trials and young:
        return too_early(scope, scope.days.day_of(young[0].began_ms))
    if not trials and apart["unknown"]:
        unread = no_repository(db)
        if unread:
            return unread
    interval = wilson(hits, trials) if trials else None
    found = own_past.found(db, scope, "F3@1", SETTLED, hits / trials) if trials >= FEW else None
    place = found.place if found else None
    return Rate(
        hits=hits,
        trials=trials,
        unit="tasks",
        sentence=_done_words(hits, trials, interval, place, apart),
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        usual=place.limits if place else None,
        apart=apart,
        n=trials,
        note=phrases.joined(
            _done_note(hits, trials, interval, place), found.lacking if found else ""
        ),
    )


def _done_words(
    hits: int,
    trials: int,
    interval: tuple[float, float] | None,
    place: history.Place | None,
    apart: dict[str, int],
) -> str:
    if not trials:
        waiting = apart["on_branch"] + apart["in_progress"] + apart["unknown"]
        none = tr(mark("No change tasks in this period."))
        open_ones = tr(mark("No change task of this period is settled."))
        return phrases.joined(open_ones if waiting else none, _beside_words(apart))
    share = phrases.in_brackets(phrases.task_share(hits, trials, interval))
    words = tr_n(
        mark("{done} of {n} change task was completed{share}{usual}."),
        mark("{done} of {n} change tasks were completed{share}{usual}."),
        trials, done=language.number(hits), share=share, usual=history.usual_words(place),
    )  # fmt: skip
    return phrases.joined(words, _beside_words(apart))


def _done_note(
    hits: int, trials: int, interval: tuple[float, float] | None, place: history.Place | None
) -> str:
    share = phrases.task_share(hits, trials, interval)
    missed = trials - hits
    left = tr_n(mark("{n} left no lasting change."), mark("{n} left no lasting change."), missed)
    return phrases.joined(
        f"{share}." if share else "", phrases.usual_note(place), left if missed else ""
    )


def outcomes(db: Reader, scope: Scope) -> Parts | Unknown:
    """F2: how the tasks of the period ended, each exactly once."""
    missing = absent(db, scope)
    if missing:
        return missing
    tasks = counted(db, scope)
    found = Counter(task.shown for task in tasks)
    stated = sum(task.stated is not None and task.shown != task.outcome for task in tasks)
    keys = [*STACKED, *SMALL, *([SET_ASIDE] if found[SET_ASIDE] else [])]
    parts = tuple(Part(key, tr(OUTCOMES[key]), found[key]) for key in keys)
    return Parts(parts, "tasks", len(tasks), _outcome_words(found, len(tasks), stated))


def _outcome_words(found: Counter[str], n: int, stated: int) -> str:
    if not n:
        return tr(mark("No tasks in this period."))
    said = {
        "shipped": mark("{count} shipped"),
        "no_lasting_change": mark("{count} left no lasting change"),
        "on_branch": mark("{count} on open branches"),
        "in_progress": mark("{count} in progress"),
        "no_code": mark("{count} needed no code"),
        "unknown": mark("{count} unknown"),
        SET_ASIDE: mark("{count} set aside on purpose"),
    }
    kept = [
        tr(words, count=language.number(found[key])) for key, words in said.items() if found[key]
    ]
    words = tr_n(
        mark("Of {n} task: {ends}."), mark("Of {n} tasks: {ends}."), n, ends=language.listing(kept)
    )
    own = tr_n(mark("{n} of them as stated by me."), mark("{n} of them as stated by me."), stated)
    return phrases.joined(words, own if stated else "")


def outcomes_by_week(db: Reader, scope: Scope) -> Weeks | Unknown:
    """F2 by the week in which tasks began: twelve weeks of change tasks, stacked by count."""
    begin = begin_day(db, scope)
    weeks = history.shown_weeks(scope)
    if begin is None:
        return absent(db, scope) or Unknown("nothing_read", "")
    found: list[Counter[str]] = [Counter() for _ in weeks]
    bins = scope.days.bins(weeks)
    for task in counted(db, scope, weeks[0], scope.days.last_of(scope.today)):
        index = bins.index(task.began_ms)
        if index is not None:
            found[index][task.shown] += 1
    aside = any(count[SET_ASIDE] for count in found)
    small = (*SMALL, SET_ASIDE) if aside else SMALL
    return Weeks(
        weeks=tuple(
            history.week(
                scope, first, begin,
                tuple(float(count[key]) for key in STACKED), _week_words(count),
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


def _week_words(found: Counter[str]) -> str:
    said = {
        "shipped": mark("{count} shipped"),
        "on_branch": mark("{count} on a branch"),
        "no_lasting_change": mark("{count} without lasting change"),
        "in_progress": mark("{count} in progress"),
        "no_code": mark("{count} without code"),
        "unknown": mark("{count} unknown"),
        SET_ASIDE: mark("{count} set aside on purpose"),
    }
    kept = [
        tr(words, count=language.number(found[key])) for key, words in said.items() if found[key]
    ]
    return ", ".join(kept) if kept else tr(mark("no tasks"))


def without_code(db: Reader, scope: Scope) -> Rate | Unknown:
    """F8: tasks that needed no code, so that asking and learning has a place."""
    missing = absent(db, scope)
    if missing:
        return missing
    tasks = counted(db, scope)
    hits = sum(task.shown == "no_code" for task in tasks)
    words = tr_n(
        mark("{hits} of {n} task needed no code."), mark("{hits} of {n} tasks needed no code."),
        len(tasks), hits=language.number(hits),
    )  # fmt: skip
    if not tasks:
        words = tr(mark("No tasks in this period."))
    return Rate(hits, len(tasks), "tasks", words, n=len(tasks))


def task_table(db: Reader, scope: Scope) -> Table | Unknown:
    """F1: the tasks of the period with how they ended."""
    missing = absent(db, scope)
    if missing:
        return missing
    tasks = counted(db, scope)
    columns = (
        Column("began", tr(mark("Began")), "day"),
        Column("title", tr(mark("Title")), "text"),
        Column("ended", tr(mark("Ended")), "outcome"),
        Column("own_prompts", tr(mark("Prompts")), "number"),
    )
    rows = tuple(
        (
            task.key,
            (
                scope.days.day_of(task.began_ms),
                title_of(task, scope),
                task.shown,
                task.own_prompts,
            ),
        )
        for task in tasks
    )
    words = tr_n(mark("{n} task in this period."), mark("{n} tasks in this period."), len(tasks))
    return Table(columns, rows, words if tasks else tr(mark("No tasks in this period.")))


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
