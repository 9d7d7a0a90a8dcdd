"""StatCard: one answer with its interval and its sentence, as a button that opens its page."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from tokenmirror.language import tr
from tokenmirror.views.painting import words
from tokenmirror.views.theme import current, tokens
from tokenmirror.views.widgets.answers import Answer
from tokenmirror.views.widgets.buttons import IconButton, LinkButton
from tokenmirror.views.widgets.interval_strip import IntervalStrip
from tokenmirror.views.widgets.text import Text


class AnswerLine(QWidget):
    """The large answer and, behind or under it, what it counts; on one base line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._answer, self._about = "", ""
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def say(self, answer: str, about: str) -> None:
        """Show these words."""
        self._answer, self._about = answer, about
        self.setAccessibleName(f"{answer} {about}".strip())
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        line = QFontMetricsF(current().font("display")).height()
        below = QFontMetricsF(current().font("body")).height()
        return round(line if self._fits(width) else line + below)

    def sizeHint(self) -> QSize:
        return QSize(self.minimumSizeHint().width(), self.heightForWidth(1 << 14))

    def minimumSizeHint(self) -> QSize:
        large = QFontMetricsF(current().font("display")).horizontalAdvance(self._answer)
        return QSize(round(large) + 1, self.heightForWidth(1 << 14))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        large, small = theme.font("display"), theme.font("body")
        metrics, below = QFontMetricsF(large), QFontMetricsF(small)
        painter.setFont(large)
        painter.setPen(theme.colour("text"))
        wide = metrics.horizontalAdvance(self._answer)
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        left = self.width() - wide if mirrored else 0.0
        painter.drawText(int(left), round(metrics.ascent()), self._answer)
        if self._fits(self.width()):
            gap = wide + theme.px(10)
            place = QRectF(0 if mirrored else gap, 0, self.width() - gap, metrics.ascent())
            top = metrics.ascent() - below.ascent()
            place.setTop(top)
            place.setHeight(below.height())
        else:
            place = QRectF(0, metrics.height(), self.width(), below.height())
        align = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        words(painter, place, self._about, small, "text2", align)

    def _fits(self, width: int) -> bool:
        theme = current()
        large = QFontMetricsF(theme.font("display")).horizontalAdvance(self._answer)
        small = QFontMetricsF(theme.font("body")).horizontalAdvance(self._about)
        return large + theme.px(10) + small <= width


class StatCard(QAbstractButton):
    """An answer, its strip and its note; ``clicked`` opens its page, ``asked`` explains it.

    ``asked`` carries the "i" button, under which the explanation belongs; ``helped`` is the
    action of a figure that cannot be known.
    """

    asked = Signal(QWidget)
    helped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._label = Text(kind="label", tone="text2")
        self._info = IconButton("info", tr("How this is counted"), "text3", 16)
        self._line = AnswerLine()
        self._strip = IntervalStrip()
        self._note = Text(kind="note", tone="text3", wraps=True)
        self._action = LinkButton("")
        self._info.clicked.connect(self._ask)
        self._action.clicked.connect(self.helped)
        self._lay_out()

    def show_answer(self, answer: Answer) -> None:
        """Show this answer from now on."""
        self._label.setText(answer.label)
        self._line.say(answer.answer, answer.about)
        self._note.setText(answer.note)
        self._note.setVisible(bool(answer.note))
        self._strip.setVisible(answer.strip is not None)
        if answer.strip is not None:
            self._strip.show_strip(answer.strip)
        self._action.setText(answer.action)
        self._action.setVisible(bool(answer.action))
        self._info.setAccessibleName(tr("How {name} is counted", name=answer.label))
        self.setAccessibleName(answer.label)
        self.setAccessibleDescription(answer.spoken)

    def sizeHint(self) -> QSize:
        return self._rows.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._rows.minimumSize()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._rows.heightForWidth(width)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.StyleChange:
            self._space()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_info()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hovered = self.underMouse() or self.isDown()
        painter.setPen(QPen(theme.colour("borderStrong" if hovered else "border"), 1))
        painter.setBrush(theme.colour("surface"))
        radius = theme.px(tokens().radius["card"])
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)

    def _ask(self) -> None:
        self.asked.emit(self._info)

    def _lay_out(self) -> None:
        self._info.setParent(self)  # in the corner, over the layout: it must not push the answer
        self._rows = QVBoxLayout(self)
        self._rows.setSpacing(0)
        self._rows.addWidget(self._label)
        self._rows.addSpacing(0)
        self._rows.addWidget(self._line)
        self._rows.addSpacing(0)
        self._rows.addWidget(self._strip)
        self._rows.addSpacing(0)
        self._rows.addWidget(self._note)
        self._rows.addWidget(self._action, 0, Qt.AlignmentFlag.AlignLeading)
        self._rows.addStretch(1)
        self._space()

    def _space(self) -> None:
        theme = current()
        side = theme.px(18)
        self._rows.setContentsMargins(side, theme.px(14), side, theme.px(14))
        for place, length in ((1, 4), (3, 6), (5, 5)):
            item = self._rows.itemAt(place)
            spacer = item.spacerItem() if item is not None else None
            if spacer is not None:
                spacer.changeSize(0, theme.px(length))
        self._rows.invalidate()
        self._place_info()

    def _place_info(self) -> None:
        theme = current()
        edge = theme.px(12)
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        left = edge if mirrored else self.width() - edge - self._info.width()
        self._info.move(left, theme.px(7))
