"""Window tests: the bundled font, light, 100 %, no motion; windows live as long as their test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tokenmirror.views.theme import BUNDLED, Theme, bundled_family


@pytest.fixture(scope="session")
def _theme(qapp: QApplication) -> Theme:
    bundled_family()
    theme = Theme(qapp, "light", family=BUNDLED)
    theme.reduce_motion(reduced=True)
    return theme


@pytest.fixture
def theme(_theme: Theme) -> Theme:
    """The application's theme, put back to light and 100 %."""
    _theme.set_mode("light")
    _theme.set_text_scale(100)
    return _theme


@pytest.fixture(autouse=True)
def _themed(theme: Theme) -> None:
    """Every window test has the theme."""


@pytest.fixture
def qtbot(qtbot: QtBot, qapp: QApplication) -> Iterator[QtBot]:
    """The bot, which here also keeps its widgets until they are deleted.

    It knows them weakly only. A window whose last name goes when the test returns is collected
    at any later moment: also in the middle of its own last paint, which ends the process.
    """
    kept: list[QWidget] = []
    add: Callable[..., None] = qtbot.addWidget

    def add_and_keep(widget: QWidget, **options: object) -> None:
        kept.append(widget)
        add(widget, **options)

    qtbot.addWidget = add_and_keep  # type: ignore[method-assign]
    yield qtbot
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    kept.clear()
