"""G2, G5-G7: what the person pays, what fills the context, cost of lines, own estimate."""

from __future__ import annotations

import calendar
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import chosen, columns, lines, lives_of, phrases, priced, tasks
from tokenmirror.measures.columns import Ints
from tokenmirror.measures.figures import Rate, Total, Unknown
from tokenmirror.measures.intervals import FEW, median, ratio_interval, seed
from tokenmirror.measures.measure import EVERY, NONE, Export, Measure, Reader, Scope
from tokenmirror.measures.prices import KINDS
from tokenmirror.measures.scoped import absent, values
from tokenmirror.store.days import DAY, add_months
from tokenmirror.store.slots import SLOT_MS
from tokenmirror.store.sums import EVENTS

ALIVE_DAYS = 30
PLANS = """
select name, nusd, per, first, last from plans
where :sources is null or source is null
  or source in (select value from json_each(:sources))
order by first, id
"""
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
    import numpy as np  # late: 100 ms

    missing = absent(db, scope)
    if missing:
        return missing
    rows = _sessions(db, scope)
    hits, trials = (int(column.sum()) for column in (rows.read, rows.total))
    if not trials:
        return Unknown("not_recorded", tr(mark("No tokens are recorded for this period.")))
    pairs = np.column_stack((rows.read, rows.total)).astype(float)
    interval = ratio_interval(pairs, seed("G5@1", scope.first, scope.last, *scope.choices))
    # with models chosen, other models may have answered the same prompts
    asked = (rows.asked > 0) & (scope.models is None)
    each = np.sort(rows.total[asked] / rows.asked[asked]).tolist()
    words = tr(
        mark("{read} of {tokens} tokens were context that was read{share}."),
        read=language.tokens(hits), tokens=language.tokens(trials),
        share=phrases.in_brackets(phrases.line_share(hits, trials, interval, len(rows.total))),
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
        n=len(rows.total),
    )


def _tokens(count: float) -> str:
    return language.tokens(round(count))


class _Sessions(NamedTuple):
    """Sessions with tokens, in order: those read, all of them, and prompts of yours."""

    read: Ints
    total: Ints
    asked: Ints


def _sessions(db: Reader, scope: Scope) -> _Sessions:
    in_it, size = chosen.sessions(db, scope), len(columns.sessions(db).id)
    from_slot, until_slot = (
        at_ms // SLOT_MS for at_ms in scope.days.bounds_ms(scope.first, scope.last)
    )
    prompts = columns.quarters(db, EVENTS).within(from_slot, until_slot, in_it)
    asked = columns.added(prompts.sum("own") + prompts.sum("unknown"), prompts.session, size)
    usage = priced.in_period(db, scope).usage
    fresh, cached, *rest = (usage.sum(f"{kind}_tokens") for kind in KINDS)
    read = columns.added(fresh + cached, usage.session, size)
    total = read + columns.added(sum(rest, start=0 * fresh), usage.session, size)
    told = in_it & (total > 0)
    return _Sessions(read[told], total[told], asked[told])


def per_lines_alive(db: Reader, scope: Scope) -> Total | Unknown:
    """G6: cost of the tasks whose lines were watched for 30 days, per 100 lines still there."""
    missing = lives_of.unknown(db, scope)
    if missing:
        return missing
    begun = tasks.begun(db, scope)
    if not len(begun):
        return Unknown("no_activity", tr(mark("No tasks in this period.")))
    costs = priced.of_each_task(db, scope.models)
    standing, known = _standing(db, int(columns.tasks(db).began_ms[begun[0]]))
    some = begun[costs.told[begun] & (known[begun] > 0)]
    alive, cost, n = int(standing[some].sum()), costs.together(some), len(some)
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


def _standing(db: Reader, from_ms: int) -> tuple[Ints, Ints]:
    """Lines alive and known after 30 days, by task, of those that landed since an instant."""
    every, standing = lines.lives(db, "claimed"), lines.after(db, "claimed", ALIVE_DAYS)
    some = (every.task != lines.NONE) & (every.born_ms >= from_ms)
    task, size = every.task[some], len(columns.tasks(db).id)
    alive, known = (
        columns.added(each[some], task, size) for each in (standing.alive, standing.known)
    )
    return alive, known


def own_estimate(db: Reader, scope: Scope) -> Total | Unknown:
    """G7: hours and their worth as the person typed them, for tasks begun in the period."""
    missing = absent(db, scope)
    if missing:
        return missing
    estimates = {task: (hours, nusd) for task, hours, nusd in db.execute(ESTIMATES)}
    begun = columns.tasks(db).id[tasks.begun(db, scope)].tolist() if estimates else []
    found = [estimates[task] for task in begun if task in estimates]
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
