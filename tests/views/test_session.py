from __future__ import annotations

import logging
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPlainTextEdit

from tests.views import made_up
from tokenmirror.paths import places
from tokenmirror.settings import Settings
from tokenmirror.sources.source import Machine
from tokenmirror.store import schema
from tokenmirror.views.session import SHOW, Session, stack_of

FIRST_PAINT = """
    import sys
    from pathlib import Path
    from tokenmirror.app import gui
    from tokenmirror.app.start import Wanted, start

    session = gui.open_session(start(Wanted(data_dir=Path(sys.argv[1]))), sample=True)
    late = ("numpy", "pyqtgraph", "sqlite_utils", "jinja2")
    early = []
    session.window.first_painted.connect(
        lambda: (early.extend(name for name in late if name in sys.modules), session.app.quit())
    )
    made = [name for name in late if name in sys.modules and name != "sqlite_utils"]
    session.stay()
    session.close()
    sys.stdout.write(" ".join(early))
"""


@pytest.fixture
def opened(qtbot, tmp_path):
    sessions = []

    def make(**options):
        session = Session.opened(
            places(tmp_path),
            Settings(geometry="x", text_scale=100, theme="light"),
            Machine(tmp_path, ("linux",)),
            lambda: made_up.SOURCES,
            zone="UTC",
            program=("none",),
            clock_ms=lambda: made_up.NOW_MS,
            dress=lambda app, settings: None,
            **options,
        )
        if session is not None:
            sessions.append(session)
        return session

    yield make
    for session in sessions:
        session.close()


def test_nothing_slow_is_loaded_before_the_first_paint(tmp_path):
    schema.create(places(tmp_path).database)

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FIRST_PAINT), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == ""


def test_a_second_start_wakes_the_first_and_ends(qtbot, opened, tmp_path):
    first = opened()
    file = tmp_path / SHOW
    before = file.stat().st_mtime_ns
    with qtbot.waitSignal(first._watcher.fileChanged, timeout=5000, raising=False) as seen:
        second = opened()

    assert second is None
    assert seen.signal_triggered or file.stat().st_mtime_ns > before


def test_a_damaged_archive_is_told_plainly(qtbot, opened, tmp_path):
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / "mirror.db").write_bytes(b"not a database at all" * 50)

    session = opened()

    assert session.window is None
    assert "damaged" in session._fault._heading.text()


def test_the_first_start_begins_with_the_first_run(qtbot, tmp_path):
    session = Session.opened(
        places(tmp_path),
        Settings(),
        Machine(tmp_path, ("linux",)),
        lambda: made_up.SOURCES,
        zone="UTC",
        program=("none",),
        clock_ms=lambda: made_up.NOW_MS,
        dress=lambda app, settings: None,
    )
    session.window.show()

    assert session._first_run.isVisible()
    session._first_run.left.emit()
    assert session.window.sidebar.isVisible()
    session.close()


def test_a_fault_is_told_with_a_report_free_of_contents(qtbot, opened, caplog):
    session = opened()
    session.window.show()
    with caplog.at_level(logging.CRITICAL):
        try:
            raise KeyError("a secret of the person")  # noqa: TRY301
        except KeyError as error:
            session._uncaught(KeyError, error, error.__traceback__)

    qtbot.waitUntil(lambda: session._crash is not None and session._crash.isVisible())
    report = session._crash.findChild(QPlainTextEdit).toPlainText()
    assert "KeyError" in report
    assert "test_session.py" in report
    assert "secret" not in report


def test_a_stack_names_files_and_not_folders():
    try:
        Path("/nowhere").stat()
    except OSError as error:
        text = stack_of(type(error), error.__traceback__)

    assert text.startswith("FileNotFoundError\n  test_session.py:")
    assert "/" not in text


def test_every_page_is_painted_for_the_self_test(qtbot, opened):
    session = opened(sample=True)

    assert session.paint_every_page() == 4
    assert QApplication.topLevelWidgets()
