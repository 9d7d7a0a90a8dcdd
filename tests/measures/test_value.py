"""G2, G5, G7: plans by civil day, context, and the person's own estimate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.measures.stores import OCTOBER, a_task, insert, store_with
from tokenmirror.measures.value import G2, G5, G7, Plan

USD = 10**9


def a_plan(nusd=31 * USD, per="month", first="2026-01-01", last=None, **kw):
    return {"name": "Plan", "nusd": nusd, "per": per, "first": first, "last": last, **kw}


def with_plans(*plans, **kw):
    db = store_with(**kw)
    for n, plan in enumerate(plans):
        insert(db, "plans", id=str(n), edited_ms=1, **plan)
    return db


@pytest.mark.parametrize(
    ("plan", "usd"),
    [
        (a_plan(), 31),
        (a_plan(first="2026-10-22"), 10),
        (a_plan(last="2026-10-10"), 10),
        (a_plan(first="2026-11-01"), 0),
        (a_plan(last="2026-09-30"), 0),
        (a_plan(nusd=365 * USD, per="year"), 31),
    ],
)
def test_a_plan_is_spread_over_the_days_it_holds_for(plan, usd):
    assert G2.compute(with_plans(plan), OCTOBER).value == pytest.approx(usd)


def test_a_leap_year_has_366_days():
    plan = Plan("p", 366 * USD, "year", date(2024, 1, 1), None)

    assert plan.within(date(2024, 2, 28), date(2024, 3, 1)) == 3 * USD
    assert plan.within(date(2023, 12, 30), date(2024, 1, 1)) == 1 * USD


def test_days_to_come_cost_nothing_yet():
    november = replace(OCTOBER, first=date(2026, 11, 1), last=date(2026, 11, 30))

    assert G2.compute(with_plans(a_plan(nusd=30 * USD)), november).value == pytest.approx(20)


def test_plans_of_other_tools_are_left_out_and_those_of_none_are_in():
    db = with_plans(a_plan(source="codex-cli"), a_plan(source="claude-code"), a_plan())
    scope = replace(OCTOBER, sources=frozenset({"codex-cli"}))

    assert G2.compute(db, scope).value == pytest.approx(62)
    assert G2.compute(db, OCTOBER).parts == {"Plan": pytest.approx(93)}


def test_without_a_plan_nothing_was_entered():
    assert G2.compute(store_with(begin=None), OCTOBER).reason == "not_entered"


@given(
    st.dates(date(2019, 1, 1), date(2030, 1, 1)), st.integers(0, 800), st.integers(0, 800),
    st.sampled_from(["month", "year"]), st.integers(1, 10**12),
)  # fmt: skip
def test_parts_of_a_period_add_up_exactly(first, length, cut, per, nusd):
    plan = Plan("p", nusd, per, date(2020, 3, 17), date(2027, 5, 2))
    last, middle = first + timedelta(days=length), first + timedelta(days=min(cut, length))

    whole = plan.within(first, last)
    parts = plan.within(first, middle) + plan.within(middle + timedelta(days=1), last)

    assert isinstance(whole, Fraction)
    assert whole == parts


def test_context_is_what_was_read_of_all_tokens():
    made = a_task()
    made.usage = [{"input_tokens": 10, "cache_read_tokens": 70, "output_tokens": 15,
                   "cache_write_5m_tokens": 5}]  # fmt: skip

    rate = G5.compute(store_with(made), OCTOBER)

    assert (rate.hits, rate.trials, rate.n) == (80, 100, 1)
    assert rate.sentence == (
        "80 of 100 tokens were context that was read. Tokens per prompt of yours, by session: 100."
    )


def test_tokens_per_prompt_are_the_median_of_sessions_that_record_tokens():
    made = [a_task(tokens=1000 * n, origins=("own",) * 2) for n in range(1, 6)]
    silent = [a_task(origins=("own",) * 50)] * 3

    rate = G5.compute(store_with(*made, *silent), OCTOBER)

    assert rate.apart == {"tokens_per_prompt": 1500}
    assert "1.50 k in the median (500 to 2.50 k)" in rate.sentence


def test_without_tokens_context_is_not_recorded():
    assert G5.compute(store_with(a_task()), OCTOBER).reason == "not_recorded"


def with_estimates(*estimates):
    db = store_with(*[a_task() for _ in estimates])
    keys = [row[0] for row in db.execute("select key from sessions order by id")]
    for key, (hours, hour_nusd) in zip(keys, estimates, strict=True):
        insert(db, "estimates", source="claude-code", session=key, hours=hours,
               hour_nusd=hour_nusd, edited_ms=1)  # fmt: skip
    return G7.compute(db, OCTOBER)


def test_an_estimate_is_the_persons_word():
    figure = with_estimates((1.5, 100 * USD), (0.5, None))

    assert (figure.value, figure.n, figure.parts) == (2.0, 2, {"worth_usd": 150.0})
    assert figure.sentence == "By your own estimate 2.0 hours, for 2 tasks, worth $150."


def test_a_worth_without_hours_is_no_estimate_of_none():
    assert with_estimates((None, 100 * USD)).reason == "not_entered"
    assert with_estimates((None, 5), (1.0, None)).value == 1.0


def test_without_an_estimate_nothing_was_entered():
    assert G7.compute(store_with(a_task()), OCTOBER).reason == "not_entered"
