"""The frame of the first run: five steps on the left, the content, back and on."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from tokenmirror.language import tr
from tokenmirror.paths import Places
from tokenmirror.views import theme
from tokenmirror.views.desk import Desk
from tokenmirror.views.first_run.keep import KeepStep
from tokenmirror.views.first_run.read import ReadStep
from tokenmirror.views.first_run.repositories import RepositoriesStep
from tokenmirror.views.first_run.step import Step
from tokenmirror.views.first_run.tools import ToolsStep
from tokenmirror.views.first_run.welcome import WelcomeStep
from tokenmirror.views.frame.sidebar import Mark
from tokenmirror.views.widgets.buttons import Button, LinkButton, PrimaryButton
from tokenmirror.views.widgets.text import Text

TOOLS = 1
NARROW_BELOW = 1000


class StepButton(QAbstractButton):
    """A step in the list: its number in a ring, or a check mark once it is behind."""

    def __init__(self, number: int, words: str, of: int) -> None:
        super().__init__()
        self._number, self._words, self._of = number, words, of
        self._done = False
        self.setCheckable(True)
        self.setToolTip(words)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.show_state(done=False, current=False, reachable=False)

    def show_state(self, *, done: bool, current: bool, reachable: bool) -> None:
        """Behind, here, or ahead; steps ahead can be opened once they are reachable."""
        self._done = done
        self.setChecked(current)
        self.setEnabled(reachable)
        state = tr("current") if current else tr("done") if done else tr("to come")
        self.setAccessibleName(
            tr(
                "Step {n} of {of}: {words}, {state}",
                n=self._number,
                of=self._of,
                words=self._words,
                state=state,
            )
        )
        self.update()

    def sizeHint(self) -> QSize:
        look = theme.current()
        return QSize(look.px(44), look.px(36))

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        here = self.isChecked()
        if here:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.colour("selection"))
            painter.drawRoundedRect(QRectF(self.rect()), look.px(6), look.px(6))
        side = look.px(20)
        ring = QRectF(look.px(12), (self.height() - side) / 2, side, side)
        accent = here or self._done
        painter.setPen(QPen(look.colour("accent" if accent else "borderStrong"), 1.5))
        painter.setBrush(look.colour("accent") if here else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(ring)
        if self._done and not here:
            glyph = look.px(14)
            place = ring.center().toPoint()
            pixmap = look.pixmap("check", "accent", 14, self.devicePixelRatioF())
            painter.drawPixmap(place.x() - glyph // 2 + 1, place.y() - glyph // 2 + 1, pixmap)
        else:
            painter.setFont(look.font("tick", weight=600))
            painter.setPen(look.colour("onAccent" if here else "text2"))
            painter.drawText(ring, Qt.AlignmentFlag.AlignCenter, str(self._number))
        if self.width() < look.px(100):
            return
        painter.setFont(look.font("body", weight=QFont.Weight.DemiBold if here else 0))
        painter.setPen(look.colour("text" if here or self._done else "text2"))
        words = self.rect().adjusted(look.px(44), 0, -look.px(4), 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self._words)


class FirstRun(QWidget):
    """Five steps, each can be left and resumed.

    ``left`` goes back to the pages, ``finished`` opens the first one, ``wants_sample`` shows
    made-up data; ``failed`` carries a ``UserError``.
    """

    left = Signal()
    finished = Signal()
    wants_sample = Signal()
    failed = Signal(object)

    def __init__(self, desk: Desk, places: Places) -> None:
        super().__init__()
        self.setProperty("part", "page")
        self._tools = ToolsStep(desk)
        self._welcome = WelcomeStep()
        self.steps: tuple[Step, ...] = (
            self._welcome,
            self._tools,
            RepositoriesStep(desk, places),
            KeepStep(desk),
            ReadStep(desk),
        )
        self._reached = 0
        self._ready = [True, False, True, True, False]
        self._build()
        self._welcome.begins.connect(self._begin)
        self._welcome.wants_sample.connect(self.wants_sample)
        for number, step in enumerate(self.steps):
            step.ready.connect(self._ready_slot(number))
        self._tools.failed.connect(self.failed)
        self.open(0)

    def open(self, number: int) -> None:
        """Show that step."""
        self._reached = max(self._reached, number)
        self.stack.setCurrentIndex(number)
        self.at = number
        self._show_state()
        self.steps[number].enter()

    def open_tools(self) -> None:
        """Go straight to the choice of logs, for a person who has been here before."""
        self.open(TOOLS)

    def _build(self) -> None:
        self.stack = QStackedWidget()
        for step in self.steps:
            self.stack.addWidget(_scrolled(step))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._left_side())
        right = QWidget()
        right.setProperty("part", "page")
        look = theme.current()
        column = QVBoxLayout(right)
        column.setContentsMargins(look.px(32), look.px(24), look.px(32), look.px(20))
        column.addWidget(self.stack, 1)
        column.addLayout(self._foot())
        row.addWidget(right, 1)

    def _left_side(self) -> QWidget:
        look = theme.current()
        side = self._side = QFrame()
        side.setProperty("part", "sidebar")
        column = QVBoxLayout(side)
        column.setContentsMargins(look.px(16), look.px(18), look.px(16), look.px(14))
        column.setSpacing(look.px(4))
        brand = QHBoxLayout()
        brand.setContentsMargins(look.px(8), 0, 0, look.px(14))
        brand.addWidget(Mark())
        self._wide_only = [
            Text("TokenMirror", "heading"),
            Text(tr("On this computer only"), "tick", "text3", wraps=True),
        ]
        brand.addWidget(self._wide_only[0], 1)
        column.addLayout(brand)
        self.buttons = [
            StepButton(number, tr(step.name), len(self.steps))
            for number, step in enumerate(self.steps, 1)
        ]
        for number, button in enumerate(self.buttons):
            button.clicked.connect(self._open_slot(number))
            column.addWidget(button)
        column.addStretch(1)
        column.addWidget(self._wide_only[1])
        return side

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        look = theme.current()
        narrow = self.width() * 100 / look.text_scale < NARROW_BELOW
        self._side.setFixedWidth(look.px(76 if narrow else 232))
        for text in self._wide_only:
            text.setVisible(not narrow)

    def _foot(self) -> QHBoxLayout:
        self.back = Button(tr("Back"))
        self.back.clicked.connect(self._back)
        self.leave = LinkButton(tr("Leave and come back later"))
        self.leave.clicked.connect(self.left)
        self.on = PrimaryButton(tr("Next"))
        self.on.setMinimumWidth(theme.current().px(96))
        self.on.clicked.connect(self._on)
        row = QHBoxLayout()
        row.addWidget(self.back)
        row.addStretch(1)
        row.addWidget(self.leave)
        row.addSpacing(theme.current().px(16))
        row.addWidget(self.on)
        return row

    def _show_state(self) -> None:
        for number, button in enumerate(self.buttons):
            button.show_state(
                done=number < self.at,
                current=number == self.at,
                reachable=number <= self._reached,
            )
        self.back.setVisible(self.at > 0)
        self.on.setVisible(self.at > 0)
        self.on.setText(tr(self.steps[self.at].next_words))
        self.on.setEnabled(self._ready[self.at])

    def _begin(self) -> None:
        self.open(TOOLS)

    def _back(self) -> None:
        self.open(self.at - 1)

    def _on(self) -> None:
        if self.at == len(self.steps) - 1:
            self.finished.emit()
        else:
            self.open(self.at + 1)

    def _open_slot(self, number: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
        def slot() -> None:
            self.open(number)

        return slot

    def _ready_slot(self, number: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
        def slot(ready: bool) -> None:
            self._ready[number] = ready
            self._show_state()

        return slot


def _scrolled(step: Step) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setAccessibleName(tr(step.name))
    area.setWidget(step)
    return area
