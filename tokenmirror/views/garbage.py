"""Cycles of Python objects are collected in the window's thread, and nowhere else.

Python collects where an allocation happens to pass a threshold, which may be a worker
thread.  If a closed widget is in the cycle, its C++ half is then destroyed in the wrong
thread, and the process ends with a segmentation fault.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

LOOK_EVERY_MS = 500


class Collector(QObject):
    """Looks at Python's own thresholds twice a second, while it lives."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._collected_before = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(collect_due)
        self._timer.start(LOOK_EVERY_MS)

    def stop(self) -> None:
        """Let Python collect by itself again, if it did before."""
        self._timer.stop()
        if self._collected_before:
            gc.enable()


def collect_due() -> None:
    """Collect the oldest generation that Python would collect now."""
    counts, limits = gc.get_count(), gc.get_threshold()
    for generation in (2, 1, 0):
        if limits[generation] and counts[generation] > limits[generation]:
            gc.collect(generation)
            return
