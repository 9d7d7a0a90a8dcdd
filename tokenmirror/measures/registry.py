"""All measures the program has, and answers to several of them at once."""

from __future__ import annotations

from collections.abc import Iterable

from tokenmirror.measures import (
    acceptance,
    areas,
    attention,
    checks,
    completions,
    corrections,
    cost,
    coverage_words,
    dead_ends,
    delivery,
    effort,
    felt,
    held,
    lasting,
    memo,
    mix,
    recounts,
    reliance,
    repeats,
    rhythm,
    shipped,
    tasks,
    touch,
    use,
    value,
)
from tokenmirror.measures.figures import Figure
from tokenmirror.measures.measure import Measure, Reader, Scope

MODULES = (
    coverage_words, recounts, use, mix, completions, acceptance, touch, shipped, delivery, lasting,
    tasks, held, checks, effort, cost, value, attention, rhythm, reliance, corrections, areas,
    repeats, dead_ends, felt,
)  # fmt: skip
MEASURES: tuple[Measure, ...] = tuple(
    sorted(
        (measure for module in MODULES for measure in module.MEASURES),
        key=lambda measure: (measure.id[0], int(measure.id[1:])),
    )
)
_BY_ID = {measure.id: measure for measure in MEASURES}


def by_id(measure_id: str) -> Measure:
    """The measure of an id such as "F3"; raises ``KeyError`` for one that is not built."""
    return _BY_ID[measure_id]


def has(measure_id: str) -> bool:
    """Whether the program has this measure: what stands beside another may come later."""
    return measure_id in _BY_ID


def ask(db: Reader, scope: Scope, ids: Iterable[str] | None = None) -> dict[str, Figure]:
    """The figures of these measures by id, all of them without ``ids``."""
    wanted = MEASURES if ids is None else [by_id(each) for each in ids]
    with memo.kept(db):
        return {measure.id: measure.answer(db, scope) for measure in wanted}
