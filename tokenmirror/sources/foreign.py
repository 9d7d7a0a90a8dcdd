"""A source of somebody else's package, fenced in: its faults are named and stop nothing else.

What such a source gives is checked for its types before anything uses it, because the
archive takes no wrong ones; a reading that never ends is cut off.  What cannot be fenced in
is code that runs for ever without giving anything, or that ends the process: a reading is a
process of its own, which the window ends.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import UnionType
from typing import TypeVar

import msgspec

from tokenmirror.events import AnyEvent, Problem
from tokenmirror.sources.lines import Unreadable
from tokenmirror.sources.source import BATCH_EVENTS, Batch, Cursor, LogFile, Machine, Source

log = logging.getLogger(__name__)

MAX_FILES = 1_000_000
MAX_STATE_BYTES = 64 * 1024
BATCHES_WITHOUT_SIZE = 1_000  # and one more for every RECORD_BYTES of the file
RECORD_BYTES = 16
SIGNALS = frozenset({"S1", "S2", "S3", "S4", "S5", "S6", "S7"})
Given = TypeVar("Given")

_EVENTS = msgspec.msgpack.Encoder()


class SourceFault(Exception):
    """What a foreign source did wrong, by the name of the error; never what it said."""


def guarded(source: Source) -> Source:
    """The source behind a fence.  Raises ``TypeError`` for a declaration of wrong types."""
    _check_declaration(source)

    def places(machine: Machine) -> tuple[Path, ...]:
        try:
            found = _fenced(lambda: tuple(source.places(machine)))
        except SourceFault:
            log.warning("source %s: its places could not be asked", source.key)
            return ()
        return tuple(place for place in found if _is(place, Path) and place.is_absolute())

    def find(machine: Machine) -> Iterator[LogFile]:
        try:
            given = _each(lambda: source.find(machine), MAX_FILES)
            yield from (_checked_file(file) for file in given)
        except SourceFault as fault:
            log.warning("source %s: its logs could not be found: %s", source.key, fault)
            raise Unreadable("bug") from None

    def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
        most = BATCHES_WITHOUT_SIZE + file.size // RECORD_BYTES
        for batch in _each(lambda: source.read(file, cursor), most):
            yield _checked(batch)

    return replace(source, places=places, find=find, read=read)


def _check_declaration(source: Source) -> None:
    texts = (source.key, source.name, source.keeps_setting, *source.unsaid)
    right = (
        all(_is(text, str) for text in texts)
        and bool(source.key and source.name)
        and _is(source.version, int)
        and _is(source.full, frozenset)
        and _is(source.partly, frozenset)
        and source.full | source.partly <= SIGNALS
        and (source.keeps_days is None or _is(source.keeps_days, int))
        and all(callable(part) for part in (source.places, source.find, source.read))
    )
    if not right:
        raise TypeError("a source is declared with wrong types")


def _fenced(ask: Callable[[], Given]) -> Given:
    try:
        return ask()
    except (Unreadable, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 (foreign code, which may even end the program)
        raise SourceFault(type(error).__name__) from None


def _each(ask: Callable[[], Iterator[Given]], most: int) -> Iterator[Given]:
    """What an iterator of foreign code gives, as far as it keeps within bounds."""
    given = _fenced(lambda: iter(ask()))
    for _ in range(most):
        some = _fenced(lambda: list(_first(given)))
        if not some:
            return
        yield some[0]
    raise SourceFault("Endless")


def _first(given: Iterator[Given]) -> Iterator[Given]:
    for one in given:
        yield one
        return


def _checked_file(file: LogFile) -> LogFile:
    numbers = (file.size, file.mtime_ns, file.stamp) if _is(file, LogFile) else (None,)
    if not (all(map(_is_count, numbers)) and _is(file.path, Path)):
        raise SourceFault("TypeError")
    return file


def _checked(batch: Batch) -> Batch:
    """A batch whose parts have the types they are declared with; its events are made anew."""
    if not _is(batch, Batch) or not _is(batch.events, tuple):
        raise SourceFault("TypeError")
    cursor, counts = batch.cursor, (batch.records, batch.understood)
    right = (
        len(batch.events) <= 2 * BATCH_EVENTS
        and _is(cursor, Cursor)
        and all(map(_is_count, (cursor.offset, cursor.size, cursor.mtime_ns, *counts)))
        and all(_is(part, bytes) for part in (cursor.head, cursor.state))
        and len(cursor.state) <= MAX_STATE_BYTES
        and batch.understood <= batch.records
        and all(_is(problem, Problem) for problem in batch.problems)
        and all(_is(k, str) and _is_count(n) for k, n in dict(batch.unknown).items())
    )
    if not right:
        raise SourceFault("TypeError")
    return replace(
        batch,
        events=tuple(map(_checked_event, batch.events)),
        problems=tuple(map(_made_anew, batch.problems)),
    )


def _checked_event(event: AnyEvent) -> AnyEvent:
    if not _is(event, AnyEvent) or not event.key:
        raise SourceFault("TypeError")
    return _made_anew(event)


def _made_anew(noun: Given) -> Given:
    """The same noun with every field checked against its type; subclasses become the noun."""
    kind = type(noun) if type(noun).__module__ == "tokenmirror.events" else None
    if kind is None:
        raise SourceFault("TypeError")
    try:
        return msgspec.msgpack.decode(_EVENTS.encode(noun), type=kind)
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise SourceFault(type(error).__name__) from None


def _is(value: object, kind: type | UnionType) -> bool:
    """As ``isinstance``; the declared types of what comes in here are not to be relied on."""
    return isinstance(value, kind)


def _is_count(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 1 << 63
