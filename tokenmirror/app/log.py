"""The program's own log: one rotating file without contents, and the sentence of a fault.

A line may hold a source's key, counts, offsets, durations and kinds of error; never text of
a prompt, code, or the name of a file, project, repository or mail address.
"""

from __future__ import annotations

import logging
import logging.handlers
import sys
import traceback
from pathlib import Path
from types import TracebackType

FILE_BYTES = 1_000_000
FILES = 3
FORM = "%(asctime)s %(levelname)s %(name)s %(message)s"


def begin(path: Path, *, verbose: bool = False) -> None:
    """Log to this file from now on, with ``verbose`` in detail and to standard error too.

    Without a place to write there is no log.
    """
    root = logging.getLogger("tokenmirror")
    end()
    try:
        handler: logging.Handler = _PrivateFile(
            path, maxBytes=FILE_BYTES, backupCount=FILES - 1, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.NullHandler()
    handlers: list[logging.Handler] = [handler]
    if verbose:
        handlers.append(logging.StreamHandler(sys.stderr))
    for one in handlers:
        one.setFormatter(_Formatter(FORM))
        root.addHandler(one)
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    root.propagate = False


def end() -> None:
    """Close the log."""
    root = logging.getLogger("tokenmirror")
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()


class _PrivateFile(logging.handlers.RotatingFileHandler):
    """A file that only this person can read; a full disk must not stop the program."""

    def _open(self):  # type: ignore[no-untyped-def]  # noqa: ANN202 (typeshed's own type is private)
        path = Path(self.baseFilename)
        if not path.exists():
            path.touch(mode=0o600)
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing: there is nowhere left to say it."""


class _Formatter(logging.Formatter):
    """Writes faults without their messages, which may quote what was being read."""

    def formatException(
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        """Kind of error and the places in our own code."""
        return "" if ei[1] is None else stack(ei[1])


def stack(error: BaseException) -> str:
    """A fault as a stack of places, without its message, lines of code or full paths."""
    lines = [
        f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    return "\n".join([type(error).__name__, *lines])
