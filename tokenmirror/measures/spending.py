"""What usage cost: stated by the log, else tokens at list price; with what has no price.

Tokens are summed as integers by task, model and span of one price, then multiplied once.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, partial

from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.memo import shared
from tokenmirror.measures.prices import (
    KINDS,
    START_MS,
    Price,
    PriceList,
    Tokens,
    bundled,
    own_price,
)
from tokenmirror.measures.scoped import values
from tokenmirror.measures.tasks import shown
from tokenmirror.store.slots import SLOT_MS, tier_of

_SUMS = """
  sum(u.cost_nusd), sum(u.input_tokens), sum(u.cache_read_tokens),
  sum(u.cache_write_5m_tokens), sum(u.cache_write_1h_tokens), sum(u.output_tokens),
  max(u.is_open), sum(u.records)
"""
_SPAN = "{span}"  # counts the changes of price before: replaced for each question
# by the time of the answer, for money of a period; summed before it is joined: half the time
IN_PERIOD = f"""
select ts.task_id, t.outcome, t.stated, coalesce(t.unattended, 0), m.name, sums.*
from (
  select u.session_id, u.model_id, {_SPAN} as span, u.tier, u.stated, {_SUMS}
  from usage_slots u
  where u.slot >= :from_slot and u.slot < :until_slot
  group by u.session_id, u.model_id, span, u.tier, u.stated) as sums
join sessions s on s.id = sums.session_id
left join models m on m.id = sums.model_id
left join task_sessions ts on ts.session_id = sums.session_id
left join tasks t on t.id = ts.task_id
where coalesce(t.hidden, 0) = 0
  and (:sources is null or s.source in (select value from json_each(:sources)))
  and (:projects is null or s.project_id in (select value from json_each(:projects)))
"""  # noqa: S608 (constant parts)

# all usage of the tasks begun in a period, whenever it was
OF_TASKS = f"""
select ts.task_id, t.outcome, t.stated, t.unattended, m.name, ts.session_id, u.model_id,
  {_SPAN} as span, u.tier, u.stated, {_SUMS}
from tasks t
join task_sessions ts on ts.task_id = t.id
join usage_slots u on u.session_id = ts.session_id
left join models m on m.id = u.model_id
where t.began_ms >= :from_ms and t.began_ms < :until_ms
  and t.hidden = 0
  and (:sources is null or t.source in (select value from json_each(:sources)))
  and (:projects is null or t.project_id in (select value from json_each(:projects)))
group by ts.task_id, u.model_id, span, u.tier, u.stated
"""  # noqa: S608 (constant parts)

# all usage of some sessions, or of all
OF_SESSIONS = f"""
select u.session_id, m.name, {_SPAN} as span, u.tier, u.stated, {_SUMS}
from usage_slots u left join models m on m.id = u.model_id
where :sessions is null or u.session_id in (select value from json_each(:sessions))
group by u.session_id, u.model_id, span, u.tier, u.stated
"""  # noqa: S608 (constant parts)
MODELS = "select name from models"
USED = """
select m.name from usage_slots u join models m on m.id = u.model_id
where u.stated = 0
group by m.id
having sum(u.input_tokens + u.cache_read_tokens + u.output_tokens) > 0
order by sum(u.input_tokens + u.cache_read_tokens + u.output_tokens) desc
"""
OWN_PRICES = """
select model, first, input_nusd as input, cache_read_nusd as cache_read,
  cache_write_5m_nusd as cache_write_5m, cache_write_1h_nusd as cache_write_1h,
  output_nusd as output
from own_prices
"""

INSIDE = """
select m.name, u.cost_nusd, u.output_at_least or u.input_tokens is null or u.output_tokens is null,
  coalesce(u.input_tokens, 0), coalesce(u.cache_read_tokens, 0),
  coalesce(u.cache_write_5m_tokens, 0), coalesce(u.cache_write_1h_tokens, 0),
  coalesce(u.output_tokens, 0)
from usage u left join models m on m.id = u.model_id
where u.session_id = ? and u.at_ms between ? and ?
"""


@dataclass(frozen=True)
class Cost:
    """Nano-dollars, how many tokens have a price, and what is missing.

    ``open``: some record does not say all of its tokens, so the cost is at least this.
    ``unpriced`` names models without a price; ``own_nusd`` is the part at the person's prices.
    """

    nusd: int = 0
    stated_nusd: int = 0
    priced_tokens: int = 0
    unpriced_tokens: int = 0
    records: int = 0
    open: bool = False
    known: bool = False
    unpriced: frozenset[str] = field(default_factory=frozenset)
    own_nusd: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.nusd + other.nusd,
            self.stated_nusd + other.stated_nusd,
            self.priced_tokens + other.priced_tokens,
            self.unpriced_tokens + other.unpriced_tokens,
            self.records + other.records,
            self.open or other.open,
            self.known or other.known,
            self.unpriced | other.unpriced,
            self.own_nusd + other.own_nusd,
        )

    @property
    def tokens(self) -> int:
        """All tokens, with and without a price."""
        return self.priced_tokens + self.unpriced_tokens

    @property
    def at_least(self) -> bool:
        """Whether something could not be priced."""
        return self.open or self.unpriced_tokens > 0

    @property
    def usd(self) -> float:
        """Dollars."""
        return self.nusd / 1e9


@dataclass(frozen=True)
class Bearer:
    """What a cost belongs to: a task and how it ended; no task for sessions in none."""

    task: int | None
    outcome: str
    unattended: bool


@shared
def prices_of(db: Reader) -> PriceList:
    """The bundled list with the person's own prices before it."""
    found = []
    for model, first, *told in db.execute(OWN_PRICES):
        kinds = dict(zip(KINDS, told, strict=True))
        price = own_price(model, date.fromisoformat(first), kinds)
        found += [price] if price else []
    return bundled().with_own(found)


def models_without_price(db: Reader) -> tuple[str, ...]:
    """Models with tokens but no price, the most used first; not those of one's own machine."""
    prices = prices_of(db)
    rows = db.execute(USED)
    return tuple(name for (name,) in rows if prices.lack(name) == "not_listed")


@shared
def in_period(
    db: Reader, scope: Scope, first: date | None = None, last: date | None = None
) -> dict[Bearer, Cost]:
    """Cost of the period by task: what was used within its days."""
    return _priced(db, IN_PERIOD, values(scope, first, last))


@shared
def of_tasks(
    db: Reader, scope: Scope, first: date | None = None, last: date | None = None
) -> dict[int, Cost]:
    """Whole cost of each task begun in the period, for those with any usage record."""
    found = _priced(db, OF_TASKS, values(scope, first, last))
    return {bearer.task: cost for bearer, cost in found.items() if bearer.task is not None}


def of_sessions(
    db: Reader, sessions: Iterable[int] | None = None, prices: PriceList | None = None
) -> dict[int, Cost]:
    """Whole cost of these sessions, or of all, for those with any usage record."""
    chosen = None if sessions is None else json.dumps(sorted(set(sessions)))
    listed = prices or prices_of(db)
    spans = _Spans.of(db, listed)
    found: dict[int, Cost] = defaultdict(Cost)
    bound = {"sessions": chosen, **spans.values}
    for session, model, span, tier, said, *sums in db.execute(spans.query(OF_SESSIONS), bound):
        found[session] += _cost(model, spans.price(listed, model, span), tier, said, sums)
    return dict(found)


def inside(db: Reader, stretches: Iterable[tuple[int, int, int]]) -> Cost:
    """Cost within stretches of sessions, each (session, first, last instant), both inclusive."""
    cost, prices = Cost(), prices_of(db)
    for session, from_ms, until_ms in stretches:
        for model, stated_nusd, is_open, *counts in db.execute(
            INSIDE, (session, from_ms, until_ms)
        ):
            tokens = Tokens(*counts)
            if stated_nusd is not None:
                cost += Cost(stated_nusd, stated_nusd, tokens.total, 0, 1, False, True)
            else:
                tier = tier_of(tokens.total - tokens.output)
                cost += _listed(model, prices.price(model, from_ms), tokens, tier, 1, bool(is_open))
    return cost


def together(costs: Iterable[Cost]) -> Cost:
    """The sum of costs."""
    return sum(costs, Cost())


@dataclass(frozen=True)
class _Spans:
    """Time cut where a price of a used model changes, in quarters of an hour."""

    changes_ms: tuple[int, ...]

    @classmethod
    def of(cls, db: Reader, prices: PriceList) -> _Spans:
        """The cuts for the models of the archive."""
        return cls(tuple(prices.changes_ms(name for (name,) in db.execute(MODELS))))

    @property
    def values(self) -> dict[str, object]:
        """The named values of a query."""
        return {f"change{n}": at_ms // SLOT_MS for n, at_ms in enumerate(self.changes_ms)}

    def query(self, template: str) -> str:
        """A query with the number of changes before each slot in the place of ``_SPAN``."""
        before = [f"(u.slot >= :change{n})" for n in range(len(self.changes_ms))]
        return template.replace(_SPAN, " + ".join(before) or "0")

    def price(self, prices: PriceList, model: str | None, span: int) -> Price | None:
        """The price that holds in a span."""
        return prices.price(model, self.changes_ms[span - 1] if span else START_MS)


def _priced(db: Reader, query: str, bound: dict[str, object]) -> dict[Bearer, Cost]:
    found: dict[Bearer, Cost] = defaultdict(Cost)
    prices = prices_of(db)
    spans = _Spans.of(db, prices)
    price_of = cache(partial(spans.price, prices))
    for row in db.execute(spans.query(query), bound | spans.values):
        task, outcome, stated, unattended, model, _session, _model, span, tier, said, *sums = row
        bearer = Bearer(task, shown(outcome or "unknown", stated), bool(unattended))
        found[bearer] += _cost(model, price_of(model, span), tier, said, sums)
    return dict(found)


def _cost(
    model: str | None, price: Price | None, tier: int, said: int, sums: Sequence[int]
) -> Cost:
    """The cost of one row of sums: as the log states it, else at list price."""
    stated_nusd, *counts, is_open, records = sums
    tokens = Tokens(*counts)
    if said:
        return Cost(stated_nusd, stated_nusd, tokens.total, 0, records, False, True)
    return _listed(model, price, tokens, tier, records, bool(is_open))


def _listed(
    model: str | None,
    price: Price | None,
    tokens: Tokens,
    tier: int,
    records: int,
    is_open: bool,
) -> Cost:
    if price is None:
        named = frozenset({model}) if model and tokens.total else frozenset[str]()
        return Cost(unpriced_tokens=tokens.total, records=records, open=is_open, unpriced=named)
    nusd = price.cost_nusd(tokens, tier)
    return Cost(
        nusd=nusd,
        own_nusd=nusd if price.own else 0,
        priced_tokens=tokens.total,
        records=records,
        open=is_open,
        known=tokens.total > 0,
    )
