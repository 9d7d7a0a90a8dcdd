from __future__ import annotations

import pytest

from tests.views import made_up
from tokenmirror.views.frame.watch import ReadingWatch
from tokenmirror.views.import_run import Progress

MINUTE = 60_000


@pytest.fixture
def desk(tmp_path):
    made = made_up.a_desk(tmp_path)
    yield made
    made_up.close(made)


@pytest.fixture
def watch(qtbot, desk):
    return ReadingWatch(desk, desk.jobs)


def begun(desk):
    starts = []
    desk.run.running.connect(starts.append)
    return starts


def read(desk, minutes_ago, problems=0):
    db = made_up.connected(desk.own.path)
    db.execute(
        "insert into runs (started_ms, ended_ms, state) values (1, ?, 'done')",
        (made_up.NOW_MS - minutes_ago * MINUTE,),
    )
    db.close()


def test_before_anything_was_read_it_says_so(watch):
    assert watch.words() == "Nothing read yet"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "Read just now"), (4, "Read 4 min ago"), (130, "Read 2 h 10 min ago")],
)
def test_the_foot_says_how_long_ago_it_was(qtbot, watch, desk, minutes, words):
    read(desk, minutes)

    with qtbot.waitSignal(watch.foot, check_params_cb=lambda said: said == words):
        watch.look()


def test_nothing_is_read_by_itself_while_nothing_is_allowed(qtbot, watch, desk):
    starts = begun(desk)
    with qtbot.waitSignal(watch.foot):
        watch.look(then_read=True)

    assert starts == []


def test_at_the_start_what_is_allowed_is_read(qtbot, watch, desk):
    desk.own.consent("codex-cli", allowed=True, places=[])

    with qtbot.waitSignal(desk.run.failed):  # there is no reader in this test
        watch.look(then_read=True)


def test_coming_back_reads_again_only_after_a_while(qtbot, watch, desk):
    desk.own.consent("codex-cli", allowed=True, places=[])
    read(desk, 4)
    with qtbot.waitSignal(watch.foot):
        watch.look()
    starts = begun(desk)

    watch.activated()
    soon = list(starts)
    desk.clock_ms = lambda: made_up.NOW_MS + 20 * MINUTE
    with qtbot.waitSignal(desk.run.failed):
        watch.activated()

    assert soon == []
    assert starts[0] is True


def test_sample_data_are_never_read_again(qtbot, tmp_path):
    desk = made_up.a_desk(tmp_path, sample=True)
    desk.own.consent("codex-cli", allowed=True, places=[])
    watch = ReadingWatch(desk, desk.jobs)
    starts = begun(desk)
    with qtbot.waitSignal(watch.foot):
        watch.look(then_read=True)

    assert starts == []
    made_up.close(desk)


def test_pages_are_asked_to_refresh_once_in_two_seconds(watch, desk):
    desk.run.progress.emit(Progress("reading", 1, 2))
    first = watch._refresh.isActive()
    left = watch._refresh.remainingTime()
    desk.run.progress.emit(Progress("reading", 2, 2))

    assert first
    assert watch._refresh.remainingTime() <= left
    watch._refresh.stop()
