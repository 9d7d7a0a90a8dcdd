"""ChartCard: a chart with its question, its legend, its readout and its three actions."""

from __future__ import annotations

from math import ceil
from pathlib import Path

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from tokenmirror.language import tr
from tokenmirror.measures.figures import Unknown
from tokenmirror.views.charts.chart import Chart
from tokenmirror.views.charts.legend import Legend
from tokenmirror.views.charts.picture import save_picture
from tokenmirror.views.charts.table import FigureTable
from tokenmirror.views.theme import current
from tokenmirror.views.widgets.buttons import IconButton, LinkButton
from tokenmirror.views.widgets.card import Card
from tokenmirror.views.widgets.data_table import DataTable
from tokenmirror.views.widgets.text import Text


class ReadoutLine(QWidget):
    """The words of the datum under the cursor; as high as its longest words need.

    The height does not change while the cursor moves, so nothing below it jumps.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words, self._longest = "", ""
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def say(self, words: str) -> None:
        """Show these words."""
        self._words = words
        self.setAccessibleName(words)
        self.update()

    def words(self) -> str:
        """What is shown."""
        return self._words

    def reserve(self, longest: str) -> None:
        """Keep room for the longest words there will be."""
        if longest != self._longest:
            self._longest = longest
            self.updateGeometry()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        metrics = QFontMetricsF(current().font("note"))
        room = QRectF(0, 0, max(width, 1), 1 << 12)
        needed = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, self._longest or "x")
        return ceil(max(needed.height(), metrics.height())) + 2 * current().px(4)

    def sizeHint(self) -> QSize:
        return QSize(current().px(240), self.heightForWidth(1 << 14))

    def minimumSizeHint(self) -> QSize:
        return QSize(current().px(120), self.heightForWidth(1 << 14))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(current().font("note"))
        painter.setPen(current().colour("text2"))
        flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeading
        area = self.rect().adjusted(0, current().px(4), 0, 0)  # in line with the links beside it
        painter.drawText(area, flags, self._words)


class ChartCard(Card):
    """The frame of a chart: question, unit and period, legend, readout, actions.

    ``picked`` and ``spanned`` are the chart's; ``asked`` carries the "i" button;
    ``table_toggled`` tells that the table is shown or not, for remembering; ``helped`` comes
    from the action of a figure that cannot be known.
    """

    picked = Signal(str)
    spanned = Signal(str, str)
    asked = Signal(QWidget)
    table_toggled = Signal(bool)
    helped = Signal()

    def __init__(
        self, chart: Chart, title: str, subtitle: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.chart = chart
        self._title = Text(title, "heading", wraps=True)
        self._subtitle = Text(subtitle, "note", "text3", wraps=True)
        self._legend = Legend()
        self._readout = ReadoutLine()
        self._twin = FigureTable(self)
        self._table = DataTable(tr("{title}: the numbers", title=title))
        self._table.show_model(self._twin)
        self._stack = QStackedWidget()
        self._unknown = _UnknownNote()
        self._info = IconButton("info", tr("How this is counted"), "text3", 16, parent=self)
        self._actions = [LinkButton(tr("Table")), LinkButton(tr("Copy"))]
        self._actions.append(LinkButton(tr("Save picture…")))
        self._footnote = ""
        self._lay_out()
        self._connect()
        self.say(title, subtitle)
        self._follow_figure()

    def say(self, title: str, subtitle: str = "", footnote: str = "") -> None:
        """The question, the unit and period, and what a saved picture says on coverage."""
        self._title.setText(title)
        self._subtitle.setText(subtitle)
        self._subtitle.setVisible(bool(subtitle))
        self._footnote = footnote
        self.chart.setAccessibleName(title)
        self._info.setAccessibleName(tr("How {name} is counted", name=title))
        names = (tr("Table"), tr("Copy"), tr("Save picture…"))
        for button, name in zip(self._actions, names, strict=True):
            button.setAccessibleName(tr("{action}: {title}", action=name, title=title))

    def hide_info(self) -> None:
        """No "i": there is no measure behind it."""
        self._info.hide()

    def show_unknown(self, unknown: Unknown | None, action: str = "") -> None:
        """In place of the chart, why it cannot be drawn; ``None`` brings the chart back."""
        self._unknown.say(unknown.sentence if unknown else "", action)
        self._unknown.setVisible(unknown is not None)
        for part in (self._stack, self._readout, *self._actions):
            part.setVisible(unknown is None)
        self._legend.setVisible(unknown is None and bool(self.chart.legend()))

    def table_shown(self) -> bool:
        """Whether the table stands in place of the chart."""
        return self._stack.currentWidget() is self._table

    def show_table(self, *, shown: bool) -> None:
        """Swap chart and table."""
        if shown == self.table_shown():
            return
        self._stack.setCurrentWidget(self._table if shown else self.chart)
        self._actions[0].setText(tr("Chart") if shown else tr("Table"))
        self._legend.setVisible(not shown and bool(self.chart.legend()))
        (self._table if shown else self.chart).setFocus(Qt.FocusReason.OtherFocusReason)
        self._fit_stack()
        self.table_toggled.emit(shown)

    def save(self, path: Path) -> None:
        """Save the chart as a picture: SVG by its ending, PNG at twice the size otherwise."""
        words = (self._title.text(), self._subtitle.text(), self._footnote)
        save_picture(self.chart, path, *words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_info()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange and hasattr(self, "_info"):
            self._place_info()

    def _lay_out(self) -> None:
        theme = current()
        self._stack.addWidget(self.chart)
        self._stack.addWidget(self._table)
        self._stack.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        head = QVBoxLayout()
        head.setContentsMargins(0, 0, theme.px(28), 0)
        head.setSpacing(0)
        head.addWidget(self._title)
        head.addWidget(self._subtitle)
        foot = QHBoxLayout()
        foot.setSpacing(theme.px(16))
        foot.addWidget(self._readout, 1)
        for button in self._actions:
            foot.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(head)
        self.body.addSpacing(theme.px(6))
        shown: list[QWidget] = [self._legend, self._stack]
        for part in reversed(shown) if self.chart.legend_below() else shown:
            self.body.addWidget(part)
            self.body.addSpacing(theme.px(6))
        self.body.addWidget(self._unknown)
        self.body.addLayout(foot)
        self._unknown.hide()

    def _connect(self) -> None:
        self.chart.picked.connect(self.picked)
        self.chart.spanned.connect(self.spanned)
        self.chart.read.connect(self._readout.say)
        self.chart.shown.connect(self._follow_figure)
        self.chart.table_asked.connect(self._swap)
        self._table.opened.connect(self.picked)
        self._info.clicked.connect(self._ask)
        self._actions[0].clicked.connect(self._swap)
        self._actions[1].clicked.connect(self.chart.copy)
        self._actions[2].clicked.connect(self._ask_where)
        self._unknown.acted.connect(self.helped)

    def _follow_figure(self) -> None:
        chart = self.chart
        self._legend.show_entries(chart.legend())
        self._twin.show_table(chart.numbers())
        words = [
            chart.words_at(datum, series)
            for datum in range(chart.data_count())
            for series in range(chart.series_count())
        ]
        self._readout.reserve(max([chart.sentence(), *words], key=len))
        self._readout.say(chart.readout())
        chart.setAccessibleDescription(chart.describe())
        self._fit_stack()

    def _fit_stack(self) -> None:
        """As high as what is shown: a stack would be as high as its highest page."""
        if self.table_shown():
            rows = min(self._twin.rowCount() + 1, 13)
            self._stack.setFixedHeight(rows * (current().size("row") + 1) + 4)
            self._table.share_width()
        else:
            margins = self.body.contentsMargins()
            room = self.width() - margins.left() - margins.right()
            self._stack.setFixedHeight(self.chart.height_for(room))

    def _place_info(self) -> None:
        edge = current().px(12)
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        left = edge if mirrored else self.width() - edge - self._info.width()
        self._info.move(left, current().px(7))
        self._info.raise_()
        self._fit_stack()

    def _swap(self) -> None:
        self.show_table(shown=not self.table_shown())

    def _ask(self) -> None:
        self.asked.emit(self._info)

    def _ask_where(self) -> None:
        dialog = QFileDialog(self, tr("Save picture"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([tr("PNG picture (*.png)"), tr("SVG drawing (*.svg)")])
        dialog.setDefaultSuffix("png")
        dialog.fileSelected.connect(self._save_as)
        dialog.open()

    def _save_as(self, name: str) -> None:
        self.save(Path(name))


class _UnknownNote(QWidget):
    """Why there is no chart, and what can be done about it."""

    acted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._words = Text("", "body", "text2", wraps=True)
        self._link = LinkButton("", "body")
        self._link.clicked.connect(self.acted)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, current().px(4), 0, current().px(4))
        rows.setSpacing(current().px(2))
        rows.addWidget(self._words)
        rows.addWidget(self._link, 0, Qt.AlignmentFlag.AlignLeading)

    def say(self, words: str, action: str) -> None:
        """Show this reason and action."""
        self._words.setText(words)
        self._link.setText(action)
        self._link.setVisible(bool(action))
