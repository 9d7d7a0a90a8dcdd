"""Answers that several measures of one question share are asked for once.

Outside of ``kept`` nothing is remembered: the archive changes while the window is open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from tokenmirror.measures.measure import Reader

P = ParamSpec("P")
R = TypeVar("R")
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
