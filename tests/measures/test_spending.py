"""What usage cost: changes of price inside a period, long contexts, the person's own prices."""

from datetime import date

import pytest

from tests.measures.stores import OCTOBER, a_task, insert, store_with
from tokenmirror.measures import coverage, priced, spending
from tokenmirror.measures.cost import G1
from tokenmirror.measures.listing.costs import by_session

CHANGED = "gpt-5.6"  # 5 dollars per million input until 30 September 2026, then 4
TIERED = "claude-sonnet-4-5"  # 3 dollars up to 200,000 tokens of context, then 6


def usage(model, tokens, **more):
    return {"model": model, "input_tokens": tokens, "output_tokens": 0, **more}


def own(db, model, usd, first="0001-01-01"):
    nusd = usd * 10**9
    insert(db, "own_prices", model=model, first=first, input_nusd=nusd, output_nusd=nusd,
           edited_ms=1)  # fmt: skip


def total(db):
    return priced.total(db, OCTOBER)


def test_a_task_that_spans_a_change_of_price_pays_both():
    task = a_task("2026-10-02")
    task.usage += [
        usage(CHANGED, 1_000, at_ms=1_790_812_799_000),  # 30 September, 23:59:59 UTC
        usage(CHANGED, 1_000, at_ms=1_790_812_800_000),
    ]
    db = store_with(task)

    assert priced.of_tasks(db, OCTOBER, [1]).nusd == 5_000_000 + 4_000_000
    assert by_session(db) == {1: 9_000_000}


def test_rows_and_figures_agree_on_long_contexts():
    task = a_task()
    task.usage += [usage(TIERED, 200_000), usage(TIERED, 200_001)]
    db = store_with(task)

    assert total(db).nusd == 200_000 * 3_000 + 200_001 * 6_000
    assert by_session(db) == {1: total(db).nusd}


def test_a_total_of_a_session_says_nothing_of_how_long_a_context_was():
    task = a_task(source="droid")
    task.usage.append(usage(TIERED, 10**6))

    assert total(store_with(task)).nusd == 3 * 10**9


def test_an_own_price_is_used_and_said():
    task = a_task()
    task.usage += [usage("gpt-5", 10**6), usage("ollama/qwen3:30b", 10**6)]
    db = store_with(task)
    own(db, "ollama/qwen3:30b", 1)

    figure = G1.compute(db, OCTOBER)

    assert figure.value == pytest.approx(1.25 * 1 + 1)
    assert figure.parts["own_prices"] == pytest.approx(1)
    assert figure.sentence.endswith("$1.00 of it at your own prices.")
    assert not figure.at_least


def test_an_own_price_holds_from_its_day_on():
    tasks = [a_task("2026-10-05"), a_task("2026-10-20")]
    for task in tasks:
        task.usage.append(usage("gpt-5", 10**6))
    db = store_with(*tasks)
    own(db, "gpt-5", 7, "2026-10-10")

    assert total(db).nusd == (1_250 + 7_000) * 10**6


def test_models_on_the_persons_machine_are_named_apart():
    task = a_task()
    task.usage += [usage("ollama/qwen3:30b", 600), usage("unheard-of", 300), usage("gpt-5", 100)]

    figure = coverage.unpriced(store_with(task), OCTOBER)

    assert (figure.hits, figure.trials) == (900, 1000)
    assert "No price: unheard-of." in figure.sentence
    assert "where no list price applies: ollama/qwen3:30b." in figure.sentence


def test_the_first_day_there_is_means_from_ever():
    db = store_with()
    own(db, "m", 1, date.min.isoformat())

    assert spending.prices_of(db).price("m", 0).own
