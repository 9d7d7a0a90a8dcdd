import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.measures.figures import sentences
from tests.measures.stores import (
    OCTOBER,
    a_delivery,
    a_proposal,
    a_task,
    store_with,
    unattended,
)
from tokenmirror import paths
from tokenmirror.measures import memo
from tokenmirror.measures.chain import chain
from tokenmirror.measures.coverage import coverage
from tokenmirror.measures.figures import Unknown
from tokenmirror.measures.registry import MEASURES, ask, by_id, has
from tokenmirror.store import reader

FORBIDDEN = (
    "score", "rank", "grade", "streak", "goal", "target", "productivity", "efficiency",
    "performance", "waste", "wasted", "failed", "abandoned", "fake", "cheating", "suspicious",
    "only", "just", "should", "great", "poor",
)  # fmt: skip
BUILT = [
    *(f"A{n}" for n in range(1, 9)), *(f"B{n}" for n in range(1, 6)),
    *(f"C{n}" for n in range(1, 10)), *(f"D{n}" for n in range(1, 9)),
    *(f"E{n}" for n in range(1, 6)), *(f"F{n}" for n in range(1, 10)),
    *(f"G{n}" for n in range(1, 8)), *(f"H{n}" for n in range(1, 8)),
    *(f"I{n}" for n in range(1, 9)), *(f"J{n}" for n in range(1, 8)), "K1", "K2", "K3",
]  # fmt: skip
COLUMNS = ("id", "term", "unit", "needs", "window", "interval_unit", "chart", "export")
RARE = {"deliveries": [a_delivery()], "day_totals": [("accepted", "2026-10-05", 3)]}


def page_rows():
    page = paths.resource("help/measures.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| ([A-K]\d) \|(.*)\|$", page, re.MULTILINE)
    cells = [[key, *(cell.strip() for cell in rest.split("|"))] for key, rest in found]
    return {row[0]: dict(zip(COLUMNS, row, strict=True)) for row in cells}


PAGE = page_rows()


def signals(words):
    return set(re.findall(r"S\d+", re.sub(r"\(.*?\)", "", " ".join(words))))


def test_the_page_lists_all_76_measures():
    assert len(PAGE) == 76


def test_the_program_has_the_measures_of_this_slice_once():
    assert [measure.id for measure in MEASURES] == BUILT
    assert by_id("F3").title == "Done"
    assert has("G3")
    assert not has("Z1")


@pytest.mark.parametrize("measure", MEASURES, ids=BUILT)
def test_a_measure_is_the_one_of_the_page(measure):
    row = PAGE[measure.id]
    windows = tuple(re.sub(r" after landing", "", row["window"]).split(", "))

    assert measure.term == row["term"]
    assert (measure.unit or "\N{EN DASH}") == row["unit"]
    assert signals(measure.needs) == signals([row["needs"]])
    assert measure.windows == windows
    assert (measure.interval_unit or "\N{EN DASH}") == row["interval_unit"]
    assert measure.export.value == row["export"][0]


@pytest.mark.parametrize("measure", MEASURES, ids=BUILT)
def test_a_measure_with_a_weekly_window_has_a_series(measure):
    assert (measure.weekly is not None) == ("w" in measure.windows)


@pytest.mark.parametrize("measure", MEASURES, ids=BUILT)
def test_a_measure_names_what_stands_beside_it(measure):
    assert measure.beside
    assert set(measure.beside) <= set(PAGE)
    assert all([measure.means, measure.how, measure.left_out, measure.bias, measure.reads])


def busy_store(n):
    """Tasks of all kinds, n of each, with proposals, tokens, deliveries."""
    kinds = ("shipped", "no_lasting_change", "on_branch", "in_progress", "no_code", "unknown")
    made = []
    for kind in kinds:
        for number in range(n):
            proposals = [
                a_proposal(10, landed=8, shipped=5),
                a_proposal(0, rejected=3),
                a_proposal(4, how="allowed", followed=0),
                a_proposal(0, undecided=2),
            ]
            day = f"2026-{10 - number % 9:02}-{number % 27 + 1:02}"
            made.append(a_task(day, kind, tokens=10**6, proposals=proposals))
    made.append(unattended(tokens=10**5, basis="inferred", rule="a"))
    made.append(a_task(stated="set_aside", origins=("unknown",)))
    totals = [("shown", "2026-10-05", 9), ("accepted", "2026-10-05", 3)]
    delivered = [a_delivery(), a_delivery(ai="unknown")]
    return store_with(*made, deliveries=delivered, day_totals=totals)


def everything_said(db, scope):
    with memo.kept():
        figures = ask(db, scope)
        figures["chain"] = chain(db, scope)
        weekly = {m.id: m.weekly(db, scope) for m in MEASURES if m.weekly}
    said = [text for figure in (*figures.values(), *weekly.values()) for text in sentences(figure)]
    return [*said, coverage(db, scope).sentence]


STORES = {
    "empty": lambda: store_with(),
    "unread": lambda: store_with(begin=None),
    "no repository": lambda: store_with(*[a_task()] * 3, repos=()),
    "one": lambda: busy_store(1),
    "few": lambda: busy_store(4),
    "many": lambda: busy_store(30),
}
SCOPES = [
    OCTOBER,
    replace(OCTOBER, first=date(2026, 10, 5), last=date(2026, 10, 11)),
    replace(OCTOBER, first=date(2026, 11, 16), last=date(2026, 11, 22)),
    replace(OCTOBER, first=date(2025, 1, 1), last=date(2025, 1, 31)),
    replace(OCTOBER, first=date(2026, 1, 1), unattended=True),
]


@pytest.mark.parametrize("store", STORES.values(), ids=STORES)
def test_nothing_that_is_said_holds_a_forbidden_word(store):
    db = store()
    said = [text for scope in SCOPES for text in everything_said(db, scope)]

    for text in said:
        assert "!" not in text
        assert not re.search(rf"\b({'|'.join(FORBIDDEN)})\b", text, re.IGNORECASE), text
        assert "{" not in text
        assert "  " not in text


def test_no_declared_word_is_forbidden():
    said = " ".join(f"{m.title} {m.means} {m.how} {m.left_out} {m.bias}" for m in MEASURES)

    assert not re.search(rf"\b({'|'.join(FORBIDDEN)})\b|!", said, re.IGNORECASE)


def test_four_of_a_kind_never_give_a_percentage():
    tasks = [a_task(f"2026-10-0{n}", proposals=[a_proposal(9, rejected=1, landed=3)])
             for n in range(1, 5)]  # fmt: skip
    db = store_with(*tasks)

    said = [text for text in everything_said(db, OCTOBER) if "%" in text]

    assert said == []


@pytest.mark.parametrize("measure_id", ["C5", "C8", "D2", "D4", "F3"])
def test_twelve_tasks_give_an_interval(measure_id):
    outcome = ["shipped", "no_lasting_change"]
    db = store_with(*[
        a_task(f"2026-10-{n + 1:02}", outcome[n % 2],
               proposals=[a_proposal(9 + n, landed=3, shipped=2), a_proposal(0, rejected=1)])
        for n in range(12)
    ])  # fmt: skip

    figure = by_id(measure_id).compute(db, OCTOBER)

    assert figure.low <= figure.share <= figure.high
    assert "likely between" in figure.sentence or measure_id == "C8"


@pytest.mark.parametrize("measure", MEASURES, ids=BUILT)
def test_without_logs_every_measure_says_why_it_is_unknown(measure):
    figure = measure.compute(store_with(begin=None), OCTOBER)

    said_alone = measure.needs == {"S11"}  # what the person enters needs no logs
    assert isinstance(figure, Unknown)
    assert figure.reason in {"nothing_read", *(["not_entered"] if said_alone else [])}
    assert figure.sentence


@pytest.mark.parametrize("measure", [m for m in MEASURES if m.weekly], ids=lambda m: m.id)
def test_without_logs_every_series_says_why_it_is_unknown(measure):
    assert measure.weekly(store_with(begin=None), OCTOBER).reason == "nothing_read"


@pytest.mark.parametrize("measure", MEASURES, ids=BUILT)
def test_a_period_without_work_is_none_and_not_zero_per_cent(measure):
    figure = measure.compute(store_with(), OCTOBER)

    assert not any("%" in text for text in sentences(figure))


def test_the_same_question_has_the_same_answer():
    db = busy_store(12)

    assert ask(db, OCTOBER) == ask(db, OCTOBER)


def test_questions_of_another_period_scan_no_big_table(tmp_path):
    path = tmp_path / "mirror.db"
    with closing(sqlite3.connect(path)) as file, closing(busy_store(2)) as made:
        made.commit()
        made.backup(file)
    with closing(reader.connect(path)) as db:
        # what no period changes is read once and kept
        everything_said(db, replace(OCTOBER, first=OCTOBER.first + timedelta(days=7)))
        asked = set()
        db.set_trace_callback(asked.add)
        everything_said(db, OCTOBER)
        db.set_trace_callback(None)
        plans = {
            text: [row[3] for row in db.execute(f"explain query plan {text}")] for text in asked
        }

    full = [
        (step, text)
        for text, steps in plans.items()
        for step in steps
        if re.match(r"SCAN (p|g|u|k|c|b|prompts|suggestions|usage|proposals|claims|deaths)\b", step)
        and not re.search(r"\bUSING (COVERING )?INDEX \w+_by_time", step)
    ]
    assert plans
    assert full == []


OVERVIEW = ("F3", "F2", "C3", "C4", "D1", "D2", "D3", "D4", "D5", "A1", "A2", "F8", "B3")


def with_added(n, **kw):
    base = [
        a_task(f"2026-10-{d % 28 + 1:02}", kind, tokens=10**6,
               proposals=[a_proposal(10, landed=6, shipped=5), a_proposal(0, rejected=2)])
        for d in range(12)
        for kind in ("shipped", "no_lasting_change")
    ]  # fmt: skip
    added = [a_task(f"2026-10-{d % 31 + 1:02}", "no_lasting_change", tokens=1000,
                    proposals=[a_proposal(50)], **kw) for d in range(n)]  # fmt: skip
    return store_with(*base, *added, **RARE, commits=["2026-10-30"])


@pytest.mark.parametrize("n", [1, 500])
def test_unattended_sessions_without_commits_change_nothing_but_cost_and_their_own_count(n):
    before, after = with_added(0), with_added(n, unattended=True)

    assert ask(after, OCTOBER, OVERVIEW) == ask(before, OCTOBER, OVERVIEW)
    assert chain(after, OCTOBER) == chain(before, OCTOBER)
    assert coverage(after, OCTOBER) == coverage(before, OCTOBER)
    for series in ("C4", "D5", "F2", "D2"):
        assert by_id(series).weekly(after, OCTOBER) == by_id(series).weekly(before, OCTOBER)


@pytest.mark.parametrize("n", [1, 500])
def test_unattended_sessions_raise_cost_and_stand_apart(n):
    before, after = with_added(0), with_added(n, unattended=True)
    prompts = by_id("B1")

    assert by_id("G3").compute(after, OCTOBER).per > by_id("G3").compute(before, OCTOBER).per
    assert prompts.compute(after, OCTOBER).value == prompts.compute(before, OCTOBER).value
    assert prompts.compute(after, OCTOBER).parts["unattended"] == n
    assert prompts.weekly(after, OCTOBER).usual == prompts.weekly(before, OCTOBER).usual


@pytest.mark.parametrize("n", [1, 500])
def test_typed_sessions_without_commits_never_improve_anything(n):
    before, after = (ask(db, OCTOBER) for db in (with_added(0), with_added(n)))

    for rate in ("F3", "D2", "D4"):
        assert after[rate].share < before[rate].share
    assert after["D5"].value == before["D5"].value
    assert after["D1"].value == before["D1"].value
    assert after["G3"].per > before["G3"].per


def test_hiding_a_tool_never_changes_a_rates_meaning():
    db = busy_store(6)

    figure = by_id("F3").compute(db, replace(OCTOBER, sources=frozenset({"codex-cli"})))

    assert isinstance(figure, Unknown)
