"""F5: completed tasks in which a check ran between the last edit and the first commit."""

from __future__ import annotations

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import columns, phrases
from tokenmirror.measures.columns import Coded, coded
from tokenmirror.measures.figures import Rate, Unknown
from tokenmirror.measures.intervals import wilson
from tokenmirror.measures.measure import EVERY, Export, Measure, Reader, Scope
from tokenmirror.measures.memo import lasting
from tokenmirror.measures.scoped import absent, no_repository
from tokenmirror.measures.tasks import begun

# commits have whole seconds, so a run in the very second of the commit counts
LAST_RUNS = """
with edited as (
  select t.id, t.landed_ms, max(g.at_ms) as at_ms from tasks t
  cross join task_sessions ts on ts.task_id = t.id
  cross join suggestions g on g.session_id = ts.session_id
  where t.landed_ms is not null and g.decision = 'accepted' and g.kind <> 'command'
    and g.at_ms <= t.landed_ms + 1000
  group by t.id)
select e.id, c.ok, max(c.at_ms) from edited e
cross join task_sessions ts on ts.task_id = e.id
cross join tool_calls c on c.session_id = ts.session_id
where c.kind in ('test', 'build', 'lint') and c.at_ms >= e.at_ms and c.at_ms < e.landed_ms + 1000
group by e.id
"""
# sources whose logs show commands at all: the others cannot show a check
LOGGING = """
select distinct s.source from sessions s
where exists (select 1 from tool_calls c where c.session_id = s.id)
"""


def checked(db: Reader, scope: Scope) -> Rate | Unknown:
    """F5: at least so many completed tasks were checked before their first commit."""
    missing = absent(db, scope) or no_repository(db)
    if missing:
        return missing
    every, places = columns.tasks(db), begun(db, scope)
    done = places[every.shown.among({"shipped"})[places]]
    mine = done[every.source.among(_logging(db))[done]]
    if len(done) and not len(mine):
        tools = language.listing(sorted(every.source.counts(done)))
        return Unknown(
            "not_recorded", tr(mark("Commands are not recorded by {tools}."), tools=tools)
        )
    found = _last_runs(db).counts(mine)
    hits, trials = len(mine) - found["none"], len(mine)
    interval = wilson(hits, trials) if trials else None
    words = tr_n(
        mark("Checks were seen before commit in at least {hits} of {n} completed task{share}."),
        mark("Checks were seen before commit in at least {hits} of {n} completed tasks{share}."),
        trials, hits=language.number(hits),
        share=phrases.in_brackets(phrases.task_share(hits, trials, interval)),
    )  # fmt: skip
    last = {
        "passed": tr_n(mark("{n} passed"), mark("{n} passed"), found["passed"]),
        "failed": tr_n(mark("{n} ended in errors"), mark("{n} ended in errors"), found["failed"]),
        "unknown": tr_n(mark("{n} unknown"), mark("{n} unknown"), found["unknown"]),
    }
    told = language.listing([said for key, said in last.items() if found[key]])
    ends = tr(mark("The last of them: {ends}."), ends=told)
    none = tr(mark("No task of this period is completed."))
    return Rate(
        hits,
        trials,
        "tasks",
        phrases.joined(words, ends if hits else "") if trials else none,
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        apart={**{key: found[key] for key in last}, "not_logged": len(done) - len(mine)},
        n=trials,
    )


@lasting
def _last_runs(db: Reader) -> Coded:
    """How the last check before the commit of every task ended, in the order of the columns."""
    ends = {1: "passed", 0: "failed"}
    runs = {task: ends.get(ok, "unknown") for task, ok, _ in db.execute(LAST_RUNS)}
    return coded([runs.get(task, "none") for task in columns.tasks(db).id.tolist()])


@lasting
def _logging(db: Reader) -> frozenset[str]:
    return frozenset(source for (source,) in db.execute(LOGGING))


F5 = Measure(
    id="F5",
    term="verification rate",
    title=mark("Checked before commit"),
    means=mark("In how many completed tasks a check was seen before the commit."),
    how=mark("A test, build or lint run after the last AI edit and before the first commit."),
    left_out=mark("Tasks of tools that do not log commands; unattended tasks."),
    bias=mark("Checks outside of the tool are not seen, and an empty test counts."),
    unit="n of n, %",
    needs=frozenset({"S5", "S8"}),
    windows=("P",),
    interval_unit="task (Wilson)",
    beside=("F4",),
    export=Export.TICKED,
    compute=checked,
    reads=frozenset({"tasks", "tool_calls", "suggestions"}),
    splits=EVERY,
)

MEASURES = (F5,)
