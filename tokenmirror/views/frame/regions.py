"""Where the focus goes by F6, and where a window may stand."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QApplication, QWidget


def cycle(regions: Sequence[QWidget], by: int) -> None:
    """Give the focus to the next part of the window (``by`` 1) or the one before (-1)."""
    focus = QApplication.focusWidget()
    at = next((n for n, part in enumerate(regions) if _within(part, focus)), -by)
    for step in range(1, len(regions) + 1):
        target = first_focusable(regions[(at + by * step) % len(regions)])
        if target is not None:
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return


def first_focusable(part: QWidget) -> QWidget | None:
    """The first thing in a part of the window that takes the focus, in reading order."""
    step = part.nextInFocusChain()
    while step is not None and step is not part:
        wanted = step.focusPolicy() & Qt.FocusPolicy.TabFocus
        if wanted and step.isEnabled() and step.isVisible() and part.isAncestorOf(step):
            return step
        step = step.nextInFocusChain()
    return None


def pull_back(window: QWidget) -> None:
    """Bring a window whose title would be off every screen back on one, no larger than it."""
    frame = window.frameGeometry()
    screens = [screen.availableGeometry() for screen in QApplication.screens()]
    grip = QRect(frame.left(), frame.top(), frame.width(), 40)
    if not screens or any(_seen(room, grip) for room in screens):
        return
    room = screens[0]
    size = frame.size().boundedTo(room.size())
    window.resize(size)
    window.move(room.center() - QRect(0, 0, size.width(), size.height()).center())


def _seen(room: QRect, grip: QRect) -> bool:
    shared = room.intersected(grip)
    return shared.width() >= 120 and shared.height() >= 20


def _within(part: QWidget, focus: QWidget | None) -> bool:
    return focus is not None and (part is focus or part.isAncestorOf(focus))
