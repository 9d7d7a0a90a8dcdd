"""Parts of a question: each true by itself, and together the whole where they can be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.measures.stores import (
    OCTOBER,
    a_proposal,
    a_task,
    add,
    add_usage,
    insert,
    noon,
    store_with,
    summed,
)
from tokenmirror.measures.figures import Parts, Rate, Total, Unknown
from tokenmirror.measures.groups import answers, parts
from tokenmirror.measures.registry import MEASURES, ask, by_id

# what can be added up over parts that do not overlap
SUMS = ("B1", "C3", "C4", "F2", "G1", "G4", "J5")
LINES = ("D1", "D3")
ADDITIVE = {
    "day": (*SUMS, "B3"),
    "week": (*SUMS, "B3"),
    "month": (*SUMS, "B3"),
    "quarter": (*SUMS, "B3"),
    "tool": (*SUMS, *LINES, "B2"),
    "project": (*SUMS, *LINES, "B2"),
    "repository": (*SUMS, *LINES, "B2"),
    "outcome": (*SUMS, *LINES, "B2"),
    "origin": (*SUMS, *LINES, "B2"),
    "model": ("G1", "G4"),
}
TRIALS = {"model": ("A5", "G5"), "outcome": ("A5", "A2", "D2"), "tool": ("A5", "A2", "D2", "F8")}
MODELS = ("claude-sonnet-4-5", "gpt-5", None)

made = st.builds(
    dict,
    day=st.dates(date(2026, 10, 1), date(2026, 11, 19)),
    outcome=st.sampled_from(
        ["shipped", "no_lasting_change", "on_branch", "in_progress", "no_code", "unknown"]
    ),
    stated=st.sampled_from([None, None, "done", "set_aside", "useful_without_code"]),
    source=st.sampled_from(["claude-code", "codex-cli"]),
    project=st.sampled_from([1, 2, 3, None]),
    origins=st.sampled_from(
        [("own",), ("own", "unknown"), ("unknown",), ("unattended",), ("own", "unattended"), ()]
    ),
    lines=st.integers(0, 30),
    models=st.lists(st.sampled_from(MODELS), max_size=3),
)


def a_store(tasks):
    built = []
    for one in tasks:
        proposals = [a_proposal(one["lines"], landed=one["lines"] // 2, shipped=one["lines"] // 3)]
        task = a_task(
            one["day"], one["outcome"], stated=one["stated"], source=one["source"],
            project=one["project"], proposals=proposals, origins=one["origins"],
            unattended=one["origins"] == ("unattended",),
        )  # fmt: skip
        task.usage = [
            {"model": model, "input_tokens": 1000 * n + 7, "output_tokens": 11}
            for n, model in enumerate(one["models"], 1)
        ]
        built.append(task)
    return store_with(*built, repos=("ok", "ok"))


def numbers(figure):
    """What a figure adds up: its value with its parts; nothing of an unknown one."""
    match figure:
        case Unknown():
            return {}
        case Rate():
            return {"of": figure.trials}
        case Total():
            # tokens without a price stand beside a price: an unknown cost has no parts
            known = {
                key: part
                for key, part in figure.parts.items()
                if part is not None and key != "unpriced_tokens"
            }
            return {"value": figure.value, **known}
        case Parts():
            return {part.key: part.value for part in figure.parts}
    raise AssertionError(figure)


def added(figures):
    found = {}
    for figure in figures:
        for key, value in numbers(figure).items():
            found[key] = found.get(key, 0) + value
    return {key: value for key, value in found.items() if value}


# no shrinking: an archive takes long to make
@settings(max_examples=8, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(tasks=st.lists(made, min_size=1, max_size=7))
@pytest.mark.parametrize("by", ADDITIVE)
def test_the_parts_add_up_to_the_whole(by, tasks):
    db = a_store(tasks)
    first = date(2026, 10, 24) if by in {"day", "week"} else date(2026, 6, 20)
    scope = replace(OCTOBER, first=first, last=date(2026, 11, 20), unattended=True)
    ids = (*ADDITIVE[by], *TRIALS.get(by, ()))

    whole = ask(db, scope, ids)
    of_parts = [ask(db, part, ids) for _, part in parts(db, scope, by)]

    for measure in ids:
        together = added(found[measure] for found in of_parts)
        assert together == pytest.approx(added([whole[measure]])), measure


def test_without_unattended_runs_the_parts_of_the_others_add_up():
    origins = [("own",), ("unknown",), ("unattended",), ("own", "unattended")]
    db = store_with(*[a_task(origins=each, unattended=each == ("unattended",)) for each in origins])
    scoped = dict(parts(db, OCTOBER, "origin"))

    tasks = {key: by_id("F2").answer(db, part).total for key, part in scoped.items()}
    prompts = {key: by_id("B1").answer(db, part) for key, part in scoped.items()}

    assert tasks == {"own": 2, "unknown": 1, "unattended": 1}
    assert by_id("F2").answer(db, OCTOBER).total == 3
    assert {key: one.value for key, one in prompts.items()} == {
        "own": 2, "unknown": 1, "unattended": 0,
    }  # fmt: skip
    assert prompts["unattended"].parts["unattended"] == 2


def test_a_session_with_two_models_is_in_both_and_its_cost_is_parted():
    db = store_with(a_task(origins=("own",), proposals=[a_proposal(10)]))
    for model, tokens in (("claude-sonnet-4-5", 10**5), ("gpt-5", 10**5)):
        usage = {"at_ms": noon("2026-10-05"), "model": model, "input_tokens": tokens,
                 "output_tokens": 0}  # fmt: skip
        add_usage(db, 1, usage)
    of_model = {key: answers(db, part) for key, part in parts(db, OCTOBER, "model")}

    assert set(of_model) == {"claude-sonnet-4-5", "gpt-5"}
    assert [found["F2"].total for found in of_model.values()] == [1, 1]
    assert [found["C4"].value for found in of_model.values()] == [10, 10]
    assert of_model["claude-sonnet-4-5"]["G1"].value == pytest.approx(0.3)
    assert sum(found["G1"].value for found in of_model.values()) == pytest.approx(
        by_id("G1").answer(db, OCTOBER).value
    )


@pytest.mark.parametrize(
    ("measure", "by", "reason"),
    [
        ("H1", "model", "not_by_model"),
        ("I1", "model", "not_by_model"),
        ("J2", "model", "not_by_model"),
        ("G2", "tool", "not_by_tool"),
        ("A6", "project", "not_by_project"),
        ("F3", "outcome", "not_by_outcome"),
        ("G3", "outcome", "not_by_outcome"),
        ("K1", "origin", "not_by_origin"),
        ("D6", "origin", "not_by_origin"),
        ("A4", "month", "not_by_month"),
        ("A6", "day", "not_by_day"),
        ("F9", "week", "not_by_week"),
    ],
)
def test_a_part_that_would_be_untrue_is_unknown_and_says_why(measure, by, reason):
    db = store_with(a_task(tokens=10**6, proposals=[a_proposal(3)]))
    scope = replace(OCTOBER, first=date(2026, 10, 5), last=date(2026, 10, 6))

    told = [answers(db, part, by)[measure] for _, part in parts(db, scope, by)]

    assert told
    assert {figure.reason for figure in told} == {reason}
    assert all(figure.sentence for figure in told)


def test_the_series_of_a_measure_say_the_same():
    scope = replace(OCTOBER, models=frozenset({"gpt-5"}))

    assert by_id("H1").series(store_with(a_task()), scope).reason == "not_by_model"
    assert by_id("B2").series(store_with(a_task()), scope) is None


def test_a_filter_of_files_counts_the_lines_of_these_files_alone():
    python, web = a_proposal(10, landed=4, path="a.py"), a_proposal(7, path="b.ts")
    db = store_with(a_task(proposals=[python, web]), a_task(proposals=[a_proposal(5, path="c.ts")]))

    chosen = replace(OCTOBER, languages=frozenset({"Python"}))

    assert by_id("C4").answer(db, chosen).value == 10
    assert by_id("D1").answer(db, chosen).value == 4
    assert by_id("F2").answer(db, chosen).total == 1
    assert by_id("C4").answer(db, replace(chosen, languages=frozenset({"TypeScript"}))).value == 12


def test_a_session_in_no_task_counts_as_one_of_unknown_outcome():
    db = store_with(a_task(outcome="shipped"))
    session = insert(db, "sessions", source="claude-code", key="alone", machine_id=1,
                     started_ms=noon("2026-10-05"))  # fmt: skip
    add_usage(db, session, {"at_ms": noon("2026-10-05"), "input_tokens": 10**6})
    summed(db)
    costs = {key: by_id("G1").answer(db, part) for key, part in parts(db, OCTOBER, "outcome")}

    assert costs["unknown"].value == pytest.approx(3.0)
    assert isinstance(costs["shipped"], Unknown)


@pytest.mark.parametrize(
    ("year_start", "day", "keys"),
    [
        (1, date(2026, 10, 5), ["2026-Q3", "2026-Q4"]),
        (4, date(2026, 10, 5), ["2026/27-Q2", "2026/27-Q3"]),
        (10, date(2026, 10, 5), ["2025/26-Q4", "2026/27-Q1"]),
        (2, date(2026, 1, 5), ["2025/26-Q3", "2025/26-Q4"]),
        (12, date(1999, 12, 5), ["1998/99-Q4", "1999/00-Q1"]),
    ],
)
def test_quarters_are_those_of_the_persons_year(year_start, day, keys):
    scope = replace(
        OCTOBER, first=day - timedelta(days=90), last=day, today=day, year_start=year_start
    )
    found = list(parts(store_with(), scope, "quarter"))

    assert [key for key, _ in found][-2:] == keys
    assert found[-1][1].last == day
    assert found[0][1].first == scope.first


def test_work_in_no_project_has_a_part_of_its_own():
    db = store_with(a_task(project=1), a_task(project=None), a_task(project=3), repos=("ok",))

    by_project = {key: by_id("F2").answer(db, s).total for key, s in parts(db, OCTOBER, "project")}
    by_repo = {key: by_id("F2").answer(db, s).total for key, s in parts(db, OCTOBER, "repository")}

    assert by_project == {"p1": 1, "p2": 0, "p3": 1, "none": 1}
    assert by_repo == {"r1": 1, "none": 2}


def test_a_choice_of_several_tools_has_one_seed_in_every_process():
    one = replace(OCTOBER, sources=frozenset(["codex-cli", "claude-code", "cursor"]))
    other = replace(OCTOBER, sources=frozenset(["cursor", "codex-cli", "claude-code"]))

    assert one.choices == other.choices == (["claude-code", "codex-cli", "cursor"], None)
    assert replace(one, models=frozenset(["b", "a"])).choices[2] == ["a", "b"]


def test_hidden_tasks_are_in_no_part():
    db = store_with(a_task(hidden=True, tokens=10**6))
    add(db, a_task(tokens=10**6))

    costs = [by_id("G1").answer(db, part) for _, part in parts(db, OCTOBER, "outcome")]

    assert sum(one.value for one in costs if isinstance(one, Total)) == pytest.approx(3.0)


def test_every_measure_says_by_what_it_may_be_parted():
    assert all(measure.splits <= {"tool", "project", "model", "outcome", "origin", "language"}
               for measure in MEASURES)  # fmt: skip
