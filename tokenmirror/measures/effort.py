"""F6, F9: what a completed task took, and how far inference and statement agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import chosen, columns, phrases, tasks
from tokenmirror.measures.columns import Bools, Ints
from tokenmirror.measures.figures import Dot, Dots, Rate, Unknown
from tokenmirror.measures.intervals import FEW, MANY, median, median_interval, quartiles
from tokenmirror.measures.measure import EVERY, Export, Measure, Reader, Scope
from tokenmirror.measures.memo import lasting
from tokenmirror.measures.scoped import absent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STEPS = """
select ts.task_id, sum(q.calls) from session_sums q
join task_sessions ts on ts.session_id = q.session_id
group by ts.task_id
"""
CALLING = """
select distinct s.source from session_sums q join sessions s on s.id = q.session_id
where q.calls > 0
"""
STATED = "select id, outcome, stated from tasks where stated is not null"
# what the inference would have said had it known; "set aside" contradicts only a landing
AGREES = {
    "done": {"shipped"},
    "useful_without_code": {"no_code"},
    "set_aside": {"no_lasting_change", "on_branch", "in_progress", "no_code"},
    "did_not_work_out": {"no_lasting_change"},
}


def turns_and_steps(db: Reader, scope: Scope) -> Dots | Unknown:
    """F6: own prompts of each completed task, with the tool calls of its agents beside."""
    import numpy as np  # late: 100 ms

    missing = absent(db, scope)
    if missing:
        return missing
    begun = tasks.begun(db, scope)
    places = begun[columns.tasks(db).shown.among({"shipped"})[begun]]
    if not len(places):
        return Unknown("no_activity", tr(mark("No task of this period is completed.")))
    done = tasks.at(db, scope, places)
    each = [float(task.own_prompts) for task in done]
    titles = tasks.picked(tasks.titles(db, scope), places)
    steps = _steps(db)[places]
    prompts, calls = sorted(each), sorted(steps[~np.isnan(steps)].tolist())
    interval = median_interval(prompts)
    enough = len(prompts) >= FEW
    words = tr_n(
        mark("{n} completed task took {prompts} of your prompts{calls}."),
        mark("{n} completed tasks took {prompts} of your prompts{calls}."),
        len(done),
        prompts=phrases.spread(prompts, _said),
        calls=tr(mark(" and {calls} tool calls"), calls=phrases.spread(calls, _said))
        if calls
        else "",
    )
    return Dots(
        dots=tuple(map(Dot, [task.key for task in done], titles, each)),
        unit="prompts",
        sentence=words,
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        median=median(prompts) if enough else None,
        quartiles=quartiles(prompts) if len(prompts) >= MANY else None,
        n=len(prompts),
        of=len(done),
        log=False,
        basis="derived",
        beside={
            "calls_median": median(calls) if len(calls) >= FEW else None,
            "calls_q1": quartiles(calls)[0] if len(calls) >= MANY else None,
            "calls_q3": quartiles(calls)[1] if len(calls) >= MANY else None,
        },
    )


@lasting
def _steps(db: Reader) -> NDArray[np.float64]:
    """Tool calls of each task, by its place; not a number where nothing is told of them.

    None at all of a tool that records calls is nothing; of one that does not, unknown.
    """
    import numpy as np  # late: 100 ms

    every = columns.tasks(db)
    telling = {source for (source,) in db.execute(CALLING)}
    found = np.where(every.source.among(telling), 0.0, np.nan)
    rows = columns.ints(db.execute(STEPS), 2)
    rows = rows[:, rows[1] > 0]
    found[every.place(rows[0])] = rows[1]
    return found


def _said(count: float) -> str:
    return language.number(count, 1 if count % 1 else 0)


def agreement(db: Reader, scope: Scope) -> Rate | Unknown:
    """F9: statements that say what the inference says, of all statements."""
    missing = absent(db, scope)
    if missing:
        return missing
    some = chosen.tasks(db, scope)
    if not scope.unattended:
        some = some & ~columns.tasks(db).unattended
    places, agrees = _stated(db)
    found = agrees[some[places]]
    if not len(found):
        return Unknown("no_statement", tr(mark("You have said of no task how it ended.")))
    hits, n = int(found.sum()), len(found)
    words = tr_n(
        mark("{hits} of {n} statement of yours says what was inferred."),
        mark("{hits} of {n} statements of yours say what was inferred."),
        n, hits=language.number(hits),
    )  # fmt: skip
    few = tr(mark("Too few to tell how far to trust the inference."))
    return Rate(hits, n, "tasks", phrases.joined(words, few if n < 10 else ""), n=n)


@lasting
def _stated(db: Reader) -> tuple[Ints, Bools]:
    """Places of the tasks that something is stated of, and if it is what was inferred."""
    import numpy as np  # late: 100 ms

    found = db.execute(STATED).fetchall()
    places = columns.tasks(db).place(np.array([task for task, *_ in found], dtype=np.int64))
    agrees = [outcome in AGREES[stated] for _, outcome, stated in found]
    return places, np.array(agrees, dtype=bool)


F6 = Measure(
    id="F6",
    term="turns, steps per completed task",
    title=mark("Prompts and steps"),
    means=mark("What a completed task took."),
    how=mark("Your prompts and the agents' tool calls, for each completed task."),
    left_out=mark("Unattended tasks, hidden ones, and those that are not completed."),
    bias=mark("Few prompts may mean a small task."),
    unit="count",
    needs=frozenset({"S1", "S5"}),
    windows=("P",),
    interval_unit="task",
    beside=("D8",),
    export=Export.TICKED,
    compute=turns_and_steps,
    reads=frozenset({"tasks", "tool_calls"}),
    splits=EVERY,
)
F9 = Measure(
    id="F9",
    term="agreement of inference and statement",
    title=mark("Inferred and stated"),
    means=mark("How far to trust what is inferred."),
    how=mark("Tasks whose inferred outcome is what you say, of those you said something of."),
    left_out=mark("Tasks without a statement; hidden ones."),
    bias=mark("You state more of what looks wrong."),
    unit="n of n",
    needs=frozenset({"S11"}),
    windows=("all",),
    interval_unit="task",
    beside=("F2",),
    export=Export.FOOTNOTE,
    compute=agreement,
    reads=frozenset({"tasks", "labels"}),
    splits=EVERY,
)

MEASURES = (F6, F9)
