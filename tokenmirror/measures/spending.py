"""What usage cost: stated by the log, else tokens at list price; with what has no price.

Tokens are summed as integers by task, model and span of one price, then multiplied once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from tokenmirror.measures import folding
from tokenmirror.measures.folding import BINS, Bin, folded
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.memo import Span, shared, spans
from tokenmirror.measures.prices import (
    KINDS,
    START_MS,
    Price,
    PriceList,
    Tokens,
    bundled,
    own_price,
)
from tokenmirror.measures.scoped import OF_MODELS, SHOWN, TASK_NARROWED, of_sessions, values
from tokenmirror.store.slots import SLOT_MS, TIER_EDGES, tier_of
from tokenmirror.store.sums import USAGE

ALWAYS: tuple[Bin, ...] = ((0, -(2**40), 2**40),)
NOBODY = frozenset[str]()
_NAMES = ("model_id", "stated", "tier", *USAGE.columns)

_TOKENS = """(f.input_tokens + f.cache_read_tokens + f.cache_write_5m_tokens
  + f.cache_write_1h_tokens + f.output_tokens)"""
_LISTED = """(f.input_tokens * r.input + f.cache_read_tokens * r.cache_read
  + f.cache_write_5m_tokens * r.cache_write_5m + f.cache_write_1h_tokens * r.cache_write_1h
  + f.output_tokens * r.output)"""
# of each row once, and no more than is added up: "limit -1" keeps SQLite from putting the
# expressions into every sum, and narrow rows are quick to group
_PRICED = f"""
priced as (
  select {{keys}}, f.model_id as model_id, f.stated as stated, f.records as records,
    f.is_open as is_open, f.stated or r.n is not null as known, {_TOKENS} as tokens,
    iif(f.stated, f.cost_nusd, coalesce({_LISTED}, 0)) as nusd,
    not f.stated and coalesce(r.own, 0) as own
  from folded f left join prices r on r.n = ((f.n + 1) << 40) + (f.model_id << 8) + f.tier
  {{where}}
  limit -1)
"""  # noqa: S608 (constant parts)
# stated by the log, else tokens at list price: in integers, and priced where they are added
_COSTS = """
  sum(f.nusd),
  sum(iif(f.stated, f.nusd, 0)),
  sum(iif(f.known, f.tokens, 0)),
  sum(iif(f.known, 0, f.tokens)),
  sum(f.records),
  max(f.is_open and not f.stated),
  max(f.stated or (f.known and f.tokens > 0)),
  json_group_array(distinct (select m.name from models m where m.id = f.model_id))
    filter (where not f.known and f.tokens > 0),
  sum(iif(f.own, f.nusd, 0))
"""
# one number names bin, model and tier: SQLite would look by the first of three alone
_PRICES = """
prices(n, own, input, cache_read, cache_write_5m, cache_write_1h, output) as materialized (
  select json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
    json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]'),
    json_extract(value, '$[6]')
  from json_each(:prices))
"""
_IN_SCOPE = f"{of_sessions('f', unattended=True)} and f.n >= 0 {OF_MODELS}"
_BEARERS = f"""f.n as n, ts.task_id as task_id, {SHOWN} as shown,
    coalesce(t.unattended, 0) as unattended"""
# by the time of the answer, for money of a period
IN_PERIOD = f"""
{folded(USAGE)}, {_PRICES}, {_PRICED.format(keys=_BEARERS, where=_IN_SCOPE)}
select f.n, f.task_id, f.shown, f.unattended, {_COSTS}
from priced f
group by f.n, f.task_id
"""  # noqa: S608 (constant parts)
# the same in one sum
_ATTENDED = "coalesce(t.unattended, 0) as unattended"
TOTAL = f"""
{folded(USAGE)}, {_PRICES}, {_PRICED.format(keys=_ATTENDED, where=_IN_SCOPE)}
select f.unattended, {_COSTS} from priced f group by f.unattended
"""  # noqa: S608 (constant parts)
# all usage of the tasks begun in a period, whenever it was
_OF_TASKS = f"""
select ts.session_id, ts.task_id, t.began_ms from tasks t join task_sessions ts on ts.task_id = t.id
where t.began_ms >= :from_ms and t.began_ms < :until_ms and t.hidden = 0
{TASK_NARROWED}
"""  # noqa: S608 (constant parts)
_OF_SESSIONS = """
select u.session_id, u.session_id, null from (select distinct session_id from usage_sums) u
where :sessions is null or u.session_id in (select value from json_each(:sessions))
"""
_WHOLE = f"""
with {{bins}},
mine(session_id, unit, began_ms) as materialized ({{mine}}),
folded as (
  select b.n as n, mine.unit as unit, mine.began_ms as began_ms,
    {", ".join(f"w.{name} as {name}" for name in _NAMES)}
  from mine cross join usage_sums w on w.session_id = mine.session_id
  join bins b on w.first_slot >= b.from_slot and w.last_slot < b.until_slot
  union all
  select b.n, mine.unit, mine.began_ms, {", ".join(f"q.{name}" for name in _NAMES)}
  from mine cross join usage_slots q on q.session_id = mine.session_id
  join bins b on q.slot >= b.from_slot and q.slot < b.until_slot
  where mine.session_id in (
    select w.session_id from usage_sums w where not exists (
      select 1 from bins b where w.first_slot >= b.from_slot and w.last_slot < b.until_slot))),
{_PRICES},
{_PRICED.format(keys="f.unit as unit, f.began_ms as began_ms", where=f"where 1 {OF_MODELS}")}
select f.unit, f.began_ms, {_COSTS} from priced f group by f.unit
"""  # noqa: S608 (constant parts)
OF_TASKS = _WHOLE.format(bins=BINS, mine=_OF_TASKS)
OF_SESSIONS = _WHOLE.format(bins=BINS, mine=_OF_SESSIONS)
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


class Bearer(NamedTuple):
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


def in_period(
    db: Reader, scope: Scope, first: date | None = None, last: date | None = None
) -> dict[Bearer, Cost]:
    """Cost of the period by task: what was used within its days."""
    return _of_span(db, scope, first or scope.first, last or scope.last)


@spans
def _of_span(db: Reader, scope: Scope, wanted: tuple[Span, ...]) -> dict[Span, dict[Bearer, Cost]]:
    """The same for some stretches of days; one with a change of price is asked in parts."""
    cuts = _Cuts.of(db, prices_of(db))
    bins = folding.bins(scope, wanted)
    spans_of = [number for (number, *_), _ in cuts.parts(bins)]
    found: dict[Span, dict[Bearer, Cost]] = {span: {} for span in wanted}
    for part, task, outcome, unattended, *sums in db.execute(
        IN_PERIOD, values(scope) | cuts.bound(bins)
    ):
        if spans_of[part] >= 0:
            of_span, bearer = found[wanted[spans_of[part]]], Bearer(task, outcome, bool(unattended))
            cost = _cost(sums)
            of_span[bearer] = of_span[bearer] + cost if bearer in of_span else cost
    return found


def total(db: Reader, scope: Scope) -> Cost:
    """Cost of the period, of all tasks and of sessions in none."""
    return together(_totals(db, scope).values())


def of_unattended(db: Reader, scope: Scope) -> Cost:
    """Cost of the period, of unattended tasks alone."""
    return _totals(db, scope).get(True, Cost())


@shared
def _totals(db: Reader, scope: Scope) -> dict[bool, Cost]:
    bins = folding.bins(scope, [(scope.first, scope.last)])
    bound = values(scope) | _Cuts.of(db, prices_of(db)).bound(bins)
    return {bool(unattended): _cost(sums) for unattended, *sums in db.execute(TOTAL, bound)}


def of_tasks(
    db: Reader, scope: Scope, first: date | None = None, last: date | None = None
) -> dict[int, Cost]:
    """Whole cost of each task begun in the period, for those with any usage record."""
    return _of_tasks(db, scope, first or scope.first, last or scope.last)


@spans
def _of_tasks(db: Reader, scope: Scope, wanted: tuple[Span, ...]) -> dict[Span, dict[int, Cost]]:
    bound = values(scope, wanted[0][0], wanted[-1][1])
    bound |= _Cuts.of(db, prices_of(db)).bound(ALWAYS)
    found: dict[Span, dict[int, Cost]] = {span: {} for span in wanted}
    bins = folding.places(scope, wanted)
    for task, began_ms, *sums in db.execute(OF_TASKS, bound):
        span = bins(began_ms)
        if span is not None:
            found[span][task] = _cost(sums)
    return found


def by_session(
    db: Reader, sessions: Iterable[int] | None = None, prices: PriceList | None = None
) -> dict[int, Cost]:
    """Whole cost of these sessions, or of all, for those with any usage record."""
    chosen = None if sessions is None else json.dumps(sorted(set(sessions)))
    bound = _Cuts.of(db, prices or prices_of(db)).bound(ALWAYS)
    rows = db.execute(OF_SESSIONS, bound | {"sessions": chosen, "models": None})
    return {session: _cost(sums) for session, _, *sums in rows}


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
    some = list(costs)
    return Cost(
        sum(one.nusd for one in some),
        sum(one.stated_nusd for one in some),
        sum(one.priced_tokens for one in some),
        sum(one.unpriced_tokens for one in some),
        sum(one.records for one in some),
        any(one.open for one in some),
        any(one.known for one in some),
        NOBODY.union(*(one.unpriced for one in some if one.unpriced)),
        sum(one.own_nusd for one in some),
    )


@dataclass(frozen=True)
class _Cuts:
    """Time cut where a price of a used model changes, in quarters of an hour."""

    prices: PriceList
    models: tuple[tuple[int, str], ...]
    changes_ms: tuple[int, ...]

    @classmethod
    def of(cls, db: Reader, prices: PriceList) -> _Cuts:
        """The cuts for the models of the archive."""
        models = tuple(db.execute(MODELS))
        return cls(prices, models, tuple(prices.changes_ms(name for _, name in models)))

    def parts(self, bins: Iterable[Bin]) -> list[tuple[Bin, int]]:
        """Bins cut at changes of price, each with how many changes came before."""
        return folding.cut(bins, [at_ms // SLOT_MS for at_ms in self.changes_ms])

    def bound(self, bins: Iterable[Bin]) -> dict[str, object]:
        """Bins cut at changes of price, and what each kind of token costs in each."""
        parts = self.parts(bins)
        rows = [
            [((number + 1) << 40) + (model << 8) + tier, int(price.own), *each]
            for number, (_, changes) in enumerate(parts)
            for model, name in self.models
            if (price := self._price(name, changes)) is not None
            for tier, each in enumerate(_by_tier(price))
        ]
        numbered = [(number, *part[1:]) for number, (part, _) in enumerate(parts)]
        return {"bins": folding.bound(numbered), "prices": json.dumps(rows)}

    def _price(self, model: str, changes: int) -> Price | None:
        return self.prices.price(model, self.changes_ms[changes - 1] if changes else START_MS)


def _by_tier(price: Price) -> list[list[int]]:
    """Nano-dollars for a token of each kind, by how many of the edges its context is over."""
    units = [Tokens(**{kind: 1}) for kind in KINDS]
    return [[price.cost_nusd(unit, tier) for unit in units] for tier in range(len(TIER_EDGES) + 1)]


def _cost(sums: Sequence[Any]) -> Cost:
    nusd, stated_nusd, priced, unpriced, records, is_open, known, names, own_nusd = sums
    lacking = frozenset(json.loads(names)) - {None} if unpriced else NOBODY
    return Cost(
        nusd, stated_nusd, priced, unpriced, records, bool(is_open), bool(known), lacking, own_nusd
    )


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
