"""Answers that several measures share are asked for once.

What is ``shared`` holds for one question: outside of ``kept`` nothing of it is remembered.
What is ``lasting`` depends on no period and is remembered until the archive changes, so that
a question about other days costs what is new in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from tokenmirror.measures.measure import Reader
from tokenmirror.store.reader import Archive

P = ParamSpec("P")
R = TypeVar("R")
Span = tuple[date, date]  # civil days, both inclusive
MOST = 400
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
