"""Costs as columns: what usage of a period cost, and what whole tasks did.

What a row of usage cost depends on the archive and its prices alone, so a question adds up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from tokenmirror.measures import chosen, columns
from tokenmirror.measures.columns import Bools, Grouped, Ints
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.memo import lasting, shared
from tokenmirror.measures.prices import KINDS
from tokenmirror.measures.spending import Cost, Dated
from tokenmirror.store.slots import SLOT_MS, TIER_EDGES
from tokenmirror.store.sums import USAGE

NO_NAME = "unknown"  # as a choice of models has it
NUSD, STATED, PRICED, UNPRICED, RECORDS, OWN, OPEN, KNOWN = range(8)


@dataclass(frozen=True)
class Costs:
    """Costs side by side, as ``Cost``.

    ``sums`` has the shape (costs, 8): ``nusd``, ``stated_nusd``, ``priced_tokens``,
    ``unpriced_tokens``, ``records``, ``own_nusd``, and how many parts are ``open`` and
    ``known``.  ``lacking`` has the shape (2, pairs): the place of a cost, and in ``models``
    that of a model without a price in it.
    """

    sums: Ints
    lacking: Ints
    models: tuple[str, ...]

    @property
    def nusd(self) -> Ints:
        """Nano-dollars."""
        nusd: Ints = self.sums[:, NUSD]
        return nusd

    @property
    def told(self) -> Bools:
        """Which of them have any usage record."""
        told: Bools = self.sums[:, RECORDS] > 0
        return told

    def together(self, some: Ints | Bools | None = None) -> Cost:
        """The sum of all costs, or of those at some places, none of them twice."""
        import numpy as np  # late: 100 ms

        sums, model = self.sums, self.lacking[1]
        if some is not None:
            marked = np.zeros(len(sums), dtype=bool)
            marked[some] = True
            sums, model = sums[some], model[marked[self.lacking[0]]]
        nusd, stated, priced, unpriced, records, own, is_open, known = sums.sum(axis=0).tolist()
        names = frozenset(self.models[one] for one in np.unique(model).tolist())
        return Cost(nusd, stated, priced, unpriced, records, is_open > 0, known > 0, names, own)

    def by(self, group: Ints, groups: int) -> Costs:
        """The costs added up by ``group``, one for each of them; -1 is left out."""
        import numpy as np  # late: 100 ms

        some = group >= 0
        sums = [columns.added(column[some], group[some], groups) for column in self.sums.T]
        lacking = np.vstack((group[self.lacking[0]], self.lacking[1]))
        pairs = np.unique(lacking[:, lacking[0] >= 0], axis=1)
        return Costs(np.ascontiguousarray(np.array(sums).T), pairs, self.models)


@lasting
def _before(db: Reader) -> Ints:
    """As ``Costs.sums``, of all rows of usage before each one, and of all."""
    import numpy as np  # late: 100 ms

    usage, model = columns.quarters(db, USAGE), _models(db)[1]
    each_nusd, priced, own, cuts = _prices(db)
    part = np.searchsorted(cuts, usage.slot, side="right")
    each = each_nusd[part, model, usage.keys["tier"]]
    tokens = np.stack([usage.column(f"{kind}_tokens") for kind in KINDS], axis=1)
    stated, every = usage.keys["stated"] > 0, tokens.sum(axis=1)
    nusd = np.where(stated, usage.column("cost_nusd"), (tokens * each).sum(axis=1))
    known = stated | priced[part, model]
    before = np.zeros((len(every) + 1, 8), dtype=np.int64)
    for place, column in {
        NUSD: nusd,
        STATED: nusd * stated,
        PRICED: every * known,
        UNPRICED: every * ~known,
        RECORDS: usage.column("records"),
        OWN: nusd * (own[part, model] & ~stated),
        OPEN: (usage.column("is_open") > 0) & ~stated,
        KNOWN: stated | (known & (every > 0)),
    }.items():
        before[1:, place] = np.cumsum(column)
    return before


def _prices(db: Reader) -> tuple[Ints, Bools, Bools, tuple[int, ...]]:
    """Of each part of time and model: nano-dollars by tier and kind, if it has a price, if own.

    One model more stands for those without a name.  With the quarters at which time is cut.
    """
    import numpy as np  # late: 100 ms

    dated = Dated.of(db)
    shape = (len(dated.cuts) + 1, len(dated.models) + 1)
    nusd = np.zeros((*shape, len(TIER_EDGES) + 1, len(KINDS)), dtype=np.int64)
    priced, own = np.zeros((2, *shape), dtype=bool)
    for part in range(shape[0]):
        for place, model in enumerate(dated.models):
            each = dated.each(model, part)
            if each is not None:
                nusd[part, place], own[part, place], priced[part, place] = *each, True
    return nusd, priced, own, dated.cuts


@lasting
def _models(db: Reader) -> tuple[tuple[str, ...], Ints]:
    """The names of models, and the place of each row's; -1 for none: that of the last."""
    import numpy as np  # late: 100 ms

    models = Dated.of(db).models
    known = np.array(list(models), dtype=np.int64)
    place = columns.places(known, columns.quarters(db, USAGE).keys["model_id"])
    return (*models.values(), NO_NAME), place


def _among(db: Reader, models: frozenset[str], rows: Ints) -> Bools:
    """Which of these rows of usage are of these models."""
    import numpy as np  # late: 100 ms

    names, place = _models(db)
    return np.asarray(np.array([name in models for name in names])[place[rows]])


class Spent(NamedTuple):
    """What was used on some days, by session, model and length of context.

    ``session`` and ``task`` are places, -1 for no task.
    """

    usage: Grouped
    costs: Costs
    session: Ints
    task: Ints

    @property
    def tasks(self) -> int:
        """How many tasks used something."""
        import numpy as np  # late: 100 ms

        return int(np.count_nonzero(np.bincount(self.task[self.task >= 0])))


def _spent(db: Reader, usage: Grouped, models: frozenset[str] | None) -> Spent:
    """Of these sums of usage those of the models chosen, priced."""
    import numpy as np  # late: 100 ms

    names, place = _models(db)
    if models is not None:
        some = _among(db, models, usage.begin)
        usage = Grouped(usage.quarters, usage.begin[some], usage.end[some])
    before, model = _before(db), place[usage.begin]
    sums = before[usage.end] - before[usage.begin]
    lacking = np.flatnonzero((sums[:, UNPRICED] > 0) & (model >= 0))
    costs = Costs(sums, np.vstack((lacking, model[lacking])), names)
    return Spent(usage, costs, usage.session, columns.sessions(db).task[usage.session])


def in_period(
    db: Reader, scope: Scope, first: date | None = None, last: date | None = None
) -> Spent:
    """What was used in the period or on other days; by unattended sessions too."""
    return _in_period(db, scope, first or scope.first, last or scope.last)


@shared
def _in_period(db: Reader, scope: Scope, first: date, last: date) -> Spent:
    from_ms, until_ms = scope.days.bounds_ms(first, last)
    usage = columns.quarters(db, USAGE).within(
        from_ms // SLOT_MS, until_ms // SLOT_MS, chosen.sessions(db, scope, unattended=True)
    )
    return _spent(db, usage, scope.models)


def by_quarter(db: Reader, scope: Scope, first: date, last: date) -> tuple[Ints, Ints]:
    """Nano-dollars of each row of usage of a few days, and the place of its task or -1.

    The same sum as that of ``in_period``, without a look at any session of other days.
    """
    import numpy as np  # late: 100 ms

    usage, order = columns.quarters(db, USAGE), _by_time(db)
    from_ms, until_ms = scope.days.bounds_ms(first, last)
    edges = (from_ms // SLOT_MS, until_ms // SLOT_MS)
    rows = order[slice(*np.searchsorted(usage.slot, edges, sorter=order).tolist())]
    session = usage.session[rows]
    some = chosen.sessions(db, scope, unattended=True)[session]
    if scope.models is not None:
        some = some & _among(db, scope.models, rows)
    before, rows = _before(db)[:, NUSD], rows[some]
    return before[rows + 1] - before[rows], columns.sessions(db).task[session[some]]


@lasting
def _by_time(db: Reader) -> Ints:
    """The rows of usage by time."""
    import numpy as np  # late: 100 ms

    return np.argsort(columns.quarters(db, USAGE).slot, kind="stable")


@shared
def total(db: Reader, scope: Scope) -> Cost:
    """Cost of the period, of all tasks and of sessions in none."""
    return in_period(db, scope).costs.together()


def of_unattended(db: Reader, scope: Scope) -> Cost:
    """Cost of the period, of unattended tasks alone."""
    import numpy as np  # late: 100 ms

    spent = in_period(db, scope)
    driven = np.append(columns.tasks(db).unattended, False)  # the last, -1, is no task
    return spent.costs.together(driven[spent.task])


@lasting
def of_each_task(db: Reader, models: frozenset[str] | None) -> Costs:
    """What whole tasks cost, by their place, with these models or with all."""
    spent = _spent(db, columns.quarters(db, USAGE).everything, models)
    return spent.costs.by(spent.task, len(columns.tasks(db).id))


def of_tasks(db: Reader, scope: Scope, ids: Iterable[int]) -> Cost:
    """What these tasks cost, whenever that was."""
    import numpy as np  # late: 100 ms

    places = columns.tasks(db).place(np.array(list(ids), dtype=np.int64))
    return of_each_task(db, scope.models).together(places[places >= 0])
