"""The window measured: CPU until its first paint, and how late its clock gets during a reading.

``python -m tests.bench.window HOME``; each figure from a process of its own, offscreen.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BEAT_MS = 8
EMPTY = """
import time
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
window = QMainWindow()
window.show()
window.grab()
print(time.process_time())
"""


def measured(code: str) -> list[float]:
    """Numbers that a fresh interpreter prints on its last line."""
    env = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    return [float(word) for word in out.stdout.splitlines()[-1].split()]


def paint(data: str) -> None:
    """Open the window on a data folder, paint it once, print the CPU seconds so far."""
    from tokenmirror.app import gui
    from tokenmirror.app.start import Wanted, start

    session = gui.open_session(start(Wanted(data_dir=Path(data))), sample=True)
    assert session is not None
    assert session.window is not None
    session.window.show()
    session.window.grab()
    print(time.process_time(), int("pyqtgraph" in sys.modules), int("numpy" in sys.modules))


def beat(home: str, data: str) -> None:
    """Print the worst and the 99th percentile of a timer's lateness in ms: idle, reading."""
    from PySide6.QtCore import QProcess, QTimer

    from tokenmirror.app import gui
    from tokenmirror.app.start import Wanted, start

    session = gui.open_session(start(Wanted(data_dir=Path(data))), sample=True)
    assert session is not None
    assert session.window is not None
    session.window.show()
    late: list[float] = []
    last = [time.perf_counter()]

    def tick() -> None:
        now = time.perf_counter()
        late.append((now - last[0]) * 1000 - BEAT_MS)
        last[0] = now

    timer = QTimer(session)
    timer.setTimerType(timer.timerType().PreciseTimer)
    timer.timeout.connect(tick)
    timer.start(BEAT_MS)
    pump = session.app.exec
    QTimer.singleShot(3000, session.app.quit)
    pump()
    idle = sorted(late[len(late) // 3 :])  # the first second still builds the page
    late.clear()
    child = QProcess(session)
    child.finished.connect(session.app.quit)
    words = ["-m", "tokenmirror", "import", "--all-sources", "--quiet", "--home", home]
    last[0] = time.perf_counter()
    child.start(sys.executable, [*words, "--data-dir", data])
    pump()
    reading = sorted(late)
    print(idle[-1], idle[int(len(idle) * 0.99)], reading[-1], reading[int(len(reading) * 0.99)])


def main() -> None:
    """Print both measurements."""
    home = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as data:
        words = ["-m", "tokenmirror", "import", "--all-sources", "--quiet", "--data-dir", data]
        subprocess.run([sys.executable, *words, "--home", str(home)], cwd=ROOT, check=True)
        empty = measured(EMPTY)[0]
        ours, pyqtgraph, numpy = measured(f"from tests.bench.window import paint\npaint({data!r})")
    with tempfile.TemporaryDirectory() as data:
        idle, idle_99, reading, reading_99 = measured(
            f"from tests.bench.window import beat\nbeat({str(home)!r}, {data!r})"
        )
    found = {
        "empty window, CPU s": empty,
        "first paint, CPU s": ours,
        "ratio": ours / empty,
        "pyqtgraph before first paint": bool(pyqtgraph),
        "numpy before first paint": bool(numpy),
        "timer late, idle, worst and 99 %, ms": [idle, idle_99],
        "timer late, while reading, worst and 99 %, ms": [reading, reading_99],
    }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
