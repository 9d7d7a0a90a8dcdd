"""Why something has no price, and which prices were used, as words."""

from __future__ import annotations

from collections.abc import Iterable

from tokenmirror import language
from tokenmirror.language import mark, tr
from tokenmirror.measures import phrases
from tokenmirror.measures.model_names import Lack, lack
from tokenmirror.measures.spending import Cost

WHY: dict[Lack, str] = {
    "not_listed": mark("No price: {models}."),
    "local": mark("On your own machine, where no list price applies: {models}."),
    "own_endpoint": mark("At an endpoint of your own, where no list price applies: {models}."),
    "free": mark("Served free of charge: {models}."),
}


def lacking(models: Iterable[str]) -> str:
    """Sentences on models without a price, by the reason; "" for none."""
    found: dict[Lack, list[str]] = {}
    for model in sorted(models):
        found.setdefault(lack(model) or "not_listed", []).append(model)
    return phrases.joined(
        *(tr(words, models=language.listing(found[why])) for why, words in WHY.items()
          if why in found)
    )  # fmt: skip


def own_part(cost: Cost) -> str:
    """How much of a cost is at prices that the person entered; "" for none."""
    if not cost.own_nusd:
        return ""
    return tr(mark("{money} of it at your own prices."), money=language.money(cost.own_nusd))
