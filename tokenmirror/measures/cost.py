"""G: what it would cost at public list prices, per completed task and by outcome."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import held, history, own_past, phrases, spending
from tokenmirror.measures.contradictions import left_out
from tokenmirror.measures.figures import Dot, Dots, Part, Parts, Total, Unknown, Weeks
from tokenmirror.measures.intervals import FEW, MANY, cost_interval, median, quartiles, seed
from tokenmirror.measures.measure import EVERY, Behind, Export, Measure, Past, Reader, Scope
from tokenmirror.measures.memo import ahead
from tokenmirror.measures.price_words import lacking, own_part
from tokenmirror.measures.prices import bundled
from tokenmirror.measures.scoped import absent, begin_day, too_early
from tokenmirror.measures.spending import Bearer, Cost
from tokenmirror.measures.tasks import OUTCOMES, SET_ASIDE, Task, by_ids, everything, title_of

NUSD = 1e-9
PARTS = {
    "shipped_held": mark("Shipped and held up"),
    "shipped_redone": mark("Shipped and redone"),
    "shipped": mark("Shipped, not told how it held"),
    "on_branch": mark("On a branch"),
    "in_progress": mark("In progress"),
    "no_code": mark("No code"),
    "no_lasting_change": mark("No lasting change found"),
    "unattended": mark("Unattended"),
    "unknown": mark("Unknown"),
}
SHIPPED: dict[held.Verdict, str] = {
    "held": "shipped_held",
    "redone": "shipped_redone",
    "reverted": "shipped_redone",
    "too_early": "shipped",
    "unknown": "shipped",
}


def unpriced(cost: Cost) -> Unknown | None:
    """Why a cost cannot be told at all, if that is so."""
    if cost.known:
        return None
    if not cost.tokens:
        return Unknown("not_recorded", tr(mark("No tokens are recorded for this period.")))
    if not cost.unpriced:
        return Unknown("no_prices", tr(mark("The models are not named, so no price is known.")))
    return Unknown("no_prices", lacking(cost.unpriced))


def prices_known(cost: Cost) -> str:
    """For how much of the tokens a price is known, and by which list."""
    if not cost.tokens:
        return ""
    return tr(
        mark("prices known for {share} of tokens, list of {day}"),
        share=language.percent(cost.priced_tokens / cost.tokens),
        day=language.day(bundled().seen, year=True),
    )


def amount(nusd: float, *, at_least: bool) -> str:
    """An amount as words, "at least" where something has no price."""
    words = mark("at least {money}") if at_least else mark("about {money}")
    return tr(words, money=language.money(round(nusd)))


def list_price(db: Reader, scope: Scope) -> Total | Unknown:
    """G1: what the tokens of the period would cost at list price."""
    missing = absent(db, scope)
    if missing:
        return missing
    cost = spending.total(db, scope)
    missing = unpriced(cost)
    if missing:
        return missing
    words = tr(
        mark("{amount} at list price{known}. It is not your bill."),
        amount=phrases.capital(amount(cost.nusd, at_least=cost.at_least)),
        known=phrases.in_brackets(prices_known(cost)),
    )
    return Total(
        value=cost.usd,
        unit="usd",
        n=cost.records,
        sentence=phrases.joined(words, own_part(cost), left_out(db, scope, "usage")),
        at_least=cost.at_least,
        basis="estimated",
        parts={
            "own_prices": cost.own_nusd * NUSD,
            "stated": cost.stated_nusd * NUSD,
            "unpriced_tokens": float(cost.unpriced_tokens),
        },
    )


def _part(bearer: Bearer, stood: Mapping[int, held.Held]) -> str:
    if bearer.unattended:
        return "unattended"
    if bearer.task is None:
        return "unknown"
    if bearer.outcome == "shipped" and bearer.task in stood:
        return SHIPPED[stood[bearer.task].verdict]
    return bearer.outcome


def _stood(db: Reader, scope: Scope, found: Iterable[Bearer]) -> dict[int, held.Held]:
    """How the shipped tasks among these held up."""
    shipped = {one.task for one in found if one.task is not None and one.outcome == "shipped"}
    return held.verdicts(db, scope, tuple(by_ids(db, scope, shipped)))


def _by_part(found: Mapping[Bearer, Cost], stood: Mapping[int, held.Held]) -> dict[str, int]:
    parts: dict[str, int] = defaultdict(int)
    for bearer, cost in found.items():
        parts[_part(bearer, stood)] += cost.nusd
    return parts


def _keys(parts: Mapping[str, int]) -> list[str]:
    return [*PARTS, *([SET_ASIDE] if parts.get(SET_ASIDE) else [])]


def _name(key: str) -> str:
    return tr(PARTS.get(key) or OUTCOMES[key])


def by_outcome(db: Reader, scope: Scope) -> Parts | Unknown:
    """G4: the cost of the period by how its tasks ended; the parts add up to G1."""
    missing = absent(db, scope)
    if missing:
        return missing
    found = spending.in_period(db, scope)
    cost = spending.together(found.values())
    missing = unpriced(cost)
    if missing:
        return missing
    parts = _by_part(found, _stood(db, scope, found))
    said = [
        tr(mark("{outcome} {money}"), outcome=_name(key).lower(), money=language.money(parts[key]))
        for key in _keys(parts)
        if parts[key]
    ]
    total = phrases.capital(amount(cost.nusd, at_least=cost.at_least))
    words = tr(mark("{total} at list price: {parts}."), total=total, parts=language.listing(said))
    if not said:
        words = tr(mark("{total} at list price."), total=total)
    return Parts(
        parts=tuple(Part(key, _name(key), parts[key] * NUSD) for key in _keys(parts)),
        unit="usd",
        n=len({bearer.task for bearer in found if bearer.task is not None}),
        sentence=words,
        at_least=cost.at_least,
        basis="estimated",
    )


def by_week(db: Reader, scope: Scope) -> Weeks | Unknown:
    """G1 by week and outcome: twelve weeks to today."""
    begin = begin_day(db, scope)
    if begin is None:
        return absent(db, scope) or Unknown("nothing_read", "")
    weeks = []
    shown = history.shown_weeks(scope)
    spans = [(first, scope.days.last_of(first)) for first in shown]
    with ahead(spans):
        of_week = {first: spending.in_period(db, scope, first, last) for first, last in spans}
    stood = _stood(db, scope, {bearer for found in of_week.values() for bearer in found})
    for first in shown:
        parts = _by_part(of_week[first], stood)
        values = tuple(parts.get(key, 0) * NUSD for key in PARTS)
        money = language.money(sum(parts.values()))
        words = tr(mark("about {money} at list price"), money=money)
        weeks.append(history.week(scope, first, begin, values, words))
    return Weeks(
        weeks=tuple(weeks),
        parts=tuple(PARTS),
        names=tuple(_name(key) for key in PARTS),
        unit="usd",
        sentence=tr(mark("Cost at list price by week and by how the tasks ended.")),
        basis="estimated",
    )


def _paid(tasks: Sequence[Task], scope: Scope) -> tuple[list[Task], list[Task]]:
    """Ripe change tasks that enter cost per completed task, and unattended ones paid beside."""
    own, beside = [], []
    for task in tasks:
        if not task.ripe or not task.change:
            continue
        if scope.unattended or not task.unattended:
            own.append(task)
        elif task.shown == "no_lasting_change":
            beside.append(task)
    return own, beside


def per_task(db: Reader, scope: Scope) -> Dots | Unknown:
    """G3: all cost of change tasks, those without lasting change included, per completed one."""
    missing = absent(db, scope)
    if missing:
        return missing
    tasks = everything(db, scope)
    own, beside = _paid(tasks, scope)
    young = [task for task in tasks if task.change and not task.ripe]
    if not own and young:
        return too_early(scope, scope.days.day_of(young[0].began_ms))
    costs = spending.of_tasks(db, scope)
    cost = spending.together(costs.get(task.id, Cost()) for task in [*own, *beside])
    missing = unpriced(cost) if own else None
    if missing:
        return missing
    at_least = cost.at_least or any(task.id not in costs for task in own)
    return _dots(db, scope, own, beside, costs, at_least)


def _dots(
    db: Reader,
    scope: Scope,
    own: Sequence[Task],
    beside: Sequence[Task],
    costs: Mapping[int, Cost],
    at_least: bool,
) -> Dots:
    priced = [(task, costs[task.id].nusd) for task in own if task.id in costs]
    done = [nusd for task, nusd in priced if task.done]
    completed = sum(task.done for task in own)
    shared = sum(costs[task.id].nusd for task in beside if task.id in costs)
    total = sum(nusd for _, nusd in priced) + shared
    per = total / completed if completed >= FEW else None
    pairs = [(float(costs[t.id].nusd if t.id in costs else 0), float(t.done)) for t in own]
    start = seed("G3@1", scope.first, scope.last, *scope.choices)
    interval = cost_interval(pairs, start, shared) if per is not None else None
    found = own_past.found(db, scope, "G3@1", PER_TASK, per) if per is not None else None
    place = found.place if found else None
    lost = sum(nusd for task, nusd in priced if task.shown == "no_lasting_change") + shared
    return Dots(
        dots=tuple(
            Dot(task.key, title_of(task, scope), nusd * NUSD, task.done) for task, nusd in priced
        ),
        unit="usd",
        sentence=_per_task_words(per, done, completed, total, len(own), at_least, place),
        per=per * NUSD if per is not None else None,
        low=interval[0] * NUSD if interval else None,
        high=interval[1] * NUSD if interval else None,
        median=median(done) * NUSD if len(done) >= FEW else None,
        quartiles=_scaled(quartiles(done)) if len(done) >= MANY else None,
        usual=place.scaled(NUSD) if place else None,
        n=len(priced),
        of=completed,
        at_least=at_least,
        note=phrases.joined(_per_task_note(per, place, lost), found.lacking if found else ""),
    )


def _scaled(pair: tuple[float, float]) -> tuple[float, float]:
    return pair[0] * NUSD, pair[1] * NUSD


def paid(db: Reader, scope: Scope, first: date, last: date) -> list[Behind]:
    """Cost of the tasks begun between two days, with 1 for a completed one."""
    costs = spending.of_tasks(db, scope, first, last)
    own, beside = _paid(everything(db, scope, first, last), scope)
    return [
        Behind(task.id, float(costs[task.id].nusd), float(completes and task.done))
        for some, completes in ((own, True), (beside, False))
        for task in some
        if task.id in costs
    ]


def _said(nusd: float) -> str:
    return language.money(round(nusd))


PER_TASK = Past(paid, "ratio", _said, log=True)


def _per_task_words(
    per: float | None,
    done: Sequence[int],
    completed: int,
    total: int,
    tasks: int,
    at_least: bool,
    place: history.Place | None,
) -> str:
    if not tasks:
        return tr(mark("No change tasks in this period."))
    if per is not None:
        return tr(
            mark(
                "{amount} per completed task at list price, work without lasting change"
                " included{usual}."
            ),
            amount=phrases.capital(amount(per, at_least=at_least)),
            usual=history.usual_words(place),
        )
    all_of_it = amount(total, at_least=at_least)
    if not completed:
        return tr(
            mark("No task was completed in this period; the work cost {amount} at list price."),
            amount=all_of_it,
        )
    words = tr_n(
        mark("{n} completed task at list price: {each}."),
        mark("{n} completed tasks at list price: {each}."),
        completed,
        each=language.listing([language.money(nusd) for nusd in done]) or tr(mark("not priced")),
    )
    rest = tr(mark("With the work without lasting change {amount} in all."), amount=all_of_it)
    return phrases.joined(words, rest)


def _per_task_note(per: float | None, place: history.Place | None, lost: int) -> str:
    if per is None:
        return tr(mark("Too few completed tasks for one figure."))
    left = tr(mark("{money} of it left no lasting change."), money=language.money(lost))
    return phrases.joined(
        tr(mark("List price, all work included.")),
        phrases.usual_note(place),
        left if lost else "",
    )


G1 = Measure(
    id="G1",
    term="cost at list price",
    title=mark("Cost at list price"),
    means=mark("What these tokens would cost at public list prices; it is not your bill."),
    how=mark(
        "Tokens of each kind times the dated list price of their model, with the surcharge for"
        " long contexts where there is one. A cost the log states itself wins, then a price of"
        " your own. One answer counts once."
    ),
    left_out=mark("Plans, batch, priority and regional terms; models on your own machine."),
    bias=mark("With a plan you pay something else. Models without a price add nothing."),
    unit="money",
    needs=frozenset({"S6"}),
    windows=("P", "w"),
    interval_unit="",
    beside=("A5", "G4"),
    export=Export.TICKED,
    compute=list_price,
    weekly=by_week,
    reads=frozenset({"usage", "models", "sessions", "tasks", "own_prices"}),
    splits=EVERY,
)

G3 = Measure(
    id="G3",
    term="cost per completed task",
    title=mark("Cost"),
    means=mark("What a completed task cost at list price, with all the work around it."),
    how=mark(
        "Cost of all change tasks begun at least 14 days ago, those without lasting change"
        " included, divided by the completed ones. Unattended tasks that left no lasting change"
        " are in the cost too."
    ),
    left_out=mark(
        "Tasks without code or of unknown outcome; unattended tasks that shipped, until you"
        " include them."
    ),
    bias=mark("A few giants pull it up: the dots show them."),
    unit="money",
    needs=frozenset({"S3", "S6", "S8", "S9"}),
    windows=("r14",),
    interval_unit="task",
    beside=("F3", "A5"),
    export=Export.DEFAULT,
    compute=per_task,
    past=PER_TASK,
    reads=frozenset({"usage", "models", "sessions", "tasks", "own_prices"}),
    splits=EVERY - {"outcome"},
)

G4 = Measure(
    id="G4",
    term="cost by outcome",
    title=mark("Where the cost went"),
    means=mark("The cost of the period by how the tasks ended."),
    how=mark("The cost of each session goes to its task; the parts add up to the whole."),
    left_out=mark("Whether shipped work held up is not told apart yet."),
    bias=mark("Work in progress is not lost: its outcome is still open."),
    unit="money, %",
    needs=frozenset({"S3", "S6", "S8", "S9"}),
    windows=("P",),
    interval_unit="",
    beside=("G3", "A5"),
    export=Export.TICKED,
    compute=by_outcome,
    reads=frozenset({"usage", "models", "sessions", "tasks", "own_prices"}),
    splits=EVERY,
)

MEASURES = (G1, G3, G4)
