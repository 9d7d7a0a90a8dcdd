"""How long lines last: the Kaplan-Meier estimate over groups of lines, by whole days.

Lines that died together are one group, and so are those that were watched equally long
(Kaplan and Meier 1958; ``measures.md`` 4.6).  A line that is still there, or whose history
could not be read any further, is censored: it counts as long as it was watched.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import TYPE_CHECKING

from tokenmirror.measures.intervals import AT_ONCE, DRAWS, MANY, MIN_UNITS, Interval, median
from tokenmirror.measures.saddlepoint import MANY_UNITS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DAY_MS = 86_400_000
HORIZON_DAYS = 90
NEARLY_NOTHING = 1e-12
WATCHED_SHARE = 0.20  # of the lines not known dead: below it nothing is said of a day


@dataclass(frozen=True)
class Group:
    """``lines`` of one ``unit`` (a task) with one fate.

    ``days`` since they landed: those until they died, begun days whole; else those they
    were watched, whole ones only.
    """

    unit: Hashable
    lines: int
    days: int
    died: bool


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


def group(unit: Hashable, lines: int, born_ms: int, end_ms: int, *, died: bool) -> Group:
    """A group by its instants: landed, and died or last seen."""
    passed = max(0, end_ms - born_ms) / DAY_MS
    return Group(unit, lines, math.ceil(passed) if died else math.floor(passed), died)


def curve(groups: Sequence[Group], horizon_days: int = HORIZON_DAYS) -> list[Point]:
    """The step curve from day 0 on, as far as a fifth of the lines not known dead was watched."""
    died, watched = _by_day(groups, horizon_days)
    all_lines = sum(one.lines for one in groups)
    at_risk = all_lines
    dead = 0
    share = 1.0
    points = []
    for day in range(horizon_days + 1):
        if not all_lines or at_risk < WATCHED_SHARE * (all_lines - dead):
            break
        left = at_risk
        if at_risk:
            share *= 1 - died[day] / at_risk
        points.append(Point(day, share, left=left))
        dead += died[day]
        at_risk -= died[day] + watched[day]
    return points


def share_at(groups: Sequence[Group], days: int) -> float | None:
    """The share still there after so many days; ``None`` where too few were watched."""
    points = curve(groups, days)
    return points[days].share if len(points) > days else None


def band(groups: Sequence[Group], start: int, horizon_days: int = HORIZON_DAYS) -> list[Point]:
    """The curve with an interval per day: percentile bootstrap over the units.

    Cuts as ``measures.md`` 4.3; fewer than eight units have no interval.  ``start`` is a
    ``intervals.seed``.  As in ``intervals.ratio_interval``, two units that nobody saw are
    allowed for: one that lasts, one that is gone after a day.  From 500 units on the ends
    are reckoned without drawing.
    """
    points = curve(groups, horizon_days)
    units = sorted({one.unit for one in groups}, key=repr)
    if len(units) < MIN_UNITS or not points:
        return points
    import numpy as np  # late: 100 ms

    edge = 0.005 if len(units) < MANY else 0.015
    ends = [
        _reckoned(some, edge, len(points))
        if len(units) >= MANY_UNITS
        else np.quantile(_drawn(some, start, len(points)), [edge, 1 - edge], axis=0)
        for some in (groups, _with_unseen(groups, horizon_days))
    ]
    lows, highs = np.minimum(ends[0][0], ends[1][0]), np.maximum(ends[0][1], ends[1][1])
    return [
        replace(point, low=float(low), high=float(high))
        for point, low, high in zip(points, lows, highs, strict=True)
    ]


def _with_unseen(groups: Sequence[Group], horizon_days: int) -> list[Group]:
    lines: dict[Hashable, int] = defaultdict(int)
    for one in groups:
        lines[one.unit] += one.lines
    size = max(1, round(median(list(lines.values()))))
    lasting = Group("unseen, lasting", size, horizon_days + 1, died=False)
    return [*groups, lasting, Group("unseen, gone", size, 1, died=True)]


def interval_at(points: Iterable[Point], days: int) -> Interval | None:
    """The interval of one day of a ``band``."""
    for point in points:
        if point.days == days and point.low is not None and point.high is not None:
            return point.low, point.high
    return None


def _by_day(groups: Iterable[Group], horizon: int) -> tuple[Mapping[int, int], Mapping[int, int]]:
    died: dict[int, int] = defaultdict(int)
    watched: dict[int, int] = defaultdict(int)
    for one in groups:
        (died if one.died else watched)[min(one.days, horizon + 1)] += one.lines
    return died, watched


def _by_unit(groups: Sequence[Group], days: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lines at risk and lines that died, a row for each unit and a column for each day."""
    import numpy as np  # late: 100 ms

    units = sorted({one.unit for one in groups}, key=repr)
    place = {unit: number for number, unit in enumerate(units)}
    died = np.zeros((len(units), days))
    gone = np.zeros((len(units), days))  # no longer at risk after the day
    lines = np.zeros(len(units))
    for one in groups:
        row = place[one.unit]
        lines[row] += one.lines
        if one.days < days:
            gone[row, one.days] += one.lines
            died[row, one.days] += one.lines if one.died else 0
    return lines[:, None] - np.cumsum(gone, axis=1) + gone, died


def _reckoned(groups: Sequence[Group], edge: float, days: int) -> NDArray[np.float64]:
    """The two ends of the curve of redrawn units, by the pull of each unit on it.

    The variance of the summed hazard is that of the units' pulls (infinitesimal jackknife);
    on its two-thirds power a sum of counts is nearly normal.
    """
    import numpy as np  # late: 100 ms

    at_risk, died = _by_unit(groups, days)
    risk = np.maximum(at_risk.sum(axis=0), 1.0)
    hazard = died.sum(axis=0) / risk
    kept = np.maximum(1 - hazard, NEARLY_NOTHING)
    pulls = np.cumsum((died - at_risk * hazard) / (risk * kept), axis=1)
    spread = np.sqrt((pulls * pulls).sum(axis=0))
    summed = np.maximum(-np.cumsum(np.log(kept)), NEARLY_NOTHING)
    reach = NormalDist().inv_cdf(1 - edge) * 2 / 3 * spread * summed ** (-1 / 3)
    middle = summed ** (2 / 3)
    return np.exp(-(np.maximum([middle + reach, middle - reach], 0.0) ** 1.5))


def _drawn(groups: Sequence[Group], start: int, days: int) -> NDArray[np.float64]:
    """Curves of redrawn units, one a row; a day without lines at risk keeps its share."""
    import numpy as np  # late: 100 ms

    at_risk, died = _by_unit(groups, days)
    units = at_risk
    random = np.random.RandomState(start)
    shares = np.empty((DRAWS, days))
    rows = max(1, AT_ONCE // len(units))
    for first in range(0, DRAWS, rows):
        count = min(rows, DRAWS - first)
        drawn = random.randint(0, len(units), size=(count, len(units)))
        places = drawn + len(units) * np.arange(count)[:, None]  # every row counts apart
        counts = np.bincount(places.ravel(), minlength=count * len(units))
        weights = counts.reshape(count, len(units)).astype(float)
        risk = weights @ at_risk
        lost = np.divide(weights @ died, risk, out=np.zeros_like(risk), where=risk > 0)
        shares[first : first + count] = np.cumprod(1 - lost, axis=1)
    return shares
