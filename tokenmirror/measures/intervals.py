"""Statistics of measures: intervals, quartiles, usual ranges, and how they are rounded.

Pure arithmetic of ``measures.md`` 4 and 10.  numpy is imported late, by the bootstraps
alone, and with ``RandomState``, whose stream is frozen: an interval never changes with numpy.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from tokenmirror.measures import saddlepoint

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Interval = tuple[float, float]
Floats: TypeAlias = "NDArray[np.float64]"
Pairs: TypeAlias = "Sequence[tuple[float, float]] | Floats"  # of units: hits and trials

Z95 = 1.959964
Z99 = 2.575829
DRAWS = 2_000
AT_ONCE = 1_000_000  # drawn units held in memory
MIN_UNITS = 8  # fewer tasks give no bootstrap interval
MIN_WEEKS = 8  # of history before a week has a usual range
MAX_WEEKS = 26
LIMIT = 3.14  # times the median moving range
CLUMP = 0.40  # one task holding more than this is said
SEEN_ENOUGH = 200  # units: two more would move no end by a point
RUN_WEEKS = 8  # in a row on one side of the centre
RUN_HISTORY = 12  # weeks before a run that make its centre
FEW = 5
MANY = 20


def wilson(hits: int, trials: int, z: float = Z95) -> Interval:
    """95 % interval of a rate, as (low, high) in 0..1.

    Good from one trial on; ``trials`` must be positive.  Wilson 1927; test values in
    ``measures.md`` 10.
    """
    z2 = z * z
    centre = (hits + z2 / 2) / (trials + z2)
    half = z / (trials + z2) * math.sqrt(hits * (trials - hits) / trials + z2 / 4)
    return max(0.0, centre - half), min(1.0, centre + half)


def difference(one: tuple[int, int], other: tuple[int, int], z: float = Z99) -> Interval:
    """Interval of the difference of two independent rates, each (hits, trials): one - other.

    Newcombe's hybrid score interval (Newcombe 1998, method 10); trials must be positive.
    """
    (low, high), (other_low, other_high) = wilson(*one, z), wilson(*other, z)
    share, other_share = one[0] / one[1], other[0] / other[1]
    gap = share - other_share
    below = math.hypot(share - low, other_high - other_share)
    above = math.hypot(high - share, other_share - other_low)
    return gap - below, gap + above


def quantile(ordered: Sequence[float], share: float) -> float:
    """A quantile of sorted values by linear interpolation (type 7)."""
    place = (len(ordered) - 1) * share
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def median(values: Sequence[float]) -> float:
    """The median; there must be at least one value."""
    return quantile(sorted(values), 0.5)


def quartiles(values: Sequence[float]) -> Interval:
    """First and third quartile (type 7); there must be at least one value."""
    ordered = sorted(values)
    return quantile(ordered, 0.25), quantile(ordered, 0.75)


def median_interval(values: Sequence[float]) -> Interval | None:
    """95 % interval of a median by order statistics; ``None`` for fewer than six values."""
    n = len(values)
    ordered = sorted(values)
    # ten deviations below the middle nothing of the binomial tail is left
    first = max(0, math.floor(n / 2 - 5 * math.sqrt(n)))
    ways = math.lgamma(n + 1) - math.lgamma(first + 1) - math.lgamma(n - first + 1)
    chance = math.exp(ways - n * math.log(2))
    tail, rank = 0.0, 0
    for k in range(first, n // 2):  # the outermost pair of values that still reaches 95 %
        tail += chance
        if 2 * tail > 0.05:
            break
        rank = k + 1
        chance *= (n - k) / (k + 1)
    return (ordered[rank - 1], ordered[n - rank]) if rank else None


def seed(*parts: object) -> int:
    """A seed that is the same for the same question: measure, version, period, filters."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")


def ratio_interval(pairs: Pairs, start: int, draws: int = DRAWS) -> Interval | None:
    """Interval of Σhits/Σtrials over independent units, each given as (hits, trials).

    Percentile bootstrap over the units with the cuts of ``measures.md`` 4.3; ``None`` for
    fewer than eight units.  ``start`` is a ``seed``.

    Units that went all one way tell nothing of those that would not: the plain bootstrap
    then held the truth in 66 to 88 % of simulations.  So it is done again with two units of
    median size that nobody saw, one all hits and one none, and the wider ends count.
    From 500 units on the ends are reckoned without drawing (``saddlepoint``).
    """
    units = _with_trials(pairs)
    if len(units) < MIN_UNITS:
        return None
    smooth = saddlepoint.ends(units, _edge(len(units)))
    if smooth is not None:
        return smooth
    ends = []
    for some in (units, with_unseen(units)) if len(units) < SEEN_ENOUGH else (units,):
        hits, trials = _drawn_sums(some, start, draws)
        ends.append(_cut(hits / trials, len(units)))
    return min(low for low, _ in ends), max(high for _, high in ends)


def _with_trials(pairs: Pairs) -> Floats | list[tuple[float, float]]:
    """The units that have any trials; few of them stay a list, for which numpy is not woken."""
    if len(pairs) < MIN_UNITS:
        return [(float(hits), float(trials)) for hits, trials in pairs if trials > 0]
    import numpy as np  # late: 100 ms

    every = np.asarray(pairs, dtype=float)
    units: Floats = every[every[:, 1] > 0]
    return units


def with_unseen(units: Pairs) -> Floats:
    """The units and two of median size that nobody saw: one all hits, one none."""
    import numpy as np  # late: 100 ms

    size = median([float(trials) for _, trials in units])
    return np.concatenate((np.asarray(units, dtype=float), [(size, size), (0.0, size)]))


def cost_interval(pairs: Pairs, start: int, shared: float = 0.0) -> Interval | None:
    """Interval of (Σcost + shared)/Σdone over tasks given as (cost, 1 or 0).

    As ``ratio_interval``, but a unit without a completed task counts.  A draw without any
    completed task has no value and is left out.
    """
    if len(pairs) < MIN_UNITS:
        return None
    import numpy as np  # late: 100 ms

    units = np.array(pairs, dtype=float)
    if not units[:, 1].any():
        return None
    units[:, 0] += shared / len(units)
    smooth = saddlepoint.ends(units, _edge(len(units)))
    if smooth is not None:
        return smooth
    cost, done = _drawn_sums(pairs, start, DRAWS)
    some = done > 0
    return _cut((cost[some] + shared) / done[some], len(pairs))


def ratio_difference(one: Pairs, other: Pairs, start: int) -> Interval | None:
    """99 % interval of one Σhits/Σtrials less another, over independent units of each.

    Difference of two bootstraps over the units (``measures.md`` 4.5); ``None`` where either
    has fewer than eight units.
    """
    sides = [_with_trials(pairs) for pairs in (one, other)]
    if min(len(side) for side in sides) < MIN_UNITS:
        return None
    edge = 0.0005 if min(len(side) for side in sides) < MANY else 0.0025
    ends = []
    for first, second in (sides, [with_unseen(side) for side in sides]):
        # two streams: the same one would draw both periods alike
        hits, trials = _drawn_sums(first, start, DRAWS)
        other_hits, other_trials = _drawn_sums(second, start ^ 1, DRAWS)
        gaps = sorted(float(gap) for gap in hits / trials - other_hits / other_trials)
        ends.append((quantile(gaps, edge), quantile(gaps, 1 - edge)))
    return min(low for low, _ in ends), max(high for _, high in ends)


def _drawn_sums(pairs: Pairs, start: int, draws: int) -> tuple[Floats, Floats]:
    import numpy as np  # late: 100 ms

    random = np.random.RandomState(start)
    units = np.array(pairs, dtype=float)
    sums = np.empty((draws, 2))
    rows = max(1, AT_ONCE // len(pairs))
    for first in range(0, draws, rows):
        count = min(rows, draws - first)
        drawn = random.randint(0, len(pairs), size=(count, len(pairs)))
        for part in (0, 1):  # one column at a time: half the price of both at once
            sums[first : first + count, part] = units[:, part].take(drawn).sum(axis=1)
    return sums[:, 0], sums[:, 1]


def _cut(values: Floats, units: int) -> Interval:
    ordered = sorted(float(value) for value in values)
    edge = _edge(units)
    return quantile(ordered, edge), quantile(ordered, 1 - edge)


def _edge(units: int) -> float:
    return 0.005 if units < MANY else 0.015


def clump(sizes: Sequence[float]) -> float | None:
    """The share one unit holds, when it is more than 40 % of all; else ``None``."""
    total = sum(sizes)
    if len(sizes) < 2 or total <= 0:
        return None
    largest = max(sizes) / total
    return largest if largest > CLUMP else None


@dataclass(frozen=True)
class Usual:
    """Own usual range: process-behaviour limits with medians, in the unit of the values."""

    low: float
    centre: float
    high: float

    @property
    def ends(self) -> tuple[float, float, float]:
        """Low, centre, high."""
        return self.low, self.centre, self.high

    def place(self, value: float) -> int:
        """-1 below the range, 0 inside, 1 above."""
        return int(value > self.high) - int(value < self.low)


def usual(
    values: Sequence[float],
    *,
    log: bool = False,
    floor: float | None = 0.0,
    ceiling: float | None = None,
    least: int = MIN_WEEKS,
) -> Usual | None:
    """The usual range of the values of full weeks, oldest first, the newest 26 of them.

    ``None`` for fewer than ``least`` values.  ``log`` reckons on the log scale (durations
    and costs; values of 0 or less are left out).  Wheeler 1993, with medians.
    """
    known = [math.log(v) for v in values if v > 0] if log else list(values)
    known = known[-MAX_WEEKS:]
    if len(known) < least:
        return None
    centre = median(known)
    reach = LIMIT * median([abs(b - a) for a, b in pairwise(known)])
    low, high = centre - reach, centre + reach
    if log:
        return Usual(math.exp(low), math.exp(centre), math.exp(high))
    return Usual(
        low if floor is None else max(floor, low),
        centre,
        high if ceiling is None else min(ceiling, high),
    )


def run_of(values: Sequence[float]) -> tuple[int, float] | None:
    """The side on which the newest eight values all lie, and the centre they are held to.

    Values of full weeks, oldest first; the centre is the median of the 12 to 26 before the
    eight.  -1 below, 1 above; ``None`` for no such run or too little history.
    """
    before, newest = values[:-RUN_WEEKS][-MAX_WEEKS:], values[-RUN_WEEKS:]
    if len(before) < RUN_HISTORY:
        return None
    centre = median(before)
    sides = {(value > centre) - (value < centre) for value in newest}
    side = sides.pop()
    return (side, centre) if side and not sides else None


def nested_sums(weeks: Sequence[tuple[float, float]], length: int, start: int) -> Floats | None:
    """What the sums of a period of ``length`` weeks may be, from the sums of single weeks.

    Nested week bootstrap of ``measures.md`` 4.5: draw the baseline weeks with replacement,
    and from that draw take ``length`` weeks.  Shape (draws, 2); ``None`` for too few weeks
    (``weeks_needed``).
    """
    baseline = list(weeks)[-MAX_WEEKS:]
    if len(baseline) < weeks_needed(length):
        return None
    import numpy as np  # late: 100 ms

    random = np.random.RandomState(start)
    base = random.randint(0, len(baseline), size=(DRAWS, len(baseline)))
    places = random.randint(0, len(baseline), size=(DRAWS, length))
    taken = np.take_along_axis(base, places, axis=1)
    sums: Floats = np.array(baseline, dtype=float)[taken].sum(axis=1)
    return sums


def central(ordered: Sequence[float], share: float) -> Usual:
    """The central share of sorted values: 0.95 is drawn, outside 0.99 is named."""
    edge = (1 - share) / 2
    return Usual(quantile(ordered, edge), quantile(ordered, 0.5), quantile(ordered, 1 - edge))


def weeks_needed(length: int) -> int:
    """Weeks of history that a period of ``length`` weeks needs before it has a usual range.

    Two or three weeks need as many as a month: on 8 they would be named in 6 to 13 % of
    steady series, on 12 in 3 to 5 %.
    """
    if length >= 12:
        return 26
    return 12 if length >= 2 else MIN_WEEKS


def percent_step(low: float, high: float) -> int:
    """To how many per cent a share over lines is rounded: 5 where the interval is wide."""
    return 5 if high - low > 0.20 else 1
