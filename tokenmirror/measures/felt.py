"""K: how a week felt, beside what was measured, and the person's own notes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import attention, cost, phrases, tasks
from tokenmirror.measures.courses import course
from tokenmirror.measures.figures import Column, Part, Parts, Table, Unknown
from tokenmirror.measures.intervals import FEW, Z95, Interval
from tokenmirror.measures.measure import NONE, Export, Measure, Reader, Scope
from tokenmirror.measures.scoped import absent
from tokenmirror.store.days import DAY

HELPED = {
    "in_the_way": mark("got in the way"),
    "little": mark("little"),
    "some": mark("some"),
    "much": mark("much"),
}
ORDER = tuple(HELPED)
MIN_PAIRS = 26
CHECKINS = "select week, helped, effort from checkins where helped is not null order by week"
NOTES = "select id, day, words from notes where day >= ? and day <= ? order by day, id"


def _answers(db: Reader, scope: Scope) -> list[tuple[date, str]]:
    days = scope.days
    first, last = days.first_of(scope.first), scope.last
    found = ((date.fromisoformat(week), helped) for week, helped, _ in db.execute(CHECKINS))
    return [(week, helped) for week, helped in found if first <= week <= last and helped in HELPED]


def check_ins(db: Reader, scope: Scope) -> Parts | Unknown:
    """K1: the answers of the weeks in the period; a skipped week is silent."""
    found = Counter(helped for _, helped in _answers(db, scope))
    if not found:
        return Unknown("not_entered", tr(mark("You have answered for no week of this period.")))
    parts = tuple(Part(key, tr(words), found[key]) for key, words in HELPED.items())
    said = [
        tr(mark("{count} {answer}"), count=language.number(found[key]), answer=tr(words))
        for key, words in HELPED.items()
        if found[key]
    ]
    words = tr_n(
        mark("How much AI helped, in your words for {n} week: {answers}."),
        mark("How much AI helped, in your words for {n} weeks: {answers}."),
        found.total(), answers=language.listing(said),
    )  # fmt: skip
    return Parts(parts, "count", found.total(), words, basis="recorded")


def beside(db: Reader, scope: Scope) -> Table | Unknown:
    """K2: each answered week with completion, cost per task and own time of that week.

    No correlation under 26 weeks; then Kendall's tau with an interval, in words.
    """
    missing = absent(db, scope)
    if missing:
        return missing
    answers = _answers(db, scope)
    if not answers:
        return Unknown("not_entered", tr(mark("You have answered for no week of this period.")))
    rows = []
    series: dict[str, list[tuple[float, float]]] = {"F3": [], "G3": [], "H1": []}
    for week, helped in answers:
        felt = ORDER.index(helped)
        of_week = replace(scope, first=week, last=week + 6 * DAY)  # as weeks began then
        measured = _measured(db, of_week)
        for key, value in zip(series, measured, strict=True):
            if value is not None and of_week.last < scope.today:
                series[key].append((float(felt), value))
        rows.append((week.isoformat(), (week, felt, *measured)))
    columns = (
        Column("week", tr(mark("Week")), "day"),
        Column("helped", tr(mark("How much AI helped")), "number"),
        Column("F3", tr(mark("Done")), "percent"),
        Column("G3", tr(mark("Cost per completed task")), "money"),
        Column("H1", tr(mark("Your time with the tools")), "number"),
    )
    fixed = tr(mark("Feeling and clock often disagree; both are true of something."))
    told = [_tau_words(key, pairs) for key, pairs in series.items()]
    return Table(columns, tuple(rows), phrases.joined(fixed, *told))


def _measured(db: Reader, scope: Scope) -> tuple[float | None, float | None, float | None]:
    if absent(db, scope):
        return None, None, None
    hits, trials = tasks.got_there(db, scope)
    return (
        100 * (hits / trials) if trials >= FEW else None,
        cost.per_completed(db, scope),
        attention.seconds_of(course(db, scope).own),
    )


def kendall(pairs: Sequence[tuple[float, float]]) -> tuple[float, Interval] | None:
    """Kendall's tau-b with a 95 % interval; ``None`` where one side never varies.

    The interval is Fieller, Hartley and Pearson's (1957), by the inverse hyperbolic tangent
    with a variance of 0.437 / (n - 4).
    """
    concordant = discordant = ties_x = ties_y = 0
    for (x, y), (other_x, other_y) in combinations(pairs, 2):
        across = (x - other_x) * (y - other_y)
        concordant += across > 0
        discordant += across < 0
        ties_x += x == other_x
        ties_y += y == other_y
    every = len(pairs) * (len(pairs) - 1) / 2
    below = math.sqrt((every - ties_x) * (every - ties_y))
    if not below or len(pairs) <= 4:
        return None
    tau = (concordant - discordant) / below
    bound = max(-0.999999, min(0.999999, tau))
    half = Z95 * math.sqrt(0.437 / (len(pairs) - 4))
    return tau, (math.tanh(math.atanh(bound) - half), math.tanh(math.atanh(bound) + half))


def _tau_words(key: str, pairs: Sequence[tuple[float, float]]) -> str:
    found = kendall(pairs) if len(pairs) >= MIN_PAIRS else None
    if found is None:
        return ""
    _, (low, high) = found
    names = {
        "F3": mark("Completion"),
        "G3": mark("Cost per completed task"),
        "H1": mark("Your time with the tools"),
    }
    if low > 0:
        words = mark("{name} tended to rise with the answer, over {n} weeks.")
    elif high < 0:
        words = mark("{name} tended to fall as the answer rose, over {n} weeks.")
    else:
        words = mark("{name} and the answer show no clear link over {n} weeks.")
    return tr(words, name=tr(names[key]), n=language.number(len(pairs)))


def notes(db: Reader, scope: Scope) -> Table | Unknown:
    """K3: the person's dated notes of the period."""
    rows = [
        (key, (date.fromisoformat(day), words))
        for key, day, words in db.execute(
            NOTES, (scope.first.isoformat(), min(scope.last, scope.today + DAY).isoformat())
        )
    ]
    if not rows:
        return Unknown("not_entered", tr(mark("You have no notes in this period.")))
    columns = (Column("day", tr(mark("Day")), "day"), Column("note", tr(mark("Note")), "text"))
    words = tr_n(mark("{n} note of yours."), mark("{n} notes of yours."), len(rows))
    return Table(columns, tuple(rows), words)


K1 = Measure(
    id="K1",
    term="check-in",
    title=mark("How it felt"),
    means=mark("How much AI helped, in your own words."),
    how=mark("Your weekly answers, counted."),
    left_out=mark("Weeks you skipped."),
    bias=mark("People rate how it felt, and that is a measure too."),
    unit="answer",
    needs=frozenset({"S11"}),
    windows=("week",),
    interval_unit="",
    beside=("K2",),
    export=Export.TICKED,
    compute=check_ins,
    reads=frozenset({"checkins"}),
    splits=NONE,
)
K2 = Measure(
    id="K2",
    term="felt beside measured",
    title=mark("Felt and measured"),
    means=mark("Your answers above the figures of the same weeks."),
    how=mark("Answer, completion (F3), cost per completed task (G3) and own time (H1) by week."),
    left_out=mark("Weeks you skipped."),
    bias=mark("Feeling and clock often disagree; both are true of something."),
    unit="",
    needs=frozenset({"S11"}),
    windows=("w",),
    interval_unit="",
    beside=("F3", "G3", "H1"),
    export=Export.NEVER,
    compute=beside,
    weekly=beside,
    reads=frozenset({"checkins", "tasks", "usage", "prompts"}),
    splits=NONE,
)
K3 = Measure(
    id="K3",
    term="notes",
    title=mark("Notes"),
    means=mark("What you wrote down."),
    how=mark("Your dated notes."),
    left_out=mark("Nothing."),
    bias=mark("They are yours."),
    unit="text",
    needs=frozenset({"S11"}),
    windows=(language.DASH,),
    interval_unit="",
    beside=("K1",),
    export=Export.TICKED,
    compute=notes,
    reads=frozenset({"notes"}),
    splits=NONE,
)

MEASURES = (K1, K2, K3)
