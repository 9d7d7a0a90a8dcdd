"""Overview: whether the work got done, and whether it held."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtGui import QAction, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import chain, marks, periods, registry
from tokenmirror.measures.figures import Chain, Dots, Figure, Rate, Total, Unknown, Weeks
from tokenmirror.measures.marks import Mark
from tokenmirror.measures.measure import Measure, Reader, Scope
from tokenmirror.measures.periods import Period
from tokenmirror.measures.worth_a_look import Change
from tokenmirror.store import readings
from tokenmirror.views import theme
from tokenmirror.views.charts.chain import ChainChart
from tokenmirror.views.charts.chart_card import ChartCard
from tokenmirror.views.desk import Desk
from tokenmirror.views.frame.history import Place
from tokenmirror.views.pages.coverage import cover
from tokenmirror.views.pages.page import Coverage, Page, column
from tokenmirror.views.pages.questions import Open, Questions, open_questions
from tokenmirror.views.pages.worth_a_look import WorthALook, behind, question
from tokenmirror.views.widgets.answers import answer_of, with_note
from tokenmirror.views.widgets.counting_popover import CountingPopover, counting
from tokenmirror.views.widgets.empty_state import Skeleton
from tokenmirror.views.widgets.stat_card import StatCard

if TYPE_CHECKING:
    from tokenmirror.views.charts.week_rows import Row
    from tokenmirror.views.pages.overview_charts import OverviewCharts

NO_QUESTIONS = Open()
WEEKLY = {"prompts": "B1", "accepted": "C4", "shipped": "D5"}
# width of the page at 100 % from which three cards, or two, stand side by side
THREE_FROM, TWO_FROM = 920, 620
WORDS = {
    "done": (mark("Done"), mark("change tasks completed")),
    "held": (mark("Held up"), mark("held for two weeks")),
    "cost": (mark("Cost"), mark("per completed task")),
}
STILL_THERE = mark("Of every line proposed, what is still there?")
CAME_OF_IT = mark("Of every line proposed, what came of it?")  # where nothing could be watched


@dataclass(frozen=True)
class OverviewAnswer:
    """Three answers, the chain, three weekly series by row key, and outcomes by week."""

    done: Figure
    held: Figure
    cost: Figure
    chain: Chain | Unknown
    weekly: Mapping[str, Figure]
    outcomes: Figure
    sources: tuple[str, ...] = ()
    period: str = ""
    marks: tuple[Mark, ...] = ()
    questions: Open = NO_QUESTIONS


class OverviewPage(Page[OverviewAnswer]):
    """Cards and the chain at once; the weekly charts once their library is loaded."""

    key = "overview"
    question = mark("Did the work get done, and did it hold?")
    reads = frozenset(
        {"tasks", "proposals", "deliveries", "prompts", "usage", "sessions", "labels", "commits",
         "own_prices", "births", "deaths", "notes", "baselines", "answers", "checkins"}
    )  # fmt: skip

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._answer: OverviewAnswer | None = None
        self._row_sources: dict[str, frozenset[str]] = {}
        self.charts: OverviewCharts | None = None
        self._charts_due = False
        rows = column(self.content)
        self.done = StatCard()
        self.held = StatCard()
        self.cost = StatCard()
        self._cards = QGridLayout()
        self._cards.setSpacing(theme.current().px(14))
        self._beside = 0
        self._place_cards(3)
        self.chain = ChartCard(ChainChart(), tr(STILL_THERE))
        self.worth = WorthALook(desk)
        self._waiting = Skeleton(
            tr("Prompts, accepted suggestions and shipped changes, week by week"), "weeks"
        )
        self.questions = Questions(desk)
        rows.addWidget(self.questions)
        rows.addLayout(self._cards)
        rows.addWidget(self.chain)
        rows.addWidget(self._waiting)
        rows.addWidget(self.worth)
        self._rows = rows
        rows.addStretch(1)
        self._connect()

    def ask(self, place: Place, scope: Scope) -> Callable[[Reader], OverviewAnswer]:
        own = dict(self._row_sources)
        desk = self.desk
        words = periods.words(place.filters.period, desk.days, desk.today)
        options, today, sample = desk.options.value, desk.today, desk.sample

        def answer(db: Reader) -> OverviewAnswer:
            return OverviewAnswer(
                done=registry.by_id("F3").answer(db, scope),
                held=registry.by_id("F4").answer(db, scope),
                cost=registry.by_id("G3").answer(db, scope),
                chain=chain.chain(db, scope),
                weekly={
                    row: _weekly(db, scope, measure, own.get(row))
                    for row, measure in WEEKLY.items()
                },
                outcomes=_weekly(db, scope, "F2"),
                sources=readings.known(db).sources,
                period=words,
                marks=marks.of_weeks(db, scope),
                questions=open_questions(db, options, today, sample=sample),
            )

        return answer

    def cover(self, place: Place, scope: Scope) -> Callable[[Reader], Coverage | None]:
        return cover(scope)

    def show_answer(self, answer: OverviewAnswer) -> None:
        self._answer = answer
        for card, figure, key in (
            (self.done, answer.done, "done"),
            (self.held, answer.held, "held"),
            (self.cost, answer.cost, "cost"),
        ):
            label, about = WORDS[key]
            if isinstance(figure, Rate | Dots | Total | Unknown):
                shown = answer_of(tr(label), tr(about), figure, _way_out(figure))
                note = getattr(figure, "note", "")
                card.show_answer(with_note(shown, note) if note else shown)
        self.questions.show_open(answer.questions)
        self._show_chain(answer)
        if self.charts is not None:
            self.charts.show_answer(answer, self._own_tools())
        self._look()

    def skeleton(self) -> QWidget:
        holder = QWidget()
        rows = QVBoxLayout(holder)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.current().px(14))
        cards = QHBoxLayout()
        cards.setSpacing(theme.current().px(14))
        for key in WORDS:
            cards.addWidget(Skeleton(tr(WORDS[key][0]), "stat"), 1)
        rows.addLayout(cards)
        rows.addWidget(Skeleton(tr(STILL_THERE), "bars"))
        words = tr("Prompts, accepted suggestions and shipped changes, week by week")
        rows.addWidget(Skeleton(words, "weeks"))
        return holder

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._charts_due:
            self._charts_due = True
            QTimer.singleShot(0, self, self.add_charts)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() * 100 / theme.current().text_scale
        self._place_cards(3 if wide >= THREE_FROM else 2 if wide >= TWO_FROM else 1)

    def add_charts(self) -> None:
        """Load the weekly charts: their library takes longer than the rest of the window."""
        if self.charts is not None:
            return
        # late: pyqtgraph and numpy take 0.3 s and more, and wait for the first paint
        from tokenmirror.views.pages.overview_charts import OverviewCharts

        self.charts = OverviewCharts(self.desk)
        self.charts.week_picked.connect(self._week_picked)
        self.charts.outcome_picked.connect(self._outcome_picked)
        self.charts.tools_asked.connect(self._ask_tools)
        self.charts.counting_asked.connect(self._explain)
        self._rows.replaceWidget(self._waiting, self.charts)
        self._waiting.hide()
        self._waiting.deleteLater()
        if self._answer is not None:
            self.charts.show_answer(self._answer, self._own_tools())

    def _place_cards(self, beside: int) -> None:
        """So many cards in a row; one that is left over takes the whole of the next."""
        if beside == self._beside:
            return
        self._beside = beside
        cards = (self.done, self.held, self.cost)
        for card in cards:
            self._cards.removeWidget(card)
        for place, card in enumerate(cards):
            row, column = divmod(place, beside)
            last = place == len(cards) - 1
            self._cards.addWidget(card, row, column, 1, beside - column if last else 1)
        for column in range(len(cards)):
            self._cards.setColumnStretch(column, 1 if column < beside else 0)

    def _look(self) -> None:
        """Ask what stands out, apart: the past of many measures takes longer than the page."""
        if self.place is not None:
            scope = self.desk.scope(self.place.filters)
            self.desk.jobs.ask(
                "worth a look", question(scope), self.worth.show_look, self.failed.emit
            )

    def _show_behind(self, change: Change) -> None:
        if self.place is not None:
            self.go.emit(behind(change, self.place.filters))

    def _connect(self) -> None:
        self.worth.picked.connect(self._show_behind)
        self.worth.told.connect(self.told)
        self.worth.failed.connect(self.failed)
        self.questions.told.connect(self.told)
        self.questions.failed.connect(self.failed)
        self.done.clicked.connect(self._show_tasks)
        self.held.clicked.connect(self._show_held_up)
        self.cost.clicked.connect(self._show_tasks)
        self.chain.picked.connect(self._step_picked)
        for card in (self.done, self.held, self.cost, self.chain):
            card.helped.connect(self._show_sources)
        self.done.asked.connect(lambda button: self._explain("F3", button))
        self.held.asked.connect(lambda button: self._explain("F4", button))
        self.cost.asked.connect(lambda button: self._explain("G3", button))
        self.chain.asked.connect(lambda button: self._explain("D3", button))

    def _show_chain(self, answer: OverviewAnswer) -> None:
        figure = answer.chain
        watched = isinstance(figure, Unknown) or figure.steps[-1].key == "still_there"
        title = tr(STILL_THERE if watched else CAME_OF_IT)
        if isinstance(figure, Unknown):
            self.chain.say(title)
            self.chain.show_unknown(figure, _way_out(figure))
            return
        said = tr(
            "Lines proposed in {period}, followed projects. {prompts} in {tasks} led here.",
            period=answer.period,
            prompts=tr_n("{n} prompt", "{n} prompts", figure.prompts),
            tasks=tr_n("{n} task", "{n} tasks", figure.tasks),
        )
        self.chain.say(title, f"{said} {figure.apart}".strip(), answer.period)
        self.chain.show_unknown(None)
        chart = self.chain.chart
        assert isinstance(chart, ChainChart)
        chart.show_figure(figure)

    def _explain(self, measure_id: str, button: QWidget) -> None:
        measure: Measure = registry.by_id(measure_id)
        words = counting(measure, self._counted(measure_id), action=tr("Show the tasks"))
        popover = CountingPopover(words, self)
        popover.followed.connect(self._show_tasks)
        popover.open_under(button)

    def _counted(self, measure_id: str) -> str:
        answer = self._answer
        if answer is None:
            return ""
        figure = {
            "F3": answer.done, "F4": answer.held, "G3": answer.cost, "D3": answer.chain,
        }.get(measure_id)  # fmt: skip
        return figure.sentence if figure is not None else ""

    def _show_tasks(self) -> None:
        if self.place is not None:
            self.go.emit(Place("tasks", self.place.filters))

    def _show_held_up(self) -> None:
        if self.place is not None:
            self.go.emit(Place("held_up", self.place.filters))

    def _step_picked(self, key: str) -> None:
        if key == "still_there":
            self._show_held_up()
        else:
            self._show_tasks()

    def _show_sources(self) -> None:
        if self.place is not None:
            self.go.emit(Place("sources", self.place.filters, (("tab", "repositories"),)))

    def _week_picked(self, key: str) -> None:
        first, _, row = key.partition("/")
        self._go_to_week(first, "shipped" if row == "shipped" else "")

    def _outcome_picked(self, key: str) -> None:
        first, _, outcome = key.partition("/")
        self._go_to_week(first, outcome)

    def _go_to_week(self, first: str, outcome: str) -> None:
        if self.place is None:
            return
        begin = date.fromisoformat(first)
        week = Period("custom", begin, begin + timedelta(days=6))
        place = Place("tasks", self.place.filters.with_period(week))
        self.go.emit(place.choosing(outcome=outcome))

    def _own_tools(self) -> dict[str, str]:
        """The words of each row's own tool menu."""
        words = {}
        for row in WEEKLY:
            chosen = self._row_sources.get(row)
            names = [self.desk.source_name(key) for key in sorted(chosen or ())]
            words[row] = ", ".join(names) if names else tr("all tools")
        return words

    def _ask_tools(self, row: str, button: QWidget) -> None:
        menu = QMenu(self)
        known = self._answer.sources if self._answer else ()
        choices = [("", tr("all tools"))]
        choices += [(key, self.desk.source_name(key)) for key in known]
        chosen = self._row_sources.get(row, frozenset({""}))
        for key, words in choices:
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(key in chosen)
            action.setData((row, key))
        menu.triggered.connect(self._tools_chosen)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(button.mapToGlobal(QPoint(0, button.height())))

    def _tools_chosen(self, action: QAction) -> None:
        row, key = action.data()
        if key:
            self._row_sources[row] = frozenset({key})
        else:
            self._row_sources.pop(row, None)
        self.refresh()


def _weekly(
    db: Reader, scope: Scope, measure_id: str, sources: frozenset[str] | None = None
) -> Figure:
    weekly = registry.by_id(measure_id).weekly
    assert weekly is not None, "a weekly chart needs a weekly series"
    return weekly(db, replace(scope, sources=sources) if sources else scope)


def _way_out(figure: Figure) -> str:
    if isinstance(figure, Unknown) and figure.reason in {"no_repository", "no_git"}:
        return tr("See the repositories")
    if isinstance(figure, Unknown) and figure.reason in {"not_recorded", "no_prices"}:
        return tr("See what each tool records")
    return ""


def rows_of(weekly: Mapping[str, Figure], tools: Mapping[str, str]) -> list[Row]:
    """The rows of the three product charts; a series that is unknown has none."""
    from tokenmirror.views.charts.week_rows import Row  # late: with the charts themselves

    words = {
        "prompts": (tr("Prompts"), tr("a week, yours and unattended"), tr("the tasks")),
        "accepted": (tr("Accepted suggestions"), tr("proposed changes taken"), tr("the tasks")),
        "shipped": (tr("Shipped changes"), tr("changes on the main line"), tr("shipped tasks")),
    }
    found = []
    for key, (name, unit, enter) in words.items():
        figure = weekly.get(key)
        if isinstance(figure, Weeks):
            found.append(Row(key, name, unit, figure, tools.get(key, ""), enter))
    return found
