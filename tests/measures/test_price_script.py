"""The script that makes the price list out of tables that were downloaded."""

from __future__ import annotations

import importlib.util
import json
import sys
import zipfile

import pytest

from tests.shared import ROOT
from tokenmirror.measures.prices import START_MS, Tokens, parse

SPEC = importlib.util.spec_from_file_location("price_script", ROOT / "packaging" / "prices.py")
script = importlib.util.module_from_spec(SPEC)
sys.modules[SPEC.name] = script
SPEC.loader.exec_module(script)


def listed(provider="openai", dollars=2, **more):
    row = {"litellm_provider": provider, "mode": "chat", "output_cost_per_token": 8e-06}
    return {**row, "input_cost_per_token": dollars / 10**6, **more}


@pytest.fixture
def made(tmp_path):
    def make(*tables):
        given = []
        for month, models in enumerate(tables, 1):
            wheel = tmp_path / f"litellm-1.{month}.0-py3-none-any.whl"
            with zipfile.ZipFile(wheel, "w") as packed:
                packed.writestr(f"litellm/{script.TABLE}", json.dumps(models))
            given.append((f"2026-0{month}-01", wheel))
        text = script.written(script.document(given))
        return json.loads(text)["models"], parse(text)

    return make


def test_a_price_that_changes_counts_from_the_table_that_has_it_first(made):
    rows, prices = made({"gpt-9": listed()}, {"gpt-9": listed()}, {"gpt-9": listed(dollars=1)})

    assert [(row.get("from"), row["input"], row["source"]) for row in rows] == [
        (None, 2, "2026-02-01"),
        ("2026-03-01", 1, "2026-03-01"),
    ]
    assert prices.prices["gpt-9"][-1].from_ms == START_MS


def test_a_kind_that_a_table_begins_to_list_is_no_change(made):
    more = {"cache_read_input_token_cost": 2e-07}
    rows, _ = made({"gpt-9": listed()}, {"gpt-9": listed(**more)})

    assert [(row.get("from"), row["cache_read"]) for row in rows] == [(None, 0.2)]


def test_resellers_free_models_and_other_modes_are_left_out(made):
    rows, _ = made(
        {
            "azure/gpt-9": listed("azure"),
            "openrouter/x/gpt-9": listed("openrouter"),
            "dashscope/glm-9": listed("dashscope"),
            "gemini/gemini-9-exp": listed("gemini", dollars=0),
            "text-embedding-9": listed() | {"mode": "embedding"},
            "gpt-9-audio": listed(),
            "gpt-9": listed(),
        }
    )

    assert [row["model"] for row in rows] == ["gpt-9"]


def test_a_dated_name_stands_apart_only_while_its_price_differs(made):
    rows, _ = made(
        {
            "gpt-9": listed(),
            "gpt-9-2026-01-05": listed(),
            "gpt-9-2025-12-01": listed(dollars=5),
            "claude-x-1-20260101": listed("anthropic"),
        }
    )

    assert [row["model"] for row in rows] == ["claude-x-1", "gpt-9", "gpt-9-2025-12-01"]


def test_surcharges_for_long_contexts_are_taken_in_either_form(made):
    above = {"input_cost_per_token_above_200k_tokens": 4e-06}
    tiers = [
        {"range": [0, 32000], "input_cost_per_token": 1e-06, "output_cost_per_token": 5e-06},
        {"range": [32000, 128000], "input_cost_per_token": 3e-06, "output_cost_per_token": 9e-06},
    ]
    rows, prices = made(
        {
            "gpt-9": listed(**above, cache_read_input_token_cost=5e-07),
            "dashscope/qwen9": {
                "litellm_provider": "dashscope", "mode": "chat", "tiered_pricing": tiers,
            },
        }
    )  # fmt: skip

    assert [row["long"] for row in rows] == [
        [{"above": 200_000, "input": 4, "cache_read": 1}],
        [{"above": 32_000, "input": 3, "output": 9}],
    ]
    assert prices.price("gpt-9", 0).cost_nusd(Tokens(cache_read=10**6), tier=4) == 10**9


def test_the_bundled_list_is_as_the_script_writes_it():
    text = script.OUT.read_text("utf-8")

    assert script.written(json.loads(text, parse_float=script.Decimal)) == text
