"""F4: of the completed tasks, how many held up for two weeks; and what each task cost after."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import baselines, columns, history, lines, phrases
from tokenmirror.measures.columns import Coded, Ints, added
from tokenmirror.measures.figures import Rate, Unknown
from tokenmirror.measures.intervals import FEW, wilson
from tokenmirror.measures.measure import EVERY, Behind, Export, Measure, Past, Reader, Scope
from tokenmirror.measures.memo import lasting
from tokenmirror.measures.scoped import absent, no_repository, too_early
from tokenmirror.measures.tasks import Task, begun
from tokenmirror.store.days import DAY
from tokenmirror.store.lives import DAY_MS, Life, lives, undoings

RIPE_DAYS = 14
REDONE = 0.20
Verdict = Literal["held", "redone", "reverted", "too_early", "unknown"]
VERDICTS: tuple[Verdict, ...] = ("held", "redone", "reverted", "too_early", "unknown")
TOLD = frozenset({"held", "redone", "reverted"})
LANDED = "select id, shipped_ms from tasks where shipped_ms is not null"
SESSIONS = "select session_id from task_sessions where task_id in (select value from json_each(?))"
# which of the conditions of a verdict holds first
_IN_TURN: tuple[Verdict, ...] = (
    "unknown", "reverted", "too_early", "too_early", "unknown", "held",
)  # fmt: skip
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


@dataclass(frozen=True)
class Stood:
    """How every task stood, in the order of the columns; shape (tasks,)."""

    verdict: Coded
    gone: Ints
    known: Ints

    def at(self, place: int) -> Held:
        """How one task stood."""
        verdict = VERDICTS[self.verdict.code[place]]
        return Held(verdict, int(self.gone[place]), int(self.known[place]))


def stood(db: Reader, scope: Scope) -> Stood:
    """How every task held up if it got there, as of the day of asking."""
    return _stood(db, scope.days.begin_ms(scope.today + DAY))


@lasting
def _stood(db: Reader, now_ms: int) -> Stood:
    import numpy as np  # late: 100 ms

    tasks, every = columns.tasks(db), lines.lives(db, "claimed")
    alive, known, pending = lines.after(db, "claimed", RIPE_DAYS)
    mine = np.flatnonzero(every.task != lines.NONE)
    mine = mine[every.born_ms[mine] >= tasks.began_ms[every.task[mine]] - LOOK_BACK_MS]
    n, task = len(tasks.id), every.task[mine]
    alive, known, pending = (added(each[mine], task, n) for each in (alive, known, pending))
    reverted = np.zeros(n, dtype=bool)
    reverted[task[np.isin(every.commit[mine], list(_back(db)))]] = True
    shipped_ms = _shipped_ms(db)
    gone = known - alive
    code = np.select(
        [
            shipped_ms == lines.NEVER_MS,  # stated done; nothing of it can be watched
            reverted,
            now_ms < shipped_ms + RIPE_DAYS * DAY_MS,
            (known == 0) & (pending > 0),
            known == 0,
            gone < REDONE * known,
        ],
        [VERDICTS.index(each) for each in _IN_TURN],
        VERDICTS.index("redone"),
    )
    told = np.isin(code, [VERDICTS.index("held"), VERDICTS.index("redone")])
    return Stood(Coded(VERDICTS, code), np.where(told, gone, 0), np.where(told, known, 0))


def _shipped_ms(db: Reader) -> Ints:
    """When each task reached the main line; ``NEVER_MS`` for one that did not."""
    import numpy as np  # late: 100 ms

    landed = dict(db.execute(LANDED).fetchall())
    ids = columns.tasks(db).id.tolist()
    return np.array([landed.get(task, lines.NEVER_MS) for task in ids], dtype=np.int64)


def _back(db: Reader) -> set[int]:
    return {one.commit for one in undoings(db) if one.undone_ms is None}


def verdicts(db: Reader, scope: Scope, tasks: Iterable[Task]) -> dict[int, Held]:
    """How each of these tasks that is completed held up, by task."""
    return _of(db, stood(db, scope), [task.id for task in tasks if task.done])


def of_tasks(db: Reader, tasks: Collection[int]) -> dict[int, Held]:
    """How these tasks held up if they got there, as of the last look at any repository."""
    if not tasks:
        return {}
    return _of(db, _stood(db, db.execute(LAST_LOOK).fetchone()[0] or 0), list(tasks))


def _of(db: Reader, found: Stood, tasks: Sequence[int]) -> dict[int, Held]:
    import numpy as np  # late: 100 ms

    places = columns.tasks(db).place(np.array(tasks, dtype=np.int64)).tolist()
    return {
        task: found.at(place) if place != lines.NONE else Held("unknown")
        for task, place in zip(tasks, places, strict=True)
    }


def of_month(
    db: Reader, scope: Scope, begun_ms: dict[int, int], landed_ms: dict[int, int]
) -> dict[int, Held]:
    """The same of few tasks that began together, row by row: their lines alone are read.

    ``begun_ms`` holds when each began, ``landed_ms`` when those of them landed that did.
    """
    if not begun_ms:
        return {}
    back = _back(db)
    now_ms = scope.days.begin_ms(scope.today + DAY)
    sessions = [row[0] for row in db.execute(SESSIONS, (json.dumps(list(begun_ms)),))]
    from_ms = min(begun_ms.values()) - LOOK_BACK_MS
    of_task: dict[int, list[Life]] = defaultdict(list)
    for life in lives(db, from_ms=from_ms, claimed=True, sessions=sessions):
        if life.task is not None and life.born_ms >= begun_ms[life.task] - LOOK_BACK_MS:
            of_task[life.task].append(life)
    return {
        task: _held(of_task.get(task, ()), landed_ms.get(task), back, now_ms) for task in begun_ms
    }


def _held(lives: Sequence[Life], landed_ms: int | None, back: set[int], now_ms: int) -> Held:
    if landed_ms is None:  # as in ``_stood``
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


def _done(db: Reader, scope: Scope, first: date, last: date) -> tuple[Ints, Ints]:
    """Completed tasks begun between two days, and those of them whose verdict is in."""
    places = begun(db, scope, first, last)
    done = places[columns.tasks(db).shown.among({"shipped"})[places]]
    return done, done[stood(db, scope).verdict.among(TOLD)[done]]


def held_up(db: Reader, scope: Scope) -> Rate | Unknown:
    """F4: completed tasks without a standing revert and with less than a fifth redone."""
    missing = absent(db, scope)
    if missing:
        return missing
    done, told = _done(db, scope, scope.first, scope.last)
    found = stood(db, scope).verdict.counts(done)
    apart = {key: found[key] for key in ("redone", "reverted", "too_early", "unknown")}
    hits, trials = found["held"], len(told)
    if not trials and apart["too_early"]:
        began_ms = columns.tasks(db).began_ms[done[0]]
        return too_early(scope, scope.days.day_of(int(began_ms)))
    if not trials and len(done):
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
    if not len(done):
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
    return [
        [(unit.hits, unit.trials) for unit in behind(db, scope, week, scope.days.last_of(week))]
        for week in weeks
    ]


def behind(db: Reader, scope: Scope, first: date, last: date) -> list[Behind]:
    """What is behind the figure of other days: 1 or 0 of 1 for each task with a verdict."""
    _, told = _done(db, scope, first, last)
    held = stood(db, scope).verdict.among({"held"})[told].astype(float)
    ids = columns.tasks(db).id[told]
    return [Behind(task, hit, 1.0) for task, hit in zip(ids.tolist(), held.tolist(), strict=True)]


HELD = Past(behind, "task_rate", language.percent)


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
