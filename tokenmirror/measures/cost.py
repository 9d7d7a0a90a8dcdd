"""G: what it would cost at public list prices, per completed task and by outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import columns, held, history, own_past, phrases, priced, tasks
from tokenmirror.measures.columns import Ints
from tokenmirror.measures.contradictions import left_out
from tokenmirror.measures.figures import Dot, Dots, Part, Parts, Total, Unknown, Weeks
from tokenmirror.measures.intervals import FEW, MANY, cost_interval, median, quartiles, seed
from tokenmirror.measures.measure import EVERY, Behind, Export, Measure, Past, Reader, Scope
from tokenmirror.measures.memo import shared
from tokenmirror.measures.price_words import lacking, own_part
from tokenmirror.measures.priced import Costs
from tokenmirror.measures.prices import bundled
from tokenmirror.measures.scoped import absent, begin_day, ripe_ms, too_early
from tokenmirror.measures.spending import Cost
from tokenmirror.measures.tasks import OUTCOMES, SET_ASIDE

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
KEYS = (*PARTS, SET_ASIDE)
LOST = "no_lasting_change"
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
    cost = priced.total(db, scope)
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


@shared
def _parts(db: Reader, scope: Scope) -> Ints:
    """The part that the cost of each task goes to, as a place in ``KEYS``; last, of no task."""
    import numpy as np  # late: 100 ms

    every = columns.tasks(db)
    ends = np.array([KEYS.index(word) for word in every.shown.words], dtype=np.int64)
    stood = np.array([KEYS.index(SHIPPED[verdict]) for verdict in held.VERDICTS])
    stood = stood[held.stood(db, scope).verdict.code]
    found = np.where(every.shown.among({"shipped"}), stood, ends[every.shown.code])
    found[every.unattended] = KEYS.index("unattended")
    return np.append(found, KEYS.index("unknown"))


def _by_part(db: Reader, scope: Scope, nusd: Ints, task: Ints) -> dict[str, int]:
    """Nano-dollars by part, of those of each task."""
    sums = columns.added(nusd, _parts(db, scope)[task], len(KEYS))
    return dict(zip(KEYS, sums.tolist(), strict=True))


def _keys(parts: Mapping[str, int]) -> list[str]:
    return [*PARTS, *([SET_ASIDE] if parts.get(SET_ASIDE) else [])]


def _name(key: str) -> str:
    return tr(PARTS.get(key) or OUTCOMES[key])


def by_outcome(db: Reader, scope: Scope) -> Parts | Unknown:
    """G4: the cost of the period by how its tasks ended; the parts add up to G1."""
    missing = absent(db, scope)
    if missing:
        return missing
    spent = priced.in_period(db, scope)
    cost = priced.total(db, scope)
    missing = unpriced(cost)
    if missing:
        return missing
    parts = _by_part(db, scope, spent.column(priced.NUSD), spent.task)
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
        n=spent.tasks(len(columns.tasks(db).id)),
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
    for first in history.shown_weeks(scope):
        parts = _by_part(db, scope, *priced.by_quarter(db, scope, first, scope.days.last_of(first)))
        values = tuple(parts[key] * NUSD for key in PARTS)
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


class _Paid(NamedTuple):
    """Ripe change tasks that enter cost per completed task, and unattended ones paid beside."""

    own: Ints
    beside: Ints
    young: Ints  # change tasks that do not enter it yet

    @property
    def both(self) -> Ints:
        """All that are paid for."""
        import numpy as np  # late: 100 ms

        return np.concatenate((self.own, self.beside))


def _paid(db: Reader, scope: Scope, first: date | None = None, last: date | None = None) -> _Paid:
    """The tasks of the period or of other days, by their place."""
    every = columns.tasks(db)
    found = tasks.begun(db, scope, first, last, unattended=True)
    found = found[every.shown.among({*tasks.STACKED, SET_ASIDE})[found]]
    ripe = every.began_ms[found] < ripe_ms(scope)
    beside = every.unattended[found] & (not scope.unattended)
    lost = every.shown.among({LOST})[found]
    return _Paid(found[ripe & ~beside], found[ripe & beside & lost], found[~ripe])


def per_task(db: Reader, scope: Scope) -> Dots | Unknown:
    """G3: all cost of change tasks, those without lasting change included, per completed one."""
    found = _known(db, scope)
    return found if isinstance(found, Unknown) else _dots(db, scope, *found)


def per_completed(db: Reader, scope: Scope) -> float | None:
    """The dollars of G3 alone, ``None`` where too few tasks were completed or little is known."""
    found = _known(db, scope)
    per = None if isinstance(found, Unknown) else _per(db, *found[:2])
    return None if per is None else per * NUSD


def _known(db: Reader, scope: Scope) -> tuple[_Paid, Costs, bool] | Unknown:
    """Whose cost the period's is, what each cost, whether that is at least so much; or why not."""
    missing = absent(db, scope)
    if missing:
        return missing
    paid = _paid(db, scope)
    if not len(paid.own) and len(paid.young):
        began_ms = int(columns.tasks(db).began_ms[paid.young[0]])
        return too_early(scope, scope.days.day_of(began_ms))
    costs = priced.of_each_task(db, scope.models)
    cost = costs.together(paid.both)
    missing = unpriced(cost) if len(paid.own) else None
    if missing:
        return missing
    at_least = cost.at_least or not bool(costs.told[paid.own].all())
    return paid, costs, at_least


def _per(db: Reader, paid: _Paid, costs: Costs) -> float | None:
    """Nano-dollars per completed task, ``None`` for fewer than five of them."""
    completed = int(columns.tasks(db).shown.among({"shipped"})[paid.own].sum())
    return int(costs.nusd[paid.both].sum()) / completed if completed >= FEW else None


def _dots(db: Reader, scope: Scope, paid: _Paid, costs: Costs, at_least: bool) -> Dots:
    import numpy as np  # late: 100 ms

    every = columns.tasks(db)
    of_own, done = costs.nusd[paid.own], every.shown.among({"shipped"})[paid.own]
    told = costs.told[paid.own]
    done_nusd = of_own[told & done].tolist()
    ordered = sorted(done_nusd)
    completed = int(done.sum())
    shared = int(costs.nusd[paid.beside].sum())
    total = int(of_own.sum()) + shared
    per = _per(db, paid, costs)
    start = seed("G3@1", scope.first, scope.last, *scope.choices)
    pairs = np.column_stack((of_own, done)).astype(float)
    interval = cost_interval(pairs, start, shared) if per is not None else None
    found = own_past.found(db, scope, "G3@1", PER_TASK, per) if per is not None else None
    place = found.place if found else None
    lost = int(of_own[every.shown.among({LOST})[paid.own]].sum()) + shared
    return Dots(
        dots=_each(db, scope, costs, paid.own[told]),
        unit="usd",
        sentence=_per_task_words(per, done_nusd, completed, total, len(paid.own), at_least, place),
        per=per * NUSD if per is not None else None,
        low=interval[0] * NUSD if interval else None,
        high=interval[1] * NUSD if interval else None,
        median=median(ordered) * NUSD if len(ordered) >= FEW else None,
        quartiles=_scaled(quartiles(ordered)) if len(ordered) >= MANY else None,
        usual=place.scaled(NUSD) if place else None,
        n=int(told.sum()),
        of=completed,
        at_least=at_least,
        note=phrases.joined(_per_task_note(per, place, lost), found.lacking if found else ""),
    )


def _each(db: Reader, scope: Scope, costs: Costs, places: Ints) -> tuple[Dot, ...]:
    """What each task at these places cost, in dollars."""
    keys = [task.key for task in tasks.at(db, scope, places)]
    titles = tasks.picked(tasks.titles(db, scope), places)
    amounts = (costs.nusd[places] * NUSD).tolist()
    done = columns.tasks(db).shown.among({"shipped"})[places].tolist()
    return tuple(map(Dot, keys, titles, amounts, done))


def _scaled(pair: tuple[float, float]) -> tuple[float, float]:
    return pair[0] * NUSD, pair[1] * NUSD


def paid(db: Reader, scope: Scope, first: date, last: date) -> list[Behind]:
    """Cost of the tasks begun between two days, with 1 for a completed one."""
    every, costs = columns.tasks(db), priced.of_each_task(db, scope.models)
    some = _paid(db, scope, first, last).both
    some = some[costs.told[some]]
    done = every.shown.among({"shipped"})[some]
    rows = zip(every.id[some].tolist(), costs.nusd[some].tolist(), done.tolist(), strict=True)
    return [Behind(task, float(nusd), float(one)) for task, nusd, one in rows]


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
