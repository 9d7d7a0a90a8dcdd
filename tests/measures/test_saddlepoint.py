"""Intervals of hundreds of units without drawing are those of many draws."""

from __future__ import annotations

import numpy as np
import pytest

from tests.measures.fates import groups
from tokenmirror.measures import saddlepoint, survival_curve
from tokenmirror.measures.intervals import _drawn_sums, cost_interval, ratio_interval

DRAWN = np.random.RandomState(3)


def clumped_lines(n):
    trials = np.ceil(DRAWN.lognormal(2.5, 1.2, n))
    hits = np.floor(trials * DRAWN.beta(1, 0.62, n))
    return list(zip(hits.tolist(), trials.tolist(), strict=True))


def costs(n):
    done = (DRAWN.rand(n) < 0.6).astype(float)
    return list(zip(DRAWN.lognormal(0, 1.2, n).tolist(), done.tolist(), strict=True))


@pytest.mark.parametrize("pairs", [clumped_lines(500), clumped_lines(900), costs(700)],
                         ids=["500 tasks", "900 tasks", "costs"])  # fmt: skip
@pytest.mark.parametrize("edge", [0.005, 0.015])
def test_ends_are_those_of_many_draws(pairs, edge):
    above, below = _drawn_sums(pairs, 5, 12_000)
    low, high = np.quantile(above / below, [edge, 1 - edge])

    found = saddlepoint.ends(pairs, edge)

    assert found == pytest.approx((low, high), abs=0.03 * (high - low))


def test_few_or_uneven_units_are_drawn():
    rare = [(1.0, 5.0)] * 20 + [(0.0, 5.0)] * 980

    assert saddlepoint.ends(clumped_lines(499), 0.015) is None
    assert saddlepoint.ends(rare, 0.015) is None
    assert saddlepoint.ends([*clumped_lines(600), (10.0**6, 10.0**6)], 0.015) is None


@pytest.mark.parametrize(("hits", "end"), [(5.0, 1.0), (0.0, 0.0)])
def test_units_that_all_went_one_way_draw_nothing_else(hits, end):
    assert ratio_interval([(hits, 5.0)] * 1000, 1) == (end, end)


def test_what_all_tasks_bear_together_moves_a_cost_as_a_whole():
    pairs = costs(700)
    done = sum(each for _, each in pairs)
    apart, together = cost_interval(pairs, 1), cost_interval(pairs, 1, shared=0.001 * done)

    assert together == pytest.approx([end + 0.001 for end in apart], rel=1e-3)


def test_a_curve_of_many_tasks_has_the_band_of_many_draws():
    every = []
    for unit in range(600):
        lines = int(np.ceil(DRAWN.lognormal(2.5, 1.0)))
        dead = int(DRAWN.binomial(lines, 0.3 * DRAWN.beta(0.5, 0.5)))
        fates = ((dead, DRAWN.randint(1, 60), True), (lines - dead, DRAWN.randint(30, 200), False))
        every += [(unit, n, int(days), died) for n, days, died in fates if n]
    some = groups(every)

    low, high = survival_curve._reckoned(some, 0.015, 91)

    drawn = np.concatenate([survival_curve._drawn(some, seed, 91) for seed in (1, 2, 3)])
    lows, highs = np.quantile(drawn, [0.015, 0.985], axis=0)
    for day in (7, 30, 60, 90):
        width = highs[day] - lows[day]
        assert (low[day], high[day]) == pytest.approx((lows[day], highs[day]), abs=0.06 * width)
    assert [low[0], high[0]] == pytest.approx([1, 1])
