import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenmirror.measures.intervals import (
    Z95,
    central,
    clump,
    cost_interval,
    difference,
    median,
    median_interval,
    nested_sums,
    percent_step,
    quantile,
    quartiles,
    ratio_interval,
    seed,
    usual,
    weeks_needed,
    wilson,
)


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [
        (3, 4, 0.301, 0.954),
        (8, 10, 0.490, 0.943),
        (45, 50, 0.786, 0.957),
        (0, 10, 0, 0.278),
        (10, 10, 0.7225, 1),
    ],
)
def test_wilson_gives_the_published_values(hits, trials, low, high):
    assert wilson(hits, trials) == pytest.approx((low, high), abs=0.001)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_rate_and_stays_within_bounds(case):
    hits, trials = case
    low, high = wilson(hits, trials)

    assert 0 <= low <= hits / trials + 1e-12
    assert hits / trials - 1e-12 <= high <= 1


@given(st.integers(1, 200), st.data())
def test_wilson_rises_with_the_hits(trials, data):
    hits = data.draw(st.integers(0, trials - 1))

    assert wilson(hits, trials) < wilson(hits + 1, trials)


def test_quartiles_interpolate_as_type_7():
    assert quartiles([1, 2, 3, 4]) == (1.75, 3.25)  # R: quantile(1:4)
    assert median([5, 7, 6, 8, 6, 7, 5, 9]) == 6.5
    assert quantile([4], 0.9) == 4


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(0, 1))
def test_quantiles_are_those_of_numpy(values, share):
    ordered = sorted(values)

    assert quantile(ordered, share) == pytest.approx(np.quantile(ordered, share), abs=1e-6)


def test_a_median_interval_needs_six_values():
    assert median_interval([1, 2, 3, 4, 5]) is None
    assert median_interval([6, 1, 2, 3, 4, 5]) == (1, 6)


def test_a_median_interval_takes_the_inner_pair_that_still_reaches_95_percent():
    assert median_interval(list(range(1, 11))) == (2, 9)  # 97.9 %; Conover, table A3
    assert median_interval(list(range(1, 21))) == (6, 15)  # 95.9 %


def test_the_usual_range_is_the_published_one():
    found = usual([5, 7, 6, 8, 6, 7, 5, 9])

    assert (found.low, found.centre, found.high) == pytest.approx((0.22, 6.5, 12.78))


def test_a_usual_range_needs_eight_weeks_and_looks_back_26():
    assert usual([5] * 7) is None
    assert usual([900] * 10 + [5, 7] * 13).centre == 6


def test_a_usual_range_stays_within_floor_and_ceiling():
    found = usual([10, 90] * 5, ceiling=100)

    assert (found.low, found.high) == (0, 100)
    assert usual([1, -9] * 5, floor=None).low < -9


def test_costs_are_reckoned_on_the_log_scale():
    found = usual([1, 2, 4, 2, 1, 2, 4, 2, 0], log=True)

    assert found.centre == pytest.approx(2)
    assert found.high / found.centre == pytest.approx(found.centre / found.low)


def test_a_usual_range_tells_the_place_of_a_value():
    found = usual([5, 7, 6, 8, 6, 7, 5, 9])

    assert [found.place(v) for v in (0.1, 6, 13)] == [-1, 0, 1]


def test_one_large_task_makes_the_interval_at_least_three_times_as_wide_as_wilson():
    pairs = [(900, 900)] + [(k, 10) for k in (0, 10, 5, 0, 10, 2, 8, 5, 0, 10)]
    low, high = ratio_interval(pairs, seed("D2@1"))
    narrow = wilson(sum(k for k, _ in pairs), sum(n for _, n in pairs))

    assert high - low >= 3 * (narrow[1] - narrow[0])
    assert clump([n for _, n in pairs]) == pytest.approx(0.9)


def test_fewer_than_eight_tasks_give_no_interval():
    assert ratio_interval([(1, 2)] * 7 + [(0, 0)] * 5, 1) is None
    assert cost_interval([(1, 1)] * 7, 1) is None
    assert cost_interval([(1, 0)] * 9, 1) is None


def test_tasks_that_all_went_one_way_do_not_make_it_certain():
    low, high = ratio_interval([(10, 10)] * 8, 1)

    assert low < 0.7  # Wilson of 8 of 8 tasks: 0.676
    assert high == 1
    assert ratio_interval([(0, 10)] * 200, 1) == (0, 0)


def test_the_same_question_gives_the_same_interval():
    pairs = [(k * k, 10 + k * k) for k in range(10)]

    assert ratio_interval(pairs, seed("D2", 1)) == ratio_interval(pairs, seed("D2", 1))
    assert ratio_interval(pairs, seed("D2", 1)) != ratio_interval(pairs, seed("D2", 2))


def test_the_stream_behind_the_intervals_is_frozen():
    pairs = [(k * k, 10 + k * k) for k in range(10)]

    assert seed("D2@1", "2026-10-01") == 3246179
    assert ratio_interval(pairs, 7) == pytest.approx((0.379472, 0.846809), abs=1e-6)


def test_cost_that_belongs_to_no_task_raises_the_interval():
    pairs = [(float(n), n % 2) for n in range(12)]

    assert cost_interval(pairs, 1, 60)[0] > cost_interval(pairs, 1)[0]


@pytest.mark.parametrize(("sizes", "share"), [([5], None), ([], None), ([3, 3, 3], None),
                                              ([6, 2, 2], 0.6)])  # fmt: skip
def test_a_clump_is_named_above_40_percent(sizes, share):
    assert clump(sizes) == share


def test_more_than_a_week_needs_12_weeks_of_history_and_a_quarter_26():
    assert [weeks_needed(n) for n in (1, 2, 4, 5, 12, 13)] == [8, 12, 12, 12, 26, 26]
    assert nested_sums([(1, 2)] * 11, 4, 1) is None
    assert set(map(tuple, nested_sums([(1, 2)] * 12, 4, 1).tolist())) == {(4, 8)}


def test_the_central_share_of_values_is_cut_at_both_ends():
    found = central(range(101), 0.9)

    assert (found.low, found.centre, found.high) == pytest.approx((5, 50, 95))


def test_wide_intervals_round_to_five_percent():
    assert percent_step(0.4, 0.7) == 5
    assert percent_step(0.6, 0.7) == 1


def test_log_ranges_are_finite():
    assert math.isfinite(usual([1.0] * 8, log=True).high)


def test_the_difference_of_two_rates_as_newcombe_published_it():
    low, high = difference((56, 70), (48, 80), Z95)

    assert (low, high) == pytest.approx((0.0524, 0.3339), abs=5e-4)


@pytest.mark.parametrize("trials", [1, 5, 40])
def test_the_difference_of_a_rate_to_itself_lies_around_nothing(trials):
    low, high = difference((trials, trials), (trials, trials))

    assert low == pytest.approx(-high)
    assert low < 0 < high
