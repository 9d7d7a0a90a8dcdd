"""The theme of window tests: always the bundled font, light, 100 %, no motion."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

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
