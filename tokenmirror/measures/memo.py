"""Answers that several measures share are asked for once.

What is ``shared`` holds for one question: outside of ``kept`` nothing of it is remembered.
What is ``lasting`` depends on no period and is remembered until the archive changes, so that
a question about other days costs what is new in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.store.reader import Archive

P = ParamSpec("P")
R = TypeVar("R")
Span = tuple[date, date]  # civil days, both inclusive
MOST = 400
_ahead: ContextVar[tuple[Span, ...]] = ContextVar("ahead", default=())
_memory: ContextVar[dict[object, object] | None] = ContextVar("memory", default=None)


@contextmanager
def kept(db: Reader | None = None) -> Iterator[None]:
    """Within this block each shared answer of one connection is asked for once.

    With a connection that can only read, all answers are of one state of the archive.
    """
    if _memory.get() is not None:
        yield
        return
    token = _memory.set({})
    try:
        with _one_state(db):
            yield
    finally:
        _memory.reset(token)


@contextmanager
def _one_state(db: Reader | None) -> Iterator[None]:
    if not isinstance(db, Archive) or db.in_transaction:
        yield
        return
    db.execute("begin")
    try:
        yield
    finally:
        db.execute("rollback")


def shared(
    ask: Callable[Concatenate[Reader, P], R],
) -> Callable[Concatenate[Reader, P], R]:
    """Mark an answer as shared; it must not be changed by those who get it."""

    @wraps(ask)
    def remembered(db: Reader, /, *args: P.args, **kwargs: P.kwargs) -> R:
        memory = _memory.get()
        if memory is None:
            return ask(db, *args, **kwargs)
        key = (ask, db, args, tuple(sorted(kwargs.items())))
        if key not in memory:
            memory[key] = ask(db, *args, **kwargs)
        found: R = memory[key]  # type: ignore[assignment]  # stored under its own question
        return found

    return remembered


def lasting(
    ask: Callable[Concatenate[Reader, P], R],
) -> Callable[Concatenate[Reader, P], R]:
    """Mark an answer as one that holds until the archive changes; it must not be changed.

    It depends on no period.  On a connection that can write it is remembered as ``shared``.
    """
    of_question = shared(ask)

    @wraps(ask)
    def remembered(db: Reader, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if not isinstance(db, Archive):
            return of_question(db, *args, **kwargs)
        made = db.made()
        key = (ask, args, tuple(sorted(kwargs.items())))
        if key not in made:
            made[key] = ask(db, *args, **kwargs)
        made.move_to_end(key)
        if len(made) > MOST:  # each choice of filters leaves some
            made.popitem(last=False)
        found: R = made[key]  # type: ignore[assignment]  # stored under its own question
        return found

    return remembered


@contextmanager
def ahead(wanted: Sequence[Span]) -> Iterator[None]:
    """Within this block these spans of days will be asked for, one after the other.

    What is asked by ``spans`` is then fetched for all of them at the first.
    """
    with kept():
        token = _ahead.set(tuple(wanted))
        try:
            yield
        finally:
            _ahead.reset(token)


def spans(
    ask: Callable[[Reader, Scope, tuple[Span, ...]], dict[Span, R]],
) -> Callable[[Reader, Scope, date, date], R]:
    """Make an answer about several spans of days one that is asked for each of them.

    The spans given to ``ask`` neither overlap nor repeat; they come in order.
    """

    @wraps(ask)
    def of_span(db: Reader, scope: Scope, first: date, last: date) -> R:
        wanted, memory = (first, last), _memory.get()
        if memory is None:
            return ask(db, scope, (wanted,))[wanted]
        if (ask, db, scope, wanted) not in memory:
            expected = tuple(sorted(set(_ahead.get())))
            some = expected if wanted in expected else (wanted,)
            for span, answer in ask(db, scope, some).items():
                memory[ask, db, scope, span] = answer
        found: R = memory[ask, db, scope, wanted]  # type: ignore[assignment]  # as above
        return found

    return of_span
