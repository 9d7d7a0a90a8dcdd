"""The weekly charts of Overview; imports pyqtgraph, so it is loaded after the first paint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tokenmirror.language import tr
from tokenmirror.measures.figures import Unknown, Weeks
from tokenmirror.views import theme
from tokenmirror.views.charts.chart_card import ChartCard
from tokenmirror.views.charts.week_rows import WeekRows
from tokenmirror.views.charts.weeks import WeeksChart
from tokenmirror.views.desk import Desk
from tokenmirror.views.pages.overview import rows_of

if TYPE_CHECKING:
    from tokenmirror.views.pages.overview import OverviewAnswer


class OverviewCharts(QWidget):
    """Prompts, accepted suggestions and shipped changes by week; outcomes by week.

    ``week_picked`` carries "2026-10-19/prompts", ``outcome_picked`` "2026-10-05/shipped".
    """

    week_picked = Signal(str)
    outcome_picked = Signal(str)
    tools_asked = Signal(str, QWidget)
    counting_asked = Signal(str, QWidget)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.rows = WeekRows()
        self.rows_card = ChartCard(
            self.rows, tr("Prompts, accepted suggestions and shipped changes, week by week")
        )
        self.outcomes = WeeksChart()
        self.outcomes_card = ChartCard(self.outcomes, tr("How tasks ended, by week"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.current().px(14))
        column.addWidget(self.rows_card)
        column.addWidget(self.outcomes_card)
        self.rows_card.picked.connect(self.week_picked)
        self.outcomes_card.picked.connect(self.outcome_picked)
        self.rows.menu_asked.connect(self.tools_asked)
        self.rows_card.asked.connect(self._ask_rows)
        self.outcomes_card.asked.connect(self._ask_outcomes)

    def show_answer(self, answer: OverviewAnswer, tools: Mapping[str, str]) -> None:
        """Show the weekly figures of an answer."""
        where = tr("The blue stretch of the axis is {period}.", period=answer.period)
        rows = rows_of(answer.weekly, tools)
        missing = [
            figure.sentence for figure in answer.weekly.values() if isinstance(figure, Unknown)
        ]
        title = tr("Prompts, accepted suggestions and shipped changes, week by week")
        said = tr("Twelve weeks to today; each row has its own unit and tools.")
        self.rows_card.say(title, " ".join([said, where, *missing]))
        if rows:
            self.rows_card.show_unknown(None)
            self.rows.show_figure(rows, marks=answer.marks)
        else:
            self.rows_card.show_unknown(Unknown("not_recorded", " ".join(missing)))
        self._show_outcomes(answer, where)

    def _show_outcomes(self, answer: OverviewAnswer, where: str) -> None:
        title = tr("How tasks ended, by week")
        figure = answer.outcomes
        if isinstance(figure, Weeks):
            self.outcomes_card.say(title, tr("Change tasks by the week they began.") + " " + where)
            self.outcomes_card.show_unknown(None)
            self.outcomes.show_figure(figure, answer.marks)
        elif isinstance(figure, Unknown):
            self.outcomes_card.say(title)
            self.outcomes_card.show_unknown(figure)

    def _ask_rows(self, button: QWidget) -> None:
        self.counting_asked.emit("B1", button)

    def _ask_outcomes(self, button: QWidget) -> None:
        self.counting_asked.emit("F2", button)
