"""F4: of the completed tasks, how many held up for two weeks; and what each task cost after."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import baselines, history, lives_of, phrases
from tokenmirror.measures.figures import Rate, Unknown
from tokenmirror.measures.intervals import FEW, wilson
from tokenmirror.measures.measure import EVERY, Behind, Export, Measure, Past, Reader, Scope
from tokenmirror.measures.memo import shared
from tokenmirror.measures.scoped import absent, no_repository, too_early
from tokenmirror.measures.tasks import Task, counted
from tokenmirror.store.days import DAY
from tokenmirror.store.lives import DAY_MS, Life, lives, undoings

RIPE_DAYS = 14
YEAR = timedelta(weeks=54)
REDONE = 0.20
Verdict = Literal["held", "redone", "reverted", "too_early", "unknown"]
LANDED = "select id, shipped_ms from tasks where shipped_ms is not null"
SESSIONS = "select session_id from task_sessions where task_id in (select value from json_each(?))"
LAST_LOOK = "select max(observed_ms) from repos"
LOOK_BACK_MS = 30 * DAY_MS  # a session's first landing may lie before its first own prompt


@dataclass(frozen=True)
class Held:
    """How a completed task stood two weeks after it landed; lines of its AI edits.

    ``gone`` of ``known`` lines were changed or removed, whole files included.
    """

    verdict: Verdict
    gone: int = 0
    known: int = 0


@shared
def verdicts(db: Reader, scope: Scope, tasks: tuple[Task, ...]) -> dict[int, Held]:
    """How each of these completed tasks held up, by task."""
    if not tasks:
        return {}
    landed: dict[int, int] = dict(db.execute(LANDED).fetchall())
    back = {one.commit for one in undoings(db) if one.undone_ms is None}
    of_task = lives_of.of_tasks(db, min(task.began_ms for task in tasks) - LOOK_BACK_MS)
    now_ms = scope.days.begin_ms(scope.today + DAY)
    return {
        task.id: _held(of_task.get(task.id, ()), landed.get(task.id), back, now_ms)
        for task in tasks
        if task.done
    }


def of_month(db: Reader, scope: Scope, tasks: Sequence[Task]) -> dict[int, Held]:
    """The same of few tasks that began together, whose lines alone are read."""
    if not tasks:
        return {}
    landed: dict[int, int] = dict(db.execute(LANDED).fetchall())
    back = {one.commit for one in undoings(db) if one.undone_ms is None}
    now_ms = scope.days.begin_ms(scope.today + DAY)
    wanted = json.dumps([task.id for task in tasks])
    sessions = [session for (session,) in db.execute(SESSIONS, (wanted,))]
    from_ms = min(task.began_ms for task in tasks) - LOOK_BACK_MS
    of_task: dict[int, list[Life]] = defaultdict(list)
    for life in lives(db, from_ms=from_ms, claimed=True, sessions=sessions):
        if life.task is not None:
            of_task[life.task].append(life)
    return {
        task.id: _held(of_task.get(task.id, ()), landed.get(task.id), back, now_ms)
        for task in tasks
    }


def of_tasks(db: Reader, tasks: Collection[int]) -> dict[int, Held]:
    """How these tasks held up if they got there, as of the last look at any repository."""
    if not tasks:
        return {}
    landed: dict[int, int] = dict(db.execute(LANDED).fetchall())
    back = {one.commit for one in undoings(db) if one.undone_ms is None}
    begun = [landed[task] for task in tasks if task in landed]
    of_task = lives_of.of_tasks(db, min(begun, default=0) - LOOK_BACK_MS)
    now_ms = db.execute(LAST_LOOK).fetchone()[0] or 0
    return {task: _held(of_task.get(task, ()), landed.get(task), back, now_ms) for task in tasks}


def _held(lives: Sequence[Life], landed_ms: int | None, back: Set[int], now_ms: int) -> Held:
    if landed_ms is None:  # stated done; nothing of it can be watched
        return Held("unknown")
    if any(life.commit in back for life in lives):
        return Held("reverted")
    if now_ms < landed_ms + RIPE_DAYS * DAY_MS:
        return Held("too_early")
    standing = [life.after(RIPE_DAYS) for life in lives]
    known = sum(one.known for one in standing)
    if not known:
        return Held("too_early" if any(one.pending for one in standing) else "unknown")
    gone = known - sum(one.alive for one in standing)
    return Held("held" if gone < REDONE * known else "redone", gone, known)


def held_up(db: Reader, scope: Scope) -> Rate | Unknown:
    """F4: completed tasks without a standing revert and with less than a fifth redone."""
    missing = absent(db, scope)
    if missing:
        return missing
    done = [task for task in counted(db, scope) if task.done]
    found = verdicts(db, scope, tuple(done))
    apart = _apart(found.values())
    units = _units(done, found)
    hits, trials = int(sum(unit[0] for _, unit in units)), len(units)
    if not trials and apart["too_early"]:
        return too_early(scope, scope.days.day_of(min(task.began_ms for task in done)))
    if not trials and done:
        unread = no_repository(db)
        if unread:
            return unread
    interval = wilson(hits, trials) if trials else None
    past = _past(db, scope) if trials >= FEW else []
    place = None
    if trials >= FEW:
        place = history.usual_of(scope, "F4@1", past, history.ratio, hits / trials, rate=True)
    share = phrases.task_share(hits, trials, interval)
    words = tr_n(
        mark("{held} of {n} completed task held up for two weeks{share}{usual}."),
        mark("{held} of {n} completed tasks held up for two weeks{share}{usual}."),
        trials, held=language.number(hits), share=phrases.in_brackets(share),
        usual=history.usual_words(place),
    )  # fmt: skip
    none = tr(mark("No completed task of this period can be told about yet."))
    if not done:
        none = tr(mark("No task of this period is completed."))
    return Rate(
        hits=hits,
        trials=trials,
        unit="tasks",
        sentence=phrases.joined(words if trials else none, _apart_words(apart)),
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        usual=place.limits if place else None,
        apart=apart,
        n=trials,
        note=phrases.joined(
            f"{share}." if share else "",
            phrases.usual_note(place),
            _lost_words(apart),
            _early_words(apart["too_early"]),
            history.lacking(scope, past, rate=True) if trials >= FEW and not place else "",
        ),
    )


def _past(db: Reader, scope: Scope) -> list[list[history.Unit]]:
    weeks = history.weeks_before(scope, baselines.since(db, scope))
    if not weeks:
        return []
    before = [task for task in counted(db, scope, weeks[0], scope.first - DAY) if task.done]
    units = _units(before, verdicts(db, scope, tuple(before)))
    return history.by_week(scope, weeks, units)


@shared
def _around(db: Reader, scope: Scope) -> dict[int, Behind]:
    """How the completed tasks of the period and the year before it held up, by task."""
    tasks = [t for t in counted(db, scope, scope.first - YEAR, scope.last) if t.done]
    found = verdicts(db, scope, tuple(tasks))
    told = [task for task in tasks if found[task.id].verdict in {"held", "redone", "reverted"}]
    return {task.id: Behind(task.id, float(found[task.id].verdict == "held"), 1.0) for task in told}


def behind(db: Reader, scope: Scope, first: date, last: date) -> list[Behind]:
    """What is behind the figure of other days, to a year before the period."""
    around = _around(db, scope)
    return [around[task.id] for task in counted(db, scope, first, last) if task.id in around]


HELD = Past(behind, "task_rate", language.percent)


def _units(tasks: Iterable[Task], found: dict[int, Held]) -> list[tuple[int, history.Unit]]:
    return [
        (task.began_ms, (float(found[task.id].verdict == "held"), 1.0))
        for task in tasks
        if found[task.id].verdict in {"held", "redone", "reverted"}
    ]


def _apart(found: Iterable[Held]) -> dict[str, int]:
    verdict_of = [one.verdict for one in found]
    keys = ("redone", "reverted", "too_early", "unknown")
    return {key: verdict_of.count(key) for key in keys}  # type: ignore[arg-type]


def _lost_words(apart: dict[str, int]) -> str:
    said = [
        tr_n(mark("{n} was redone"), mark("{n} were redone"), apart["redone"]),
        tr_n(mark("{n} was reverted"), mark("{n} were reverted"), apart["reverted"]),
    ]
    kept = [
        words
        for words, count in zip(said, (apart["redone"], apart["reverted"]), strict=True)
        if count
    ]
    return f"{phrases.capital(language.listing(kept))}." if kept else ""


def _early_words(n: int) -> str:
    words = tr_n(
        mark("For {n} task it is too early to tell."),
        mark("For {n} tasks it is too early to tell."),
        n,
    )
    return words if n else ""


def _apart_words(apart: dict[str, int]) -> str:
    said = [
        tr_n(mark("{n} too early to tell"), mark("{n} too early to tell"), apart["too_early"]),
        tr_n(mark("{n} unknown"), mark("{n} unknown"), apart["unknown"]),
    ]
    counts = (apart["too_early"], apart["unknown"])
    kept = [words for words, count in zip(said, counts, strict=True) if count]
    beside = tr(mark("Not counted: {tasks}."), tasks=language.listing(kept)) if kept else ""
    return phrases.joined(_lost_words(apart), beside)


F4 = Measure(
    id="F4",
    term="robustness (no rework, no revert)",
    title=mark("Held up"),
    means=mark("Of the tasks that got there, how many held up for two weeks."),
    how=mark(
        "Completed tasks with no standing revert and less than a fifth of their shipped lines"
        " changed or removed within 14 days of landing, of completed tasks that landed so long"
        " ago."
    ),
    left_out=mark(
        "Tasks that landed less than 14 days ago, and those whose lines cannot be watched; both"
        " printed beside. A move or a rename is no change."
    ),
    bias=mark("Nobody touching the code and code that lasts look the same."),
    unit="n of n, %",
    needs=frozenset({"S3", "S8", "S9", "S10"}),
    windows=("r14",),
    interval_unit="task (Wilson)",
    beside=("E2",),
    export=Export.DEFAULT,
    compute=held_up,
    past=HELD,
    reads=frozenset({"tasks", "births", "deaths", "commits"}),
    splits=EVERY,
)

MEASURES = (F4,)
