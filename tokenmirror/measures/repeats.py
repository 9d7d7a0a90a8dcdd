"""J: asking again, loops, failing calls, reading again, cut conversations; no verdict on any."""

from __future__ import annotations

from dataclasses import replace

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import chosen, columns, events, phrases, priced, spending, use
from tokenmirror.measures.columns import Grouped
from tokenmirror.measures.copied import copied
from tokenmirror.measures.cost import amount
from tokenmirror.measures.events import Dated, dated
from tokenmirror.measures.figures import Rate, Total, Unknown
from tokenmirror.measures.intervals import ratio_interval, seed
from tokenmirror.measures.measure import EVERY, NO_MODEL, Export, Measure, Reader, Scope
from tokenmirror.measures.memo import lasting, shared
from tokenmirror.measures.scoped import absent
from tokenmirror.measures.spending import Cost
from tokenmirror.measures.tasks import counted

AGAIN = """
select q.session_id, q.at_ms, r.how = 'equal', r.retry
from prompt_repeats r join prompts q on q.id = r.prompt_id
where q.at_ms is not null order by q.at_ms
"""
REPEATS = """
select session_id, at_ms, until_ms, calls from repeats where kind = ? order by at_ms, id
"""
CUTS = """
select session_id, at_ms, coalesce(tokens, 0), tokens is not null from compactions
where at_ms is not null order by at_ms
"""
# only tools that are known to write it down can be said to have none
CUTTING = "select distinct s.source from compactions q join sessions s on s.id = q.session_id"


@lasting
def _again(db: Reader) -> Dated:
    """Prompts asked again: whether equal to the earlier one, whether after a service error."""
    return dated(db, db.execute(AGAIN), 2)


@lasting
def _repeats(db: Reader, kind: str) -> Dated:
    """Calls made again and again, of a kind: until when, and how many."""
    return dated(db, db.execute(REPEATS, (kind,)), 2)


@lasting
def _loop_costs(db: Reader) -> list[Cost]:
    """What each loop cost."""
    loops = _repeats(db, "loop")
    session = columns.sessions(db).id[loops.session].tolist()
    stretches = zip(session, loops.at_ms.tolist(), loops.values[0].tolist(), strict=True)
    return [spending.inside(db, [stretch]) for stretch in stretches]


@lasting
def _cuts(db: Reader) -> Dated:
    """Conversations that were cut: the tokens they held, and whether that is told."""
    return dated(db, db.execute(CUTS), 2)


@lasting
def _cutting(db: Reader) -> frozenset[str]:
    return frozenset(source for (source,) in db.execute(CUTTING))


def again(db: Reader, scope: Scope) -> Rate | Unknown:
    """J1: own prompts equal or close to an earlier one of the last day, in the same project."""
    import numpy as np  # late: 100 ms

    missing = absent(db, scope)
    if missing:
        return missing
    some, found = _events(db, scope), _again(db).within(scope, chosen.sessions(db, scope))
    asked = some.sum("own") + some.sum("unknown")
    equal, retries = map(int, found.values.sum(axis=1))
    repeated = columns.added(1 - found.values[1], found.session, len(columns.sessions(db).id))
    pairs = columns.pairs(np.minimum(repeated[some.session], asked), asked)
    total, trials = map(int, pairs.sum(axis=0))
    interval = ratio_interval(pairs, seed("J1@1", scope.first, scope.last, *scope.choices))
    words = tr(
        mark("{hits} of {trials} prompts of yours asked again{share}."),
        hits=language.number(total), trials=language.number(trials),
        share=phrases.in_brackets(phrases.line_share(total, trials, interval, len(pairs))),
    )  # fmt: skip
    beside = tr_n(
        mark("{n} more after a service error."), mark("{n} more after a service error."), retries
    )
    return Rate(
        total,
        trials,
        "prompts",
        phrases.joined(words, beside if retries else "")
        if trials
        else tr(mark("No prompts of yours in this period.")),
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        apart={"equal": equal, "retries": retries},
        n=len(pairs),
    )


@shared
def _events(db: Reader, scope: Scope) -> Grouped:
    return events.of_days(db, scope, chosen.sessions(db, scope))


def _calls(db: Reader, scope: Scope) -> Grouped | Unknown:
    missing = absent(db, scope)
    if missing:
        return missing
    some = _events(db, scope)
    if some.total("calls"):
        return some
    if not use.own_prompts(db, scope):
        return Unknown("no_activity", tr(mark("No agent worked in this period.")))
    return Unknown("not_recorded", tr(mark("No tool calls are recorded for this period.")))


def loops(db: Reader, scope: Scope) -> Total | Unknown:
    """J2: three or more calls in a row with one name, one set of arguments and one result."""
    some = _calls(db, scope)
    if isinstance(some, Unknown):
        return some
    every = _repeats(db, "loop")
    found = every.rows(scope, chosen.sessions(db, scope))
    calls = every.values[1, found]
    longest = int(calls.max(initial=0))
    costs = _loop_costs(db)
    cost = spending.together(costs[place] for place in found.tolist())
    words = tr_n(
        mark("{n} run of the same call, the longest of {longest}."),
        mark("{n} runs of the same call, the longest of {longest}."),
        len(found), longest=language.number(longest),
    )  # fmt: skip
    spent = tr(mark("Inside them: {amount}."), amount=amount(cost.nusd, at_least=cost.at_least))
    none = tr(mark("No call was made three times in a row."))
    return Total(
        len(found),
        "count",
        int(calls.sum()),
        phrases.joined(words, spent if cost.known else "") if len(found) else none,
        basis="derived",
        parts={"longest": longest, "cost_usd": cost.usd if cost.known else None},
    )


def errors(db: Reader, scope: Scope) -> Rate | Unknown:
    """J3: failing tool calls of those whose result is known; service errors stand apart."""
    some = _calls(db, scope)
    if isinstance(some, Unknown):
        return some
    pairs = columns.pairs(some.sum("bad_calls"), some.sum("told_calls"))
    if not len(pairs):
        return Unknown("not_recorded", tr(mark("Results of tool calls are not recorded.")))
    hits, trials = map(int, pairs.sum(axis=0))
    interval = ratio_interval(pairs, seed("J3@1", scope.first, scope.last, *scope.choices))
    runs = _repeats(db, "failures").within(scope, chosen.sessions(db, scope))
    longest = int(runs.values[1].max()) if len(runs) else min(hits, 1)
    service = some.total("errors")
    words = tr(
        mark("{hits} of {trials} tool calls ended in an error{share}."),
        hits=language.number(hits), trials=language.number(trials),
        share=phrases.in_brackets(phrases.line_share(hits, trials, interval, len(pairs))),
    )  # fmt: skip
    run = tr(mark("The longest run of errors: {n}."), n=language.number(longest))
    apart = tr_n(
        mark("{n} turn ended by a service error, apart."),
        mark("{n} turns ended by a service error, apart."),
        service,
    )
    return Rate(
        hits,
        trials,
        "count",
        phrases.joined(words, run if longest > 1 else "", apart if service else ""),
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        basis="recorded",
        apart={"longest_run": longest, "service_errors": service},
        n=len(pairs),
    )


def nothing_lasting(db: Reader, scope: Scope) -> Total | Unknown:
    """J4: ripe change tasks of which nothing lasting was found, and what they cost."""
    missing = absent(db, scope)
    if missing:
        return missing
    tasks = [task for task in counted(db, scope) if task.shown == "no_lasting_change"]
    cost = priced.of_tasks(db, scope, [task.id for task in tasks])
    words = tr_n(
        mark("{n} task left no lasting change{spent}."),
        mark("{n} tasks left no lasting change{spent}."),
        len(tasks),
        spent=f", {amount(cost.nusd, at_least=cost.at_least)}" if cost.known else "",
    )
    return Total(
        len(tasks),
        "tasks",
        len(tasks),
        words if tasks else tr(mark("Every change task left something, or is still open.")),
        at_least=cost.at_least,
        basis="derived",
        parts={"cost_usd": cost.usd if cost.known else None},
    )


def read_again(db: Reader, scope: Scope) -> Total | Unknown:
    """J6: the same thing read three times or more in a session with nothing edited between.

    Beside it stands how many landed lines repeat code that the repository held.
    """
    some = _calls(db, scope)
    twice = copied(db, scope)
    if isinstance(some, Unknown):
        told = twice.sentence if twice.lines else ""
        return replace(some, sentence=phrases.joined(some.sentence, told))
    found = _repeats(db, "reread").within(scope, chosen.sessions(db, scope))
    words = tr_n(
        mark("{n} time the same was read three times or more with nothing edited between."),
        mark("{n} times the same was read three times or more with nothing edited between."),
        len(found),
    )
    none = tr(mark("Nothing was read three times over."))
    reads = int(found.values[1].sum())
    return Total(
        len(found),
        "count",
        reads,
        phrases.joined(words if len(found) else none, twice.sentence),
        at_least=True,
        basis="derived",
        parts={"reads": reads, **twice.parts},
    )


def cut(db: Reader, scope: Scope) -> Total | Unknown:
    """J7: conversations cut to fit, and the tokens they held before."""
    missing = absent(db, scope)
    if missing:
        return missing
    telling = _cutting(db)
    if not telling & (scope.sources if scope.sources is not None else telling):
        words = tr(mark("No tool has recorded that it cut a conversation."))
        return Unknown("not_recorded", words)
    found = _cuts(db).within(scope, chosen.sessions(db, scope))
    count, (tokens, known) = len(found), map(int, found.values.sum(axis=1))
    words = tr_n(
        mark("{n} conversation was cut to fit{held}."),
        mark("{n} conversations were cut to fit{held}."),
        count,
        held=tr(mark(", with {tokens} tokens before"), tokens=language.tokens(tokens))
        if known
        else "",
    )
    return Total(
        count,
        "count",
        count,
        words if count else tr(mark("No conversation was cut in this period.")),
        at_least=known < count,
        parts={"tokens": float(tokens) if known else None},
    )


OUT = mark("Hidden tasks; unattended runs unless asked for.")
READS = frozenset({"prompts", "origins", "tool_calls", "turns", "sessions", "tasks"})

J1 = Measure(
    id="J1",
    term="repeated prompts",
    title=mark("Asked again"),
    means=mark("How often you asked the same again."),
    how=mark(
        "Prompts equal to one of the last 24 hours in the project, or with nine tenths of the"
        " same runs of five words. Asking again after a service error is counted apart."
    ),
    left_out=OUT,
    bias=mark("Short answers such as yes are how people talk."),
    unit="n, %",
    needs=frozenset({"S1"}),
    windows=("P",),
    interval_unit="session",
    beside=("B1",),
    export=Export.NEVER,
    compute=again,
    reads=READS,
    splits=NO_MODEL,
)
J2 = Measure(
    id="J2",
    term="tool-call loops",
    title=mark("Loops"),
    means=mark("How often an agent did the same three times in a row."),
    how=mark("Runs of at least three calls with the same name, arguments and result."),
    left_out=OUT,
    bias=mark("Watching a test and filling a form look the same."),
    unit="n, longest, cost",
    needs=frozenset({"S5"}),
    windows=("P",),
    interval_unit="",
    beside=("J3",),
    export=Export.NEVER,
    compute=loops,
    reads=READS | {"usage"},
    splits=NO_MODEL,
)
J3 = Measure(
    id="J3",
    term="tool error rate, retries",
    title=mark("Errors of tools"),
    means=mark("How often a tool call went wrong."),
    how=mark("Calls that ended in an error, of those whose result is known."),
    left_out=mark("Calls you refused or stopped; hidden tasks; unattended runs."),
    bias=mark("A failing test is an error of a call and yet good work."),
    unit="%, n",
    needs=frozenset({"S5"}),
    windows=("P",),
    interval_unit="session",
    beside=("J2",),
    export=Export.NEVER,
    compute=errors,
    reads=READS,
    splits=NO_MODEL,
)
J4 = Measure(
    id="J4",
    term="no lasting change found",
    title=mark("No lasting change found"),
    means=mark("What left nothing, and its cost."),
    how=mark("Tasks of that outcome begun in the period, and all that they cost."),
    left_out=mark("What you call useful without code or set aside on purpose."),
    bias=mark("Trying out is work too."),
    unit="n, cost",
    needs=frozenset({"S3", "S6", "S8", "S9"}),
    windows=("r14",),
    interval_unit="",
    beside=("F2", "G4"),
    export=Export.DEFAULT,
    compute=nothing_lasting,
    reads=READS | {"usage", "commits"},
    splits=EVERY,
)
J6 = Measure(
    id="J6",
    term="re-reads, duplicate blocks",
    title=mark("Read or written again"),
    means=mark("How often the same was read over and over, and what repeats code you had."),
    how=mark(
        "The same read call three times or more in a session with nothing edited in between."
        " And landed lines of suggestions in blocks of five or more that stood in a file of the"
        " repository before the commit and stay there; at least three of five in a row are"
        " different lines that are neither trivial nor imports."
    ),
    left_out=mark(
        "Hidden tasks; unattended runs unless asked for; blocks that a commit moves; files that"
        " are excluded, as copy and as original."
    ),
    bias=mark(
        "Reading in parts looks like other calls. Licence texts and tables count as copies; a"
        " copy changed in every fifth line does not."
    ),
    unit="n, lines",
    needs=frozenset({"S5", "S8"}),
    windows=("P",),
    interval_unit="",
    beside=("J2",),
    export=Export.NEVER,
    compute=read_again,
    reads=READS | {"commits", "claims", "repos"},
    splits=NO_MODEL,
)
J7 = Measure(
    id="J7",
    term="context compactions",
    title=mark("Conversations cut"),
    means=mark("How often a conversation was cut to fit."),
    how=mark("Marks that tools leave when they sum up what came before."),
    left_out=OUT,
    bias=mark("Few tools write it down."),
    unit="n, tokens",
    needs=frozenset({"S7", "S6"}),
    windows=("P",),
    interval_unit="",
    beside=("G5",),
    export=Export.NEVER,
    compute=cut,
    reads=READS,
    splits=NO_MODEL,
)

MEASURES = (J1, J2, J3, J4, J6, J7)
