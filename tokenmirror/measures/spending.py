"""What usage cost: stated by the log, else tokens at list price; with what has no price.

Tokens are summed as integers by model and span of one price, then multiplied once.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from tokenmirror.measures.measure import Reader
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
from tokenmirror.store.slots import SLOT_MS, TIER_EDGES, tier_of
from tokenmirror.store.sums import USAGE

NOBODY = frozenset[str]()
ALWAYS = (-(2**40), 2**40)  # quarters of an hour
MODELS = "select id, name from models"
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
_COLUMNS = ", ".join(("session_id", "model_id", "stated", "tier", *USAGE.numbers))
_TOKENS = """(f.input_tokens + f.cache_read_tokens + f.cache_write_5m_tokens
  + f.cache_write_1h_tokens + f.output_tokens)"""
_LISTED = """(f.input_tokens * r.input + f.cache_read_tokens * r.cache_read
  + f.cache_write_5m_tokens * r.cache_write_5m + f.cache_write_1h_tokens * r.cache_write_1h
  + f.output_tokens * r.output)"""
_VALUES = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(7))
# sums of one price: of whole sessions, and by quarter of an hour of those across an edge; one
# number names part, model and tier, as SQLite would look by the first of three alone; "limit
# -1" keeps it from putting what is reckoned of each row into every sum
BY_SESSION = f"""
with parts(n, from_slot, until_slot) as materialized (
  select json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')
  from json_each(:parts)),
prices(n, own, input, cache_read, cache_write_5m, cache_write_1h, output) as materialized (
  select {_VALUES} from json_each(:prices)),
summed as (
  select p.n as n, {_COLUMNS}
  from parts p cross join usage_sums w
  where {{some}}w.first_slot >= p.from_slot and w.first_slot < p.until_slot
    and w.last_slot < p.until_slot
  union all
  select p.n, {_COLUMNS}
  from usage_slots q join parts p on q.slot >= p.from_slot and q.slot < p.until_slot
  where session_id in (
    select w.session_id from usage_sums w
    where {{some}}w.first_slot < :until_slot and w.last_slot >= :from_slot and not exists (
      select 1 from parts e where w.first_slot >= e.from_slot and w.last_slot < e.until_slot))),
priced as (
  select f.session_id as session_id, f.model_id as model_id, f.stated as stated,
    f.records as records, f.is_open as is_open, f.stated or r.n is not null as known,
    {_TOKENS} as tokens, iif(f.stated, f.cost_nusd, coalesce({_LISTED}, 0)) as nusd,
    not f.stated and coalesce(r.own, 0) as own
  from summed f left join prices r on r.n = (f.n << 40) + (f.model_id << 8) + f.tier
  limit -1)
select f.session_id, sum(f.nusd), sum(iif(f.stated, f.nusd, 0)), sum(iif(f.known, f.tokens, 0)),
  sum(iif(f.known, 0, f.tokens)), sum(f.records), max(f.is_open and not f.stated),
  max(f.stated or (f.known and f.tokens > 0)),
  json_group_array(distinct f.model_id) filter (where not f.known and f.tokens > 0),
  sum(iif(f.own, f.nusd, 0))
from priced f group by f.session_id
"""  # noqa: S608 (constant parts)
OF_SESSIONS = "w.session_id in (select value from json_each(:sessions)) and "
INSIDE = """
select m.name, u.cost_nusd, u.output_at_least or u.input_tokens is null or u.output_tokens is null,
  coalesce(u.input_tokens, 0), coalesce(u.cache_read_tokens, 0),
  coalesce(u.cache_write_5m_tokens, 0), coalesce(u.cache_write_1h_tokens, 0),
  coalesce(u.output_tokens, 0)
from usage u left join models m on m.id = u.model_id
where u.session_id = ? and u.at_ms between ? and ?
"""


@dataclass(frozen=True, slots=True)
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
    unpriced: frozenset[str] = NOBODY
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


@dataclass(frozen=True)
class Dated:
    """The prices of an archive's models; time is cut where one of them changes.

    ``models`` are names by their rows; ``cuts`` the quarters of an hour at which it is cut.
    """

    prices: PriceList
    models: dict[int, str]

    @classmethod
    def of(cls, db: Reader, prices: PriceList | None = None) -> Dated:
        """Those of the archive, by its prices or others."""
        return cls(prices or prices_of(db), dict(db.execute(MODELS).fetchall()))

    @cached_property
    def changes_ms(self) -> tuple[int, ...]:
        """The instants at which a price changes, in order."""
        return tuple(self.prices.changes_ms(self.models.values()))

    @cached_property
    def cuts(self) -> tuple[int, ...]:
        """Their quarters of an hour."""
        return tuple(at_ms // SLOT_MS for at_ms in self.changes_ms)

    @cached_property
    def _each(self) -> dict[tuple[int, int], Each | None]:
        return {}

    def part(self, slot: int) -> int:
        """How many changes came before the end of a quarter of an hour."""
        return bisect_right(self.cuts, slot)

    def parts(self, from_slot: int, until_slot: int) -> list[tuple[int, int, int]]:
        """A stretch of quarters cut at the changes: how many came before, first, after the last."""
        inner = [slot for slot in sorted(set(self.cuts)) if from_slot < slot < until_slot]
        edges = pairwise([from_slot, *inner, until_slot])
        return [(self.part(begin), begin, end) for begin, end in edges]

    def numbered(self) -> list[tuple[int, ...]]:
        """Each price by a number made of changes before, model and tier: own, then by kind."""
        return [
            ((part << 40) + (model << 8) + tier, int(each.own), *nusd)
            for part in range(len(self.cuts) + 1)
            for model in self.models
            if (each := self.each(model, part)) is not None
            for tier, nusd in enumerate(each.nusd)
        ]

    def each(self, model: int, part: int) -> Each | None:
        """What each token of a model, a row of ``models``, costs after so many changes."""
        if (model, part) not in self._each:
            at_ms = self.changes_ms[part - 1] if part else START_MS
            price = self.prices.price(self.models.get(model), at_ms)
            self._each[model, part] = None if price is None else Each.of(price)
        return self._each[model, part]


class Each(NamedTuple):
    """Nano-dollars for a token of each kind, by how many of the edges its context is over."""

    nusd: tuple[tuple[int, ...], ...]
    own: bool

    @classmethod
    def of(cls, price: Price) -> Each:
        """Those of a price."""
        units = [Tokens(**{kind: 1}) for kind in KINDS]
        tiers = range(len(TIER_EDGES) + 1)
        nusd = tuple(tuple(price.cost_nusd(unit, tier) for unit in units) for tier in tiers)
        return cls(nusd, price.own)


def by_session(
    db: Reader,
    sessions: Iterable[int] | None = None,
    prices: PriceList | None = None,
    slots: tuple[int, int] = ALWAYS,
) -> dict[int, Cost]:
    """Cost of these sessions, or of all, for those with any usage record.

    Within all their time, or within ``slots``: quarters of an hour, the second exclusive.
    """
    dated = Dated.of(db, prices)
    asked: dict[str, object] = {"from_slot": slots[0], "until_slot": slots[1]}
    asked |= {"parts": json.dumps(dated.parts(*slots)), "prices": json.dumps(dated.numbered())}
    if sessions is not None:
        asked["sessions"] = json.dumps(sorted(set(sessions)))
    rows = db.execute(BY_SESSION.format(some=OF_SESSIONS if sessions is not None else ""), asked)
    return {session: _cost(sums, dated) for session, *sums in rows}


def _cost(sums: Sequence[Any], dated: Dated) -> Cost:
    nusd, stated_nusd, priced, unpriced, records, is_open, known, models, own_nusd = sums
    named = (dated.models.get(model) for model in json.loads(models)) if unpriced else ()
    lacking = frozenset(name for name in named if name is not None)
    return Cost(
        nusd, stated_nusd, priced, unpriced, records, bool(is_open), bool(known), lacking, own_nusd
    )


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


def together(costs: Iterable[Cost]) -> Cost:
    """The sum of costs."""
    return sum(costs, Cost())
