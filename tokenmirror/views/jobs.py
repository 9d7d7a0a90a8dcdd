"""Questions in worker threads: ask, and the answer arrives in the window's thread."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from tokenmirror.errors import UserError
from tokenmirror.language import tr
from tokenmirror.measures.measure import Reader

log = logging.getLogger(__name__)

T = TypeVar("T")
Failed = Callable[[UserError], None]


@dataclass(frozen=True)
class _Arrival:
    slot: str
    number: int
    say: Callable[[], None]


class _Kept:
    """A worker's connection; closed in its own thread, as SQLite asks, when that ends."""

    def __init__(self, db: Reader) -> None:
        self.db = db

    def __del__(self) -> None:
        self.db.close()


class Jobs(QObject):
    """Runs questions beside the window; a newer one on a slot makes older ones void.

    ``connect`` opens a read-only connection.  One thread asks the archive: what it remembers
    of it would be held twice by two, which were no faster.  Work without the archive waits for
    no question.  Answers and failures are given in the thread that made this object.
    """

    _arrived = Signal(object)

    def __init__(self, connect: Callable[[], Reader], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._connect = connect
        self._asking = ThreadPoolExecutor(1, thread_name_prefix="question")
        self._working = ThreadPoolExecutor(2, thread_name_prefix="work")
        self._numbers: dict[str, int] = {}
        self._mine = threading.local()
        self._closed = False
        self._arrived.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def ask(
        self, slot: str, ask: Callable[[Reader], T], answer: Callable[[T], None], failed: Failed
    ) -> None:
        """Put a question to the archive."""
        self._submit(self._asking, slot, lambda: ask(self._reader()), answer, failed)

    def run(
        self, slot: str, work: Callable[[], T], answer: Callable[[T], None], failed: Failed
    ) -> None:
        """Do work that needs no archive (a look at folders, a preview)."""
        self._submit(self._working, slot, work, answer, failed)

    def _submit(
        self,
        pool: ThreadPoolExecutor,
        slot: str,
        work: Callable[[], T],
        answer: Callable[[T], None],
        failed: Failed,
    ) -> None:
        number = self._numbers[slot] = self._numbers.get(slot, 0) + 1
        if not self._closed:
            pool.submit(self._work, slot, number, work, answer, failed)

    def forget(self, slot: str) -> None:
        """Make whatever is under way on this slot void."""
        self._numbers[slot] = self._numbers.get(slot, 0) + 1

    def close(self) -> None:
        """End the workers; what is under way is waited for and not told."""
        self._closed = True
        self._numbers.clear()
        for pool in (self._asking, self._working):
            pool.shutdown(wait=True, cancel_futures=True)

    def _work(
        self,
        slot: str,
        number: int,
        work: Callable[[], Any],
        answer: Callable[[Any], None],
        failed: Failed,
    ) -> None:
        if self._numbers.get(slot) != number:
            return
        say: Callable[[], None]
        try:
            result = work()
        except UserError as error:
            say = _bound(failed, error)
        except Exception:  # one of the four places: a fault must reach the crash dialog
            log.exception("a question failed")
            say = _fault(failed, sys.exc_info())
        else:
            say = _bound(answer, result)
        if not self._closed:
            self._arrived.emit(_Arrival(slot, number, say))

    def _tell(self, arrival: _Arrival) -> None:
        if self._numbers.get(arrival.slot) == arrival.number:
            arrival.say()

    def _reader(self) -> Reader:
        kept: _Kept | None = getattr(self._mine, "kept", None)
        if kept is None:
            kept = self._mine.kept = _Kept(self._connect())
        return kept.db


def _bound(tell: Callable[[Any], None], value: object) -> Callable[[], None]:
    return lambda: tell(value)


def _fault(failed: Failed, info: Any) -> Callable[[], None]:  # noqa: ANN401 (exc_info triple)
    def tell() -> None:
        failed(
            UserError(
                tr("This could not be worked out because of a fault in TokenMirror."),
                tr("Your data is safe. The report says what happened."),
            )
        )
        sys.excepthook(*info)

    return tell
