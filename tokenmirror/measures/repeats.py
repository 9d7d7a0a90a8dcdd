"""J: asking again, loops, failing calls, reading again, cut conversations; no verdict on any."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import NamedTuple

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import folding, phrases, priced, spending, use
from tokenmirror.measures.copied import copied
from tokenmirror.measures.cost import amount
from tokenmirror.measures.figures import Rate, Total, Unknown
from tokenmirror.measures.folding import folded
from tokenmirror.measures.intervals import ratio_interval, seed
from tokenmirror.measures.measure import EVERY, NO_MODEL, Export, Measure, Reader, Scope
from tokenmirror.measures.memo import shared
from tokenmirror.measures.scoped import absent, of_sessions, values
from tokenmirror.measures.tasks import counted
from tokenmirror.store.sums import EVENTS

_OWN = of_sessions("q")
AGAIN = f"""
select q.session_id, count(*), sum(r.how = 'equal'), sum(r.retry)
from prompt_repeats r join prompts q on q.id = r.prompt_id {_OWN}
  and q.at_ms >= :from_ms and q.at_ms < :until_ms
group by q.session_id
"""  # noqa: S608 (constant parts)
CALLS = f"""
{folded(EVENTS, ("own", "unknown", "calls", "told_calls", "bad_calls", "errors"))}
select f.session_id, f.own + f.unknown, f.calls, f.told_calls, f.bad_calls, f.errors
from folded f {of_sessions("f")}
"""  # noqa: S608 (constant parts)
REPEATS = f"""
select q.session_id, q.at_ms, q.until_ms, q.calls from repeats q {_OWN}
  and q.kind = :kind and q.at_ms >= :from_ms and q.at_ms < :until_ms
order by q.at_ms, q.id
"""  # noqa: S608 (constant parts)
CUTS = f"""
select count(*), sum(q.tokens), sum(q.tokens is not null) from compactions q {_OWN}
  and q.at_ms >= :from_ms and q.at_ms < :until_ms
"""  # noqa: S608 (constant parts)
# only tools that are known to write it down can be said to have none
CUTTING = "select distinct s.source from compactions q join sessions s on s.id = q.session_id"


def again(db: Reader, scope: Scope) -> Rate | Unknown:
    """J1: own prompts equal or close to an earlier one of the last day, in the same project."""
    missing = absent(db, scope)
    if missing:
        return missing
    asked = {one.session: one.prompts for one in _events(db, scope) if one.prompts}
    hits: dict[int, int] = defaultdict(int)
    equal = retries = 0
    for session, count, same, retried in db.execute(AGAIN, values(scope)):
        hits[session] += count - retried
        equal += same
        retries += retried
    pairs = [(float(min(hits[one], asked[one])), float(asked[one])) for one in sorted(asked)]
    total, trials = (int(sum(pair[part] for pair in pairs)) for part in (0, 1))
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


class Calls(NamedTuple):
    """Own prompts and tool calls of one session; ``told`` calls have a known result."""

    session: int
    prompts: int
    calls: int
    told: int
    bad: int
    errors: int


@shared
def _events(db: Reader, scope: Scope) -> list[Calls]:
    bins = folding.bound(folding.bins(scope, [(scope.first, scope.last)]))
    return [Calls._make(row) for row in db.execute(CALLS, values(scope) | {"bins": bins})]


def _calls(db: Reader, scope: Scope) -> list[Calls] | Unknown:
    missing = absent(db, scope)
    if missing:
        return missing
    some = _events(db, scope)
    if any(one.calls for one in some):
        return some
    if not use.own_prompts(db, scope):
        return Unknown("no_activity", tr(mark("No agent worked in this period.")))
    return Unknown("not_recorded", tr(mark("No tool calls are recorded for this period.")))


def loops(db: Reader, scope: Scope) -> Total | Unknown:
    """J2: three or more calls in a row with one name, one set of arguments and one result."""
    some = _calls(db, scope)
    if isinstance(some, Unknown):
        return some
    found = list(db.execute(REPEATS, values(scope) | {"kind": "loop"}))
    longest = max((calls for *_, calls in found), default=0)
    cost = spending.inside(db, [(session, start, end) for session, start, end, _ in found])
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
        sum(calls for *_, calls in found),
        phrases.joined(words, spent if cost.known else "") if found else none,
        basis="derived",
        parts={"longest": longest, "cost_usd": cost.usd if cost.known else None},
    )


def errors(db: Reader, scope: Scope) -> Rate | Unknown:
    """J3: failing tool calls of those whose result is known; service errors stand apart."""
    some = _calls(db, scope)
    if isinstance(some, Unknown):
        return some
    pairs = [(float(one.bad), float(one.told)) for one in sorted(some) if one.told]
    if not pairs:
        return Unknown("not_recorded", tr(mark("Results of tool calls are not recorded.")))
    hits, trials = (int(sum(pair[part] for pair in pairs)) for part in (0, 1))
    interval = ratio_interval(pairs, seed("J3@1", scope.first, scope.last, *scope.choices))
    runs = db.execute(REPEATS, values(scope) | {"kind": "failures"})
    longest = max((calls for *_, calls in runs), default=min(hits, 1))
    service = sum(one.errors for one in some)
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
    found = list(db.execute(REPEATS, values(scope) | {"kind": "reread"}))
    words = tr_n(
        mark("{n} time the same was read three times or more with nothing edited between."),
        mark("{n} times the same was read three times or more with nothing edited between."),
        len(found),
    )
    none = tr(mark("Nothing was read three times over."))
    reads = sum(calls for *_, calls in found)
    return Total(
        len(found),
        "count",
        reads,
        phrases.joined(words if found else none, twice.sentence),
        at_least=True,
        basis="derived",
        parts={"reads": reads, **twice.parts},
    )


def cut(db: Reader, scope: Scope) -> Total | Unknown:
    """J7: conversations cut to fit, and the tokens they held before."""
    missing = absent(db, scope)
    if missing:
        return missing
    telling = {source for (source,) in db.execute(CUTTING)}
    if not telling & (scope.sources if scope.sources is not None else telling):
        words = tr(mark("No tool has recorded that it cut a conversation."))
        return Unknown("not_recorded", words)
    count, tokens, known = db.execute(CUTS, values(scope)).fetchone()
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
