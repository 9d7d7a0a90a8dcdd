"""The bundled list, what models are called, and the arithmetic, counted by hand."""

import json
from datetime import UTC, date, datetime

import pytest

from tokenmirror.measures.model_names import lack
from tokenmirror.measures.prices import KINDS, START_MS, Tokens, bundled, own_price, parse
from tokenmirror.store.slots import TIER_EDGES, tier_of

MAY_2025 = 1_746_100_000_000
NOV_2026 = 1_795_300_000_000


def at_ms(text):
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def price_list(**over):
    document = {
        "seen": "2026-11-22",
        "sources": {"page": {"name": "a page", "seen": "2026-11-20"}},
        "aliases": {},
        "models": [{"model": "m", "input": 3, "output": 0.4, "source": "page"}],
    }
    return parse(json.dumps(document | over))


def one(**row):
    models = [{"model": "m", "source": "page", "input": 3, "output": 15} | row]
    return price_list(models=models).price("m", NOV_2026)


def test_a_million_tokens_cost_their_list_price():
    price = bundled().price("claude-opus-4-1", NOV_2026)

    assert price.cost_nusd(Tokens(input=10**6)) == 15 * 10**9
    assert price.cost_nusd(Tokens(1, 1, 1, 1, 1)) == 15_000 + 1_500 + 18_750 + 30_000 + 75_000


# facts of public lists, looked up one by one: input, cache read, write 5 m, write 1 h, output
@pytest.mark.parametrize(
    ("model", "when", "dollars"),
    [
        ("claude-sonnet-4-5", "2026-11-20", (3, 0.3, 3.75, 6, 15)),
        ("claude-opus-4-5", "2026-11-20", (5, 0.5, 6.25, 10, 25)),
        ("claude-haiku-4-5", "2026-11-20", (1, 0.1, 1.25, 2, 5)),
        ("claude-3-5-haiku", "2025-01-10", (1, 0.1, 1.25, 2, 5)),
        ("claude-3-5-haiku", "2025-06-10", (0.8, 0.08, 1, 1.6, 4)),
        ("claude-3-opus", "2025-06-10", (15, 1.5, 18.75, 30, 75)),
        ("gpt-5", "2026-11-20", (1.25, 0.125, 1.25, 1.25, 10)),
        ("gpt-5-mini", "2026-11-20", (0.25, 0.025, 0.25, 0.25, 2)),
        ("o3", "2025-06-09", (10, 2.5, 10, 10, 40)),
        ("o3", "2025-06-10", (2, 0.5, 2, 2, 8)),
        ("gemini-2.5-flash", "2026-11-20", (0.3, 0.03, 0.3, 0.3, 2.5)),
        ("gemini-2.5-pro", "2025-07-01", (1.25, 0.3125, 1.25, 1.25, 10)),
        ("grok-code-fast-1", "2025-12-01", (0.2, 0.02, 0.2, 0.2, 1.5)),
        ("deepseek-reasoner", "2026-06-01", (0.28, 0.028, 0.28, 0.28, 0.42)),
        ("kimi-k2-0905-preview", "2026-01-01", (0.6, 0.15, 0.6, 0.6, 2.5)),
        ("glm-4.6", "2026-01-01", (0.6, 0.11, 0.6, 0.6, 2.2)),
        ("devstral-medium-2507", "2026-01-01", (0.4, 0.4, 0.4, 0.4, 2)),
        ("qwen3-coder-plus", "2026-11-20", (1, 0.1, 1, 1, 5)),
        ("nova-pro", "2026-11-20", (0.8, 0.2, 0.8, 0.8, 3.2)),
    ],
)
def test_a_bundled_price_is_that_of_the_public_list(model, when, dollars):
    price = bundled().price(model, at_ms(when))
    known = zip(KINDS, dollars, strict=True)

    assert [price.per_million_nusd[kind] for kind, _ in known] == [
        round(each * 10**9) for each in dollars
    ]


@pytest.mark.parametrize(
    ("kind", "cents"),
    [
        ("input", 1_50),
        ("cache_read", 15),
        ("cache_write_5m", 1_87_5),
        ("cache_write_1h", 3_00),
        ("output", 7_50),
    ],
)
def test_half_a_million_tokens_of_each_kind(kind, cents):
    cost = bundled().price("claude-sonnet-4-5", NOV_2026).cost_nusd(Tokens(**{kind: 500_000}))

    thousandths = {"cache_write_5m": 1_875}.get(kind, cents * 10)
    assert cost == thousandths * 10**6


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("claude-sonnet-4-5", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5[1m]", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5-20250929[1m]", "claude-sonnet-4-5"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
        ("global.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5"),
        ("bedrock/us-east-1/anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet"),
        ("vertex_ai/claude-opus-4-5@20251101", "claude-opus-4-5"),
        ("anthropic/claude-sonnet-4.5", "claude-sonnet-4-5"),
        ("openrouter/anthropic/claude-sonnet-4.5:beta", "claude-sonnet-4-5"),
        ("CLAUDE_SONNET_4_5_20250929_V1_0", "claude-sonnet-4-5"),
        ("copilot/claude-sonnet-4.5", "claude-sonnet-4-5"),
        ("Claude-Sonnet-4", "claude-sonnet-4"),
        ("claude-sonnet-4-20250514", "claude-sonnet-4"),
        ("claude-4.6-sonnet", "claude-sonnet-4-6"),
        ("claude-4.5-sonnet-thinking", "claude-sonnet-4-5"),
        ("claude-3.7-sonnet", "claude-3-7-sonnet"),
        ("gpt-4o-2024-05-13", "gpt-4o-2024-05-13"),
        ("gpt-4o-2024-11-20", "gpt-4o"),
        ("openai/gpt-5.2", "gpt-5.2"),
        ("gpt-5-high", "gpt-5"),
        ("gpt-5.2 (xhigh)", "gpt-5.2"),
        ("gpt-5-codex-low", "gpt-5-codex"),
        ("gpt-5.1-codex-max", "gpt-5.1-codex-max"),
        ("gpt-5.1-codex-max-high", "gpt-5.1-codex-max"),
        ("o3-mini-high", "o3-mini"),
        ("codex-mini", "codex-mini-latest"),
        ("models/gemini-2.5-pro", "gemini-2.5-pro"),
        ("google/gemini-3-pro", "gemini-3-pro-preview"),
        ("x-ai/grok-code-fast-1", "grok-code-fast-1"),
        ("z-ai/glm-4.6", "glm-4.6"),
        ("moonshotai/kimi-k2-0905", "kimi-k2-0905-preview"),
        ("MiniMax-M2", "minimax-m2"),
        ("amazon.nova-pro-v1:0", "nova-pro"),
        ("devstral-medium", "devstral-medium-latest"),
        ("mistral-vibe-cli-latest", "mistral-vibe-cli-latest"),
    ],
)
def test_a_model_is_found_by_what_tools_call_it(written, name):
    assert bundled().name(written) == name


@pytest.mark.parametrize(
    "written",
    [
        "gpt-5.5-codex", "claude", "claude-sonnet-4-5-turbo", "gpt-5.2x", "kimi-k9-thinking",
        "gpt-5-fast", "mistral-huge", "auto", "default",
    ],
)  # fmt: skip
def test_a_model_that_is_not_listed_has_no_price(written):
    assert bundled().price(written, NOV_2026) is None
    assert bundled().lack(written) == "not_listed"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("ollama/qwen3-coder-plus", "local"),
        ("ollama_chat/deepseek-r1", "local"),
        ("deepseek-r1:70b", "local"),
        ("devstral-latest:latest", "local"),
        ("kimi-k2:1t-cloud", "local"),
        ("lmstudio/glm-4.6", "local"),
        ("lmstudio-community/glm-4.6-GGUF", "local"),
        ("http://localhost:1234/v1/gpt-5", "local"),
        ("127.0.0.1:8080/gpt-5", "local"),
        ("llama.cpp/minimax-m2", "local"),
        ("glm-4.6.gguf", "local"),
        ("minimax-m2-q4_k_m", "local"),
        ("mlx-community/kimi-k2.5", "local"),
        ("vllm/glm-4.6", "local"),
        ("local-coder", "local"),
        ("customendpoint/gpt-5", "own_endpoint"),
        ("custom:gpt-5", "own_endpoint"),
        ("deepseek/deepseek-r1:free", "free"),
        ("", "not_named"),
        (None, "not_named"),
    ],
)
def test_no_list_price_applies_to_what_no_maker_serves(written, why):
    assert bundled().price(written, NOV_2026) is None
    assert (bundled().lack(written), lack(written)) == (why, why)


def test_every_listed_model_is_one_that_a_maker_serves():
    assert [name for name in bundled().prices if lack(name)] == []


def test_a_price_holds_from_its_day_on():
    before, after = (bundled().price("o3", at_ms=moment) for moment in (MAY_2025, NOV_2026))

    assert before.per_million_nusd["input"] == 10 * 10**9
    assert after.per_million_nusd["input"] == 2 * 10**9


def test_changes_are_those_of_the_models_asked_for():
    june = at_ms("2025-06-10")

    assert bundled().changes_ms(["o3", "gpt-5", None, "nobody"]) == [june]
    assert bundled().changes_ms([]) == []


def test_a_long_context_costs_the_prices_of_the_highest_edge_it_is_over():
    price = bundled().price("qwen3-coder-plus", NOV_2026)
    contexts = (32_000, 32_001, 128_001, 300_000)

    costs = [price.cost_nusd(Tokens(input=each), tier_of(each)) for each in contexts]

    assert costs == [32_000 * 1_000, 32_001 * 1_800, 128_001 * 3_000, 300_000 * 6_000]


def test_all_kinds_of_a_record_with_a_long_context_are_dearer():
    price = bundled().price("claude-sonnet-4-5", at_ms("2025-11-01"))
    tokens = Tokens(1_000, 199_000, 1_000, 1_000, 1_000)

    cost = price.cost_nusd(tokens, tier_of(tokens.total - tokens.output))

    assert cost == 6_000_000 + 199_000 * 600 + 7_500_000 + 12_000_000 + 22_500_000
    assert price.cost_nusd(tokens) == 3_000_000 + 199_000 * 300 + 3_750_000 + 6_000_000 + 15_000_000


def test_a_surcharge_may_end_on_a_day():
    before, after = (
        bundled().price("claude-sonnet-4-5", at_ms(day)) for day in ("2026-10-31", "2026-11-01")
    )

    assert [tier.above for tier in before.tiers] == [200_000]
    assert after.tiers == ()


def test_an_edge_without_sums_is_refused():
    with pytest.raises(ValueError, match="no sums are kept"):
        one(long=[{"above": 150_000, "input": 6}])


def test_edges_of_the_list_are_edges_of_the_sums():
    every = [price for several in bundled().prices.values() for price in several]

    assert {tier.above for price in every for tier in price.tiers} == set(TIER_EDGES)


def test_a_kind_that_is_not_listed_costs_like_the_kind_it_is_part_of():
    found = [one(input=3, **row).per_million_nusd for row in ({}, {"cache_write_5m": 4})]

    assert [each["cache_read"] for each in found] == [3 * 10**9, 3 * 10**9]
    assert [each["cache_write_1h"] for each in found] == [3 * 10**9, 4 * 10**9]


def test_parts_of_a_nano_dollar_are_rounded_once():
    price = one(input=0.0028)

    assert [price.cost_nusd(Tokens(input=each)) for each in (0, 1, 10, 10**6)] == [
        0,
        3,
        28,
        2_800_000,
    ]


def test_a_price_finer_than_a_nano_dollar_per_million_is_refused():
    with pytest.raises(ValueError, match="finer"):
        one(input=0.0000000001)


def test_every_bundled_price_is_dated_and_named():
    everything = [price for several in bundled().prices.values() for price in several]

    assert all(price.source and price.seen <= bundled().seen for price in everything)
    assert bundled().seen >= date(2026, 11, 1)
    assert set(bundled().aliases.values()) <= set(bundled().prices)
    assert not set(bundled().aliases) & set(bundled().prices)
    assert all(several[-1].from_ms == START_MS for several in bundled().prices.values())


def test_no_bundled_price_is_nothing():
    every = [price for several in bundled().prices.values() for price in several]

    assert min(price.per_million_nusd["output"] for price in every) > 0
    assert min(price.per_million_nusd["input"] for price in every) > 0


def test_tokens_of_all_kinds_add_up():
    assert KINDS == ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
    assert Tokens(1, 2, 3, 4, 5).total == 15


def test_an_own_price_wins_for_its_exact_name_from_its_day_on():
    mine = own_price("gpt-5", date(2026, 3, 1), {"input": 2 * 10**9, "output": 9 * 10**9})
    prices = bundled().with_own([mine])

    assert prices.price("gpt-5", at_ms("2026-02-28")).own is False
    assert prices.price("gpt-5", at_ms("2026-03-01")) == mine
    assert prices.price("openai/gpt-5", at_ms("2026-03-01")).own is False
    assert mine.per_million_nusd["cache_read"] == 2 * 10**9


def test_an_own_price_may_be_set_for_a_model_of_ones_own():
    mine = own_price("ollama/qwen3:30b", date.min, {"input": 0, "output": 5 * 10**7})
    prices = bundled().with_own([mine])

    assert prices.price("ollama/qwen3:30b", 0).cost_nusd(Tokens(output=10**6)) == 5 * 10**7
    assert prices.lack("ollama/qwen3:30b") is None


def test_half_an_own_price_is_none():
    assert own_price("m", date.min, {"input": 1, "output": None}) is None
