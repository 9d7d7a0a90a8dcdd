"""The bootstrap of a ratio without drawing: its tails by the saddlepoint of the redrawn sum.

Σhits/Σtrials of redrawn units is at most r when the sum of redrawn (hits - r·trials) is at
most 0; the chance of that follows from the cumulants of the units alone (Lugannani and Rice
1980 in Barndorff-Nielsen's form; Davison and Hinkley 1988 for the bootstrap).  With hundreds
of units it is nearer to the bootstrap of endless draws than two thousand draws are, in a
hundredth of the time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MANY_UNITS = 500
EVEN = 25.0  # as many equal units at least: few large ones make a tail of steps
STEPS = 40
NEAR = 1e-9


def ends(
    pairs: Sequence[tuple[float, float]] | NDArray[np.float64], edge: float
) -> tuple[float, float] | None:
    """The quantiles ``edge`` and 1 - ``edge`` of Σhits/Σtrials over redrawn units.

    ``None`` where the units are too few or too uneven for it.
    """
    if len(pairs) < MANY_UNITS:
        return None
    import numpy as np  # late: 100 ms

    hits, trials = np.array(pairs, dtype=float).T
    if not hits.any():
        return 0.0, 0.0
    if bool((hits == trials).all()):
        return 1.0, 1.0
    misses = np.abs(trials - hits) if bool((hits <= trials).all()) else trials
    if min(_even(hits), _even(trials), _even(misses)) < EVEN:
        return None
    # many tasks have the same small numbers: each pair is reckoned once, by how often it is
    alike, often = np.unique(hits + 1j * trials, return_counts=True)
    units = _Units(alike.real, alike.imag, often.astype(float), float(len(pairs)))
    low, high = (_end(units, deviate) for deviate in _deviates(edge))
    return None if low is None or high is None else (low, high)


def _even(values: NDArray[np.float64]) -> float:
    """How many equal values would vary as little as these do."""
    squares = float((values * values).sum())
    return float(values.sum()) ** 2 / squares if squares else 0.0


def _dot(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    # "@" wakes a thread for each processor: more work than the sum, and other last digits
    return float((one * other).sum())


def _deviates(edge: float) -> tuple[float, float]:
    from statistics import NormalDist  # late: only intervals of many units need it

    high = NormalDist().inv_cdf(1 - edge)
    return -high, high


class _Units(NamedTuple):
    """Different pairs of hits and trials, how often each is, and how many units that makes."""

    hits: NDArray[np.float64]
    trials: NDArray[np.float64]
    often: NDArray[np.float64]
    number: float


def _end(units: _Units, deviate: float) -> float | None:
    """The ratio whose chance of not being exceeded is that of a normal deviate."""
    whole = _dot(units.often, units.trials)
    ratio = _dot(units.often, units.hits) / whole
    rest = units.hits - ratio * units.trials
    step = math.sqrt(_dot(units.often, rest * rest)) / whole
    at = ratio + deviate * step
    for _ in range(STEPS):
        found = _deviate_of_zero(units.hits - at * units.trials, units.often, units.number)
        if found is None:
            return None
        missed = deviate - found
        if abs(missed) < 1e-6:
            return at
        at += missed * step
    return None


def _deviate_of_zero(
    values: NDArray[np.float64], often: NDArray[np.float64], count: float
) -> float | None:
    """The normal deviate as likely not to be exceeded as 0 by the sum of redrawn values."""
    import numpy as np  # late: 100 ms

    middle = _dot(often, values) / count
    scaled = values / math.sqrt(_dot(often, values * values) / count - middle * middle)
    tilt = 0.0
    for _ in range(STEPS):
        weights = often * np.exp(tilt * scaled)
        whole = float(weights.sum())
        mean = _dot(weights, scaled) / whole
        variance = _dot(weights, scaled * scaled) / whole - mean * mean
        if abs(mean) < NEAR:
            break
        tilt -= max(-0.5, min(0.5, mean / variance))
    else:
        return None
    cumulant = count * math.log(whole / count)
    root = math.copysign(math.sqrt(max(0.0, -2 * cumulant)), tilt)
    spread = tilt * math.sqrt(count * variance)
    return root + math.log(spread / root) / root if abs(root) > 1e-3 else root
