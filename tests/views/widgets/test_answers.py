"""What cards say: counts in words, no percentage of few, doubt in words too."""

from __future__ import annotations

import pytest

from tests.views.gallery import COST, DONE, EARLY, FEW_COSTS, NOT_RECORDED
from tokenmirror.measures.figures import Dots, Rate, Total
from tokenmirror.views.widgets.answers import (
    answer_of,
    dots_answer,
    rate_answer,
    top_of,
    total_answer,
    unknown_answer,
)


def test_a_rate_is_said_as_so_many_of_so_many():
    answer = rate_answer("Done", "change tasks completed", DONE)
    assert answer.answer == "21 of 25"
    assert answer.strip is not None
    assert answer.strip.spoken == "84 %, likely between 65 % and 94 %, usual 68 % to 90 %"


def test_a_rate_of_four_has_no_percentage_anywhere():
    answer = rate_answer("Done", "completed", Rate(3, 4, "tasks", "3 of 4."))
    assert answer.strip is not None
    assert "%" not in answer.spoken + answer.strip.top_label + answer.strip.zero_label
    assert answer.strip.cases == (3.0,)


def test_a_rate_of_nothing_says_so():
    answer = rate_answer("Done", "completed", Rate(0, 0, "tasks", ""))
    assert answer.about == "none in this period"
    assert answer.strip is None


def test_a_cost_has_a_zero_based_axis_that_holds_its_interval():
    answer = dots_answer("Cost", "per completed task", COST)
    assert answer.answer == "about $3.10"
    assert answer.strip is not None
    assert (answer.strip.zero_label, answer.strip.top_label) == ("$0", "$5")


def test_few_costs_are_listed_one_by_one():
    answer = dots_answer("Cost", "per completed task", FEW_COSTS)
    assert answer.answer == "3 tasks"
    assert answer.strip is not None
    assert answer.strip.cases == (0.8, 1.9, 4.1)
    assert answer.strip.value is None


def test_costs_without_a_completed_task_say_so():
    answer = dots_answer("Cost", "per completed task", Dots((), "usd", "Nothing completed."))
    assert answer.about == "none completed in this period"


def test_what_could_not_be_counted_in_part_is_at_least():
    answer = total_answer("Cost", "in October", Total(12.5, "usd", 8, "", at_least=True))
    assert answer.answer == "at least $12.50"


def test_what_is_not_recorded_has_a_reason_and_a_way_on():
    answer = unknown_answer("Cost", NOT_RECORDED, "See what each tool records")
    assert answer.about == "not recorded"
    assert answer.note == NOT_RECORDED.sentence
    assert answer.action


def test_what_is_too_early_is_a_hatched_strip():
    answer = answer_of("Held up", "held for two weeks", EARLY)
    assert answer.strip is not None
    assert answer.strip.early


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1), (0.3, 0.5), (1, 1), (4.2, 5), (5.1, 10), (120, 200)]
)
def test_an_axis_ends_at_the_next_round_value(value: float, top: float):
    assert top_of(value) == pytest.approx(top)
