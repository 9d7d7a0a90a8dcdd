"""What usage cost: stated by the log, else tokens at list price; with what has no price.

Tokens are summed as integers by model and span of one price, then multiplied once.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

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

NOBODY = frozenset[str]()
EVER = (-(2**40), 2**40)  # quarters of an hour
_COLUMNS = (
    "session_id", "model_id", "stated", "tier", "is_open", "records", "cost_nusd",
    *(f"{kind}_tokens" for kind in KINDS),
)  # fmt: skip
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
WHOLE = f"""
select first_slot, last_slot, {", ".join(_COLUMNS)} from usage_sums
where first_slot < :until_slot and last_slot >= :from_slot
  and (:sessions is null or session_id in (select value from json_each(:sessions)))
"""  # noqa: S608 (constant parts)
QUARTERS = f"""
select slot, {", ".join(_COLUMNS)} from usage_slots
where slot >= :from_slot and slot < :until_slot
  and session_id in (select value from json_each(:sessions))
"""  # noqa: S608 (constant parts)
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
    slots: tuple[int, int] = EVER,
) -> dict[int, Cost]:
    """Cost of these sessions, or of all, for those with any usage record.

    Within all their time, or within ``slots``: quarters of an hour, the second exclusive.
    """
    dated, found = Dated.of(db, prices), dict[int, Cost]()
    for part, session, *row in _parts(db, dated, sessions, slots):
        cost = _of_row(row, part, dated)
        found[session] = found[session] + cost if session in found else cost
    return found


def _parts(
    db: Reader, dated: Dated, sessions: Iterable[int] | None, slots: tuple[int, int]
) -> Iterator[tuple[int, ...]]:
    """Sums of one price: of whole sessions, and by quarter of an hour of those across an edge."""
    chosen = None if sessions is None else json.dumps(sorted(set(sessions)))
    asked: dict[str, object] = {"from_slot": slots[0], "until_slot": slots[1], "sessions": chosen}
    crossing: set[int] = set()
    for first, last, *row in db.execute(WHOLE, asked):
        part = dated.part(first)
        if slots[0] <= first and last < slots[1] and dated.part(last) == part:
            yield part, *row
        else:
            crossing.add(row[0])
    for slot, *row in db.execute(QUARTERS, asked | {"sessions": json.dumps(sorted(crossing))}):
        yield dated.part(slot), *row


def _of_row(row: list[int], part: int, dated: Dated) -> Cost:
    model, stated, tier, is_open, records, stated_nusd, *tokens = row
    total = sum(tokens)
    if stated:
        return Cost(stated_nusd, stated_nusd, total, 0, records, known=True)
    each = dated.each(model, part)
    if each is None:
        named = frozenset({dated.models[model]}) if total and model in dated.models else NOBODY
        return Cost(unpriced_tokens=total, records=records, open=bool(is_open), unpriced=named)
    nusd = sum(count * one for count, one in zip(tokens, each.nusd[tier], strict=True))
    own_nusd = nusd if each.own else 0
    return Cost(nusd, 0, total, 0, records, bool(is_open), total > 0, NOBODY, own_nusd)


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
