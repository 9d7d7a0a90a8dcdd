"""Held up: what was still there later, and what had to be redone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, cast

from PySide6.QtWidgets import QVBoxLayout, QWidget

from tokenmirror.language import listing, mark, number, tr
from tokenmirror.measures import periods, redone, registry
from tokenmirror.measures.figures import Column, Curve, Figure, Rate, Table, Total, Unknown, Weeks
from tokenmirror.measures.intervals import FEW
from tokenmirror.measures.measure import Measure, Reader, Scope
from tokenmirror.measures.periods import Period
from tokenmirror.measures.redone import RedoneTask
from tokenmirror.repos.fates import Killer
from tokenmirror.views import theme
from tokenmirror.views.charts.chart_card import ChartCard
from tokenmirror.views.charts.curve import CurveChart
from tokenmirror.views.charts.table import FigureTable
from tokenmirror.views.charts.weeks import WeeksChart
from tokenmirror.views.desk import Desk
from tokenmirror.views.frame.history import Place
from tokenmirror.views.pages.coverage import cover
from tokenmirror.views.pages.page import Coverage, Page, column, table_height
from tokenmirror.views.widgets.card import Card
from tokenmirror.views.widgets.counting_popover import CountingPopover, counting
from tokenmirror.views.widgets.data_table import DataTable
from tokenmirror.views.widgets.empty_state import Skeleton
from tokenmirror.views.widgets.text import Text

SURVIVES = mark("Of the lines that shipped, how many are still in the code?")
REDONE = mark("How much had to be redone within two weeks?")
MOST = mark("Tasks with most rework")
WHO: dict[Killer, str] = {
    "mine": mark("you, by hand"),
    "ai": mark("AI in your sessions"),
    "other": mark("someone else"),
}
Kind = Literal["text", "number", "day"]
COLUMNS: tuple[tuple[str, str, Kind, int | None], ...] = (
    ("title", mark("Task"), "text", None),
    ("landed", mark("Shipped"), "day", 130),
    ("lines", mark("Lines"), "number", 90),
    ("redone", mark("Redone"), "number", 90),
    ("by", mark("By whom"), "text", 280),
)


@dataclass(frozen=True)
class HeldUpAnswer:
    """How long lines lasted, AI ones and others; early rework; reverts and possible fixes."""

    survival: Figure
    others: Figure
    weekly: Figure
    redone: Figure
    reverts: Figure
    fixes: Figure
    tasks: tuple[RedoneTask, ...] = ()
    period: str = ""


class HeldUpPage(Page[HeldUpAnswer]):
    """The curve, rework by week, the tasks with most rework; reverts and fixes as sentences."""

    key = "held_up"
    question = mark("What was still there later, and what had to be redone?")
    reads = frozenset({"births", "deaths", "commits", "repos", "tasks", "sessions", "deliveries",
                       "baselines"})  # fmt: skip

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._answer: HeldUpAnswer | None = None
        rows = column(self.content)
        self.curve = ChartCard(CurveChart(), tr(SURVIVES))
        self.weeks = ChartCard(WeeksChart(opens=False), tr(REDONE))
        rows.addWidget(self.curve)
        rows.addWidget(self.weeks)
        rows.addWidget(self._table_card())
        rows.addStretch(1)
        self.curve.asked.connect(lambda button: self._explain("E1", button))
        self.weeks.asked.connect(lambda button: self._explain("E2", button))
        self.table.opened.connect(self._open_task)
        for card in (self.curve, self.weeks):
            card.helped.connect(self._show_sources)

    def ask(self, place: Place, scope: Scope) -> Callable[[Reader], HeldUpAnswer]:
        words = periods.words(place.filters.period, self.desk.days, self.desk.today)
        by_week = registry.by_id("E2").weekly
        assert by_week is not None, "early rework has a weekly series"

        def answer(db: Reader) -> HeldUpAnswer:
            figures = (registry.by_id(measure).compute(db, scope) for measure in ("E1", "E4", "E2"))
            survival, others, rework = figures
            return HeldUpAnswer(
                survival=survival,
                others=others,
                redone=rework,
                weekly=by_week(db, scope),
                reverts=registry.by_id("E3").compute(db, scope),
                fixes=registry.by_id("E5").compute(db, scope),
                tasks=redone.most_redone(db, scope),
                period=words,
            )

        return answer

    def cover(self, place: Place, scope: Scope) -> Callable[[Reader], Coverage | None]:
        return cover(scope)

    def show_answer(self, answer: HeldUpAnswer) -> None:
        self._answer = answer
        self._show_curve(answer)
        self._show_weeks(answer)
        self._show_tasks(answer)

    def skeleton(self) -> QWidget:
        holder = QWidget()
        rows = QVBoxLayout(holder)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.current().px(14))
        rows.addWidget(Skeleton(tr(SURVIVES), "bars"))
        rows.addWidget(Skeleton(tr(REDONE), "weeks"))
        rows.addWidget(Skeleton(tr(MOST), "table"))
        return holder

    def _table_card(self) -> QWidget:
        look = theme.current()
        card = Card()
        card.body.setSpacing(look.px(6))
        card.body.addWidget(Text(tr(MOST), "heading"))
        self._model = FigureTable(self)
        self._model.show_table(Table(_columns(), (), ""))
        self.table = DataTable(tr(MOST), tr("No lines of this period were redone so soon."))
        widths = {n: wide for n, (_, _, _, wide) in enumerate(COLUMNS) if wide is not None}
        self.table.show_model(self._model, widths)
        card.body.addWidget(self.table)
        self.sentences = Text(kind="body", tone="text2", wraps=True, selectable=True)
        card.body.addWidget(self.sentences)
        return card

    def _show_curve(self, answer: HeldUpAnswer) -> None:
        figure, others = answer.survival, answer.others
        if isinstance(figure, Curve) and figure.n < FEW:
            figure = Unknown("too_few", figure.sentence)
        if not isinstance(figure, Curve):
            assert isinstance(figure, Unknown)
            self.curve.say(tr(SURVIVES))
            self.curve.show_unknown(figure, _way_out(figure))
            return
        subtitle = tr(
            "Lines that shipped in {period}, by days since then; {lines} lines of {n} tasks.",
            period=answer.period, lines=number(figure.lines), n=number(figure.n),
        )  # fmt: skip
        self.curve.say(tr(SURVIVES), subtitle, answer.period)
        self.curve.show_unknown(None)
        beside = others if isinstance(others, Curve) and others.n >= FEW else None
        cast("CurveChart", self.curve.chart).show_figure(figure, beside)

    def _show_weeks(self, answer: HeldUpAnswer) -> None:
        figure = answer.weekly
        if not isinstance(figure, Weeks):
            assert isinstance(figure, Unknown)
            self.weeks.say(tr(REDONE))
            self.weeks.show_unknown(figure, _way_out(figure))
            return
        where = tr("The blue stretch of the axis is {period}.", period=answer.period)
        subtitle = tr(
            "Share of shipped AI lines changed or removed within 14 days, by the week they shipped;"
            " grey: your usual range."
        )
        if figure.usual is None:
            subtitle = tr(
                "Share of shipped AI lines changed or removed within 14 days, by the week they"
                " shipped."
            )
        self.weeks.say(tr(REDONE), f"{subtitle} {where}", answer.period)
        self.weeks.show_unknown(None)
        cast("WeeksChart", self.weeks.chart).show_figure(figure)

    def _show_tasks(self, answer: HeldUpAnswer) -> None:
        rows = tuple(
            (row.key, (row.title, row.landed, row.lines, row.redone, _who(row)))
            for row in answer.tasks
        )
        self._model.show_table(Table(_columns(), rows, ""))
        self.table.setFixedHeight(table_height(len(rows)))
        figures = (answer.redone, answer.reverts, answer.fixes)
        said = [figure.sentence for figure in figures if isinstance(figure, Rate | Total)]
        untold = [figure.sentence for figure in figures if isinstance(figure, Unknown)]
        self.sentences.setText(" ".join(said or untold[:1]))

    def _explain(self, measure_id: str, button: QWidget) -> None:
        measure: Measure = registry.by_id(measure_id)
        answer = self._answer
        said = ""
        if answer is not None:
            said = (answer.survival if measure_id == "E1" else answer.redone).sentence
        popover = CountingPopover(counting(measure, said, action=tr("Show the tasks")), self)
        popover.followed.connect(self._to_tasks)
        popover.open_under(button)

    def _to_tasks(self) -> None:
        if self.place is not None:
            place = Place("tasks", self.place.filters)
            self.go.emit(place.choosing(outcome="shipped"))

    def _open_task(self, key: str) -> None:
        known = self._answer.tasks if self._answer else ()
        row = next((row for row in known if row.key == key), None)
        if row is None or self.place is None:
            return
        filters, period = self.place.filters, self.place.filters.period
        if not period.first <= row.began <= period.last:  # it began before its lines landed
            filters = filters.with_period(
                Period("custom", row.began, row.began + timedelta(days=6))
            )
        self.go.emit(Place("tasks", filters).choosing(task=key))

    def _show_sources(self) -> None:
        if self.place is not None:
            self.go.emit(Place("sources", self.place.filters, (("tab", "repositories"),)))


def _columns() -> tuple[Column, ...]:
    return tuple(Column(key, tr(title), kind) for key, title, kind, _ in COLUMNS)


def _who(row: RedoneTask) -> str:
    return listing([tr(WHO[key]) for key in row.by])


def _way_out(figure: Unknown) -> str:
    return tr("See the repositories") if figure.reason in {"no_repository", "no_git"} else ""
