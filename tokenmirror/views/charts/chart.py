"""The frame of every chart: reading cursor, readout, table twin, words, picture."""

from __future__ import annotations

import weakref

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleInterface,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
)
from PySide6.QtWidgets import QAccessibleWidget, QSizePolicy, QWidget
from shiboken6 import isValid

from tokenmirror.measures.figures import Table
from tokenmirror.views.charts.fills import LegendEntry
from tokenmirror.views.charts.table import as_tsv
from tokenmirror.views.widgets.messages import announce

PAGE_STEP = 4


class Chart(QWidget):
    """What all charts share: the reading cursor and its words. One of the two widget bases.

    The data stand in columns (``data_count``), each with one or more series. Arrow keys,
    Home, End, PgUp and PgDn move the cursor, Enter or a click picks the datum, Shift with
    left and right marks a span, T asks for the table, Ctrl+C copies it, Esc lets go.

    ``picked``: the key of a datum; what keys look like is told by each chart.
    ``read``: the words of the datum under the cursor, the figure's sentence when there is none.
    ``spanned``: keys of the first and last datum of a marked span, on Enter.
    """

    picked = Signal(str)
    read = Signal(str)
    spanned = Signal(str, str)
    table_asked = Signal()
    shown = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _teach_accessibility()
        self.at: tuple[int, int] | None = None
        self.span: tuple[int, int] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    # what each chart tells of its figure

    def data_count(self) -> int:
        """How many data there are to step through."""
        raise NotImplementedError

    def series_count(self) -> int:
        """How many series each datum has; 1 where up and down step like left and right."""
        return 1

    def words_at(self, datum: int, series: int) -> str:
        """The readout of that datum, without the hint on Enter."""
        raise NotImplementedError

    def key_at(self, datum: int, series: int) -> str:
        """What ``picked`` carries for that datum; empty when nothing opens."""
        raise NotImplementedError

    def datum_at(self, place: QPointF) -> tuple[int, int] | None:
        """The datum and series under a point of the widget."""
        raise NotImplementedError

    def numbers(self) -> Table:
        """The same numbers as a table."""
        raise NotImplementedError

    def describe(self) -> str:
        """At least three sentences: kind and axes, range with n, pattern, what is missing."""
        raise NotImplementedError

    def sentence(self) -> str:
        """The figure's own sentence: the readout while nothing is under the cursor."""
        raise NotImplementedError

    def legend(self) -> tuple[LegendEntry, ...]:
        """The entries of the text legend; empty where the chart names its parts itself."""
        return ()

    def legend_below(self) -> bool:
        """Whether the legend belongs under the chart, beside the part it explains."""
        return False

    def height_for(self, width: int) -> int:
        """How high the chart wants to be at that width."""
        return self.sizeHint().height()

    def restyle(self) -> None:
        """Fetch colours and fonts again; painted charts need no more than a repaint."""
        self.update()

    # what they share

    def figure_changed(self) -> None:
        """To be called by a chart after it took a new figure."""
        if self.at is not None:
            last = self.data_count() - 1
            self.at = (min(self.at[0], last), self.at[1]) if last >= 0 else None
        self.span = None
        self.updateGeometry()
        self.restyle()
        self.shown.emit()
        self._tell()

    def put_cursor(self, datum: int, series: int = 0) -> None:
        """Move the cursor there, kept within the figure, and read it out."""
        if not self.data_count():
            return
        datum = max(0, min(self.data_count() - 1, datum))
        series = max(0, min(self.series_count() - 1, series))
        if self.at != (datum, series):
            self.at = (datum, series)
            self._tell()
            self.cursor_moved()

    def cursor_moved(self) -> None:
        """Paint what depends on the cursor again; by default everything."""
        self.update()

    def drop_cursor(self) -> None:
        """Take the cursor and a marked span away."""
        if self.at is not None or self.span is not None:
            self.at = self.span = None
            self._tell()
            self.cursor_moved()

    def pick(self) -> None:
        """Open the datum under the cursor, or use the marked span."""
        if self.span is not None:
            first, last = sorted(self.span)
            self.spanned.emit(self.key_at(first, 0), self.key_at(last, 0))
        elif self.at is not None:
            key = self.key_at(*self.at)
            if key:
                self.picked.emit(key)

    def copy(self) -> None:
        """Put the numbers on the clipboard as TSV."""
        QGuiApplication.clipboard().setText(as_tsv(self.numbers()))

    def readout(self) -> str:
        """The words of the datum under the cursor, or the figure's sentence."""
        if self.at is None:
            return self.sentence()
        return self.words_at(*self.at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
            return
        key = Qt.Key(event.key())
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and shifted:
            self._stretch(self._onward(key))
        elif key in _STEPS or key in _JUMPS:
            self._step(key)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.at is not None:
            self.pick()
        elif key == Qt.Key.Key_T:
            self.table_asked.emit()
        elif key == Qt.Key.Key_Escape and (self.at is not None or self.span is not None):
            self.drop_cursor()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        by_key = event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
        )
        if self.at is None and by_key and self.data_count():
            self.put_cursor(self.data_count() - 1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        found = self.datum_at(event.position())
        if found is None:
            if not self.hasFocus():
                self.drop_cursor()
        elif event.buttons() & Qt.MouseButton.LeftButton and self.span is not None:
            self._stretch(found[0] - self.span[1])
        else:
            self.put_cursor(*found)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self.datum_at(event.position())
        if event.button() is not Qt.MouseButton.LeftButton or found is None:
            event.ignore()
            return
        self.put_cursor(*found)
        marking = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self.span = (found[0], found[0]) if marking else None
        self.cursor_moved()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        found = self.datum_at(event.position())
        if event.button() is Qt.MouseButton.LeftButton and found == self.at and self.span is None:
            self.pick()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if not self.hasFocus():
            self.drop_cursor()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.StyleChange:
            self.updateGeometry()
            self.restyle()
        super().changeEvent(event)

    def _onward(self, key: Qt.Key) -> int:
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        forward = key == Qt.Key.Key_Right
        return 1 if forward != (mirrored and not self.keeps_direction()) else -1

    def keeps_direction(self) -> bool:
        """Whether the data run left to right in every language, as time does."""
        return True

    def _step(self, key: Qt.Key) -> None:
        datum, series = self.at or (-1, 0)
        if key in _JUMPS:
            step = _JUMPS[key]
            self.put_cursor(datum + step if abs(step) == PAGE_STEP else step, series)
            return
        along, across = _STEPS[key]
        if self.at is None:
            self.put_cursor(self.data_count() - 1 if along < 0 else 0, 0)
        elif self.series_count() == 1:
            self.put_cursor(datum + along + across, 0)
        else:
            self.put_cursor(datum + along, series + across)

    def _stretch(self, by: int) -> None:
        if self.at is None:
            self.put_cursor(self.data_count() - 1)
        if self.at is None:
            return
        start = self.span[0] if self.span is not None else self.at[0]
        end = (self.span[1] if self.span is not None else self.at[0]) + by
        self.span = (start, max(0, min(self.data_count() - 1, end)))
        self.at = (self.span[1], self.at[1])
        self._tell()
        self.cursor_moved()

    def _tell(self) -> None:
        words = self.readout()
        self.read.emit(words)
        if self.at is not None and self.hasFocus():
            announce(self, words)


_BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
_STEPS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}  # fmt: skip
_JUMPS = {
    Qt.Key.Key_Home: 0, Qt.Key.Key_End: 1 << 30,
    Qt.Key.Key_PageUp: -PAGE_STEP, Qt.Key.Key_PageDown: PAGE_STEP,
}  # fmt: skip


class ChartAccessible(QAccessibleWidget):
    """A chart for screen readers: role Chart, described in sentences."""

    def __init__(self, chart: Chart) -> None:
        super().__init__(chart, QAccessible.Role.Chart, chart.accessibleName())
        self._chart = weakref.ref(chart)

    def text(self, kind: QAccessible.Text) -> str:
        chart = self._chart()
        if chart is not None:
            if kind is QAccessible.Text.Name:
                return chart.accessibleName()
            if kind is QAccessible.Text.Description:
                return chart.describe()
            if kind is QAccessible.Text.Value:
                return chart.readout()
        return str(super().text(kind))


_taught: list[bool] = []
_spoken: list[ChartAccessible] = []


def _teach_accessibility() -> None:
    """Have Qt ask us for the accessible object of charts; once for the program."""
    if not _taught:
        QAccessible.installFactory(_accessible)
        _taught.append(True)


def _accessible(_name: str, thing: QObject) -> QAccessibleInterface | None:
    """The accessible object of a chart.

    Qt deletes it after its chart, and must find it alive until then: the references here are
    given up once Qt has done so. Left to the chart's own attributes, it went first, and Qt
    stumbled over it.
    """
    _spoken[:] = [spoken for spoken in _spoken if isValid(spoken)]
    if not isinstance(thing, Chart):
        return None
    _spoken.append(ChartAccessible(thing))
    return _spoken[-1]
