"""How far a reading is: one row per source, pause and cancel."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tokenmirror.language import duration, number, size, tr, tr_n
from tokenmirror.views.desk import Desk
from tokenmirror.views.import_run import Progress, SourceProgress
from tokenmirror.views.widgets.progress_row import ProgressCard

ESTIMATE_AFTER_MS = 5_000
ICONS = {
    "claude-code": "terminal",
    "codex-cli": "terminal-window",
    "vscode-copilot": "chat",
    "cursor": "pointer",
}


def source_icon(key: str) -> str:
    """The icon of a source; a plain one where it has none of its own."""
    return ICONS.get(key, "agent")


class ReadingCard(QWidget):
    """Shows the lines of a reading; Pause stops it to go on later, Cancel stops it.

    Hidden while nothing is read and nothing is paused.
    """

    settled = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._began_ms = desk.clock_ms()
        self.card = ProgressCard(tr("Reading your logs, newest first"))
        self.card.paused.connect(self._pause)
        self.card.cancelled.connect(self._cancel)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.card)
        desk.run.running.connect(self._running)
        desk.run.progress.connect(self.show_progress)
        self.setVisible(desk.run.is_running())
        if desk.run.last is not None:
            self.show_progress(desk.run.last)

    def show_progress(self, progress: Progress) -> None:
        """Show this line."""
        self.card.say(self._heading(progress), self._words(progress))
        for source in progress.sources or self._only(progress):
            row = self.card.row(
                source.source, self._desk.source_name(source.source), source_icon(source.source)
            )
            share = min(1.0, source.done / source.total) if source.total else None
            problems = (
                tr_n("{n} problem", "{n} problems", source.problems) if source.problems else ""
            )
            row.show_progress(share, _how_far(source), problems)

    def _only(self, progress: Progress) -> tuple[SourceProgress, ...]:
        if not progress.source or progress.state != "reading":
            return ()
        return (
            SourceProgress(
                progress.source, progress.done, progress.total, problems=progress.problems
            ),
        )

    def _heading(self, progress: Progress) -> str:
        if progress.state == "looking":
            return tr("Looking for what is new")
        if progress.state == "relating":
            return tr("Following your commits")
        return tr("Reading your logs, newest first")

    def _words(self, progress: Progress) -> str:
        parts = []
        if progress.state == "relating" and progress.total:
            n = number(progress.total)
            parts.append(tr("{done} of {n} repositories.", done=number(progress.done), n=n))
        elif progress.total:
            done, total = size(progress.done), size(progress.total)
            parts.append(tr("{done} of {total}.", done=done, total=total))
        left = self._left_ms(progress)
        if left is not None:
            parts.append(tr("About {time} left.", time=duration(left)))
        parts.append(tr("You can look around meanwhile."))
        return " ".join(parts)

    def _left_ms(self, progress: Progress) -> float | None:
        spent = self._desk.clock_ms() - self._began_ms
        share = progress.share
        if spent < ESTIMATE_AFTER_MS or not share or share >= 1 or progress.state != "reading":
            return None
        return spent * (1 - share) / share

    def _running(self, running: bool) -> None:
        if running:
            self._began_ms = self._desk.clock_ms()
        self.setVisible(running or self._desk.run.paused)
        if self._desk.run.paused:
            self.card.say(tr("Reading paused"), tr("What was read is kept."))
        if not running:
            self.settled.emit()

    def _pause(self, paused: bool) -> None:
        if paused:
            self._desk.run.pause()
        else:
            self._desk.run.start()

    def _cancel(self) -> None:
        self._desk.run.paused = False
        self._desk.run.stop()
        self.setVisible(self._desk.run.is_running())


def _how_far(source: SourceProgress) -> str:
    if source.files:
        return tr("{done} of {n} files", done=number(source.files_done), n=number(source.files))
    if source.total:
        return tr("{done} of {total}", done=size(source.done), total=size(source.total))
    return tr("waiting")
