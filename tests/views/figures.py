"""Made-up figures for tests and the gallery; the sums agree with each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel

from tokenmirror.measures.figures import (
    Chain,
    Curve,
    CurvePoint,
    Dot,
    Dots,
    Part,
    Parts,
    Step,
    Week,
    Weeks,
)
from tokenmirror.views.charts.week_rows import Row
from tokenmirror.views.widgets.cells import Role
from tokenmirror.views.widgets.marks import Days, Drawing, Icons, Mark, Nested, Signals
from tokenmirror.views.widgets.timeline import Moment

FIRST = date(2026, 8, 31)

ACCEPTED = (
    Part("chosen", "chosen by you", 1190), Part("allowed", "allowed", 2000),
    Part("applied", "applied", 200), Part("undecided", "undecided", 120),
)  # fmt: skip
CHAIN = Chain(
    (
        Step("proposed", "Proposed", 4210),
        Step("accepted", "Accepted", 3390, 0.81, loss="700 turned down, 120 undecided",
             parts=ACCEPTED, note="81 % of proposed"),
        Step("committed", "Committed", 2130, 0.63, 0.55, 0.70,
             "1,260 accepted lines not committed"),
        Step("on_main_line", "On the main line", 1890, 0.89, 0.80, 0.95, "240 on branches"),
        Step("still_there", "Still there", 1670, 0.88, 0.83, 0.92, "220 changed or removed"),
    ),
    "Of 4,210 lines proposed, 1,890 reached the main line and 1,670 are still there.", 412, 38,
)  # fmt: skip


def weeks(
    columns: list[tuple[float, ...]],
    parts: dict[str, str],
    usual: tuple[float, float, float] | None = None,
    small: list[tuple[int, ...]] | None = None,
    small_names: dict[str, str] | None = None,
    unit: str = "tasks",
) -> Weeks:
    """A weekly figure from plain columns; the last week is so far, weeks 5 to 9 in period."""
    last = len(columns) - 1
    return Weeks(
        tuple(
            Week(
                FIRST + timedelta(weeks=place), values,
                small=small[place] if small else (), so_far=place == last,
                in_period=5 <= place <= 8,
            )
            for place, values in enumerate(columns)
        ),
        tuple(parts), tuple(parts.values()), unit,  # type: ignore[arg-type]
        "Change tasks by the week they began.",
        tuple(small_names or {}), tuple((small_names or {}).values()), usual,
    )  # fmt: skip


OUTCOMES = weeks(
    [(4, 0, 1, 0), (6, 0, 1, 0), (3, 0, 0, 0), (5, 0, 2, 0), (5, 0, 1, 0), (5, 1, 2, 0),
     (6, 0, 0, 0), (5, 1, 1, 0), (4, 1, 1, 2), (4, 1, 0, 2), (2, 1, 0, 3), (0, 0, 0, 4)],
    {"shipped": "Shipped", "on_branch": "On a branch", "no_lasting_change":
     "No lasting change found", "in_progress": "In progress"},
    small=[(2, 0), (2, 0), (1, 0), (3, 0), (1, 0), (2, 1), (1, 0), (2, 1), (1, 0), (0, 0), (2, 0),
           (1, 0)],
    small_names={"no_code": "without code", "unknown": "unknown"},
)  # fmt: skip
PROMPTS = weeks(
    [(78, 0), (92, 0), (64, 0), (90, 10), (101, 0), (97, 0), (107, 6), (89, 31), (97, 11),
     (82, 0), (98, 4), (41, 0)],
    {"own": "yours", "unattended": "unattended"}, (62, 90, 118), unit="prompts",
)  # fmt: skip
SUGGESTIONS = weeks(
    [(34, 37), (40, 50), (24, 28), (46, 53), (42, 55), (48, 62), (44, 67), (33, 60), (45, 66),
     (36, 40), (44, 53), (14, 22)],
    {"chosen": "chosen by you", "let_through": "allowed or applied"}, (56, 90, 124), unit="changes",
)  # fmt: skip
SHIPPED = weeks(
    [(4, 2, 0), (5, 1, 0), (3, 2, 0), (4, 1, 1), (5, 1, 0), (4, 2, 0), (6, 1, 0), (5, 2, 1),
     (4, 1, 0), (5, 1, 0), (3, 2, 0), (1, 1, 0)],
    {"with": "with AI lines", "without": "without", "cannot_tell": "cannot tell"},
    (3, 6, 9), unit="changes",
)  # fmt: skip
ROWS = (
    Row("prompts", "Prompts", "a week, yours and unattended", PROMPTS, "all tools", "the prompts"),
    Row("suggestions", "Accepted suggestions", "proposed changes taken, a week", SUGGESTIONS,
        "all tools", "the sessions"),
    Row("shipped", "Shipped changes", "changes on the main line, a week", SHIPPED, "all tools",
        "the changes"),
)  # fmt: skip


def a_curve(
    last: int, at_30: float, lines: int, units: int, low: float = 0.05, high: float = 0.04
) -> Curve:
    """A curve that falls evenly to its share after 30 days, and on; 4,120 of 6,410 lines then."""
    points = []
    for day in range(last + 1):
        share = 1 - (1 - at_30) * day / 30
        left = round(lines * (1 - day * (1 - 4120 / 6410) / 30))
        points.append(CurvePoint(day, share, max(share - low, 0), min(share + high, 1), left))
    return Curve(
        tuple(points), {7: points[7].share, 30: points[30].share, 90: None}, 30, lines,
        "88 % of the lines that shipped were still in place after 30 days.", n=units,
    )  # fmt: skip


CURVE = a_curve(60, 0.88, 6410, 214)
OTHERS = a_curve(44, 0.92, 900, 61)
REWORK = weeks(
    [(4, 3, 1), (5, 2, 0), (4, 5, 1), (8, 6, 2), (3, 3, 0), (4, 4, 1), (6, 2, 1), (4, 11, 0),
     (5, 3, 1), (3, 4, 1), (0, 0, 0), (0, 0, 0)],
    {"by_mine": "by you by hand", "by_ai": "by AI in your sessions", "by_other":
     "by someone else"}, (4, 9, 15), unit="percent",
)  # fmt: skip
REWORK = replace(
    REWORK,
    weeks=(
        *REWORK.weeks[:10],
        *(replace(week, values=(None, None, None), early=True) for week in REWORK.weeks[10:]),
    ),
)
_VALUES = (
    0.62, 1.1, 1.3, 1.32, 1.44, 1.5, 1.58, 1.62, 1.64, 1.68, 1.71, 1.8, 2.3, 2.42, 2.57, 2.58,
    2.66, 2.78, 3.5, 3.7, 4.2,
)  # fmt: skip
COSTS = Dots(
    (
        *(Dot(f"t{place}", f"Task {place}", value) for place, value in enumerate(_VALUES)),
        Dot("u1", "Session of 1 Oct", 0.5, done=False),
        Dot("u2", "Session of 9 Oct", 0.9, done=False),
        Dot("u3", "Session of 22 Oct", 8.4, done=False),
    ),
    "usd", "About $3.10 with all work included.", per=3.1, median=1.71, quartiles=(1.5, 2.57), n=21,
)  # fmt: skip
COST_PARTS = Parts(
    (
        Part("shipped", "Shipped", 44), Part("on_branch", "On a branch", 6),
        Part("in_progress", "In progress", 2), Part("no_lasting_change", "No lasting change", 13),
        Part("no_code", "Without code", 6), Part("unattended", "Unattended", 4),
        Part("unknown", "Unknown", 2),
    ),
    "usd", 38, "4 left no lasting change; they make up $13 of the cost.",
)  # fmt: skip
SIGNALS = Signals(("full", "partly", "none", "full", "full", "partly", "none"))
PROMPT_MINUTES = (1, 15, 28, 43)
MOMENTS = tuple(
    [
        Moment("you", "prompt", at * 60000, f"prompt, {at} words", f"09:{at}")
        for at in PROMPT_MINUTES
    ]
    + [
        Moment("agent", "turn", 2 * 60000, "turn of 6 min", "09:02", 8 * 60000),
        Moment("agent", "turn", 16 * 60000, "turn, interrupted", "09:16", 20 * 60000, True),
        Moment("agent", "turn", 30 * 60000, "turn of 7 min", "09:30", 37 * 60000),
        Moment("checks", "failed", 36 * 60000, "tests failed, 2 of 38", "09:36"),
        Moment("checks", "passed", 48 * 60000, "tests passed, 38 of 38", "09:48"),
        Moment("git", "commit", 50 * 60000, "commit", "09:50"),
        Moment("git", "main", 75 * 60000, "on the main line", "10:15"),
    ]
)


def tasks_model() -> QStandardItemModel:
    """Eight tasks with every kind of cell."""
    model = QStandardItemModel()
    heads = ["Began", "Title", "Project", "Ended", "Lines", "Cost", "Signals", "Days"]
    model.setHorizontalHeaderLabels(heads)
    ends = ("shipped", "no_code", "no_lasting_change", "on_branch", "in_progress", "unknown")
    for place in range(12):
        end = ends[place % len(ends)]
        lines = Nested(200 + place, 190 - 20 * place)
        model.appendRow(
            [
                cell(f"{26 - place} Oct", sort=26 - place, tone="text2", key=f"t{place}"),
                cell(f"Retry uploads on timeout, attempt {place}", second="Session" if place == 3
                     else ""),
                cell("api", tone="text2"),
                cell(end.replace("_", " ").capitalize(), drawing=Mark(f"outcome.{end}")),
                cell(lines.figures, drawing=lines, sort=lines.accepted, tone="text2", right=True),
                cell(f"${place}.10", sort=place * 1.1, right=True),
                cell("", drawing=SIGNALS if place % 2 else Icons(("terminal", "pointer"))),
                cell("", drawing=Days(("read", "nothing", "gone", "not_allowed") * 7)),
            ]
        )  # fmt: skip
    return model


def cell(
    text: str,
    *,
    sort: object = None,
    drawing: Drawing | None = None,
    tone: str = "",
    second: str = "",
    key: str = "",
    right: bool = False,
) -> QStandardItem:
    """An item with the roles of ``cells``."""
    item = QStandardItem(text)
    for role, value in (
        (Role.SORT, sort), (Role.DRAWING, drawing), (Role.TONE, tone or None),
        (Role.SECOND, second or None), (Role.KEY, key or None),
    ):  # fmt: skip
        if value is not None:
            item.setData(value, role)
    if right:
        item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return item
