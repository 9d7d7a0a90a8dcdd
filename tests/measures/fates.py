"""Groups of lines with their fates, written out one by one."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np

from tokenmirror.measures.survival_curve import Groups

Fate = tuple[Hashable, int, int, bool]  # unit, lines, days, whether they died


def groups(some: Iterable[Fate]) -> Groups:
    """Fates as columns; units in the order of their names."""
    units, lines, days, died = list(zip(*some, strict=True)) or [(), (), (), ()]
    place = {unit: number for number, unit in enumerate(sorted(set(units), key=repr))}
    return Groups(
        np.array([place[unit] for unit in units], dtype=np.int64),
        np.array(lines, dtype=np.int64),
        np.array(days, dtype=np.int64),
        np.array(died, dtype=bool),
    )
