"""F6, F9: what a completed task took, and how far inference and statement agree."""

from __future__ import annotations

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import phrases
from tokenmirror.measures.figures import Dot, Dots, Rate, Unknown
from tokenmirror.measures.intervals import FEW, MANY, median, median_interval, quartiles
from tokenmirror.measures.measure import EVERY, Export, Measure, Reader, Scope
from tokenmirror.measures.scoped import TASK_NARROWED, absent, values
from tokenmirror.measures.tasks import counted, title_of

STEPS = """
select ts.task_id, sum(q.calls) from tasks t
join task_sessions ts on ts.task_id = t.id
join session_sums q on q.session_id = ts.session_id
where t.began_ms >= :from_ms and t.began_ms < :until_ms
group by ts.task_id
"""
CALLING = """
select distinct s.source from session_sums q join sessions s on s.id = q.session_id
where q.calls > 0
"""
STATED = f"""
select t.outcome, t.stated from tasks t
where t.stated is not null and t.hidden = 0
  and (:unattended or t.unattended = 0)
{TASK_NARROWED}"""  # noqa: S608 (constant parts)
# what the inference would have said had it known; "set aside" contradicts only a landing
AGREES = {
    "done": {"shipped"},
    "useful_without_code": {"no_code"},
    "set_aside": {"no_lasting_change", "on_branch", "in_progress", "no_code"},
    "did_not_work_out": {"no_lasting_change"},
}


def turns_and_steps(db: Reader, scope: Scope) -> Dots | Unknown:
    """F6: own prompts of each completed task, with the tool calls of its agents beside."""
    missing = absent(db, scope)
    if missing:
        return missing
    done = [task for task in counted(db, scope) if task.done]
    if not done:
        return Unknown("no_activity", tr(mark("No task of this period is completed.")))
    steps = {task: float(calls) for task, calls in db.execute(STEPS, values(scope))}
    prompts = [float(task.own_prompts) for task in done]
    # none at all of a tool that records calls is nothing; of one that does not, unknown
    telling = {source for (source,) in db.execute(CALLING)}
    calls = [
        steps.get(task.id, 0.0) for task in done if steps.get(task.id) or task.source in telling
    ]
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
        dots=tuple(Dot(task.key, title_of(task, scope), float(task.own_prompts)) for task in done),
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


def _said(count: float) -> str:
    return language.number(count, 1 if count % 1 else 0)


def agreement(db: Reader, scope: Scope) -> Rate | Unknown:
    """F9: statements that say what the inference says, of all statements."""
    missing = absent(db, scope)
    if missing:
        return missing
    rows = list(db.execute(STATED, values(scope)))
    if not rows:
        return Unknown("no_statement", tr(mark("You have said of no task how it ended.")))
    hits = sum(outcome in AGREES[stated] for outcome, stated in rows)
    words = tr_n(
        mark("{hits} of {n} statement of yours says what was inferred."),
        mark("{hits} of {n} statements of yours say what was inferred."),
        len(rows), hits=language.number(hits),
    )  # fmt: skip
    few = tr(mark("Too few to tell how far to trust the inference."))
    return Rate(
        hits, len(rows), "tasks", phrases.joined(words, few if len(rows) < 10 else ""), n=len(rows)
    )


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
