from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.measures.stores import OCTOBER, a_task, days_ago, noon, store_with, unattended
from tokenmirror.measures import priced
from tokenmirror.measures.cost import G1, G3, G4
from tokenmirror.measures.prices import Tokens, bundled

MILLION = 1_000_000  # input tokens of the model in use: 3 dollars


def per_task(*tasks, scope=OCTOBER, **kw):
    return G3.compute(store_with(*tasks, **kw), scope)


def many(n, outcome="shipped", tokens=MILLION, **kw):
    return [a_task(f"2026-10-{d % 28 + 1:02}", outcome, tokens=tokens, **kw) for d in range(n)]


def test_cost_per_completed_task_includes_work_without_lasting_change():
    dots = per_task(*many(20), *many(5, "no_lasting_change"))

    assert dots.per == pytest.approx(25 * 3 / 20)
    assert (dots.n, dots.of) == (25, 20)
    assert dots.sentence == (
        "About $3.75 per completed task at list price, work without lasting change included."
    )
    assert dots.note == (
        "List price, all work included. $15.00 of it left no lasting change."
        " Not enough history yet: 12 weeks are needed, you have 0."
    )


def test_open_branches_and_work_in_progress_are_paid_for_too():
    dots = per_task(*many(5), *many(1, "on_branch"), *many(1, "in_progress"),
                    *many(1, "no_code"), *many(1, "unknown"))  # fmt: skip

    assert dots.per == pytest.approx(7 * 3 / 5)


def test_unattended_work_without_lasting_change_is_paid_for_and_completes_nothing():
    dots = per_task(
        *many(5), unattended(tokens=MILLION), unattended(outcome="shipped", tokens=MILLION)
    )

    assert (dots.per, dots.of, dots.n) == (pytest.approx(6 * 3 / 5), 5, 5)


def test_unattended_work_comes_in_on_both_sides_when_asked_for():
    scope = replace(OCTOBER, unattended=True)

    dots = per_task(*many(5), unattended(outcome="shipped", tokens=MILLION), scope=scope)

    assert (dots.per, dots.of) == (pytest.approx(3), 6)


def test_a_task_set_aside_was_paid_for_and_one_useful_without_code_was_no_change():
    dots = per_task(*many(5), *many(1, stated="set_aside"), *many(1, stated="useful_without_code"))

    assert dots.per == pytest.approx(6 * 3 / 5)


def test_few_completed_tasks_are_listed_one_by_one():
    dots = per_task(*many(2), *many(1, "no_lasting_change"))

    assert dots.per is None
    assert dots.sentence == (
        "2 completed tasks at list price: $3.00 and $3.00."
        " With the work without lasting change about $9.00 in all."
    )


def test_without_a_completed_task_the_sum_is_said():
    assert per_task(*many(2, "on_branch")).sentence == (
        "No task was completed in this period; the work cost about $6.00 at list price."
    )


def test_no_change_tasks_are_none():
    assert per_task(a_task(outcome="no_code")).sentence == "No change tasks in this period."


def test_young_tasks_are_too_early_to_tell():
    week = replace(OCTOBER, first=date(2026, 11, 9), last=date(2026, 11, 15))

    assert per_task(a_task(days_ago(8), tokens=1), scope=week).reason == "too_early"


def test_tokens_that_nobody_recorded_have_no_cost():
    assert per_task(a_task()).reason == "not_recorded"
    assert G1.compute(store_with(a_task()), OCTOBER).reason == "not_recorded"
    assert G4.compute(store_with(a_task()), OCTOBER).reason == "not_recorded"


def local(tokens=MILLION):
    made = a_task()
    made.usage.append({"input_tokens": tokens, "output_tokens": 0, "model": "local-coder"})
    return made


def test_models_without_a_price_are_named():
    figure = G1.compute(store_with(local()), OCTOBER)

    assert figure.reason == "no_prices"
    assert figure.sentence == ("On your own machine, where no list price applies: local-coder.")


def test_a_model_that_is_not_named_has_no_price():
    made = a_task()
    made.usage.append({"input_tokens": 1, "model": None})

    assert "not named" in G1.compute(store_with(made), OCTOBER).sentence


def test_a_part_without_a_price_makes_the_cost_a_lower_bound():
    total = G1.compute(store_with(*many(1, tokens=3 * MILLION), local()), OCTOBER)

    assert (total.value, total.at_least) == (pytest.approx(9), True)
    assert total.sentence == (
        "At least $9.00 at list price (prices known for 75 % of tokens, list of 22 Nov 2026)."
        " It is not your bill."
    )


@pytest.mark.parametrize(
    "record",
    [{"input_tokens": None, "output_tokens": 5}, {"input_tokens": 5, "output_tokens": None},
     {"input_tokens": 5, "output_tokens": 5, "output_at_least": 1}],
)  # fmt: skip
def test_tokens_that_are_not_all_known_make_it_a_lower_bound(record):
    made = a_task()
    made.usage.append(record)

    assert G1.compute(store_with(made), OCTOBER).at_least


def test_a_cost_the_log_states_wins_over_the_list():
    made = a_task()
    made.usage.append({"input_tokens": MILLION, "output_tokens": 1, "cost_nusd": 10**9})

    total = G1.compute(store_with(made), OCTOBER)

    assert (total.value, total.parts["stated"]) == (1.0, 1.0)
    assert not total.at_least


def test_a_stated_cost_needs_no_tokens():
    made = a_task()
    made.usage.append({"cost_nusd": 2 * 10**9})

    assert G1.compute(store_with(made), OCTOBER).sentence == (
        "About $2.00 at list price. It is not your bill."
    )


def test_prices_are_those_of_the_day():
    made = a_task("2025-06-09")
    made.usage = [
        {"input_tokens": MILLION, "output_tokens": 0, "model": "o3", "at_ms": noon(day)}
        for day in ("2025-06-09", "2025-06-10")
    ]
    june = replace(OCTOBER, first=date(2025, 6, 1), last=date(2025, 6, 30))

    assert G1.compute(store_with(made, begin="2025-01-01"), june).value == 12.0


def test_the_parts_by_outcome_add_up_to_the_list_price():
    db = store_with(*many(3), *many(2, "no_lasting_change"), *many(1, "on_branch"),
                    unattended(tokens=MILLION), *many(1, stated="set_aside"), local())  # fmt: skip
    db.execute("delete from task_sessions where session_id = 1")

    parts, total = G4.compute(db, OCTOBER), G1.compute(db, OCTOBER)

    assert parts.total == pytest.approx(total.value) == pytest.approx(24)
    assert {part.key: part.value for part in parts.parts if part.value} == pytest.approx(
        {"shipped": 6, "no_lasting_change": 6, "on_branch": 3, "unattended": 3, "unknown": 3,
         "set_aside": 3}
    )  # fmt: skip
    assert parts.sentence.startswith("At least $24.00 at list price: shipped, not told")


def test_a_cost_of_nothing_has_no_parts_to_name():
    made = a_task()
    made.usage.append({"input_tokens": 1, "output_tokens": 0, "cost_nusd": 0})

    assert G4.compute(store_with(made), OCTOBER).sentence == "About $0.00 at list price."


def test_cost_by_week_is_split_by_outcome():
    weeks = G1.weekly(store_with(*many(1, tokens=MILLION)), OCTOBER)
    week = next(week for week in weeks.weeks if week.first == date(2026, 9, 28))

    assert dict(zip(weeks.parts, week.values, strict=True))["shipped"] == pytest.approx(3)
    assert week.sentence == "Week of 28 Sep: about $3.00 at list price."
    assert G1.weekly(store_with(begin=None), OCTOBER).reason == "nothing_read"


def test_hidden_tasks_cost_nothing_in_figures():
    assert G1.compute(store_with(*many(1), *many(1, hidden=True)), OCTOBER).value == 3.0


def test_many_completed_tasks_have_quartiles_and_an_interval():
    tasks = [a_task(tokens=MILLION * (n + 1)) for n in range(20)]

    dots = per_task(*tasks)

    assert dots.median == pytest.approx(31.5)
    assert dots.quartiles == pytest.approx((17.25, 45.75))
    assert dots.low < dots.per < dots.high
    assert dots.dots[0].title == "Session of 5 Oct"


def test_a_task_of_a_tool_without_tokens_makes_it_at_least():
    dots = per_task(*many(5), a_task())

    assert (dots.at_least, dots.per) == (True, pytest.approx(2.5))


def history(tokens):
    weeks = [date(2026, 9, 28) - timedelta(weeks=n + 1) for n in range(20)]
    return [a_task(week, tokens=tokens + n) for week in weeks for n in range(3)]


def test_cost_above_the_usual_is_said():
    dots = per_task(*history(MILLION), *many(6, tokens=3 * MILLION))

    assert dots.usual == pytest.approx((3, 3, 3), rel=0.01)
    assert "included, above your usual range." in dots.sentence
    assert "Above your usual range." in dots.note


def test_every_cost_measure_says_when_nothing_was_read():
    for measure in (G1, G3, G4):
        assert measure.compute(store_with(begin=None), OCTOBER).reason == "nothing_read"


def test_sums_are_those_of_single_records():
    tasks = [a_task(f"2026-10-{day:02}") for day in range(1, 20)]
    records = [(n * 7 % 1000, n * 13 % 5000, n % 91, n % 17, n * 3 % 700) for n in range(60)]
    kinds = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
    for n, record in enumerate(records):
        tasks[n % 19].usage.append(
            {f"{kind}_tokens": number for kind, number in zip(kinds, record, strict=True)}
        )
    price = bundled().price("claude-sonnet-4-5", noon("2026-10-05"))

    cost = priced.total(store_with(*tasks), OCTOBER)

    assert cost.nusd == sum(price.cost_nusd(Tokens(*record)) for record in records)
    assert cost.tokens == sum(map(sum, records))
