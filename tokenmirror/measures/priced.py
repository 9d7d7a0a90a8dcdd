"""Costs as columns: what usage of a period cost, and what whole tasks did.

What a row of usage cost depends on the archive and its prices alone, so a question adds up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

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
    """What each of some things cost, as ``Cost``.

    ``sums`` has the shape (8, costs): ``nusd``, ``stated_nusd``, ``priced_tokens``,
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
        nusd: Ints = self.sums[NUSD]
        return nusd

    @property
    def told(self) -> Bools:
        """Which of them have any usage record."""
        told: Bools = self.sums[RECORDS] > 0
        return told

    def together(self, some: Ints) -> Cost:
        """The sum of the costs at some places, none of them twice."""
        import numpy as np  # late: 100 ms

        marked = np.zeros(self.sums.shape[1], dtype=bool)
        marked[some] = True
        names = _names(self.models, self.lacking[1, marked[self.lacking[0]]])
        return _cost(self.sums[:, some].sum(axis=1), names)


def _names(models: tuple[str, ...], some: Ints) -> frozenset[str]:
    import numpy as np  # late: 100 ms

    return frozenset(models[one] for one in np.unique(some).tolist())


def _cost(sums: Ints, lacking: frozenset[str]) -> Cost:
    nusd, stated, priced, unpriced, records, own, is_open, known = sums.tolist()
    return Cost(nusd, stated, priced, unpriced, records, is_open > 0, known > 0, lacking, own)


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
    before = np.zeros((8, len(every) + 1), dtype=np.int64)
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
        before[place, 1:] = np.cumsum(column)
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


@dataclass(frozen=True)
class Spent:
    """What was used on some days, by session, model and length of context.

    ``usage`` are its tokens, ``before`` the sums of ``Costs`` before each row of usage,
    ``model`` and ``task`` the places of the model and task of each group, -1 for none.
    """

    usage: Grouped
    before: Ints
    model: Ints
    task: Ints
    models: tuple[str, ...]

    def column(self, place: int) -> Ints:
        """One of the sums of ``Costs``, by group."""
        before: Ints = self.before[place]
        return before[self.usage.end] - before[self.usage.begin]

    def where(self, some: Bools) -> Spent:
        """The groups that ``some`` marks."""
        begin, end = self.usage.begin[some], self.usage.end[some]
        usage = Grouped(self.usage.quarters, begin, end)
        return Spent(usage, self.before, self.model[some], self.task[some], self.models)

    @property
    def cost(self) -> Cost:
        """All of it."""
        import numpy as np  # late: 100 ms

        begin, end = self.usage.begin, self.usage.end
        if not len(begin):
            return Cost()
        apart = np.flatnonzero(begin[1:] != end[:-1])  # groups that follow each other are one
        first, last = begin[np.append(0, apart + 1)], end[np.append(apart, -1)]
        sums = (self.before[:, last] - self.before[:, first]).sum(axis=1)
        return _cost(sums, _names(self.models, self.lacking[1]))

    @cached_property
    def lacking(self) -> Ints:
        """The groups that lack a price for a model that is named, and the place of the model."""
        import numpy as np  # late: 100 ms

        places = np.flatnonzero((self.column(UNPRICED) > 0) & (self.model >= 0))
        return np.stack((places, self.model[places]))

    def tasks(self, size: int) -> int:
        """How many of so many tasks used something."""
        import numpy as np  # late: 100 ms

        used = np.zeros(size + 1, dtype=bool)
        used[self.task] = True
        return int(np.count_nonzero(used[:size]))

    def by_task(self, size: int) -> Costs:
        """What each of so many tasks cost."""
        import numpy as np  # late: 100 ms

        some = self.task >= 0
        sums = [
            columns.added(self.column(place)[some], self.task[some], size)
            for place in range(len(self.before))
        ]
        group, model = self.lacking
        pairs = np.stack((self.task[group], model))
        return Costs(np.stack(sums), np.unique(pairs[:, pairs[0] >= 0], axis=1), self.models)


def _spent(db: Reader, usage: Grouped, models: frozenset[str] | None) -> Spent:
    """Of these sums of usage those of the models chosen, priced."""
    names, place = _models(db)
    if models is not None:
        some = _among(db, models, usage.begin)
        usage = Grouped(usage.quarters, usage.begin[some], usage.end[some])
    task = columns.sessions(db).task[usage.session]
    return Spent(usage, _before(db), place[usage.begin], task, names)


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
    before, rows = _before(db)[NUSD], rows[some]
    return before[rows + 1] - before[rows], columns.sessions(db).task[session[some]]


@lasting
def _by_time(db: Reader) -> Ints:
    """The rows of usage by time."""
    import numpy as np  # late: 100 ms

    return np.argsort(columns.quarters(db, USAGE).slot, kind="stable")


@shared
def total(db: Reader, scope: Scope) -> Cost:
    """Cost of the period, of all tasks and of sessions in none."""
    return in_period(db, scope).cost


def of_unattended(db: Reader, scope: Scope) -> Cost:
    """Cost of the period, of unattended tasks alone."""
    import numpy as np  # late: 100 ms

    spent = in_period(db, scope)
    driven = np.append(columns.tasks(db).unattended, False)  # the last, -1, is no task
    return spent.where(driven[spent.task]).cost


@lasting
def of_each_task(db: Reader, models: frozenset[str] | None) -> Costs:
    """What whole tasks cost, by their place, with these models or with all."""
    spent = _spent(db, columns.quarters(db, USAGE).everything, models)
    return spent.by_task(len(columns.tasks(db).id))


def of_tasks(db: Reader, scope: Scope, ids: Iterable[int]) -> Cost:
    """What these tasks cost, whenever that was."""
    import numpy as np  # late: 100 ms

    places = columns.tasks(db).place(np.array(list(ids), dtype=np.int64))
    return of_each_task(db, scope.models).together(places[places >= 0])
