"""Which sessions and tasks a question is about, whatever its period: the same as ``scoped``'s SQL.

Each choice of filters is asked for once as long as the archive stays as it is.
"""

from __future__ import annotations

from typing import NamedTuple

from tokenmirror.measures import columns
from tokenmirror.measures.columns import Bools, Ints
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.memo import lasting
from tokenmirror.store.sums import CHANGES

Words = frozenset[str] | None


class Choice(NamedTuple):
    """What narrows a question, but for its period; ``None`` for all."""

    sources: Words
    projects: frozenset[int] | None
    models: Words
    outcomes: Words
    origins: Words
    languages: Words
    unattended: bool


def choice(scope: Scope) -> Choice:
    """The choices of a scope."""
    return Choice(
        scope.sources, scope.projects, scope.models, scope.outcomes, scope.origins,
        scope.languages, scope.unattended,
    )  # fmt: skip


def sessions(db: Reader, scope: Scope, *, unattended: bool = False, hidden: bool = False) -> Bools:
    """Which sessions are in, by their place: shape (sessions,).

    Those of tasks the person hid are out unless ``hidden`` takes them in, and those that only
    a program drove unless the scope, or ``unattended``, does.
    """
    return _sessions(db, choice(scope)._replace(unattended=unattended or scope.unattended), hidden)


def tasks(db: Reader, scope: Scope) -> Bools:
    """Which tasks are in, by their place, unattended ones too: shape (tasks,)."""
    return _tasks(db, choice(scope)._replace(unattended=True), hidden=False)


def deliveries(db: Reader, scope: Scope, *, without_ai: bool = False) -> Bools:
    """Which shipped changes are in, by their place: shape (deliveries,).

    They are of a project by their repository, and of anything else by a task of theirs;
    ``without_ai`` takes in those without AI lines whatever their tasks are.
    """
    return _deliveries(db, choice(scope)._replace(unattended=True), without_ai)


@lasting
def _sessions(db: Reader, of: Choice, hidden: bool) -> Bools:
    import numpy as np  # late: 100 ms

    every = columns.sessions(db)
    found = np.ones(len(every.id), dtype=bool) if hidden else ~every.hidden
    if not of.unattended:
        found &= ~every.unattended
    if of.projects is not None:
        found &= np.isin(every.project, list(of.projects))
    for told, some in (
        (every.source, of.sources), (every.shown, of.outcomes), (every.origin, of.origins),
    ):  # fmt: skip
        if some is not None:
            found &= told.among(some)
    for chosen, place in _by_session(db, of):
        found &= _marked(place[chosen], len(every.id))
    return found


@lasting
def _deliveries(db: Reader, of: Choice, without_ai: bool) -> Bools:
    import numpy as np  # late: 100 ms

    every = columns.deliveries(db)
    found = np.ones(len(every.id), dtype=bool)
    if of.projects is not None:
        project, repo = columns.repositories(db)
        found &= np.isin(every.repo, repo[np.isin(project, list(of.projects))])
    of_tasks = of._replace(projects=None)
    if any(some is not None for some in of_tasks[:-1]):
        delivery, task = every.tasks
        told = _marked(delivery[_tasks(db, of_tasks, hidden=True)[task]], len(every.id))
        found &= told | ~every.ai.among({"with"}) if without_ai else told
    return found


@lasting
def _tasks(db: Reader, of: Choice, *, hidden: bool) -> Bools:
    import numpy as np  # late: 100 ms

    every, session = columns.tasks(db), columns.sessions(db)
    found = np.ones(len(every.id), dtype=bool) if hidden else ~every.hidden
    if of.projects is not None:
        found &= np.isin(every.project, list(of.projects))
    for told, some in ((every.source, of.sources), (every.shown, of.outcomes)):
        if some is not None:
            found &= told.among(some)
    if of.origins is not None:
        own = _marked(session.task[session.origin.among({"own"})], len(every.id))
        found &= np.select(
            [every.unattended, own],
            ["unattended" in of.origins, "own" in of.origins],
            "unknown" in of.origins,
        )
    for chosen, place in _by_session(db, of):
        found &= _marked(session.task[place[chosen]], len(every.id))
    return found


def _by_session(db: Reader, of: Choice) -> list[tuple[Bools, Ints]]:
    """What is told by many rows of a session: which of them are meant, and their sessions."""
    found = []
    if of.models is not None:
        place, names = columns.models_of(db)
        found.append((names.among(of.models), place))
    if of.languages is not None:
        place = columns.quarters(db, CHANGES).session
        found.append((columns.languages(db).among(of.languages), place))
    return found


def _marked(some: Ints, size: int) -> Bools:
    """Which places occur; -1 is none."""
    import numpy as np  # late: 100 ms

    found = np.zeros(size, dtype=bool)
    found[some[some >= 0]] = True
    return found
