#!/usr/bin/env python3
"""Make ``resources/prices.json`` again from price tables that were downloaded before.

    python packaging/prices.py DAY=WHEEL [DAY=WHEEL …]

Each WHEEL is a file of the PyPI package litellm, each DAY the civil day as of which it was the
newest one (``pip download --no-deps --uploaded-prior-to DAY litellm``).  Opens no connection.

What is taken are facts: dollars per token of the maker's own interface, by kind of token, with
surcharges for long contexts.  A price that differs from the table before counts from the day of
the table in which it first stands, or from an earlier day that the maker told (``TOLD``).  A
kind that a table begins to list, or one listed wrongly for a while (``WRONG``), is no change of
price: it is filled in from the beginning.
"""

from __future__ import annotations

import json
import re
import sys
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "resources" / "prices.json"
TABLE = "model_prices_and_context_window_backup.json"

# whose list it is, and which names of theirs are models of their own
MAKERS = {
    "openai": r"(?:gpt|o\d|codex|chatgpt|computer-use)",
    "anthropic": r"claude",
    "gemini": r"gemini-(?!gemma|robotics|omni|exp)",
    "xai": r"grok",
    "mistral": r"(?:mistral|codestral|devstral|magistral|ministral|open-m|pixtral|labs-)",
    "codestral": r"codestral",
    "deepseek": r"deepseek",
    "moonshot": r"(?:kimi|moonshot)",
    "zai": r"glm",
    "dashscope": r"(?:qwen|qwq)",
    "minimax": r"minimax",
    "meta": r"muse",
    "bedrock_converse": r"amazon\.nova",
    "bedrock": r"amazon\.nova",
}
LEFT_OUT = re.compile(
    r"audio|tts|image|realtime|search|transcribe|embed|live|native|learnlm|vl-|-vl"
)
MODES = ("chat", "responses", "completion")
KINDS = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write_5m": "cache_creation_input_token_cost",
    "cache_write_1h": "cache_creation_input_token_cost_above_1hr",
}
EDGES = (32_000, 100_000, 128_000, 200_000, 256_000, 272_000, 512_000)
# announced by the maker before the next table
TOLD = {("o3", "2025-06-15"): "2025-06-10", ("o3-2025-04-16", "2025-06-15"): "2025-06-10"}
# wrong in some tables and set right in a later one: the maker never charged that
WRONG = {
    ("claude-3-5-haiku-20241022", "cache_read"): Decimal("0.8"),
    ("claude-3-haiku-20240307", "cache_write_1h"): Decimal(6),
    ("claude-3-opus-20240229", "cache_write_1h"): Decimal(6),
    ("gpt-5.4-pro", "cache_read"): Decimal(3),
    ("gpt-5.4-pro-2026-03-05", "cache_read"): Decimal(3),
    ("gpt-5.5-pro", "cache_read"): Decimal(3),
    ("gpt-5.5-pro-2026-04-23", "cache_read"): Decimal(3),
}
# no table ever had these right: a write kept for an hour costs twice the input
TWICE = re.compile(r"claude-3-[57]|claude-.*-latest")
ALIASES = {
    "chat-latest": "gpt-5-chat-latest",
    "claude-4-opus": "claude-opus-4",
    "claude-4-sonnet": "claude-sonnet-4",
    "claude-opus-4-0": "claude-opus-4",
    "claude-sonnet-4-0": "claude-sonnet-4",
    "codex-mini": "codex-mini-latest",
    "grok-4-1-fast": "grok-4-1-fast-reasoning",
    "grok-4-fast": "grok-4-fast-reasoning",
    "grok-4.1-fast": "grok-4-1-fast-reasoning",
    "kimi-k2": "kimi-k2-0905-preview",
    "kimi-k2-0711": "kimi-k2-0711-preview",
    "kimi-k2-0905": "kimi-k2-0905-preview",
    "devstral": "devstral-latest",
    "devstral-medium": "devstral-medium-latest",
    "devstral-small": "devstral-small-latest",
    "gemini-3-flash": "gemini-3-flash-preview",
    "gemini-3-pro": "gemini-3-pro-preview",
    "gemini-3.1-pro": "gemini-3.1-pro-preview",
    "gpt-5.1-chat": "gpt-5.1-chat-latest",
    "gpt-5.2-chat": "gpt-5.2-chat-latest",
    "mistral-large": "mistral-large-latest",
    "codestral": "codestral-latest",
    "magistral-medium": "magistral-medium-latest",
    "magistral-small": "magistral-small-latest",
}
DATED = re.compile(r"-(?:\d{8}|\d{4}-\d{2}-\d{2})$")


@dataclass(frozen=True)
class Listed:
    """What one table says of one model, dollars per million; ``long`` by edge."""

    kinds: Mapping[str, Decimal]
    long: Mapping[int, Mapping[str, Decimal]]


def table(wheel: Path) -> dict[str, dict[str, Any]]:
    """The price table of a wheel."""
    with zipfile.ZipFile(wheel) as packed:
        name = next(name for name in packed.namelist() if name.endswith(TABLE))
        found: dict[str, dict[str, Any]] = json.loads(packed.read(name), parse_float=Decimal)
        return found


def version(wheel: Path) -> str:
    """The version in a wheel's name."""
    return wheel.name.split("-")[1]


def own_models(listed: Mapping[str, Mapping[str, Any]]) -> dict[str, Listed]:
    """The text models that their own makers sell, by their names without a provider."""
    found = {}
    for key, row in listed.items():
        maker = MAKERS.get(str(row.get("litellm_provider")))
        name = key.rsplit("/", 1)[-1].lower()
        if maker is None or row.get("mode") not in MODES or not re.match(maker, name):
            continue
        if LEFT_OUT.search(name) or key.count("/") > 1:
            continue
        name = re.sub(r"^amazon\.|-v\d+:\d+$", "", name)
        prices = _prices(row)
        if prices is not None and (name not in found or "/" in key):
            found[name] = prices
    return found


def _prices(row: Mapping[str, Any]) -> Listed | None:
    kinds = _kinds(row, "")
    long = {edge: _kinds(row, f"_above_{edge // 1000}k_tokens") for edge in EDGES}
    long = {edge: prices for edge, prices in long.items() if prices}
    tiers = row.get("tiered_pricing") or []
    if tiers and "range" in tiers[0]:
        kinds = _kinds(tiers[0], "")
        for tier in tiers[1:]:
            long[_edge(tier["range"][0])] = _kinds(tier, "")
    if not kinds.get("input") or not kinds.get("output"):
        return None  # free, or not told
    return Listed(kinds, long)


def _edge(tokens: Decimal | int) -> int:
    """Ranges begin at 32000, 32001 or 32 * 1024, by table."""
    return min(EDGES, key=lambda edge: abs(edge - int(tokens)))


def _kinds(row: Mapping[str, Any], suffix: str) -> dict[str, Decimal]:
    found = {}
    for kind, name in KINDS.items():
        value = row.get(name + suffix)
        if value is not None and (value or kind in ("input", "output")):
            # tables round trip through floats: nine digits are more than any maker lists
            found[kind] = (Decimal(value) * 1_000_000).quantize(Decimal("0.000001")).normalize()
    return found


def history(
    tables: Iterable[tuple[str, Mapping[str, Listed]]],
) -> dict[str, list[tuple[str, str, Listed]]]:
    """For each model its prices, oldest first: the day they count from, the table, the prices.

    The first has no day: it counts from the beginning.
    """
    found: dict[str, list[tuple[str, str, Listed]]] = {}
    for day, models in tables:
        for model, prices in models.items():
            stood = found.setdefault(model, [])
            if not stood:
                stood.append(("", day, prices))
            elif not _same(model, stood[-1][2], prices):
                stood.append((TOLD.get((model, day), day), day, prices))
            else:
                stood[-1] = (stood[-1][0], day, prices)
    return {model: _filled(model, several) for model, several in found.items()}


def _same(model: str, old: Listed, new: Listed) -> bool:
    told = old.kinds.keys() & new.kinds.keys()
    kinds = [kind for kind in told if old.kinds[kind] != WRONG.get((model, kind))]
    if any(old.kinds[kind] != new.kinds[kind] for kind in kinds):
        return False
    if old.long and not new.long:
        return False
    return all(
        old.long[edge].get(kind, price) == price
        for edge in old.long.keys() & new.long.keys()
        for kind, price in new.long[edge].items()
    )


def _filled(model: str, several: list[tuple[str, str, Listed]]) -> list[tuple[str, str, Listed]]:
    """Kinds that only the last tables list were charged before: as the last one has them."""
    found = []
    for first, day, prices in several:
        last = several[-1][2].kinds
        told = {k: v for k, v in prices.kinds.items() if v != WRONG.get((model, k))}
        same_base = last["input"] == told["input"]
        more = {k: v for k, v in last.items() if k not in told and same_base}
        kinds = {**told, **more}
        if TWICE.match(model) and "cache_write_5m" in kinds:
            kinds["cache_write_1h"] = 2 * kinds["input"]
        long = {edge: _surcharged(kinds, listed) for edge, listed in prices.long.items()}
        found.append((first, day, Listed(kinds, long)))
    return found


def _surcharged(kinds: Mapping[str, Decimal], listed: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """A tier's prices; a part of the input that it leaves out has the surcharge of the input."""
    share = listed.get("input", kinds["input"]) / kinds["input"]
    parts = {kind: kinds[kind] * share for kind in kinds if kind.startswith("cache")}
    return {kind: price.normalize() for kind, price in {**parts, **listed}.items()}


def rows(found: Mapping[str, list[tuple[str, str, Listed]]]) -> list[dict[str, Any]]:
    """The rows of the list; a dated name whose prices are those of the plain name is left out."""
    plain = {
        DATED.sub("", model): several for model, several in found.items() if DATED.search(model)
    }
    everything = {**plain, **found}  # a family that only has dated names gets its plain one
    listed = []
    for model in sorted(everything):
        base = DATED.sub("", model)
        if base != model and _charges(everything[base]) == _charges(everything[model]):
            continue
        for first, day, prices in everything[model]:
            listed.append(_row(model, first, day, prices))
    return listed


def _charges(several: Iterable[tuple[str, str, Listed]]) -> list[Listed]:
    return [prices for _first, _day, prices in several]


def _row(model: str, first: str, day: str, prices: Listed) -> dict[str, Any]:
    row: dict[str, Any] = {"model": model}
    if first:
        row["from"] = first
    row |= {kind: prices.kinds[kind] for kind in KINDS if kind in prices.kinds}
    if prices.long:
        row["long"] = [
            {"above": edge, **{k: kinds[k] for k in KINDS if k in kinds}}
            for edge, kinds in sorted(prices.long.items())
        ]
    return row | {"source": day}


def document(given: list[tuple[str, Path]]) -> dict[str, Any]:
    """The whole list."""
    tables = [(day, own_models(table(wheel))) for day, wheel in sorted(given)]
    listed = rows(history(tables))
    used = {row["source"] for row in listed}
    names = {row["model"] for row in listed}
    return {
        "schema": "tokenmirror/prices@2",
        "unit": "US dollars per million tokens, list price of the maker's own interface without"
        " batch, priority or regional terms",
        "seen": max(day for day, _ in given),
        "sources": {
            day: {
                "name": "model_prices_and_context_window of the PyPI package litellm"
                f" {version(wheel)}",
                "seen": day,
            }
            for day, wheel in sorted(given)
            if day in used
        },
        "aliases": {
            alias: name
            for alias, name in sorted(ALIASES.items())
            if name in names and alias not in names
        },
        "models": listed,
    }


def written(whole: Mapping[str, Any]) -> str:
    """The document as text, a row a line."""
    parts = [f'  "{key}": {json.dumps(whole[key])}' for key in ("schema", "unit", "seen")]
    for key in ("sources", "aliases"):
        inner = ",\n".join(f"    {json.dumps(k)}: {_json(v)}" for k, v in whole[key].items())
        parts.append(f'  "{key}": {{\n{inner}\n  }}')
    inner = ",\n".join(f"    {_json(row)}" for row in whole["models"])
    parts.append(f'  "models": [\n{inner}\n  ]')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _json(value: Any) -> str:  # noqa: ANN401 (a JSON value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)}: {_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_json, value)) + "]"
    return json.dumps(value)


def main() -> None:
    """Write the list."""
    given = []
    for argument in sys.argv[1:]:
        day, _, wheel = argument.partition("=")
        given.append((day, Path(wheel)))
    if not given:
        sys.exit(__doc__)
    OUT.write_text(written(document(given)), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
