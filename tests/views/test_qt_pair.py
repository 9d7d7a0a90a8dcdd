"""Pairs of Python and PySide6 that abort are refused, and the one in use keeps None alive."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtWidgets import QLabel

from tokenmirror.views.qt_pair import installed_pyside, refusal


def test_the_pair_that_aborts_is_refused_with_a_way_out():
    words = refusal((3, 11), "6.12.0")
    assert words is not None
    assert "3.11" in words
    assert "3.12" in words


@pytest.mark.parametrize(
    ("python", "pyside"),
    [((3, 12), "6.12.0"), ((3, 11), "6.11.3"), ((3, 13), "6.12.0"), ((3, 11), "6.12.1")],
)
def test_other_pairs_may_run(python: tuple[int, int], pyside: str):
    assert refusal(python, pyside) is None


def test_the_installed_pair_may_run():
    assert installed_pyside()
    assert refusal(sys.version_info[:2], installed_pyside()) is None


def test_calls_that_return_nothing_do_not_use_up_none(qtbot):
    label = QLabel()
    qtbot.addWidget(label)
    before = sys.getrefcount(None)
    for _ in range(3000):
        label.setText("x")
    assert sys.getrefcount(None) >= before - 100
