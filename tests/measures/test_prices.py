import json
from datetime import date
from itertools import pairwise

import pytest

from tokenmirror.measures.prices import END_MS, KINDS, START_MS, Tokens, bundled, parse

MAY_2025 = 1_746_100_000_000
NOV_2026 = 1_795_000_000_000


def price_list(**over):
    document = {
        "seen": "2026-11-22",
        "sources": {"page": {"name": "a page", "seen": "2026-11-20"}},
        "aliases": {},
        "models": [{"model": "m", "input": 3, "output": 0.4, "source": "page"}],
    }
    return parse(json.dumps(document | over))


def test_a_million_tokens_cost_their_list_price():
    price = bundled().price("claude-opus-4-1", NOV_2026)

    assert price.cost_nusd(Tokens(input=10**6)) == 15 * 10**9
    assert price.cost_nusd(Tokens(1, 1, 1, 1, 1)) == 15_000 + 1_500 + 18_750 + 30_000 + 75_000


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("claude-sonnet-4-5", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5[1m]", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5-20250929[1m]", "claude-sonnet-4-5"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
        ("copilot/claude-sonnet-4.5", "claude-sonnet-4-5"),
        ("Claude-Sonnet-4", "claude-sonnet-4"),
        ("claude-sonnet-4-20250514", "claude-sonnet-4"),
        ("claude-4.6-sonnet", "claude-sonnet-4-6"),
        ("claude-3.7-sonnet", "claude-3-7-sonnet"),
        ("claude-3-5-haiku-latest", "claude-3-5-haiku"),
        ("gpt-4o-2024-05-13", "gpt-4o-2024-05-13"),
        ("gpt-4o-2024-11-20", "gpt-4o"),
        ("openai/gpt-5.2", "gpt-5.2"),
        ("codex-mini", "codex-mini-latest"),
    ],
)
def test_a_model_is_found_by_what_tools_call_it(written, name):
    assert bundled().name(written) == name


@pytest.mark.parametrize(
    "written",
    ["gpt-5.5-codex", "local-coder", "claude", "claude-sonnet-4-5-turbo", "", None, "gpt-5.2x"],
)
def test_a_model_that_is_not_listed_has_no_price(written):
    assert bundled().price(written, NOV_2026) is None


def test_a_price_holds_from_its_day_on():
    before, after = (bundled().price("o3", at_ms) for at_ms in (MAY_2025, NOV_2026))

    assert before.per_token_nusd["input"] == 10_000
    assert after.per_token_nusd["input"] == 2_000


def test_spans_between_price_changes_cover_all_of_time():
    spans = bundled().spans_ms()

    assert (spans[0][0], spans[-1][1]) == (START_MS, END_MS)
    assert all(a[1] == b[0] for a, b in pairwise(spans))
    assert len(price_list().spans_ms()) == 1


def test_a_kind_that_is_not_listed_costs_like_the_kind_it_is_part_of():
    plain, written = {"input": 3, "output": 1}, {"input": 3, "output": 1, "cache_write_5m": 4}
    rows = [{"model": "m", "source": "page"} | row for row in (plain, written)]
    found = [price_list(models=[row]).price("m", NOV_2026).per_token_nusd for row in rows]

    assert [each["cache_read"] for each in found] == [3_000, 3_000]
    assert [each["cache_write_1h"] for each in found] == [3_000, 4_000]


def test_a_price_finer_than_a_nano_dollar_is_refused():
    with pytest.raises(ValueError, match="finer"):
        price_list(models=[{"model": "m", "input": 0.00001, "source": "page"}])


def test_every_bundled_price_is_dated_and_named():
    everything = [price for several in bundled().prices.values() for price in several]

    assert all(price.source and price.seen <= bundled().seen for price in everything)
    assert bundled().seen >= date(2026, 11, 1)
    assert set(bundled().aliases.values()) <= set(bundled().prices)


def test_tokens_of_all_kinds_add_up():
    assert KINDS == ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
    assert Tokens(1, 2, 3, 4, 5).total == 15
