"""Public list prices of models, bundled and dated: what tokens would cost, not your bill.

A price belongs to a model and to a stretch of time.  A model is found by its exact name,
else without what marks only where or when it was served; one that is not in the list has
no price, which is said (A5), never guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from itertools import pairwise

from tokenmirror import paths
from tokenmirror.store.slots import TIER_EDGES

START_MS = -(2**62)  # before any record
END_MS = 2**62
_DATE = re.compile(r"[-@](?:\d{8}|\d{4}-\d{2}-\d{2}|latest)$")
_SERVED = re.compile(r"^(?:[a-z]{2,6}\.)?(?:anthropic|openai|google)\.|-v\d+(?::\d+)?$|\[[^\]]*\]$")
_CLAUDE_DOT = re.compile(r"(?<=\d)\.(?=\d)")
_CLAUDE_OLD = re.compile(r"^claude-(\d(?:-\d)?)-([a-z]+)$")


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
class Price:
    """A model's price from an instant on: nano-dollars per token, for each of ``KINDS``.

    ``long`` are the prices of records whose context is over ``long_above`` tokens, where the
    list has such.  ``source`` names the list it was seen in.
    """

    model: str
    per_token_nusd: Mapping[str, int]
    from_ms: int
    source: str
    seen: date
    long_above: int | None = None
    long_nusd: Mapping[str, int] = field(default_factory=dict)

    def cost_nusd(self, tokens: Tokens, tier: int = 0) -> int:
        """What these tokens cost; ``tier`` counts the ``TIER_EDGES`` their context is over."""
        is_long = self.long_above is not None and self.long_above in TIER_EDGES[:tier]
        prices = self.long_nusd if is_long else self.per_token_nusd
        return sum(getattr(tokens, kind) * each_nusd for kind, each_nusd in prices.items())


@dataclass(frozen=True)
class PriceList:
    """All prices, newest first for each model, and other names of models."""

    seen: date
    prices: Mapping[str, tuple[Price, ...]]
    aliases: Mapping[str, str]

    def price(self, model: str | None, at_ms: int) -> Price | None:
        """The price of a model at an instant, ``None`` when it is not known."""
        name = self.name(model)
        if name is None:
            return None
        return next((price for price in self.prices[name] if price.from_ms <= at_ms), None)

    def name(self, model: str | None) -> str | None:
        """The name under which a model stands in the list, ``None`` when it does not."""
        return next((name for name in self._readings(model or "") if name in self.prices), None)

    def _readings(self, model: str) -> list[str]:
        """Names a model may stand under, the exact one first."""
        found = [model]
        bare = model.lower().rsplit("/", 1)[-1]
        for cut in (_SERVED, _SERVED, _DATE, _SERVED):
            found.append(bare)
            bare = cut.sub("", bare)
        found.append(bare)
        if bare.startswith("claude"):
            bare = _CLAUDE_DOT.sub("-", bare)
            found += [bare, _CLAUDE_OLD.sub(r"claude-\2-\1", bare)]
        return [self.aliases.get(name, name) for name in found]

    def spans_ms(self) -> list[tuple[int, int]]:
        """Stretches [from, until) in which no price changes, together all of time."""
        cuts = {price.from_ms for several in self.prices.values() for price in several}
        edges = [*sorted(cuts | {START_MS}), END_MS]
        return list(pairwise(edges))


@cache
def bundled() -> PriceList:
    """The list that comes with the program."""
    return parse(paths.resource("prices.json").read_text(encoding="utf-8"))


def parse(text: str) -> PriceList:
    """A price list from its JSON: dollars per million tokens, each a row of ``models``.

    Raises ``ValueError`` for a price finer than a nano-dollar per token.
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
                per_token_nusd={kind: _nusd(_listed(row, kind)) for kind in KINDS},
                from_ms=_instant_ms(date.fromisoformat(start)) if start else START_MS,
                source=source["name"],
                seen=date.fromisoformat(source["seen"]),
                long_above=_edge(row.get("long_above")),
                long_nusd=_long(row),
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


def _listed(row: Mapping[str, int | Decimal], kind: str) -> int | Decimal:
    """The price of a kind; a makers' list without one charges it like the kind it is part of."""
    while kind not in row:
        kind = LIKE[kind]
    return row[kind]


def _long(row: Mapping[str, int | Decimal]) -> dict[str, int]:
    """Prices of long context, ``long_input`` and so on; a kind without one keeps its own."""
    if "long_above" not in row:
        return {}
    other = {kind: row[f"long_{kind}"] for kind in KINDS if f"long_{kind}" in row}
    return {kind: _nusd(_listed({**row, **other}, kind)) for kind in KINDS}


def _edge(tokens: int | Decimal | None) -> int | None:
    if tokens is not None and tokens not in TIER_EDGES:
        raise ValueError(f"no sums are kept for contexts over {tokens} tokens")
    return None if tokens is None else int(tokens)


def _nusd(per_million: int | Decimal) -> int:
    exact = Decimal(per_million) * 1000
    if exact != int(exact):
        raise ValueError(f"{per_million} dollars per million is finer than a nano-dollar a token")
    return int(exact)


def _instant_ms(day: date) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
