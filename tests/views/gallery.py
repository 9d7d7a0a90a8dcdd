"""Pictures of all parts with made-up figures: ``python -m tests.views.gallery FOLDER``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from tests.views import figures
from tests.views.made_up import NOW, NOW_MS, OCTOBER, a_repository, many_states
from tokenmirror.measures.figures import Dot, Dots, Rate, Unknown
from tokenmirror.views.charts.chain import ChainChart
from tokenmirror.views.charts.chart_card import ChartCard
from tokenmirror.views.charts.dots import DotsChart
from tokenmirror.views.charts.parts import PartsChart
from tokenmirror.views.charts.week_rows import WeekRows
from tokenmirror.views.charts.weeks import WeeksChart
from tokenmirror.views.pages.source_detail import SourcesTab
from tokenmirror.views.pages.source_words import When
from tokenmirror.views.theme import Theme, current
from tokenmirror.views.widgets.answers import dots_answer, rate_answer, unknown_answer
from tokenmirror.views.widgets.boxes import Box, Radio
from tokenmirror.views.widgets.buttons import Button, FocusRing, PrimaryButton, Switch
from tokenmirror.views.widgets.card import Card
from tokenmirror.views.widgets.chip import ChipRow, Choice, FilterChip
from tokenmirror.views.widgets.counting_popover import Counting, CountingPopover
from tokenmirror.views.widgets.data_table import DataTable
from tokenmirror.views.widgets.empty_state import EmptyState, Skeleton
from tokenmirror.views.widgets.filter_bar import (
    DateRange,
    Entry,
    ListButton,
    PeriodGroup,
)
from tokenmirror.views.widgets.messages import CoverageLine, InlineMessage, Toast
from tokenmirror.views.widgets.progress_row import ProgressCard
from tokenmirror.views.widgets.stat_card import StatCard
from tokenmirror.views.widgets.text import Text
from tokenmirror.views.widgets.timeline import Timeline

DONE = Rate(
    21, 25, "tasks", "84 %, likely 65 to 94 %. About your usual. 4 left no lasting change.",
    0.65, 0.94, (0.68, 0.79, 0.90),
)  # fmt: skip
FEW_COSTS = Dots(
    tuple(Dot(f"t{place}", "A task", value) for place, value in enumerate((0.8, 1.9, 4.1))),
    "usd", "$0.80, $1.90 and $4.10 at list price. Few tasks, so each is listed.", n=3,
)  # fmt: skip
COST = Dots(
    (), "usd", "List price, all work included. Above your usual range; $13 of it left no lasting "
    "change.", per=3.10, low=2.4, high=4.2, usual=(1.4, 2.0, 2.6), n=21,
)  # fmt: skip
NOT_RECORDED = Unknown(
    "not_recorded", "Cursor logs no token counts for this period, so the cost cannot be known."
)
EARLY = Unknown(
    "too_early", "Two weeks must pass after a task ships. From 4 Dec on, 6 tasks can be told."
)
COUNTING = Counting(
    "Done",
    "Of the tasks meant to change something, how many got there.",
    (
        ("How", "shipped or stated done, divided by these and the ones without lasting change"),
        ("Counted", "25 change tasks begun 14 days ago or earlier"),
        ("Left out", "3 on a branch, 2 in progress, 6 without code, 2 unknown"),
        ("How sure", "Wilson interval, 95 %"),
        ("Rule", "F3, version 1"),
    ),
    "Show the tasks",
)


def page(width: int, height: int) -> tuple[QWidget, QVBoxLayout]:
    """An empty page of the common frame."""
    widget = QWidget()
    widget.setProperty("part", "page")
    widget.resize(width, height)
    rows = QVBoxLayout(widget)
    rows.setContentsMargins(28, 28, 28, 28)
    rows.setSpacing(14)
    return widget, rows


def parts() -> QWidget:
    """The sheet of shared parts, as in the target ``parts-light``."""
    sheet, rows = page(1280, 860)
    cards = QGridLayout() if current().text_scale > 150 else QHBoxLayout()
    cards.setSpacing(14)
    answers = (
        rate_answer("Done", "change tasks completed", DONE),
        dots_answer("Cost", "per completed task", FEW_COSTS),
        dots_answer("Cost", "per completed task", COST),
        unknown_answer("Cost", NOT_RECORDED, "See what each tool records"),
        unknown_answer("Held up", EARLY),
    )
    for place, answer in enumerate(answers):
        card = StatCard()
        card.show_answer(answer)
        if isinstance(cards, QGridLayout):
            cards.addWidget(card, place // 2, place % 2)
        else:
            cards.addWidget(card, 1)
    rows.addLayout(cards)
    rows.addLayout(_row(*_buttons()))
    rows.addLayout(_row(*_filters()))
    chips = ChipRow("All")
    fills = ("shipped", "on_branch", "in_progress", "no_lasting_change", "no_code", "unknown")
    words = (
        "Shipped",
        "On a branch",
        "In progress",
        "No lasting change",
        "Without code",
        "Unknown",
    )
    chips.show_choices(
        [Choice(key, word, 21, f"outcome.{key}") for key, word in zip(fills, words, strict=True)],
        38,
    )
    chips.set_keys(frozenset({"shipped"}))
    rows.addWidget(chips)
    line = CoverageLine()
    line.say("38 tasks, 412 prompts of yours. Read from 3 tools: 54 of 61 active days.", 0.9)
    rows.addWidget(line)
    low = CoverageLine()
    low.say("72 % of your active days are covered.", 0.72)
    rows.addWidget(low)
    rows.addWidget(
        InlineMessage("info", "Codex CLI logs older than 12 Oct will be deleted soon.", "Details")
    )
    rows.addWidget(InlineMessage("caution", "72 % of your active days are covered.", "Details"))
    rows.addWidget(InlineMessage("problem", "The folder of api was not found.", "Locate…"))
    progress = ProgressCard("Reading your logs, newest first")
    progress.say("Reading your logs, newest first", "412 of 1,483 files, 0.6 of 2.5 GB.")
    progress.row("a", "Claude Code", "terminal").show_progress(
        0.31, "371 of 1,204 files", "2 problems"
    )
    progress.row("b", "Cursor", "pointer")
    rows.addWidget(progress)
    rows.addStretch(1)
    return sheet


def _buttons() -> list[QWidget]:
    off = Button("Save…")
    off.setEnabled(False)
    on = Switch("On")
    on.setChecked(True)
    ticked, locked = Box("Ticked"), Box()
    ticked.setChecked(True)
    locked.setChecked(True)
    locked.setEnabled(False)
    radio = Radio("One")
    radio.setChecked(True)
    return [
        Button("Copy a backup…"), PrimaryButton("Read now", "read"), off,
        Button("Remove for good", "removing"), Button("Remove now", "final"),
        Button("Quiet", "quiet"), PrimaryButton("Next"), on, Switch("Off"), ticked, Box(),
        locked, radio, Radio(),
    ]  # fmt: skip


def _filters() -> list[QWidget]:
    period = PeriodGroup()
    period.show_period("October 2026")
    tools = ListButton("Tools")
    return [
        period, ListButton("Projects"), tools, Button("Filter", icon="filter"),
        FilterChip("Project: api"),
    ]  # fmt: skip


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row


def popover() -> QWidget:
    """A page with a popover drawn into it."""
    sheet, rows = page(700, 520)
    rows.addWidget(Text("CountingPopover", "label", "text2"))
    pop = CountingPopover(COUNTING, sheet)
    pop.setWindowFlags(Qt.WindowType.Widget)
    rows.addWidget(pop)
    rows.addStretch(1)
    return sheet


def states() -> QWidget:
    """The empty page, skeletons and a toast."""
    sheet, rows = page(1280, 860)
    rows.addWidget(
        EmptyState(
            "Nothing has been read yet",
            "You choose the tools, and see a preview before anything is kept.",
            "Choose which logs to read", "Look around with sample data",
        ),
        1,
    )  # fmt: skip
    row = QHBoxLayout()
    for title in ("Done", "Cost"):
        row.addWidget(Skeleton(title, "stat"))
    rows.addLayout(row)
    rows.addWidget(Skeleton("Of every line proposed, what is still there?", "bars"))
    rows.addWidget(Skeleton("By week", "weeks"))
    toast = Toast(sheet)
    toast.say("2 tasks hidden from figures")
    return sheet


def charts() -> QWidget:
    """All charts, as on the targets ``overview-full`` and ``cost``."""
    sheet, rows = page(1072, 900)
    chain = ChainChart()
    chain.show_figure(figures.CHAIN)
    weeks = WeeksChart()
    weeks.show_figure(figures.OUTCOMES)
    small = WeekRows()
    small.show_figure(figures.ROWS)
    dots = DotsChart()
    dots.show_figure(figures.COSTS)
    parts_bar = PartsChart()
    parts_bar.show_figure(figures.COST_PARTS)
    titles = {
        "Of every line proposed, what is still there?": chain,
        "Prompts, accepted suggestions and shipped changes, week by week": small,
        "How tasks ended, by week": weeks,
        "Where the cost went": parts_bar,
        "What did one completed task cost?": dots,
    }
    for title, chart in titles.items():
        rows.addWidget(ChartCard(chart, title, "The blue stretch of the axis is October."))
    rows.addStretch(1)
    small.put_cursor(7, 0)
    weeks.put_cursor(5, 1)
    dots.put_cursor(18)
    return sheet


def table() -> QWidget:
    """A table with every kind of cell, and the timeline of a task."""
    sheet, rows = page(1072, 620)
    frame = Card()
    view = DataTable("Tasks", "No tasks in this period.")
    view.show_model(figures.tasks_model(), {0: 80, 2: 80, 3: 170, 4: 210, 5: 90, 6: 150, 7: 200})
    frame.body.addWidget(view)
    view.selectRow(2)
    rows.addWidget(frame, 1)
    line = Timeline()
    line.show_moments(figures.MOMENTS, ("09:40", "10:17", "10:55"))
    line.step_to(4)
    line.setFixedWidth(290)
    rows.addWidget(line)
    return sheet


def popups() -> QWidget:
    """A checkable list, two dates, and a chart as its table."""
    sheet, rows = page(1072, 700)
    tools = ListButton("Tools", sheet)
    names = ("Claude Code", "Codex CLI", "Cursor", "Copilot chat in VS Code")
    tools.show_entries([Entry(name, name, 12) for name in names], frozenset(names[:2]))
    dates = DateRange(figures.FIRST, figures.FIRST, sheet)
    row = QHBoxLayout()
    row.addWidget(tools)
    for popup in (tools.list, dates):
        popup.setParent(sheet)
        popup.setWindowFlags(Qt.WindowType.Widget)
        row.addWidget(popup)
        popup.show()
    row.addStretch(1)
    rows.addLayout(row)
    chart = WeeksChart()
    chart.show_figure(figures.OUTCOMES)
    card = ChartCard(chart, "How tasks ended, by week")
    card.show_table(shown=True)
    rows.addWidget(card)
    unknown = ChartCard(DotsChart(), "What did one completed task cost?")
    unknown.show_unknown(NOT_RECORDED, "See what each tool records")
    rows.addWidget(unknown)
    rows.addStretch(1)
    return sheet


def sources() -> QWidget:
    """The tab of sources with every source of the program, many of them in use."""
    sheet, rows = page(1072, 1000)
    tab = SourcesTab()
    when = When(ZoneInfo("UTC"), NOW.date(), NOW_MS)
    tab.show_sources(many_states(), (a_repository(), a_repository("web")), when, OCTOBER)
    tab.show_report("report")
    tab.show_offers((Path("/mnt/c/Users/kim"),))
    tab.table.choose("gemini-cli")
    rows.addWidget(tab)
    return sheet


def sources_all() -> QWidget:
    """The same, with those unfolded that were not found."""
    sheet = sources()
    tab = sheet.findChild(SourcesTab)
    assert isinstance(tab, SourcesTab)
    tab.unfold.click()
    tab.table.choose("claude-code")
    return sheet


SHEETS: dict[str, Callable[[], QWidget]] = {
    "parts": parts, "popover": popover, "states": states,
    "charts": charts, "table": table, "popups": popups,
    "sources": sources, "sources-all": sources_all,
}  # fmt: skip


def main(folder: Path, names: list[str]) -> None:
    """Render each sheet in both themes, and at 200 %."""
    app = QApplication([])
    theme = Theme(app, "light")
    theme.reduce_motion(reduced=True)
    FocusRing.install(app)
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or list(SHEETS):
        for mode, scale in (("light", 100), ("dark", 100), ("light", 200)):
            theme.set_mode("dark" if mode == "dark" else "light")
            theme.set_text_scale(scale)
            sheet = SHEETS[name]()
            area = QScrollArea()  # asks for the height of the width, as pages do
            area.setWidgetResizable(True)
            area.resize(sheet.width() + 12, sheet.height())
            area.setWidget(sheet)
            area.show()
            app.processEvents()
            sheet.grab().save(str(folder / f"{name}-{mode}-{scale}.png"))
            area.close()
            area.deleteLater()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
