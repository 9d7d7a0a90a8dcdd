"""How often the intervals hold the truth, and how often a steady series raises an alarm.

``python -m tests.measures.simulate`` prints the table that stands in ``simulation.md``; with
``--write`` it writes it there.  Every cell has its own fixed seed, so a table can be made
again to the digit.  The ordinary test run does a part of it (``test_simulation.py``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tokenmirror.measures import survival_curve
from tokenmirror.measures.intervals import (
    Z99,
    central,
    cost_interval,
    difference,
    nested_sums,
    ratio_difference,
    ratio_interval,
    run_of,
    seed,
    usual,
    wilson,
)

PAGE = Path(__file__).parent / "simulation.md"
TASKS = (8, 12, 20, 30, 60)
RATE = 1 / 1.62  # mean of Beta(1, 0.62)
Random = np.random.RandomState
Trial = Callable[[Random, int], bool]


@dataclass(frozen=True)
class Case:
    """One line of the table: ``trial`` says whether it came out as ``what``."""

    group: str
    name: str
    runs: int
    stated: str
    low: float
    high: float
    trial: Trial

    def share(self, runs: int | None = None) -> float:
        """The share of runs in which the trial came out, from a seed of its own."""
        random = Random(seed(self.group, self.name))
        count = runs or self.runs
        return sum(self.trial(random, run) for run in range(count)) / count


def held(interval: tuple[float, float] | None, truth: float) -> bool:
    return interval is not None and interval[0] <= truth <= interval[1]


def clumped(random: Random, tasks: int) -> list[tuple[float, float]]:
    """Lines of tasks: sizes log-normal with sigma 1.2, rates Beta(1, 0.62), lines binomial."""
    sizes = np.ceil(random.lognormal(3, 1.2, tasks)).astype(int)
    hits = random.binomial(sizes, random.beta(1, 0.62, tasks))
    return list(zip(hits.astype(float), sizes.astype(float), strict=True))


def wilson_holds(trials: int, rate: float) -> Trial:
    return lambda random, _run: held(wilson(int(random.binomial(trials, rate)), trials), rate)


def lines_hold(tasks: int) -> Trial:
    return lambda random, run: held(ratio_interval(clumped(random, tasks), run), RATE)


def wilson_over_lines(random: Random, _run: int) -> bool:
    pairs = clumped(random, 20)
    return held(wilson(int(sum(h for h, _ in pairs)), int(sum(n for _, n in pairs))), RATE)


COST_SIGMA = 1.0
DONE = 0.7


def cost_holds(tasks: int) -> Trial:
    truth = math.exp(1 + COST_SIGMA**2 / 2) / DONE

    def trial(random: Random, run: int) -> bool:
        costs = random.lognormal(1, COST_SIGMA, tasks)
        done = (random.uniform(size=tasks) < DONE).astype(float)
        return held(cost_interval(list(zip(costs, done, strict=True)), run), truth)

    return trial


ALIVE_30 = 0.8


def survival_holds(tasks: int) -> Trial:
    """Tasks die at rates of their own; the truth is that of the pooled lines after 30 days.

    Half of a task's lines share its day of death, every task is watched 20 to 120 days.
    """
    truth = _alive_30()

    def trial(random: Random, run: int) -> bool:
        groups = [one for task in range(tasks) for one in _lives(random, task)]
        points = survival_curve.band(groups, run)
        return held(survival_curve.interval_at(points, 30), truth)

    return trial


def _frailty(random: Random, count: int) -> np.ndarray:
    return random.gamma(1.0, 1.0, count)  # of a task's own death rate


def _alive_30() -> float:
    # E exp(-rate * frailty * 30) of a unit-mean gamma frailty is 1 / (1 + rate * 30)
    return 1 / (1 + _RATE * 30)


_RATE = (1 / ALIVE_30 - 1) / 30


def _lives(random: Random, task: int) -> Iterator[survival_curve.Group]:
    size = max(2, int(np.ceil(random.lognormal(3, 1.2))))
    rate = _RATE * float(_frailty(random, 1)[0])
    watched = int(random.randint(31, 120))
    parts = [size // 2] + [1] * min(10, size - size // 2)
    for lines in parts:
        life = math.ceil(random.exponential(1 / rate)) if rate > 0 else 10**6
        died = life <= watched
        yield survival_curve.Group(task, lines, life if died else watched, died)


Draw = Callable[[Random, int], list[float]]


def normal(random: Random, n: int) -> list[float]:
    return [float(v) for v in random.normal(50, 8, n)]


def poisson(random: Random, n: int) -> list[float]:
    return [float(v) for v in random.poisson(6, n)]


def lognormal(random: Random, n: int) -> list[float]:
    return [float(v) for v in random.lognormal(1, 0.8, n)]


def week_named(draw: Draw, weeks: int, *, log: bool = False) -> Trial:
    floor = None if draw is normal else 0.0

    def trial(random: Random, _run: int) -> bool:
        values = draw(random, weeks + 1)
        found = usual(values[:weeks], log=log, floor=floor)
        assert found is not None
        return found.place(values[weeks]) != 0

    return trial


def period_named(length: int, weeks: int) -> Trial:
    """A period of a steady rate: 6 tasks a week, each done with chance 0.8."""

    def trial(random: Random, run: int) -> bool:
        tasks = random.poisson(6, weeks + length)
        made = list(zip(random.binomial(tasks, 0.8), tasks, strict=True))
        drawn = nested_sums(made[:weeks], length, run)
        assert drawn is not None
        found = central(sorted(hits / n for hits, n in drawn if n), 0.99)
        shown = sum(hits for hits, _ in made[weeks:]) / sum(n for _, n in made[weeks:])
        return found.place(shown) != 0

    return trial


def total_named(length: int, weeks: int) -> Trial:
    """A period of a steady total: counts of weeks, negative binomial with mean 30."""

    def trial(random: Random, run: int) -> bool:
        counts = random.negative_binomial(5, 5 / 35, weeks + length).astype(float)
        drawn = nested_sums([(n, 1.0) for n in counts[:weeks]], length, run)
        assert drawn is not None
        found = central(sorted(total for total, _ in drawn), 0.99)
        return found.place(float(counts[weeks:].sum())) != 0

    return trial


def run_named(draw: Draw, weeks: int) -> Trial:
    return lambda random, _run: run_of(draw(random, weeks + 8)) is not None


def newcombe_named(trials: int) -> Trial:
    def trial(random: Random, _run: int) -> bool:
        one, other = (int(n) for n in random.binomial(trials, 0.8, 2))
        low, high = difference((one, trials), (other, trials), Z99)
        return not low <= 0 <= high

    return trial


def lines_differ(tasks: int) -> Trial:
    def trial(random: Random, run: int) -> bool:
        found = ratio_difference(clumped(random, tasks), clumped(random, tasks), run)
        assert found is not None
        return not found[0] <= 0 <= found[1]

    return trial
