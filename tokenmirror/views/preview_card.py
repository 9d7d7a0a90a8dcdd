"""The preview of a source: in the log, kept, dropped; values masked until one asks."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from tokenmirror.ingest.preview import FoundSource, Preview
from tokenmirror.language import mark, number, size, tr, tr_n
from tokenmirror.views import theme
from tokenmirror.views.elided import Elided
from tokenmirror.views.pages.source_words import REASONS, When
from tokenmirror.views.widgets.buttons import IconButton
from tokenmirror.views.widgets.card import Card
from tokenmirror.views.widgets.text import Text, Tone

KEPT = {
    "kind": mark("kind"),
    "at": mark("at"),
    "session": mark("session"),
    "author": mark("author"),
    "words": mark("words"),
    "text": mark("text"),
    "file": mark("file"),
    "lines": mark("lines"),
    "decision": mark("decision"),
    "text of lines": mark("text of lines"),
}


class PreviewCard(Card):
    """Three columns of one record, and a sentence on what would be read."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        look = theme.current()
        self.body.setSpacing(look.px(10))
        self._title = Text(kind="heading")
        self._opened = Text(kind="note", tone="text2", wraps=True)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._opened, 1)
        self.body.addLayout(head)
        self._columns = QHBoxLayout()
        self._columns.setSpacing(look.px(10))
        self.body.addLayout(self._columns)
        self._would = Text(kind="note", tone="text2", wraps=True)
        self.body.addWidget(self._would)
        self._preview: Preview | None = None
        self._masked = True

    def show_preview(self, preview: Preview, source: FoundSource, when: When) -> None:
        """Show what was found, its values masked."""
        self._preview, self._masked = preview, True
        self._title.setText(tr("Preview of {name}", name=source.name))
        self._opened.setText(
            tr(
                "{files} and {records} opened, in memory. Nothing is written.",
                files=tr_n("{n} file", "{n} files", preview.files),
                records=tr_n("{n} record", "{n} records", preview.records),
            )
        )
        self._would.setText(would_read(source, when))
        self._fill()

    def _fill(self) -> None:
        preview = self._preview
        if preview is None:
            return
        while (item := self._columns.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        record = [
            (name, masked if self._masked else value) for name, value, masked in preview.record
        ]
        masked = tr("one record, masked") if self._masked else tr("one record")
        eye = IconButton(
            "show" if self._masked else "hide",
            tr("Show the values") if self._masked else tr("Mask the values"),
        )
        eye.clicked.connect(self._toggle)
        kept = [(tr(KEPT.get(name, name)), value) for name, value in preview.kept]
        dropped = [(name, "") for name in preview.dropped]
        if preview.problem and not record:
            record = [(tr(REASONS.get(preview.problem, preview.problem)), "")]
        for part in (
            _column(tr("In the log"), masked, record, eye),
            _column(tr("Kept"), tr("what would be stored"), kept),
            _column(tr("Dropped"), tr("never stored"), dropped),
        ):
            self._columns.addWidget(part, 1)

    def _toggle(self) -> None:
        self._masked = not self._masked
        self._fill()


def would_read(source: FoundSource, when: When) -> str:
    """The sentence on size, age and the tool's own deletion."""
    if not source.files:
        return tr("There is nothing to read here.")
    said = tr(
        "Would read {files}, {size}, {first} to {last}.",
        files=tr_n("{n} file", "{n} files", source.files),
        size=size(source.bytes),
        first=when.day(source.oldest_ms),
        last=when.at(source.newest_ms),
    )
    if source.keeps_days is None:
        return said
    deletes = tr("The tool itself deletes files after about {n} days.", n=number(source.keeps_days))
    return f"{said} {deletes}"


def _column(
    title: str, under: str, rows: list[tuple[str, str]], button: IconButton | None = None
) -> QFrame:
    look = theme.current()
    frame = QFrame()
    frame.setProperty("part", "well")
    column = QVBoxLayout(frame)
    column.setContentsMargins(look.px(14), look.px(8), look.px(10), look.px(12))
    column.setSpacing(0)
    head = QHBoxLayout()
    head.addWidget(Text(title, "label"), 1)
    if button is not None:
        head.addWidget(button)
    else:
        head.addSpacing(0)
        head.addStrut(look.size("target"))
    column.addLayout(head)
    column.addWidget(Text(under, "note", "text2"))
    column.addSpacing(look.px(4))
    grid = QGridLayout()
    grid.setHorizontalSpacing(look.px(12))
    grid.setVerticalSpacing(look.px(1))
    grid.setColumnStretch(1, 1)
    for place, (name, value) in enumerate(rows):
        grid.addWidget(_mono(name, "text3" if value else "text2"), place, 0)
        if value:
            grid.addWidget(Elided(value, "mono", "text2"), place, 1)
    column.addLayout(grid)
    column.addStretch(1)
    return frame


def _mono(words: str, tone: Tone) -> Text:
    text = Text(words, "mono", tone)
    text.setFont(theme.current().font("mono"))
    return text
