"""Parts of the filter bar: the period in three joined parts, and checkable lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import (
    QDate,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QAction, QActionGroup, QHideEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QDateEdit,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from tokenmirror.language import number, tr
from tokenmirror.views.painting import words
from tokenmirror.views.theme import current, tokens
from tokenmirror.views.widgets.boxes import paint_box
from tokenmirror.views.widgets.buttons import Button, LinkButton
from tokenmirror.views.widgets.text import Text

DEBOUNCE_MS = 120
Index = QModelIndex | QPersistentModelIndex
_Wanted = Callable[[QListWidgetItem], bool]


@dataclass(frozen=True)
class Entry:
    """One entry of a checkable list: its key, its words, perhaps how many it stands for."""

    key: str
    words: str
    count: int | None = None


class ListButton(Button):
    """A pop-up button over a CheckList, with how many are ticked when not all are.

    ``changed`` is that of its list: a frozenset of keys, or ``None`` for all.
    """

    changed = Signal(object)

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(words, parent=parent)
        self.point_down()
        self._words = words
        self.list = CheckList(self)
        self.list.name(words)
        self.list.changed.connect(self._follow)
        self.clicked.connect(self._open)

    def show_entries(self, entries: Sequence[Entry], ticked: frozenset[str] | None) -> None:
        """Show these entries, with these ticked (``None``: all)."""
        self.list.show_entries(entries, ticked)
        self._label(ticked)

    def _open(self) -> None:
        self.list.open_under(self)

    def _follow(self, ticked: frozenset[str] | None) -> None:
        self._label(ticked)
        self.changed.emit(ticked)

    def _label(self, ticked: frozenset[str] | None) -> None:
        named = tr("{name}: {n}", name=self._words, n=number(len(ticked or ())))
        self.setText(self._words if ticked is None else named)


class PeriodGroup(QWidget):
    """``[<] [October 2026 v] [>]``: one step back, the menu of periods, one step on.

    ``stepped`` carries -1 or +1, ``chosen`` the key of a period, ``customised`` two dates.
    """

    stepped = Signal(int)
    chosen = Signal(str)
    customised = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._back = Button("", icon="left")
        self._name = Button("")
        self._name.point_down()
        self._on = Button("", icon="right")
        self._back.setProperty("join", "first")
        self._name.setProperty("join", "middle")
        self._on.setProperty("join", "last")
        for button, name in (
            (self._back, tr("One period back")),
            (self._on, tr("One period on")),
        ):
            button.setAccessibleName(name)
            button.setToolTip(name)
        self._menu = QMenu(self)
        self._group = QActionGroup(self)
        self._group.triggered.connect(self._pick)
        self._back.clicked.connect(self._step_back)
        self._on.clicked.connect(self._step_on)
        self._name.clicked.connect(self._open)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for button in (self._back, self._name, self._on):
            row.addWidget(button)
        self._fit()

    def show_choices(self, choices: Sequence[tuple[str, str]]) -> None:
        """The periods of the menu as (key, words); the key "" makes a separator."""
        self._menu.clear()
        for action in self._group.actions():
            self._group.removeAction(action)
        for key, text in choices:
            if not key:
                self._menu.addSeparator()
                continue
            action = QAction(text, self._group)
            action.setData(key)
            action.setCheckable(True)
            self._menu.addAction(action)

    def show_period(self, words: str, key: str = "", *, can_go_on: bool = True) -> None:
        """The period shown now, in words ("October 2026"), and its key in the menu."""
        self._name.setText(words)
        self._name.setAccessibleName(tr("Period: {words}", words=words))
        self._on.setEnabled(can_go_on)
        for action in self._group.actions():
            action.setChecked(action.data() == key)

    def ask_custom(self, first: date, last: date) -> None:
        """Open the two date fields under the period."""
        popup = DateRange(first, last, self)
        popup.accepted.connect(self.customised)
        popup.open_under(self._name)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.StyleChange:
            self._fit()
        super().changeEvent(event)

    def _fit(self) -> None:
        for button in (self._back, self._on):
            button.setFixedWidth(current().px(30))

    def _open(self) -> None:
        self._menu.popup(self._name.mapToGlobal(QPoint(0, self._name.height() + 4)))

    def _pick(self, action: QAction) -> None:
        self.chosen.emit(action.data())

    def _step_back(self) -> None:
        self.stepped.emit(-1)

    def _step_on(self) -> None:
        self.stepped.emit(1)


class Popup(QFrame):
    """A frame that opens under a widget and closes on Esc or a click beside it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self._opener: QWidget | None = None
        self.rows = QVBoxLayout(self)
        side = current().px(14)
        self.rows.setContentsMargins(side, side, side, side)
        self.rows.setSpacing(current().px(8))

    def open_under(self, opener: QWidget) -> None:
        """Show under that widget, kept on its screen; the focus goes back to it."""
        self._opener = opener
        self.adjustSize()
        corner = opener.mapToGlobal(QPoint(0, opener.height() + 4))
        room = opener.screen().availableGeometry()
        left = min(max(corner.x(), room.left()), max(room.right() - self.width(), room.left()))
        top = min(max(corner.y(), room.top()), max(room.bottom() - self.height(), room.top()))
        self.move(left, top)
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.colour("border"))
        painter.setBrush(theme.colour("surface"))
        radius = theme.px(tokens().radius["card"])
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._opener is not None and self._opener.isVisible():
            self._opener.setFocus(Qt.FocusReason.PopupFocusReason)


class DateRange(Popup):
    """Two dates of one's own choice; ``accepted`` carries both, in order."""

    accepted = Signal(object, object)

    def __init__(self, first: date, last: date, parent: QWidget) -> None:
        super().__init__(parent)
        self._from, self._to = QDateEdit(_qdate(first)), QDateEdit(_qdate(last))
        for field, name in ((self._from, tr("From")), (self._to, tr("To"))):
            field.setCalendarPopup(True)
            field.setDisplayFormat("d MMM yyyy")
            field.setAccessibleName(name)
            row = QHBoxLayout()
            row.addWidget(Text(name, "note", "text2"), 1)
            row.addWidget(field)
            self.rows.addLayout(row)
        use = Button(tr("Use this period"), "primary")
        use.clicked.connect(self._use)
        self.rows.addWidget(use)

    def _use(self) -> None:
        ends = sorted((_day(self._from), _day(self._to)))
        self.close()
        self.accepted.emit(*ends)


class CheckList(Popup):
    """Entries to tick, with a search field, "All", "None", and "Only this" by right click.

    ``changed`` carries the ticked keys as a frozenset, or ``None`` when all are ticked; it
    comes once, 120 ms after the last tick.
    """

    changed = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._search = QLineEdit()
        self._search.setPlaceholderText(tr("Search"))
        self._search.setAccessibleName(tr("Search in the list"))
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._narrow)
        self._list = QListWidget()
        self._list.setItemDelegate(_Ticks(self._list))
        self._list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._list.customContextMenuRequested.connect(self._offer_only)
        self._list.itemChanged.connect(self._touched)
        every, none = LinkButton(tr("All")), LinkButton(tr("None"))
        every.clicked.connect(self._tick_all)
        none.clicked.connect(self._tick_none)
        foot = QHBoxLayout()
        foot.setSpacing(current().px(16))
        foot.addWidget(every)
        foot.addWidget(none)
        foot.addStretch(1)
        self.rows.addWidget(self._search)
        self.rows.addWidget(self._list)
        self.rows.addLayout(foot)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(DEBOUNCE_MS)
        self._wait.timeout.connect(self._tell)

    def show_entries(self, entries: Sequence[Entry], ticked: frozenset[str] | None) -> None:
        """Show these entries, with these ticked (``None``: all)."""
        self._list.blockSignals(True)
        self._list.clear()
        for entry in entries:
            text = entry.words
            if entry.count is not None:
                text = tr("{words} ({n})", words=entry.words, n=number(entry.count))
            item = QListWidgetItem(text, self._list)
            item.setData(Qt.ItemDataRole.UserRole, entry.key)
            item.setToolTip(entry.words)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
            _tick(item, on=ticked is None or entry.key in ticked)
        self._list.blockSignals(False)
        self._search.setVisible(len(entries) > 8)
        rows = min(max(len(entries), 2), 12)
        self._list.setFixedSize(QSize(current().px(260), rows * current().px(28) + 4))

    def name(self, words: str) -> None:
        """What is listed, for screen readers."""
        self._list.setAccessibleName(words)

    def ticked(self) -> frozenset[str] | None:
        """The ticked keys; ``None`` when all are."""
        items = [self._list.item(row) for row in range(self._list.count())]
        on = [item for item in items if item.checkState() is Qt.CheckState.Checked]
        if len(on) == len(items):
            return None
        return frozenset(item.data(Qt.ItemDataRole.UserRole) for item in on)

    def only(self, key: str) -> None:
        """Tick this one alone."""
        self._tick_where(lambda item: item.data(Qt.ItemDataRole.UserRole) == key)

    def _tick_all(self) -> None:
        self._tick_where(lambda item: not item.isHidden() or _is_on(item))

    def _tick_none(self) -> None:
        self._tick_where(lambda item: item.isHidden() and _is_on(item))

    def _tick_where(self, wanted: _Wanted) -> None:
        for row in range(self._list.count()):
            item = self._list.item(row)
            _tick(item, on=wanted(item))

    def _narrow(self, text: str) -> None:
        for row in range(self._list.count()):
            item = self._list.item(row)
            item.setHidden(text.casefold() not in item.text().casefold())

    def _offer_only(self, place: QPoint) -> None:
        item = self._list.itemAt(place)
        if item is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        action = menu.addAction(tr("Only this"))
        action.setData(item.data(Qt.ItemDataRole.UserRole))
        menu.triggered.connect(self._only_of)
        menu.popup(self._list.viewport().mapToGlobal(place))

    def _only_of(self, action: QAction) -> None:
        self.only(action.data())

    def _touched(self) -> None:
        self._wait.start()

    def _tell(self) -> None:
        self.changed.emit(self.ticked())


class _Ticks(QStyledItemDelegate):
    """An entry as a tick box with its words, 28 high."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(current().px(120), current().px(28))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = current()
        area = QRectF(option.rect)
        under = QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_HasFocus
        if option.state & under:
            painter.fillRect(area, theme.colour("selection"))
        side = theme.px(16)
        box = QRectF(area.left() + theme.px(4), round(area.center().y() - side / 2), side, side)
        paint_box(painter, box, Qt.CheckState(index.data(Qt.ItemDataRole.CheckStateRole)))
        place = area.adjusted(side + theme.px(12), 0, -theme.px(4), 0)
        words(painter, place, str(index.data()), theme.font("body"))


def _is_on(item: QListWidgetItem) -> bool:
    return item.checkState() is Qt.CheckState.Checked


def _tick(item: QListWidgetItem, *, on: bool) -> None:
    item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)


def _day(field: QDateEdit) -> date:
    chosen = field.date()
    return date(chosen.year(), chosen.month(), chosen.day())


def _qdate(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)
