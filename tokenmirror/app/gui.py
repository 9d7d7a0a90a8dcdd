"""The window's start: places, archive, questions, pages; one line each.

PySide6 is imported only after the pair of Python and PySide6 was found to work, so
everything of Qt is imported late here, in the one function that needs it.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from tokenmirror import paths, sources
from tokenmirror.app.start import Started, days, machine
from tokenmirror.errors import UserError
from tokenmirror.views import qt_pair

if TYPE_CHECKING:
    from tokenmirror.sources.source import Source
    from tokenmirror.views.session import Session


def run(started: Started, *, sample: bool = False) -> int:
    """Open the window and stay until it closes; gives the exit code.

    A second start for the same data folder brings the first window to the front and ends.
    Raises ``UserError`` when the window cannot be opened at all.
    """
    session = open_session(started, sample=sample)
    if session is None:
        return 0
    try:
        return session.stay()
    finally:
        session.close()


def paint_once(started: Started) -> int:
    """Paint every page once, for the self-test; gives how many there are."""
    session = open_session(started, sample=True)
    if session is None:
        return 0
    try:
        return session.paint_every_page()
    finally:
        session.close()


def open_session(started: Started, *, sample: bool) -> Session | None:
    """The application with its window, ready to be shown; ``None`` for a second start."""
    reason = qt_pair.refusal(sys.version_info[:2], qt_pair.installed_pyside())
    if reason is not None:
        raise UserError(reason)
    from tokenmirror.views.session import Session  # late: imports Qt, which the check above allows

    return Session.opened(
        started.places,
        started.settings,
        machine(started.wanted.home),
        _sources,
        zone=days(started.settings).zone,
        program=_reader(started),
        home=started.wanted.home,
        note=started.note,
        sample=sample,
        clock_ms=_now_ms,
    )


def _reader(started: Started) -> tuple[str, ...]:
    """The reader's command for these places."""
    wanted = started.wanted
    options: list[str] = []
    if wanted.data_dir is not None:
        options += ["--data-dir", str(wanted.data_dir)]
    if wanted.home is not None:
        options += ["--home", str(wanted.home)]
    return (*paths.reader_program(), *options, "import", "--watched")


def _sources() -> tuple[Source, ...]:
    return tuple(entry.source for entry in sources.registered() if entry.source is not None)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
