"""Pictures of the pages on the sample data: ``python -m tests.views.pictures FOLDER``.

The window as it is, painted without a screen, in light and dark.  Those of the README lie in
``packaging/pictures``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QDeadlineTimer, QEventLoop
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QTableView

from tokenmirror.app import demo, gui
from tokenmirror.app.start import Started, Wanted
from tokenmirror.settings import Theme
from tokenmirror.views.frame.history import Place
from tokenmirror.views.models.tasks import COLUMNS
from tokenmirror.views.window import Window

SIZE = (1280, 860)
SETTLES_MS = 400
LINES = [column.key for column in COLUMNS].index("lines")


def settle(done: Callable[[], bool] = lambda: False, within_ms: int = SETTLES_MS) -> None:
    """Let the window work until ``done``, or for that long."""
    deadline = QDeadlineTimer(within_ms)
    loop = QEventLoop()
    while not done() and not deadline.hasExpired():
        loop.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


def save(window: Window, path: Path) -> None:
    """A picture with all its colours, packed as small as it gets."""
    whole = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    whole.save(str(path), "PNG", 0)


def open_one(window: Window) -> None:
    """Choose a task of which lines shipped and some are gone again, if there is one."""
    for table in window.findChildren(QTableView):
        model = table.model()
        if table.isVisible() and model.columnCount() == len(COLUMNS):
            said = [str(model.index(row, LINES).data()) for row in range(model.rowCount())]
            told = [place for place, text in enumerate(said) if _fell(text)]
            if told:
                table.selectRow(told[0])


def _fell(lines: str) -> bool:
    """Whether "212 > 190 > 188" ends lower than it shipped."""
    counts = lines.split(" \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} ")
    return len(counts) == 3 and counts[1] != counts[2]


def take(begun: Started, theme: Theme, folder: Path) -> None:
    """All pages in one theme."""
    chosen = replace(begun.settings, theme=theme)
    session = gui.open_session(replace(begun, settings=chosen), sample=True)
    assert session is not None
    assert session.window is not None
    window = session.window
    window.resize(*SIZE)
    window.show()
    settle(within_ms=3000)
    for key in window.listed():
        here = window.here
        assert here is not None
        window.go(Place(key, here.filters))
        settle(within_ms=2500)
        if key == "tasks":
            open_one(window)
        settle(within_ms=800)
        save(window, folder / f"{key}-{theme}.png")
    session.close()


def main() -> None:
    """Take the pictures of both themes."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with demo.archive(Wanted(quiet=True), datetime.now(UTC)) as (begun, _missing):
        for theme in ("light", "dark"):
            take(begun, theme, folder)


if __name__ == "__main__":
    main()
