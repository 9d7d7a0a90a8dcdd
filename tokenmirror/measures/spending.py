"""What usage cost: stated by the log, else tokens at list price; with what has no price.

Tokens are summed as integers by task, model and stretch of one price, then multiplied once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache, partial
from typing import cast

from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.memo import shared
from tokenmirror.measures.prices import START_MS, Price, PriceList, Tokens, bundled
from tokenmirror.measures.scoped import values
from tokenmirror.measures.tasks import shown
from tokenmirror.store.slots import SLOT_MS, tier_of

_SUMS = """
  sum(u.cost_nusd), sum(u.input_tokens), sum(u.cache_read_tokens),
  sum(u.cache_write_5m_tokens), sum(u.cache_write_1h_tokens), sum(u.output_tokens),
  max(u.is_open), sum(u.records)
"""
_PRICED = """u.slot >= max(:from_slot, :price_from_slot)
    and u.slot < min(:until_slot, :price_until_slot)"""
# by the time of the answer, for money of a period; summed before it is joined: half the time
IN_PERIOD = f"""
select ts.task_id, t.outcome, t.stated, coalesce(t.unattended, 0), m.name, sums.*
from (
  select u.session_id, u.model_id, u.tier, u.stated, {_SUMS}
  from usage_slots u
  where {_PRICED}
  group by u.session_id, u.model_id, u.tier, u.stated) as sums
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
select ts.task_id, t.outcome, t.stated, t.unattended, m.name, ts.session_id, u.model_id, u.tier,
  u.stated, {_SUMS}
from tasks t
join task_sessions ts on ts.task_id = t.id
join usage_slots u on u.session_id = ts.session_id
left join models m on m.id = u.model_id
where t.began_ms >= :from_ms and t.began_ms < :until_ms
  and u.slot >= :price_from_slot and u.slot < :price_until_slot
  and t.hidden = 0
  and (:sources is null or t.source in (select value from json_each(:sources)))
  and (:projects is null or t.project_id in (select value from json_each(:projects)))
group by ts.task_id, u.model_id, u.tier, u.stated
"""  # noqa: S608 (constant parts)


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
    ``unpriced`` names models without a price.
    """

    nusd: int = 0
    stated_nusd: int = 0
    priced_tokens: int = 0
    unpriced_tokens: int = 0
    records: int = 0
    open: bool = False
    known: bool = False
    unpriced: frozenset[str] = field(default_factory=frozenset)

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
def in_period(
    db: Reader, scope: Scope, first: date | None = None, last: date | None = None
) -> dict[Bearer, Cost]:
    """Cost of the period by task: what was used within its days."""
    return _priced(db, IN_PERIOD, values(scope, first, last), bundled())


@shared
def of_tasks(
    db: Reader, scope: Scope, first: date | None = None, last: date | None = None
) -> dict[int, Cost]:
    """Whole cost of each task begun in the period, for those with any usage record."""
    found = _priced(db, OF_TASKS, values(scope, first, last), bundled())
    return {bearer.task: cost for bearer, cost in found.items() if bearer.task is not None}


def inside(db: Reader, stretches: Iterable[tuple[int, int, int]]) -> Cost:
    """Cost within stretches of sessions, each (session, first, last instant), both inclusive."""
    cost, prices = Cost(), bundled()
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


def _priced(
    db: Reader, query: str, bound: dict[str, object], prices: PriceList
) -> dict[Bearer, Cost]:
    found: dict[Bearer, Cost] = defaultdict(Cost)
    # what a task used before the period has the prices of its beginning: one span less to read
    spans = [span for span in prices.spans_ms() if span[1] > cast("int", bound["from_ms"])]
    for number, (from_ms, until_ms) in enumerate(spans):
        begin_ms = from_ms if number else START_MS
        span = {"price_from_slot": begin_ms // SLOT_MS, "price_until_slot": until_ms // SLOT_MS}
        price_of = cache(partial(prices.price, at_ms=from_ms))
        for row in db.execute(query, bound | span):
            task, outcome, stated, unattended, model, _session, _model, tier, said, *sums = row
            stated_nusd, *counts, is_open, records = sums
            bearer = Bearer(task, shown(outcome or "unknown", stated), bool(unattended))
            tokens = Tokens(*counts)
            if said:
                cost = Cost(stated_nusd, stated_nusd, tokens.total, 0, records, False, True)
            else:
                cost = _listed(model, price_of(model), tokens, tier, records, bool(is_open))
            found[bearer] += cost
    return dict(found)


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
    return Cost(
        nusd=price.cost_nusd(tokens, tier),
        priced_tokens=tokens.total,
        records=records,
        open=is_open,
        known=tokens.total > 0,
    )
