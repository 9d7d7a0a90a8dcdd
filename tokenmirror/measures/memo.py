"""Answers that several measures of one question share are asked for once.

Outside of ``kept`` nothing is remembered: the archive changes while the window is open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from tokenmirror.measures.measure import Reader, Scope

P = ParamSpec("P")
R = TypeVar("R")
Span = tuple[date, date]  # civil days, both inclusive
_ahead: ContextVar[tuple[Span, ...]] = ContextVar("ahead", default=())
_memory: ContextVar[dict[object, object] | None] = ContextVar("memory", default=None)


@contextmanager
def kept() -> Iterator[None]:
    """Within this block each shared answer of one connection is asked for once."""
    if _memory.get() is not None:
        yield
        return
    token = _memory.set({})
    try:
        yield
    finally:
        _memory.reset(token)


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
