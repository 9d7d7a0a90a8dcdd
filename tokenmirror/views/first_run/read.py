"""Step 5: reading, with what was found and what was not."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QVBoxLayout

from tokenmirror.errors import UserError
from tokenmirror.language import mark, number, tr, tr_n
from tokenmirror.views import theme
from tokenmirror.views.desk import Desk
from tokenmirror.views.first_run.step import Step
from tokenmirror.views.import_run import Changes
from tokenmirror.views.reading_card import ReadingCard
from tokenmirror.views.widgets.card import Card
from tokenmirror.views.widgets.text import Text


class ReadStep(Step):
    """Begins to read when it is opened; one may look around at any time."""

    name = mark("Read")
    question = mark("Reading your logs")
    next_words = mark("Open Overview")

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.say(tr("You can look around while it reads."))
        self._desk = desk
        self._begun = False
        self.rows.addWidget(ReadingCard(desk))
        self._end = Card()
        self._lines = QVBoxLayout()
        self._lines.setSpacing(theme.current().px(6))
        self._end.body.addLayout(self._lines)
        self._end.hide()
        self.rows.addWidget(self._end)
        self.rows.addStretch(1)
        desk.run.changed.connect(self._changed)
        desk.run.failed.connect(self._failed)

    def enter(self) -> None:
        self.ready.emit(True)
        if not self._begun and not self._desk.run.is_running():
            self._begun = True
            self._desk.run.start()

    def _changed(self, changes: Changes) -> None:
        if not self._begun:
            return
        heading = tr("Reading was stopped") if changes.stopped else tr("Reading is done")
        self._say(heading, found_words(changes.report, self._desk.source_name))

    def _failed(self, error: UserError) -> None:
        if self._begun:
            self._say(error.what, [error.advice])

    def _say(self, heading: str, lines: list[str]) -> None:
        while (item := self._lines.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self._lines.addWidget(Text(heading, "heading"))
        for line in lines:
            self._lines.addWidget(Text(line, wraps=True))
        self._end.show()


def found_words(report: Mapping[str, object], name_of: object) -> list[str]:
    """What a report says was found, a sentence per source and one for the repositories."""
    lines: list[str] = []
    sources = report.get("sources")
    for row in sources if isinstance(sources, list) else []:
        name = name_of(row["id"]) if callable(name_of) else row["id"]
        sessions = tr_n("{n} session", "{n} sessions", row.get("sessions", 0))
        prompts = tr_n("{n} prompt", "{n} prompts", row.get("prompts", 0))
        lines.append(
            tr("{name}: {sessions}, {prompts}.", name=name, sessions=sessions, prompts=prompts)
            if row.get("sessions")
            else tr("{name}: nothing found.", name=name)
        )
    repositories = report.get("repositories")
    if isinstance(repositories, list):
        commits = sum(int(row.get("commits_read") or 0) for row in repositories)
        followed = tr_n("{n} repository followed", "{n} repositories followed", len(repositories))
        lines.append(
            tr(
                "{followed}, {commits} commits looked at.",
                followed=followed,
                commits=number(commits),
            )
            if repositories
            else tr("No repository was found, so nothing can be followed into commits.")
        )
    return lines
