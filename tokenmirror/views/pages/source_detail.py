"""The first tab of Sources: the table, and the detail of the chosen source below it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from tokenmirror.language import mark, month, number, tr, tr_n
from tokenmirror.measures.periods import Period, span
from tokenmirror.store.readings import Repository
from tokenmirror.views import theme
from tokenmirror.views.models.rows import RowsModel
from tokenmirror.views.pages.page import table_height
from tokenmirror.views.pages.source_words import (
    SIGNAL_STATES,
    SIGNALS,
    SourceState,
    When,
    expiring,
    facts,
    problem_rows,
    signal_states,
    source_rows,
    summary,
)
from tokenmirror.views.widgets.buttons import Button, LinkButton, PrimaryButton
from tokenmirror.views.widgets.card import Card
from tokenmirror.views.widgets.data_table import DataTable
from tokenmirror.views.widgets.marks import Days, DrawingLabel, Signals
from tokenmirror.views.widgets.messages import InlineMessage, announce
from tokenmirror.views.widgets.text import Text

DAYS_COLUMN = 4
NAME_WIDE = 170
WIDTHS = {1: 124, 2: 104, 3: 112, 4: 204, 5: 96, 6: 136}
LEFT_OUT_FIRST = (6, 2, 4)
SAID_MS = 2_000
ROWS_SHOWN = 10  # more are scrolled, so that the detail stays in sight
LEGEND = (
    ("read", mark("read")),
    ("nothing", mark("nothing there")),
    ("gone", mark("gone before it was read")),
    ("not_allowed", mark("not allowed")),
)


class SourcesTab(QWidget):
    """What is known of each source; signals carry the key of the one they are about."""

    consent_wanted = Signal()
    stop_wanted = Signal(str)
    again_wanted = Signal(str)
    preview_wanted = Signal(str)
    add_wanted = Signal(object)  # Path

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("part", "page")
        self._states: dict[str, SourceState] = {}
        self._when: When | None = None
        self._key = ""
        self._repositories: tuple[Repository, ...] = ()
        self._report = ""
        self._offers = OfferedHomes()
        self._offers.add_wanted.connect(self.add_wanted)
        look = theme.current()
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(look.px(14))
        self.message = InlineMessage("info", "")
        self.message.hide()
        self._going = InlineMessage("caution", "")
        self._going.hide()
        rows.addWidget(self.message)
        self._unloaded = InlineMessage("caution", "")
        self._unloaded.hide()
        rows.addWidget(self._going)
        rows.addWidget(self._unloaded)
        rows.addWidget(self._offers)
        self._add_table(rows)
        self._detail = Card()
        self._build_detail()
        rows.addWidget(self._detail)
        rows.addStretch(1)

    def show_sources(
        self,
        states: tuple[SourceState, ...],
        repositories: tuple[Repository, ...],
        when: When,
        period: Period | None,
    ) -> None:
        """Show these; the chosen source stays chosen."""
        self._states = {state.source.key: state for state in states}
        self._repositories = repositories
        self._when = when
        if period is not None:
            self._model.name(DAYS_COLUMN, tr("Days covered, {period}", period=_short(period)))
        self._message(states)
        going = expiring(states, when)
        self._going.say(going)
        self._going.setVisible(bool(going))
        self._show_rows()

    def show_faults(self, faults: tuple[tuple[str, str], ...]) -> None:
        """Name sources of other packages that could not be loaded, with their errors."""
        names = ", ".join(f"{key} ({fault})" for key, fault in faults)
        words = tr("Sources of other packages could not be loaded: {names}.", names=names)
        self._unloaded.say(words if faults else "")
        self._unloaded.setVisible(bool(faults))

    def show_report(self, report: str) -> None:
        """Have this ready to be copied."""
        self._report = report
        self.copy_report.setEnabled(bool(report))

    def show_offers(self, paths: tuple[Path, ...]) -> None:
        """Offer to look into these further homes."""
        self._offers.show_paths(paths)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    def _fit_columns(self) -> None:
        """Leave columns out, those first that the detail tells too, until names have room."""
        look = theme.current()
        room = self.width() - look.px(NAME_WIDE) - look.px(40)
        wanted = sum(look.px(width) for width in WIDTHS.values())
        for column in LEFT_OUT_FIRST:
            hidden = wanted > room
            self.table.setColumnHidden(column, hidden)
            wanted -= look.px(WIDTHS[column]) if hidden else 0
        self._legend.setVisible(not self.table.isColumnHidden(DAYS_COLUMN))

    def _show_rows(self) -> None:
        """The sources that are here, the others folded; both narrowed by what is typed."""
        if self._when is None:
            return
        typed = self.search.text().strip().casefold()
        states = [s for s in self._states.values() if typed in s.source.name.casefold()]
        here = [state for state in states if state.here]
        others = [state for state in states if not state.here]
        shown = [*here, *others] if self.unfold.isChecked() or typed or not here else here
        git = self._repositories if not typed else ()
        rows = source_rows(tuple(shown), git, self._when)
        self._model.show_rows(rows)
        self.table.setFixedHeight(table_height(min(max(1, len(rows)), ROWS_SHOWN)))
        names = sorted((state.source.name for state in others), key=str.casefold)
        self._folded.setText(tr("Also looked for: {names}.", names=", ".join(names)))
        self._count.setText(
            tr(
                "{n} of the {all} tools looked for left logs here.",
                n=number(sum(state.here for state in self._states.values())),
                all=number(len(self._states)),
            )
        )
        folded = bool(names) and len(shown) < len(states)
        self._folded.setVisible(folded)
        self.unfold.setVisible(bool(others) and bool(here) and not typed)
        self.unfold.setText(tr("Hide those not found") if not folded else tr("Show them"))
        if not (self._key and self.table.choose(self._key)) and rows:
            self.table.choose(rows[0].key)
        self._show_detail()

    def _copy_report(self) -> None:
        QGuiApplication.clipboard().setText(self._report)
        self.copy_report.setText(tr("Copied"))
        announce(self.copy_report, tr("The report is on the clipboard."))
        QTimer.singleShot(SAID_MS, self.copy_report, self._copy_again)

    def _copy_again(self) -> None:
        self.copy_report.setText(tr("Copy a report"))

    def _add_table(self, rows: QVBoxLayout) -> None:
        look = theme.current()
        self._model = RowsModel(
            [
                tr("Source"),
                tr("State"),
                tr("Allowed since"),
                tr("Read to"),
                tr("Days covered"),
                tr("Understood"),
                tr("Signals S1 to S7"),
            ],
            right=(5,),
            parent=self,
        )
        self.table = DataTable(tr("Sources"), tr("No source is known."))
        self.table.show_model(self._model, WIDTHS)
        self.table.setSelectionMode(DataTable.SelectionMode.SingleSelection)
        self.table.chose.connect(self._chosen)
        card = Card()
        card.body.addLayout(self._head())
        card.body.addWidget(self.table)
        self._legend = QWidget()
        legend = QHBoxLayout(self._legend)
        legend.setContentsMargins(look.px(8), look.px(10), 0, 0)
        legend.setSpacing(look.px(6))
        for state, words in LEGEND:
            swatch = DrawingLabel(9, 14)
            swatch.show_drawing(Days((state,)), tr(words))  # type: ignore[arg-type]
            legend.addWidget(swatch)
            legend.addWidget(Text(tr(words), "note", "text2"))
            legend.addSpacing(look.px(10))
        legend.addStretch(1)
        card.body.addWidget(self._legend)
        card.body.addSpacing(look.px(6))
        self._folded = Text(kind="note", tone="text2", wraps=True)
        self.unfold = LinkButton(tr("Show them"))
        self.unfold.setCheckable(True)
        self.unfold.toggled.connect(self._show_rows)
        foot = QHBoxLayout()
        foot.setContentsMargins(look.px(8), 0, 0, 0)
        foot.setSpacing(look.px(10))
        foot.addWidget(self._folded, 1)
        foot.addWidget(self.unfold, 0, Qt.AlignmentFlag.AlignTop)
        card.body.addLayout(foot)
        rows.addWidget(card)

    def _head(self) -> QHBoxLayout:
        """How many sources are here; a field to find one; the report."""
        look = theme.current()
        self._count = Text(kind="note", tone="text2")
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Find a source"))
        self.search.setAccessibleName(tr("Find a source"))
        self.search.setClearButtonEnabled(True)
        self.search.addAction(
            look.icon("search", "text2", 16), QLineEdit.ActionPosition.LeadingPosition
        )
        self.search.setFixedWidth(look.px(170))
        self.search.textChanged.connect(self._show_rows)
        self.copy_report = Button(tr("Copy a report"))
        self.copy_report.setToolTip(
            tr("How well each tool's logs are understood: no path, no name, no text.")
        )
        self.copy_report.clicked.connect(self._copy_report)
        head = QHBoxLayout()
        head.setContentsMargins(look.px(8), 0, 0, look.px(4))
        head.setSpacing(look.px(10))
        head.addWidget(self._count, 1)
        head.addWidget(self.search)
        head.addWidget(self.copy_report)
        return head

    def _build_detail(self) -> None:
        look = theme.current()
        body = self._detail.body
        both = QHBoxLayout()
        both.setSpacing(look.px(28))
        left = QVBoxLayout()
        left.setSpacing(look.px(4))
        self._name = Text(kind="heading")
        self._summary = Text(kind="note", tone="text2", wraps=True)
        left.addWidget(self._name)
        left.addWidget(self._summary)
        left.addSpacing(look.px(8))
        self._facts = QGridLayout()
        self._facts.setColumnMinimumWidth(0, look.px(96))
        self._facts.setColumnStretch(1, 1)
        self._facts.setVerticalSpacing(look.px(4))
        left.addLayout(self._facts)
        left.addSpacing(look.px(8))
        left.addLayout(self._buttons())
        left.addStretch(1)
        both.addLayout(left, 3)
        both.addWidget(self._signals(), 2, Qt.AlignmentFlag.AlignTop)
        body.addLayout(both)
        self._add_problems(body)

    def _buttons(self) -> QHBoxLayout:
        self.allow = PrimaryButton(tr("Allow reading…"))
        self.preview = Button(tr("Preview again"))
        self.again = Button(tr("Read again from scratch"))
        self.stop = Button(tr("Stop reading"))
        self.allow.clicked.connect(self.consent_wanted)
        self.preview.clicked.connect(self._want_preview)
        self.again.clicked.connect(self._want_again)
        self.stop.clicked.connect(self._want_stop)
        row = QHBoxLayout()
        row.setSpacing(theme.current().px(8))
        for button in (self.allow, self.preview, self.again, self.stop):
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _want_preview(self) -> None:
        self.preview_wanted.emit(self._key)

    def _want_again(self) -> None:
        self.again_wanted.emit(self._key)

    def _want_stop(self) -> None:
        self.stop_wanted.emit(self._key)

    def _signals(self) -> QFrame:
        look = theme.current()
        frame = QFrame()
        rows = QGridLayout(frame)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setVerticalSpacing(look.px(4))
        rows.setHorizontalSpacing(look.px(8))
        rows.setColumnStretch(2, 1)
        rows.addWidget(Text(tr("What this tool records"), "label", "text2"), 0, 0, 1, 3)
        self._dots: list[DrawingLabel] = []
        self._said: list[Text] = []
        for place, words in enumerate(SIGNALS.values(), 1):
            dot, said = DrawingLabel(14, 14), Text(kind="note", tone="text2")
            self._dots.append(dot)
            self._said.append(said)
            for column, part in enumerate((dot, Text(tr(words)), said)):
                rows.addWidget(part, place, column)
        return frame

    def _add_problems(self, body: QVBoxLayout) -> None:
        look = theme.current()
        self._problems_title = Text(kind="label", tone="text2")
        self._problems = RowsModel([tr("File"), tr("Position"), tr("Reason")], parent=self)
        self.problems = DataTable(tr("Places that could not be read"))
        self.problems.show_model(self._problems, {1: 140})
        body.addSpacing(look.px(10))
        body.addWidget(self._problems_title)
        body.addWidget(self.problems)

    def _chosen(self, keys: tuple[str, ...]) -> None:
        if keys:
            self._key = keys[0]
            self._show_detail()

    def _show_detail(self) -> None:
        state, when = self._states.get(self._key), self._when
        self._detail.setVisible(state is not None)
        if state is None or when is None:
            return
        self._name.setText(state.source.name)
        self._summary.setText(summary(state, when))
        _fill(self._facts, facts(state, when))
        for place, how in enumerate(signal_states(state.source)):
            words = tr(SIGNAL_STATES[how])
            self._dots[place].show_drawing(Signals((how,)), words)
            self._said[place].setText(words)
        self.allow.setVisible(not state.allowed and bool(state.places))
        self.preview.setVisible(bool(state.places))
        self.again.setVisible(state.allowed and state.reading is not None)
        self.stop.setVisible(state.allowed)
        self._show_problems(state)

    def _show_problems(self, state: SourceState) -> None:
        n = state.reading.problems if state.reading else 0
        self._problems_title.setVisible(n > 0)
        self.problems.setVisible(n > 0)
        if not n:
            return
        shown = len(state.problems)
        words = tr_n(
            "{n} place could not be read and was left out",
            "{n} places could not be read and were left out",
            n,
        )
        more = tr(", the latest {n}", n=number(shown)) if shown < n else ""
        self._problems_title.setText(words + more)
        self._problems.show_rows(problem_rows(state.problems))
        self.problems.setFixedHeight(table_height(min(shown, 8)))

    def _message(self, states: tuple[SourceState, ...]) -> None:
        faulty = [state.source.name for state in states if _faulty(state)]
        self.message.setVisible(bool(faulty))
        if faulty:
            self.message.say(
                tr(
                    "Some files could not be read because of a fault in TokenMirror: {names}.",
                    names=", ".join(faulty),
                )
            )


class OfferedHomes(QWidget):
    """Further homes of this computer, each with a way to have it looked into."""

    add_wanted = Signal(object)  # Path

    def __init__(self) -> None:
        super().__init__()
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._paths: tuple[Path, ...] = ()
        self.hide()

    def show_paths(self, paths: tuple[Path, ...]) -> None:
        """Offer these; those that were offered before stay as they are."""
        if paths == self._paths:
            return
        self._paths = paths
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for path in paths:
            words = tr("Tools may also keep logs in {path}. Nothing there was opened.", path=path)
            message = InlineMessage("info", words, tr("Look there too"))
            message.acted.connect(partial(self.add_wanted.emit, path))
            self._rows.addWidget(message)
        self.setVisible(bool(paths))


def _faulty(state: SourceState) -> bool:
    return any(problem.reason == "bug" for problem in state.problems)


def _short(period: Period) -> str:
    if period.first.day == 1 and period.length in range(28, 32):
        return month(period.first)
    return span(period.first, period.last, year=False)


def _fill(grid: QGridLayout, rows: list[tuple[str, str]]) -> None:
    while (item := grid.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
    last = ""
    for place, (label, value) in enumerate(rows):
        shown = "" if label == last else label
        last = label
        grid.addWidget(Text(shown, "note", "text2"), place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(Text(value, wraps=True, selectable=True), place, 1)
