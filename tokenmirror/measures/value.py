"""G2, G5-G7: what the person pays, what fills the context, cost of lines, own estimate."""

from __future__ import annotations

import calendar
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import folding, lives_of, phrases, spending
from tokenmirror.measures.figures import Rate, Total, Unknown
from tokenmirror.measures.folding import folded
from tokenmirror.measures.intervals import FEW, median, ratio_interval, seed
from tokenmirror.measures.measure import EVERY, NONE, Export, Measure, Reader, Scope
from tokenmirror.measures.scoped import OF_MODELS, absent, of_sessions, values
from tokenmirror.measures.tasks import counted
from tokenmirror.store.days import DAY, add_months
from tokenmirror.store.sums import EVENTS, USAGE

ALIVE_DAYS = 30
PLANS = """
select name, nusd, per, first, last from plans
where :sources is null or source is null
  or source in (select value from json_each(:sources))
order by first, id
"""
CONTEXT = f"""
{folded(USAGE)}
select f.session_id, sum(f.input_tokens + f.cache_read_tokens),
  sum(f.input_tokens + f.cache_read_tokens + f.cache_write_5m_tokens
      + f.cache_write_1h_tokens + f.output_tokens)
from folded f {of_sessions("f")} {OF_MODELS}
group by f.session_id
"""  # noqa: S608 (constant parts)
ASKED = f"""
{folded(EVENTS, ("own", "unknown"))}
select f.session_id, f.own + f.unknown from folded f where f.own + f.unknown > 0
"""  # noqa: S608 (constant parts)
ESTIMATES = """
select ts.task_id, max(e.hours), max(e.hour_nusd) from estimates e
join sessions s on s.source = e.source and s.key = e.session
join task_sessions ts on ts.session_id = s.id
group by ts.task_id
"""


@dataclass(frozen=True)
class Plan:
    """What the person pays for a tool; both days inclusive, ``last`` ``None`` while it runs."""

    name: str
    nusd: int
    per: str
    first: date
    last: date | None

    def within(self, first: date, last: date) -> Fraction:
        """Its nano-dollars for the days ``first`` to ``last``, spread evenly over each month."""
        begin, end = max(first, self.first), min(last, self.last or last)
        total = Fraction(0)
        while begin <= end:
            month_end = min(end, add_months(begin.replace(day=1), 1) - DAY)
            days = (month_end - begin).days + 1
            total += Fraction(self.nusd * days, self._length(begin))
            begin = month_end + DAY
        return total

    def _length(self, day: date) -> int:
        if self.per == "year":
            return 366 if calendar.isleap(day.year) else 365
        return calendar.monthrange(day.year, day.month)[1]


def plan_cost(db: Reader, scope: Scope) -> Total | Unknown:
    """G2: plan prices that the person entered, spread by civil day; days to come are left out."""
    plans = [
        Plan(name, nusd, per, date.fromisoformat(first), date.fromisoformat(last) if last else None)
        for name, nusd, per, first, last in db.execute(PLANS, values(scope))
    ]
    if not plans:
        return Unknown("not_entered", tr(mark("You have entered no plan.")))
    parts: dict[str, Fraction] = defaultdict(Fraction)
    for plan in plans:
        parts[plan.name] += plan.within(scope.first, min(scope.last, scope.today))
    nusd = round(sum(parts.values(), Fraction(0)))
    words = tr(mark("{money} for your plans in this period."), money=language.money(nusd))
    held: dict[str, float | None] = {name: round(part) / 1e9 for name, part in parts.items()}
    return Total(nusd / 1e9, "usd", len(plans), words, basis="recorded", parts=held)


def context(db: Reader, scope: Scope) -> Rate | Unknown:
    """G5: tokens read (fresh and from cache) of all, and the median session's per own prompt."""
    missing = absent(db, scope)
    if missing:
        return missing
    bins = folding.bound(folding.bins(scope, [(scope.first, scope.last)]))
    bound = values(scope) | {"bins": bins}
    rows = sorted(db.execute(CONTEXT, bound))
    pairs = [(float(read), float(total)) for _, read, total in rows if total]
    hits, trials = (int(sum(pair[part] for pair in pairs)) for part in (0, 1))
    if not trials:
        return Unknown("not_recorded", tr(mark("No tokens are recorded for this period.")))
    interval = ratio_interval(pairs, seed("G5@1", scope.first, scope.last, *scope.choices))
    # with models chosen, other models may have answered the same prompts
    rows_asked = db.execute(ASKED, bound).fetchall() if scope.models is None else []
    asked: dict[int, int] = dict(rows_asked)
    each = [total / asked[session] for session, _, total in rows if total and session in asked]
    words = tr(
        mark("{read} of {tokens} tokens were context that was read{share}."),
        read=language.tokens(hits), tokens=language.tokens(trials),
        share=phrases.in_brackets(phrases.line_share(hits, trials, interval, len(pairs))),
    )  # fmt: skip
    told = tr(
        mark("Tokens per prompt of yours, by session: {tokens}."),
        tokens=phrases.spread(each, _tokens),
    )
    return Rate(
        hits,
        trials,
        "tokens",
        phrases.joined(words, told if each else ""),
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        basis="recorded",
        apart={"tokens_per_prompt": round(median(each))} if len(each) >= FEW else {},
        n=len(pairs),
    )


def _tokens(count: float) -> str:
    return language.tokens(round(count))


def per_lines_alive(db: Reader, scope: Scope) -> Total | Unknown:
    """G6: cost of the tasks whose lines were watched for 30 days, per 100 lines still there."""
    missing = lives_of.unknown(db, scope)
    if missing:
        return missing
    tasks = counted(db, scope)
    if not tasks:
        return Unknown("no_activity", tr(mark("No tasks in this period.")))
    of_task = lives_of.of_tasks(db, min(task.began_ms for task in tasks))
    costs = spending.of_tasks(db, scope)
    alive, cost, n = 0, spending.Cost(), 0
    for task in tasks:
        standing = [life.after(ALIVE_DAYS) for life in of_task.get(task.id, ())]
        if task.id in costs and any(one.known for one in standing):
            alive += sum(one.alive for one in standing)
            cost += costs[task.id]
            n += 1
    if not n:
        return Unknown("too_early", tr(mark("No lines of this period are 30 days old yet.")))
    if not cost.known or not alive:
        reason = "no_prices" if not cost.known else "no_activity"
        return Unknown(
            reason, tr(mark("Nothing to reckon: no price is known, or no line is left."))
        )
    nusd = cost.nusd * 100 / alive
    words = tr_n(
        mark("About {money} for 100 lines still there after 30 days, from {n} task."),
        mark("About {money} for 100 lines still there after 30 days, from {n} tasks."),
        n, money=language.money(round(nusd)),
    )  # fmt: skip
    return Total(
        nusd / 1e9, "usd", n, words, at_least=cost.at_least, basis="estimated",
        parts={"lines_alive": alive, "cost_usd": cost.usd},
    )  # fmt: skip


def own_estimate(db: Reader, scope: Scope) -> Total | Unknown:
    """G7: hours and their worth as the person typed them, for tasks begun in the period."""
    missing = absent(db, scope)
    if missing:
        return missing
    estimates = {task: (hours, nusd) for task, hours, nusd in db.execute(ESTIMATES)}
    found = [estimates[task.id] for task in counted(db, scope) if task.id in estimates]
    mine = [(hours, nusd) for hours, nusd in found if hours is not None]
    if not mine:
        return Unknown("not_entered", tr(mark("You have entered no estimate of your own.")))
    hours = sum(each for each, _ in mine)
    worth = [each * nusd for each, nusd in mine if nusd is not None]
    words = tr_n(
        mark("By your own estimate {hours} hours, for {n} task{worth}."),
        mark("By your own estimate {hours} hours, for {n} tasks{worth}."),
        len(mine), hours=language.number(hours, 1),
        worth=tr(mark(", worth {money}"), money=language.money(round(sum(worth))))
        if worth else "",
    )  # fmt: skip
    return Total(
        hours, "count", len(mine), words, basis="recorded",
        parts={"worth_usd": sum(worth) / 1e9 if worth else None},
    )  # fmt: skip


G2 = Measure(
    id="G2",
    term="plan cost",
    title=mark("What you pay"),
    means=mark("What your plans cost you."),
    how=mark("Prices you entered, spread evenly over the days they hold for."),
    left_out=mark("Days to come; what you did not enter."),
    bias=mark("A plan costs the same whether it is used or not."),
    unit="money",
    needs=frozenset({"S11"}),
    windows=("P",),
    interval_unit="",
    beside=("G1",),
    export=Export.TICKED,
    compute=plan_cost,
    reads=frozenset({"plans"}),
    splits=NONE,
)
G5 = Measure(
    id="G5",
    term="context share, tokens per prompt",
    title=mark("Context"),
    means=mark("How much of the tokens is context that is read again."),
    how=mark("Fresh and cached input of all tokens; tokens per prompt of yours."),
    left_out=mark("Hidden tasks; unattended runs unless asked for."),
    bias=mark("It explains cost and says nothing about worth."),
    unit="%, tokens",
    needs=frozenset({"S6"}),
    windows=("P",),
    interval_unit="session",
    beside=("G1",),
    export=Export.NEVER,
    compute=context,
    reads=frozenset({"usage", "prompts", "sessions", "tasks"}),
    splits=EVERY,
)
G6 = Measure(
    id="G6",
    term="cost per 100 lines alive",
    title=mark("Per 100 lines still there"),
    means=mark("What 100 lines cost that lasted a month."),
    how=mark("Cost of tasks over their AI lines still there after 30 days, times 100."),
    left_out=mark("Tasks without lines on the main line, or younger than 30 days there."),
    bias=mark("It pays bulk: a detail, never a headline."),
    unit="money",
    needs=frozenset({"S6", "S8", "S9", "S10"}),
    windows=("r30",),
    interval_unit="task",
    beside=("E1", "G3"),
    export=Export.NEVER,
    compute=per_lines_alive,
    reads=frozenset({"usage", "births", "deaths", "tasks"}),
    splits=EVERY,
)
G7 = Measure(
    id="G7",
    term="own value estimate",
    title=mark("Your own estimate"),
    means=mark("What you think it was worth."),
    how=mark("Hours and their worth as you typed them."),
    left_out=mark("Tasks you gave no estimate for."),
    bias=mark("It is your word; nothing is reckoned from it."),
    unit="as typed",
    needs=frozenset({"S11"}),
    windows=("P",),
    interval_unit="",
    beside=("G3",),
    export=Export.TICKED,
    compute=own_estimate,
    reads=frozenset({"estimates", "tasks"}),
    splits=EVERY,
)

MEASURES = (G2, G5, G6, G7)
