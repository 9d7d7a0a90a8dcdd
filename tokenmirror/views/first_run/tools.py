"""Step 2: which logs may be read; a switch for each, off at first, and a preview."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from tokenmirror.errors import UserError
from tokenmirror.ingest import preview
from tokenmirror.ingest.preview import FoundSource, Preview
from tokenmirror.language import listing, mark, number, size, tr, tr_n
from tokenmirror.sources.source import Source
from tokenmirror.views import theme
from tokenmirror.views.desk import Desk
from tokenmirror.views.elided import Elided
from tokenmirror.views.first_run.step import Step
from tokenmirror.views.folder import ask_folder
from tokenmirror.views.pages.source_words import When
from tokenmirror.views.preview_card import PreviewCard
from tokenmirror.views.reading_card import source_icon
from tokenmirror.views.widgets.buttons import Button, LinkButton, Switch
from tokenmirror.views.widgets.card import Card
from tokenmirror.views.widgets.messages import Glyph
from tokenmirror.views.widgets.text import Hairline, Text

HEADS = (mark("Read it"), "", mark("Where"), mark("Size"), mark("Files"), mark("Newest"), "")
WIDTHS = (64, 190, 0, 84, 72, 104, 104)


class ToolsStep(Step):
    """The table of what was found; nothing in it has been opened."""

    name = mark("Tools")
    question = mark("Which logs may be read?")
    next_words = mark("Next")

    failed = Signal(object)  # UserError

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.say(
            tr(
                "These places exist on this computer. Nothing in them has been opened; turn on "
                "what you want to see."
            )
        )
        self._desk = desk
        self._found: tuple[FoundSource, ...] = ()
        self._switches: dict[str, Switch] = {}
        self._card = Card()
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        self._card.body.addLayout(self._rows)
        self.rows.addWidget(self._card)
        foot = QHBoxLayout()
        self._missing = Text(kind="note", tone="text2", wraps=True)
        add = Button(tr("Add a folder…"), icon="add")
        add.clicked.connect(self._add_folder)
        foot.addWidget(self._missing, 1)
        foot.addWidget(add)
        self.rows.addLayout(foot)
        self.rows.addStretch(1)
        self._rows.addWidget(Text(tr("Looking…"), tone="text2"))

    def enter(self) -> None:
        desk = self._desk
        desk.jobs.run(
            "found",
            lambda: _all_found(desk),
            self._show,
            self.failed.emit,
        )

    def allowed(self) -> list[str]:
        """The sources that are switched on."""
        return [key for key, switch in self._switches.items() if switch.isChecked()]

    def _show(self, found: tuple[FoundSource, ...]) -> None:
        self._found = found
        consents = self._desk.own.consents()
        _empty(self._rows)
        self._switches = {}
        here = [source for source in found if source.places]
        self._rows.addWidget(_row([Text(tr(head), "label", "text2") for head in HEADS]))
        for source in here:
            self._rows.addWidget(Hairline())
            consent = consents.get(source.key)
            self._rows.addWidget(self._source(source, allowed=bool(consent and consent.allowed)))
        if not here:
            self._rows.addWidget(Hairline())
            self._rows.addWidget(
                Text(tr("No logs of any known tool were found on this computer."), wraps=True)
            )
        missing = [source.name for source in found if not source.places]
        self._missing.setText(
            tr_n(
                "{n} tool not found here: {names}.",
                "{n} tools not found here: {names}.",
                len(missing),
                names=listing(missing),
            )
            if missing
            else ""
        )
        self.ready.emit(bool(self.allowed()))

    def _source(self, source: FoundSource, *, allowed: bool) -> QWidget:
        look = theme.current()
        switch = Switch(tr("Read the logs of {name}", name=source.name))
        switch.setChecked(allowed)
        switch.toggled.connect(partial(self._switched, source))
        self._switches[source.key] = switch
        name = QWidget()
        row = QHBoxLayout(name)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(look.px(8))
        row.addWidget(Glyph(source_icon(source.key), "text2", 18))
        row.addWidget(Text(source.name), 1)
        link = LinkButton(tr("Preview"))
        link.setAccessibleName(tr("Preview of {name}", name=source.name))
        where = Elided(places_words(source.places, self._desk.machine.home), "note", "text2")
        where.setToolTip("\n".join(map(str, source.places)))
        cells: list[QWidget] = [
            switch,
            name,
            where,
            _figure(size(source.bytes)),
            _figure(number(source.files)),
            _figure(self._when().at(source.newest_ms), "text2"),
            link,
        ]
        holder = QWidget()
        rows = QVBoxLayout(holder)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(_row(cells))
        card = PreviewCard()
        card.hide()
        rows.addWidget(card)
        link.clicked.connect(partial(self._toggle_preview, source, card, link))
        return holder

    def _switched(self, source: FoundSource, on: bool) -> None:
        places = [str(place) for place in source.places]
        try:
            self._desk.own.consent(source.key, allowed=on, places=places)
        except UserError as error:
            self.failed.emit(error)
        self.ready.emit(bool(self.allowed()))

    def _toggle_preview(self, source: FoundSource, card: PreviewCard, link: LinkButton) -> None:
        if card.isVisible():
            card.hide()
            link.setText(tr("Preview"))
            return
        known = next((s for s in self._desk.sources if s.key == source.key), None)
        if known is None:
            return
        desk, keep = self._desk, self._desk.options.value.keep == "text"

        def show(found: Preview) -> None:
            card.show_preview(found, source, self._when())
            card.show()
            link.setText(tr("Close preview"))

        self._desk.jobs.run(
            f"preview {source.key}",
            lambda: _previewed(desk, known, keep_text=keep),
            show,
            self.failed.emit,
        )

    def _add_folder(self) -> None:
        folder = ask_folder(self)
        if folder is None:
            return
        try:
            self._desk.own.add_folder(folder, "home")
        except UserError as error:
            self.failed.emit(error)
            return
        self.enter()

    def _when(self) -> When:
        return When(ZoneInfo(self._desk.days.zone), self._desk.today)


def _all_found(desk: Desk) -> tuple[FoundSource, ...]:
    here, *others = desk.machines()
    return tuple(preview.found(here, desk.sources, others))


def _previewed(desk: Desk, source: Source, *, keep_text: bool) -> Preview:
    here, *others = desk.machines()
    return preview.preview(here, source, others, keep_text=keep_text)


def places_words(places: tuple[Path, ...], home: Path) -> str:
    """Folders with the home folder as ``~``, the first one and how many more."""
    if not places:
        return ""
    first = places[0]
    words = f"~/{first.relative_to(home).as_posix()}" if first.is_relative_to(home) else str(first)
    more = len(places) - 1
    return tr("{place} and {n} more", place=words, n=number(more)) if more else words


def _figure(words: str, tone: str = "text") -> Text:
    text = Text(words, "body", tone)  # type: ignore[arg-type]
    text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return text


def _row(cells: list[QWidget] | list[Text]) -> QWidget:
    look = theme.current()
    holder = QWidget()
    grid = QGridLayout(holder)
    grid.setContentsMargins(0, look.px(6), 0, look.px(6))
    grid.setHorizontalSpacing(look.px(12))
    for place, (cell, wide) in enumerate(zip(cells, WIDTHS, strict=True)):
        left = place in (0, 1, 2, 6)
        side = Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag.AlignRight
        if place == 1 or (place == 2 and wide == 0):
            grid.addWidget(cell, 0, place)
        else:
            grid.addWidget(cell, 0, place, side | Qt.AlignmentFlag.AlignVCenter)
        grid.setColumnMinimumWidth(place, look.px(wide))
    grid.setColumnStretch(2, 1)
    holder.setMinimumHeight(look.px(40))
    return holder


def _empty(rows: QVBoxLayout) -> None:
    while (item := rows.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
