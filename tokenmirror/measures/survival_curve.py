"""How long lines last: the Kaplan-Meier estimate over groups of lines, by whole days.

Lines that died together are one group, and so are those that were watched equally long
(Kaplan and Meier 1958; ``measures.md`` 4.6).  A line that is still there, or whose history
could not be read any further, is censored: it counts as long as it was watched.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import NormalDist
from typing import TYPE_CHECKING, TypeAlias

from tokenmirror.measures.intervals import AT_ONCE, DRAWS, MANY, MIN_UNITS, Interval, median
from tokenmirror.measures.saddlepoint import MANY_UNITS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Floats: TypeAlias = "NDArray[np.float64]"
HORIZON_DAYS = 90
NEARLY_NOTHING = 1e-12
SMALL_PRODUCT = 250_000  # multiplications that are left to one thread
BLOCK_ROWS = 16
WATCHED_SHARE = 0.20  # of the lines not known dead: below it nothing is said of a day


@dataclass(frozen=True)
class Groups:
    """Groups of lines, each of one ``unit`` (a task) and with one fate: columns of one length.

    Units are numbered from 0 on, none left out, in the order in which they are drawn.
    ``days`` since the lines landed: those until they died, begun days whole; else those they
    were watched, whole ones only.
    """

    unit: NDArray[np.int64]
    lines: NDArray[np.int64]
    days: NDArray[np.int64]
    died: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.unit)

    @cached_property
    def units(self) -> int:
        """How many units there are."""
        return int(self.unit.max()) + 1 if len(self.unit) else 0

    @cached_property
    def all_lines(self) -> int:
        """How many lines there are."""
        return int(self.lines.sum())


@dataclass(frozen=True)
class Point:
    """The share (0..1) still there after ``days``, with its interval where one may be given.

    ``left`` lines were there and watched until then.
    """

    days: int
    share: float
    low: float | None = None
    high: float | None = None
    left: int = 0


def curve(groups: Groups, horizon_days: int = HORIZON_DAYS) -> list[Point]:
    """The step curve from day 0 on, as far as a fifth of the lines not known dead was watched."""
    died, watched = _by_day(groups, horizon_days)
    at_risk = groups.all_lines
    dead = 0
    share = 1.0
    points = []
    for day in range(horizon_days + 1):
        if not groups.all_lines or at_risk < WATCHED_SHARE * (groups.all_lines - dead):
            break
        left = at_risk
        if at_risk:
            share *= 1 - died[day] / at_risk
        points.append(Point(day, share, left=left))
        dead += died[day]
        at_risk -= died[day] + watched[day]
    return points


def share_at(groups: Groups, days: int) -> float | None:
    """The share still there after so many days; ``None`` where too few were watched."""
    points = curve(groups, days)
    return points[days].share if len(points) > days else None


def band(groups: Groups, start: int, horizon_days: int = HORIZON_DAYS) -> list[Point]:
    """The curve with an interval per day: percentile bootstrap over the units.

    Cuts as ``measures.md`` 4.3; fewer than eight units have no interval.  ``start`` is a
    ``intervals.seed``.  As in ``intervals.ratio_interval``, two units that nobody saw are
    allowed for: one that lasts, one that is gone after a day.  From 500 units on the ends
    are reckoned without drawing.
    """
    points = curve(groups, horizon_days)
    if groups.units < MIN_UNITS or not points:
        return points
    import numpy as np  # late: 100 ms

    edge = 0.005 if groups.units < MANY else 0.015
    ends = [
        _reckoned(some, edge, len(points))
        if groups.units >= MANY_UNITS
        else np.quantile(_drawn(some, start, len(points)), [edge, 1 - edge], axis=0)
        for some in (groups, _with_unseen(groups, horizon_days))
    ]
    lows, highs = np.minimum(ends[0][0], ends[1][0]), np.maximum(ends[0][1], ends[1][1])
    return [
        replace(point, low=float(low), high=float(high))
        for point, low, high in zip(points, lows, highs, strict=True)
    ]


def _with_unseen(groups: Groups, horizon_days: int) -> Groups:
    """With two units of median size before the others: one gone after a day, one that lasts."""
    import numpy as np  # late: 100 ms

    lines = np.bincount(groups.unit, weights=groups.lines)
    size = max(1, round(median(lines.tolist())))
    return Groups(
        np.concatenate(([0, 1], groups.unit + 2)),
        np.concatenate(([size, size], groups.lines)),
        np.concatenate(([1, horizon_days + 1], groups.days)),
        np.concatenate(([True, False], groups.died)),
    )


def interval_at(points: Iterable[Point], days: int) -> Interval | None:
    """The interval of one day of a ``band``."""
    for point in points:
        if point.days == days and point.low is not None and point.high is not None:
            return point.low, point.high
    return None


def _by_day(groups: Groups, horizon: int) -> tuple[list[int], list[int]]:
    """Lines that died on each day, and those not watched any longer; the last holds the rest."""
    import numpy as np  # late: 100 ms

    found = np.zeros((2, horizon + 2), dtype=np.int64)
    day = np.minimum(groups.days, horizon + 1)
    np.add.at(found, (np.where(groups.died, 0, 1), day), groups.lines)
    died, watched = found.tolist()
    return died, watched


def _by_unit(groups: Groups, days: int) -> tuple[Floats, Floats]:
    """Lines at risk and lines that died, a row for each unit and a column for each day."""
    import numpy as np  # late: 100 ms

    def filled(some: NDArray[np.bool_]) -> Floats:
        cell = groups.unit[some] * days + groups.days[some]
        size = groups.units * days
        lines = groups.lines[some].astype(float)
        cells = np.bincount(cell, weights=lines, minlength=size).astype(float)
        return cells.reshape(groups.units, days)

    within = groups.days < days
    gone = filled(within)  # no longer at risk after the day
    lines = np.bincount(groups.unit, weights=groups.lines, minlength=groups.units)
    return lines[:, None] - np.cumsum(gone, axis=1) + gone, filled(within & groups.died)


def _reckoned(groups: Groups, edge: float, days: int) -> Floats:
    """The two ends of the curve of redrawn units, by the pull of each unit on it.

    The variance of the summed hazard is that of the units' pulls (infinitesimal jackknife);
    on its two-thirds power a sum of counts is nearly normal.
    """
    import numpy as np  # late: 100 ms

    order = np.argsort(groups.days, kind="stable")
    edges = np.searchsorted(groups.days[order], np.arange(days + 1))
    lines = groups.lines.astype(float)
    at_risk = np.bincount(groups.unit, weights=lines)
    pulls = np.zeros(groups.units)
    summed, spread = np.zeros(days), np.zeros(days)
    hazards = 0.0
    for day in range(days):  # a row of units at a time: all of them at once leave the cache
        today = order[edges[day] : edges[day + 1]]
        dead = today[groups.died[today]]
        risk = max(float(at_risk.sum()), 1.0)
        hazard = float(lines[dead].sum()) / risk
        kept = max(1 - hazard, NEARLY_NOTHING)
        pulls -= at_risk * (hazard / (risk * kept))
        np.add.at(pulls, groups.unit[dead], lines[dead] / (risk * kept))
        np.subtract.at(at_risk, groups.unit[today], lines[today])
        hazards -= math.log(kept)
        summed[day], spread[day] = hazards, math.sqrt(float((pulls * pulls).sum()))
    summed = np.maximum(summed, NEARLY_NOTHING)
    reach = NormalDist().inv_cdf(1 - edge) * 2 / 3 * spread * summed ** (-1 / 3)
    middle = summed ** (2 / 3)
    ends: Floats = np.exp(-(np.maximum([middle + reach, middle - reach], 0.0) ** 1.5))
    return ends


def _drawn(groups: Groups, start: int, days: int) -> Floats:
    """Curves of redrawn units, one a row; a day without lines at risk keeps its share."""
    import numpy as np  # late: 100 ms

    units = groups.units
    told = np.concatenate(_by_unit(groups, days), axis=1)
    random = np.random.RandomState(start)
    shares = np.empty((DRAWS, days))
    rows = max(1, AT_ONCE // units)
    for first in range(0, DRAWS, rows):
        count = min(rows, DRAWS - first)
        drawn = random.randint(0, units, size=(count, units))
        places = drawn + units * np.arange(count)[:, None]  # every row counts apart
        counts = np.bincount(places.ravel(), minlength=count * units)
        sums = _product(counts.reshape(count, units).astype(float), told)
        risk, died = sums[:, :days], sums[:, days:]
        lost = np.divide(died, risk, out=np.zeros_like(risk), where=risk > 0)
        shares[first : first + count] = np.cumprod(1 - lost, axis=1)
    return shares


def _product(weights: Floats, told: Floats) -> Floats:
    """``weights @ told``, of whole numbers, in blocks for which no threads are woken.

    A thread for each processor spins for longer than the product takes.
    """
    import numpy as np  # late: 100 ms

    found = np.empty((len(weights), told.shape[1]))
    width = max(1, SMALL_PRODUCT // (BLOCK_ROWS * len(told)))
    for left in range(0, told.shape[1], width):
        some = np.ascontiguousarray(told[:, left : left + width])
        for top in range(0, len(weights), BLOCK_ROWS):
            block = weights[top : top + BLOCK_ROWS] @ some
            found[top : top + BLOCK_ROWS, left : left + width] = block
    return found
