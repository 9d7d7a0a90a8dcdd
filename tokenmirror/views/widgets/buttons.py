"""Buttons by what they are for, the switch, and the ring round whatever has the focus."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QKeySequence, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QLineEdit,
    QPushButton,
    QToolButton,
    QWidget,
)

from tokenmirror.language import tr
from tokenmirror.views.theme import current

ButtonLook = Literal["normal", "primary", "removing", "final", "quiet"]
_TONES = {"primary": "onAccent", "removing": "danger", "final": "onDanger", "quiet": "text3"}


class Button(QPushButton):
    """A button with a word, perhaps an icon before it; ``look`` says how much it matters.

    One "primary" a page; "removing" leads to a removal, "final" is its last step.
    """

    def __init__(
        self,
        text: str,
        look: ButtonLook = "normal",
        icon: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._icon_name = icon
        self._tone = _TONES.get(look, "text2")
        self.setProperty("look", look)
        self.setAutoDefault(False)
        self._refresh()

    def point_down(self) -> None:
        """Show behind the word that a pop-up opens under the button."""
        self._icon_name = "down"
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow stands behind
        self._refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.StyleChange:
            self._refresh()
        super().changeEvent(event)

    def _refresh(self) -> None:
        if self._icon_name:
            side = current().px(16)
            pad = 3 if self.text() else 0
            self.setIcon(current().icon(self._icon_name, self._tone, 16, pad=pad))
            self.setIconSize(QSize(side + 2 * current().px(pad), side))


class PrimaryButton(Button):
    """The one thing a page wants to be done."""

    def __init__(self, text: str, icon: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, "primary", icon, parent)


class LinkButton(QPushButton):
    """A quiet action in the accent colour, as wide as its words."""

    def __init__(
        self, text: str, size: Literal["note", "body"] = "note", parent: QWidget | None = None
    ) -> None:
        super().__init__(text, parent)
        self.setProperty("look", "link")
        self.setProperty("size", size)
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)


class IconButton(QToolButton):
    """A button that is only an icon: its name is tooltip and accessible name as well."""

    def __init__(
        self,
        icon: str,
        name: str,
        tone: str = "text2",
        size: int = 18,
        shortcut: QKeySequence | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon_name, self._tone, self._size = icon, tone, size
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if shortcut is not None:
            self.setShortcut(shortcut)
            keys = shortcut.toString(QKeySequence.SequenceFormat.NativeText)
            self.setToolTip(tr("{name} ({keys})", name=name, keys=keys))
        self._refresh()

    def set_icon(self, icon: str, name: str = "", tone: str = "") -> None:
        """Change the icon, and what the button is called and coloured where that is given."""
        self._icon_name = icon
        self._tone = tone or self._tone
        if name:
            self.setAccessibleName(name)
            self.setToolTip(name)
        self._refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.StyleChange:
            self._refresh()
        super().changeEvent(event)

    def _refresh(self) -> None:
        theme = current()
        side, target = theme.px(self._size), theme.size("target")
        self.setIcon(theme.icon(self._icon_name, self._tone, self._size))
        self.setIconSize(QSize(side, side))
        self.setFixedSize(target, target)


class Switch(QAbstractButton):
    """On or off, at once; its name is what it switches."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        theme = current()
        return QSize(theme.px(36), max(theme.px(20), 24))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        height, width = theme.px(20), theme.px(36)
        frame = QRectF(1, (self.height() - height) / 2 + 0.5, width - 2, height - 1)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = self.isChecked()
        line = theme.colour("accent" if on and self.isEnabled() else "borderStrong")
        painter.setPen(QPen(line, 1.5))
        painter.setBrush(line if on else theme.colour("surface"))
        painter.drawRoundedRect(frame, frame.height() / 2, frame.height() / 2)
        knob = height - theme.px(8)
        at_end = on != (self.layoutDirection() is Qt.LayoutDirection.RightToLeft)
        gap = (frame.height() - knob) / 2
        left = frame.right() - gap - knob if at_end else frame.left() + gap
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("onAccent" if on else "borderStrong"))
        painter.drawEllipse(QRectF(left, frame.top() + gap, knob, knob))


class FocusRing(QWidget):
    """A 2 px ring, 2 px away from the widget that has the keyboard's focus.

    Made once for the application (``FocusRing.install(app)``); it moves to where the focus is,
    and stays away while the mouse gives a button its focus.
    """

    def __init__(self, app: QApplication) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setAccessibleName(tr("Focus"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._around: QWidget | None = None
        self._watched: list[QWidget] = []
        app.focusChanged.connect(self._move_to)

    @classmethod
    def install(cls, app: QApplication) -> FocusRing:
        """One ring for all windows of the application."""
        return cls(app)

    @Slot(QWidget, QWidget)
    def _move_to(self, old: QWidget | None, new: QWidget | None) -> None:
        self._let_go()
        by_mouse = QApplication.mouseButtons() != Qt.MouseButton.NoButton
        if new is None or new.isWindow() or (by_mouse and not isinstance(new, QLineEdit)):
            if new is not None and not new.isWindow():
                self._watch(new)
            return
        self._watch(new)
        self._show_around(new)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind is QEvent.Type.KeyPress and self._around is None and watched in self._watched[:1]:
            self._show_around(self._watched[0])
        elif kind in {QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show}:
            self._place()
        elif kind in {QEvent.Type.Hide, QEvent.Type.DeferredDelete}:
            self._let_go()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(current().colour("focus")), 2))
        radius = current().px(8)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)

    def _show_around(self, widget: QWidget) -> None:
        self._around = widget
        self.setParent(_host(widget))
        self._place()
        self.show()
        self.raise_()

    def _place(self) -> None:
        host = self.parentWidget()
        if self._around is None or host is None:
            return
        corner = self._around.mapTo(host, QPoint(0, 0))
        ring = self._around.rect().translated(corner).adjusted(-4, -4, 4, 4)
        self.setGeometry(ring.intersected(host.rect()))

    def _watch(self, widget: QWidget) -> None:
        host = _host(widget)
        step: QWidget | None = widget
        while step is not None and step is not host:
            step.installEventFilter(self)
            self._watched.append(step)
            step = step.parentWidget()

    def _let_go(self) -> None:
        for widget in self._watched:
            widget.removeEventFilter(self)
        self._watched.clear()
        self._around = None
        self.hide()
        self.setParent(None)


def _host(widget: QWidget) -> QWidget:
    """The content of the nearest scrolled area, or the window: what the ring is drawn on."""
    step = widget
    while (parent := step.parentWidget()) is not None and not step.isWindow():
        above = parent.parentWidget()
        if isinstance(above, QAbstractScrollArea) and above.viewport() is parent:
            return step
        step = parent
    return step
