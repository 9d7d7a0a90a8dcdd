"""Cycles are collected in the window's thread."""

from __future__ import annotations

import gc

from tokenmirror.views.garbage import Collector, collect_due


def test_python_collects_nothing_by_itself_while_the_window_lives(qtbot):
    gc.enable()
    collector = Collector()

    assert not gc.isenabled()
    collector.stop()
    assert gc.isenabled()
    gc.disable()  # as the suite has it


def test_what_is_due_is_collected(qtbot):
    gc.collect()
    cycles = [[] for _ in range(gc.get_threshold()[0] + 50)]
    for cycle in cycles:
        cycle.append(cycle)
    assert gc.get_count()[0] > gc.get_threshold()[0]

    collect_due()

    assert gc.get_count()[0] <= gc.get_threshold()[0]
