"""The table of tasks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from tokenmirror.language import DASH, day, duration, mark, money, number, percent, tr
from tokenmirror.measures import tasks
from tokenmirror.measures.held import Verdict
from tokenmirror.measures.listing.tasks import TaskRow
from tokenmirror.views.reading_card import source_icon
from tokenmirror.views.widgets.cells import Role
from tokenmirror.views.widgets.marks import Drawing, Icons, Mark, Nested

Index = QModelIndex | QPersistentModelIndex
_NONE = QModelIndex()

ENDED = {
    "shipped": mark("Shipped"),
    "on_branch": mark("On a branch"),
    "in_progress": mark("In progress"),
    "no_lasting_change": mark("No lasting change"),
    "no_code": mark("Without code"),
    "unknown": mark("Unknown"),
    "set_aside": mark("Set aside"),
}
STATED = {
    "done": mark("Done"),
    "useful_without_code": mark("Useful without code"),
    "set_aside": mark("Set aside"),
    "did_not_work_out": mark("Did not work out"),
}
HELD: dict[Verdict, str] = {
    "held": mark("Held up"),
    "redone": mark("Redone"),
    "reverted": mark("Reverted"),
    "too_early": mark("Too early"),
    "unknown": mark("Unknown"),
}
CHECKS = {
    "passed": mark("passed"),
    "failed": mark("failed"),
    "unknown": mark("seen"),
}


@dataclass(frozen=True)
class Column:
    """A column: its key, head, width at 100 % (``None``: what is left), and its cells.

    ``beside`` is its width while the detail stands beside the table and room is short.

    ``said`` is what a screen reader says where the text alone would not do.
    """

    key: str
    title: str
    width: int | None
    beside: int | None
    text: Callable[[TaskRow, TasksModel], str]
    sort: Callable[[TaskRow], object]
    said: Callable[[TaskRow, TasksModel], str] | None = None
    right: bool = False
    pale: bool = False
    head_left: bool = False


class TasksModel(QAbstractTableModel):
    """One row a task; ``zone`` and ``weekdays`` say how instants are written."""

    def __init__(self, source_name: Callable[[str], str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.source_name = source_name
        self.zone = ZoneInfo("UTC")
        self.weekdays = True
        self._rows: tuple[TaskRow, ...] = ()

    def show_rows(self, rows: Sequence[TaskRow], zone: str) -> None:
        """Show these tasks, newest first."""
        self.beginResetModel()
        self.zone = ZoneInfo(zone)
        self._rows = tuple(reversed(rows))
        self.endResetModel()

    def show_weekdays(self, *, shown: bool) -> None:
        """Write days with or without their weekday."""
        if shown != self.weekdays:
            self.weekdays = shown
            if self._rows:
                last = self.index(len(self._rows) - 1, 0)
                self.dataChanged.emit(self.index(0, 0), last)

    def task(self, row: int) -> TaskRow:
        """The task in that row."""
        return self._rows[row]

    def by_key(self, key: str) -> TaskRow | None:
        """The task of that key, if it is shown."""
        return next((task for task in self._rows if task.key == key), None)

    def rowCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(COLUMNS[section].title)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            column = COLUMNS[section]
            return _side(right=column.right and not column.head_left)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        task, column = self._rows[index.row()], COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(task, self)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return (column.said or column.text)(task, self)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(right=column.right)
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(task, column.key, self)
        return _own(task, column, role)


def _tip(task: TaskRow, key: str, model: TasksModel) -> str | None:
    tips = {"title": task.title, "project": task.project, "tools": _tools(task, model)}
    return tips.get(key)


def _own(task: TaskRow, column: Column, role: int) -> object:
    if role == Role.SORT:
        return column.sort(task)
    if role == Role.KEY:
        return task.key
    if role == Role.DRAWING:
        return _drawing(task, column.key)
    if role == Role.TONE:
        return "text2" if column.pale else None
    if role == Role.SECOND and column.key == "ended":
        return _differing(task)
    return None


def _side(*, right: bool) -> int:
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def shown(task: TaskRow) -> str:
    """The outcome that counts: what the person says of it, else what was inferred."""
    return tasks.shown(task.outcome, task.stated)


def ended(task: TaskRow) -> str:
    """The outcome in a word or two; the person's own words where there are any."""
    return tr(STATED[task.stated]) if task.stated else tr(ENDED[task.outcome])


def outcome_fill(key: str) -> str:
    """The fill of an outcome; what was set aside looks like what is not known."""
    return f"outcome.{'unknown' if key == 'set_aside' else key}"


def _differing(task: TaskRow) -> str | None:
    if task.stated and shown(task) != task.outcome:
        return tr("inferred: {outcome}", outcome=tr(ENDED[task.outcome]))
    return None


def held_words(task: TaskRow) -> str:
    """How the task stood two weeks after it landed; a dash where it did not get there."""
    return tr(HELD[task.held.verdict]) if task.held else DASH


def lines_words(task: TaskRow) -> str:
    """Accepted, shipped and living lines side by side; a dash where nothing was accepted."""
    if not task.lines.accepted:
        return DASH
    if task.lines.shipped is None:
        return (
            f"{number(task.lines.accepted)} \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} {DASH}"
        )
    return Nested(task.lines.accepted, task.lines.shipped, task.lines.living).figures


def cost_words(task: TaskRow) -> str:
    """The cost at list price; a dash where it is not known."""
    return DASH if task.cost_nusd is None else money(task.cost_nusd)


def sure_words(task: TaskRow) -> str:
    """How many of the lines found in commits were recognised exactly."""
    if not task.lines.followed:
        return DASH
    return tr("exact {n}", n=percent(task.lines.exact / task.lines.followed))


def time_range(low_ms: int | None, high_ms: int | None) -> str:
    """An estimated time, as one length or as a range of two."""
    if low_ms is None or high_ms is None:
        return DASH
    low, high = duration(low_ms), duration(high_ms)
    return low if low == high else f"{low} {DASH} {high}"


def _drawing(task: TaskRow, key: str) -> Drawing | None:
    if key == "ended":
        return Mark(outcome_fill(shown(task)))
    if key == "lines" and task.lines.accepted:
        return Nested(task.lines.accepted, task.lines.shipped or 0, task.lines.living)
    if key == "tools":
        return Icons(tuple(source_icon(tool) for tool in task.tools))
    return None


def _began(task: TaskRow, model: TasksModel) -> str:
    if task.began_ms is None:
        return DASH
    moment = datetime.fromtimestamp(task.began_ms / 1000, UTC).astimezone(model.zone)
    return day(moment.date(), weekday=model.weekdays)


def _tools(task: TaskRow, model: TasksModel) -> str:
    return ", ".join(map(model.source_name, task.tools))


def _lines_said(task: TaskRow, model: TasksModel) -> str:
    if not task.lines.accepted:
        return tr("no accepted lines")
    return Nested(task.lines.accepted, task.lines.shipped or 0, task.lines.living).spoken


def _cost_said(task: TaskRow, model: TasksModel) -> str:
    if task.cost_nusd is None:
        return tr("cost not known")
    return tr("{dollars} US dollars, estimated", dollars=number(task.cost_nusd / 1e9, 2))


def _checks(task: TaskRow, model: TasksModel) -> str:
    return tr(CHECKS[task.last_check]) if task.last_check else DASH


COLUMNS = (
    Column("began", mark("Began"), 104, 70, _began, lambda task: task.began_ms, pale=True),
    Column("title", mark("Title"), None, None, lambda task, _: task.title, lambda task: task.title),
    Column(
        "project",
        mark("Project"),
        112,
        100,
        lambda task, _: task.project or DASH,
        lambda task: task.project,
        pale=True,
    ),
    Column("tools", mark("Tools"), 76, 64, lambda task, _: "", lambda task: task.tools, _tools),
    Column("ended", mark("Ended"), 158, 146, lambda task, _: ended(task), shown),
    Column(
        "held",
        mark("Held up"),
        92,
        84,
        lambda task, _: held_words(task),
        lambda task: task.held.verdict if task.held else None,
        pale=True,
    ),
    Column(
        "lines",
        mark("Lines"),
        168,
        152,
        lambda task, _: lines_words(task),
        lambda task: task.lines.accepted,
        _lines_said,
        right=True,
        pale=True,
        head_left=True,
    ),
    Column(
        "cost",
        mark("Cost"),
        76,
        70,
        lambda task, _: cost_words(task),
        lambda task: task.cost_nusd,
        _cost_said,
        right=True,
    ),
    Column(
        "turns",
        mark("Prompts"),
        76,
        76,
        lambda task, _: number(task.own_prompts),
        lambda task: task.own_prompts,
        right=True,
    ),
    Column(
        "yours",
        mark("Your time"),
        140,
        140,
        lambda task, _: time_range(task.hours.attended_low_ms, task.hours.attended_high_ms),
        lambda task: task.hours.attended_low_ms,
        right=True,
        pale=True,
    ),
    Column(
        "agent",
        mark("Agent time"),
        96,
        96,
        lambda task, _: DASH if task.hours.agent_ms is None else duration(task.hours.agent_ms),
        lambda task: task.hours.agent_ms,
        right=True,
        pale=True,
    ),
    Column("checks", mark("Checks"), 84, 84, _checks, lambda task: task.last_check, pale=True),
    Column(
        "sure",
        mark("How sure"),
        100,
        100,
        lambda task, _: sure_words(task),
        lambda task: task.lines.exact / task.lines.followed if task.lines.followed else None,
        pale=True,
    ),
)
BASIC = ("began", "title", "project", "ended", "lines", "cost")
BY_WIDTH = ("tools", "held", "turns", "agent", "checks", "sure", "yours")


def automatic(width: int, scale: float) -> tuple[str, ...]:
    """The columns that fit a table this wide: the basic ones, then others while there is room."""
    widths = {column.key: column.width or 0 for column in COLUMNS}
    room = width / scale - sum(widths[key] for key in BASIC) - 220
    chosen = set(BASIC)
    for key in BY_WIDTH:
        if widths[key] > room:
            break
        room -= widths[key]
        chosen.add(key)
    return tuple(column.key for column in COLUMNS if column.key in chosen)


def found(task: TaskRow, words: str, outcomes: frozenset[str]) -> bool:
    """Whether a task bears these words in title or project and ended in one of these ways."""
    if outcomes and shown(task) not in outcomes:
        return False
    if not words:
        return True
    text = f"{task.title} {task.project or ''}".casefold()
    return all(word in text for word in words.casefold().split())
