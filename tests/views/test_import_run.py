from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import pytest

from tokenmirror.views.import_run import ImportRun

FAKE = Path(__file__).with_name("fake_reader.py")


@pytest.fixture
def run_of(qtbot):
    runs = []

    def make(mode: str, grace_ms: int = 3000) -> ImportRun:
        runs.append(ImportRun(lambda: [sys.executable, str(FAKE), mode], grace_ms=grace_ms))
        return runs[-1]

    yield make
    for run in runs:
        run.close()


def test_a_reading_tells_how_far_it_is_and_what_changed(qtbot, run_of):
    run = run_of("whole")
    said = []
    run.progress.connect(said.append)

    with qtbot.waitSignal(run.changed, timeout=20000) as changed:
        run.start()

    assert (said[0].share, said[0].source, said[0].events) == (0.4, "codex-cli", 7)
    assert changed.args[0].tables == {"prompts"}
    assert (changed.args[0].first, changed.args[0].last) == (date(2026, 10, 1), date(2026, 10, 31))
    assert not run.is_running()


def test_stopping_closes_the_input_and_keeps_what_was_read(qtbot, run_of):
    run = run_of("patient")
    with qtbot.waitSignal(run.progress, timeout=20000):
        run.start()

    with qtbot.waitSignal(run.changed, timeout=20000) as changed:
        run.pause()

    assert changed.args[0].stopped
    assert run.paused


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_reader_that_does_not_stop_is_ended(qtbot, run_of):
    run = run_of("stubborn", grace_ms=50)
    with qtbot.waitSignal(
        run.progress, timeout=20000, check_params_cb=lambda p: p.state == "relating"
    ):
        run.start()

    with qtbot.waitSignal(run.changed, timeout=20000) as changed:
        run.stop()

    assert changed.args[0].stopped


def test_a_failure_is_told_in_the_readers_words(qtbot, run_of):
    run = run_of("failing")

    with qtbot.waitSignal(run.failed, timeout=20000) as failed:
        run.start()

    assert str(failed.args[0]) == "The disk is full. Make room."


def test_a_reader_that_breaks_off_is_told_plainly(qtbot, run_of):
    run = run_of("crash")

    with qtbot.waitSignal(run.failed, timeout=20000) as failed:
        run.start()

    assert "ended before it was complete" in failed.args[0].what


def test_a_program_that_is_not_there_is_told(qtbot):
    run = ImportRun(lambda: ["/nowhere/tokenmirror"])

    with qtbot.waitSignal(run.failed, timeout=20000) as failed:
        run.start()

    assert "could not be started" in failed.args[0].what
    assert not run.is_running()


def test_a_start_during_a_reading_becomes_one_more_reading(qtbot, run_of):
    run = run_of("whole")
    ends = []
    run.changed.connect(ends.append)
    run.start()
    run.start()
    run.start()

    qtbot.waitUntil(lambda: len(ends) == 2 and not run.is_running(), timeout=20000)
