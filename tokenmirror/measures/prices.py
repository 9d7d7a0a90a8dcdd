"""Public list prices of models, bundled and dated: what tokens would cost, not your bill.

A price belongs to a model and to a stretch of time.  A model is found by its exact name,
else without what marks only where or when it was served; one that is not in the list has
no price, which is said (A5), never guessed.  What the person entered for an exact name comes
before the list.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from tokenmirror import paths
from tokenmirror.measures import model_names
from tokenmirror.measures.model_names import Lack
from tokenmirror.store.slots import TIER_EDGES

START_MS = -(2**62)  # before any record
PER = 1_000_000  # prices are for this many tokens
OWN = "your own price"


@dataclass(frozen=True)
class Tokens:
    """Tokens of the five kinds, which never overlap; also one price for each, per token."""

    input: int = 0
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    output: int = 0

    @property
    def total(self) -> int:
        """All tokens."""
        return sum(getattr(self, kind) for kind in KINDS)


KINDS = tuple(field.name for field in fields(Tokens))
LIKE = {"cache_read": "input", "cache_write_5m": "input", "cache_write_1h": "cache_write_5m"}


@dataclass(frozen=True)
class Tier:
    """Prices of records whose context is over ``above`` tokens."""

    above: int
    per_million_nusd: Mapping[str, int]


@dataclass(frozen=True)
class Price:
    """A model's price from an instant on: nano-dollars per million tokens of each of ``KINDS``.

    ``tiers`` are dearer prices of long contexts, lowest first; ``source`` names the list it was
    seen in, ``own`` marks one that the person entered.
    """

    model: str
    per_million_nusd: Mapping[str, int]
    from_ms: int
    source: str
    seen: date | None
    tiers: tuple[Tier, ...] = ()
    own: bool = False

    def cost_nusd(self, tokens: Tokens, tier: int = 0) -> int:
        """What these tokens cost; ``tier`` counts the ``TIER_EDGES`` their context is over."""
        prices = self.per_million_nusd
        for long in self.tiers:
            if long.above in TIER_EDGES[:tier]:
                prices = long.per_million_nusd
        total: int = sum(getattr(tokens, kind) * each_nusd for kind, each_nusd in prices.items())
        return (total + PER // 2) // PER


@dataclass(frozen=True)
class PriceList:
    """All prices, newest first for each model, other names of models, and the person's own."""

    seen: date
    prices: Mapping[str, tuple[Price, ...]]
    aliases: Mapping[str, str]
    own: Mapping[str, tuple[Price, ...]] = field(default_factory=dict)

    def price(self, model: str | None, at_ms: int) -> Price | None:
        """The price of a model at an instant, ``None`` when it is not known."""
        return next((price for price in self.history(model) if price.from_ms <= at_ms), None)

    def history(self, model: str | None) -> tuple[Price, ...]:
        """All prices of a model, newest first; the person's own come before the list's."""
        own = self.own.get(model or "", ())
        name = self.name(model)
        return (*own, *(self.prices[name] if name is not None else ()))

    def name(self, model: str | None) -> str | None:
        """The name under which a model stands in the list, ``None`` when it does not."""
        if model is None or model_names.lack(model):
            return None
        for reading in model_names.readings(model):
            name = self.aliases.get(reading, reading)
            if name in self.prices:
                return name
        return None

    def lack(self, model: str | None) -> Lack | None:
        """Why a model has no price at all, ``None`` when it has one."""
        if self.history(model):
            return None
        return model_names.lack(model) or "not_listed"

    def changes_ms(self, models: Iterable[str | None]) -> list[int]:
        """The instants at which the price of any of these models changes, in order."""
        found = {price.from_ms for model in models for price in self.history(model)}
        return sorted(found - {START_MS})

    def with_own(self, own: Iterable[Price]) -> PriceList:
        """The same list, with the person's own prices before it."""
        several: dict[str, list[Price]] = {}
        for price in own:
            several.setdefault(price.model, []).append(price)
        return replace(
            self,
            own={
                model: tuple(sorted(each, key=lambda price: -price.from_ms))
                for model, each in several.items()
            },
        )


def own_price(model: str, first: date, told: Mapping[str, int | None]) -> Price | None:
    """A price as the person entered it, in nano-dollars per million tokens by kind.

    A kind they left out costs like the kind it is part of; without input or output there is
    no price.  It holds from the beginning of the first day (UTC); the first day there is
    means from ever.
    """
    kinds = {kind: told[kind] for kind in KINDS if told.get(kind) is not None}
    if not {"input", "output"} <= kinds.keys():
        return None
    return Price(
        model=model,
        per_million_nusd={kind: int(_listed(kinds, kind) or 0) for kind in KINDS},
        from_ms=START_MS if first == date.min else _instant_ms(first),
        source=OWN,
        seen=None,
        own=True,
    )


@cache
def bundled() -> PriceList:
    """The list that comes with the program."""
    return parse(paths.resource("prices.json").read_text(encoding="utf-8"))


def parse(text: str) -> PriceList:
    """A price list from its JSON: dollars per million tokens, each a row of ``models``.

    Raises ``ValueError`` for a price finer than a nano-dollar per million tokens, and for a
    surcharge at a length of context for which no sums are kept.
    """
    document = json.loads(text, parse_float=Decimal)
    sources = document["sources"]
    prices: dict[str, list[Price]] = {}
    for row in document["models"]:
        source = sources[row["source"]]
        start = row.get("from")
        prices.setdefault(row["model"], []).append(
            Price(
                model=row["model"],
                per_million_nusd={kind: _nusd(_listed(row, kind)) for kind in KINDS},
                from_ms=_instant_ms(date.fromisoformat(start)) if start else START_MS,
                source=source["name"],
                seen=date.fromisoformat(source["seen"]),
                tiers=_tiers(row),
            )
        )
    return PriceList(
        seen=date.fromisoformat(document["seen"]),
        prices={
            model: tuple(sorted(several, key=lambda price: -price.from_ms))
            for model, several in prices.items()
        },
        aliases=document["aliases"],
    )


def _listed(row: Mapping[str, int | Decimal | None], kind: str) -> int | Decimal | None:
    """The price of a kind; a makers' list without one charges it like the kind it is part of."""
    while kind not in row:
        kind = LIKE[kind]
    return row[kind]


def _tiers(row: Mapping[str, Any]) -> tuple[Tier, ...]:
    """Prices of long contexts; a kind without one there keeps its own."""
    tiers = []
    for long in row.get("long", ()):
        above = int(long["above"])
        if above not in TIER_EDGES:
            raise ValueError(f"no sums are kept for contexts over {above} tokens")
        kinds = {kind: _nusd(_listed({**row, **long}, kind)) for kind in KINDS}
        tiers.append(Tier(above, kinds))
    return tuple(sorted(tiers, key=lambda tier: tier.above))


def _nusd(per_million: int | Decimal | None) -> int:
    exact = Decimal(per_million or 0) * 10**9
    if exact != int(exact):
        raise ValueError(f"{per_million} dollars per million is finer than a nano-dollar")
    return int(exact)


def _instant_ms(day: date) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
