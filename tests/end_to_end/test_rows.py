"""Rows and figures agree with each other, whichever command is asked."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tokenmirror import paths

FIELDS = "id name value unit n of parts interval basis missing_reason beside usual"
LISTS = ("tasks", "sessions", "prompts", "suggestions", "commits")
needs_git = pytest.mark.skipif(paths.git_program() is None, reason="git is not here")


@pytest.mark.parametrize("name", LISTS)
def test_every_list_has_rows_in_every_form(desk, rows, name):
    table = desk.run(name).out.splitlines()
    text = desk.run(name, "--format", "csv").out

    assert len(rows(name)) > 0
    assert len(table) == len(rows(name)) + 1
    assert len(list(csv.DictReader(io.StringIO(text, newline="")))) == len(rows(name))


@pytest.mark.parametrize("name", LISTS)
def test_unknown_fields_and_their_reasons_go_together(rows, name):
    for row in rows(name):
        for field in row["missing"]:
            value = row
            for part in field.split("."):
                value = value[part]
            assert value is None or set(value.values()) == {None}, (name, field)


def test_prompts_and_edits_of_sessions_are_those_listed(rows):
    prompts = Counter(row["session"] for row in rows("prompts"))
    edits = Counter(row["session"] for row in rows("suggestions") if row["kind"] != "command")

    for session in rows("sessions"):
        assert session["prompts"] == prompts[session["id"]]
        assert session["suggestions"]["proposed"] == edits[session["id"]]


def test_every_session_stands_in_at_most_one_task(rows):
    members = Counter(session for task in rows("tasks") for session in task["sessions"])
    named = {session["id"]: session["task"] for session in rows("sessions")}

    assert set(members.values()) == {1}
    for task in rows("tasks"):
        assert all(named[session] == task["id"] for session in task["sessions"])


def test_lines_of_a_task_are_those_of_its_sessions(rows):
    by_task: dict[str, Counter[str]] = {}
    for session in rows("sessions"):
        counts = by_task.setdefault(session["task"], Counter())
        counts.update({k: v for k, v in session["lines"].items() if v is not None})

    for task in rows("tasks"):
        known = {k: v for k, v in task["lines"].items() if v is not None}
        assert known == {k: by_task[task["id"]][k] for k in known}


def test_no_step_of_the_chain_is_larger_than_the_one_before(rows):
    for session in rows("sessions"):
        steps = [v for k, v in session["lines"].items() if v is not None]
        assert steps == sorted(steps, reverse=True)


def test_days_part_the_rows(desk, rows):
    middle = (datetime.now(UTC) - timedelta(days=50)).date()
    before = desk.run("prompts", "--until", str(middle), "--json").json()["prompts"]
    after = desk.run("prompts", "--since", str(middle + timedelta(days=1)), "--json")

    assert before + after.json()["prompts"] == rows("prompts")


def test_tools_part_the_rows(rows):
    tools = {row["tool"] for row in rows("sessions")}
    parts = [rows("sessions", "--tool", tool) for tool in sorted(tools)]

    assert len(tools) == 3
    assert sum(map(len, parts)) == len(rows("sessions"))


def test_a_project_that_is_not_there_has_no_rows(rows):
    assert rows("sessions", "--project", "no-such-project") == []


def test_figures_are_sums_of_rows(desk, rows):
    measures = {one["id"]: one for one in desk.run("measures", "--json").json()["measures"]}

    own = [row for row in rows("prompts") if row["origin"] in {"own", "unknown"}]
    assert measures["B1@1"]["value"] == len(own)
    outcomes = Counter(row["outcome"] for row in rows("tasks") if row["own_prompts"])
    parts = measures["F2@1"]["parts"]
    assert {k: v for k, v in parts.items() if v and k in outcomes} == dict(outcomes)


ADDED = {
    "day": {"B1", "C3", "C4", "F2", "G1"},
    "week": {"B1", "C3", "C4", "F2", "G1"},
    "quarter": {"B1", "C3", "C4", "F2", "G1"},
    "tool": {"B1", "B2", "C3", "C4", "D1", "D3", "F2", "G1"},
    "project": {"B1", "B2", "C3", "C4", "D1", "D3", "F2", "G1"},
    "repository": {"B1", "B2", "C3", "C4", "D1", "D3", "F2", "G1"},
    "outcome": {"B1", "B2", "C3", "C4", "D1", "D3", "F2", "G1"},
    "origin": {"B1", "B2", "C3", "C4", "D1", "D3", "F2", "G1"},
    "model": {"G1"},
}


ORDINARY = {"week", "repository", "origin", "model"}
GROUPINGS = [by if by in ORDINARY else pytest.param(by, marks=pytest.mark.deep) for by in ADDED]


@pytest.mark.parametrize("by", GROUPINGS)
def test_what_can_be_added_up_over_groups_adds_up_to_the_whole(desk, by):
    days = ("--since", "2026-10-01") if by in {"day", "week"} else ()
    body = desk.run("measures", "--by", by, *days, "--include-unattended", "--json").json()
    whole = {one["id"][:2]: one["value"] for one in body["measures"]}

    together: Counter[str] = Counter()
    for group in body["groups"]:
        for one in group["measures"]:
            together[one["id"][:2]] += one["value"] or 0
            assert (one["value"] is None) == (one["missing_reason"] is not None), one
    assert len(body["groups"]) > 1
    for measure in ADDED[by]:
        assert together[measure] == pytest.approx(whole[measure] or 0), measure


def test_groups_stand_in_every_form(desk):
    asked = ("measures", "--by", "quarter", "--since", "2026-09-25")
    body, table = desk.run(*asked, "--json").json(), desk.run(*asked).out
    text = desk.run(*asked, "--format", "csv").out
    lines = list(csv.DictReader(io.StringIO(text, newline="")))

    told = {
        group["key"]: next(str(one["value"]) for one in group["measures"] if one["id"] == "F2@1")
        for group in body["groups"]
    }
    assert list(told) == ["2026-Q3", "2026-Q4"]
    of_line = {line["group"]: line["value"] for line in lines if line["id"] == "F2@1"}
    assert {key: of_line[key] for key in told} == told
    assert all(key in table for key in told)


def test_measures_are_all_there_and_in_the_public_shape(desk):
    body = desk.run("measures", "--by", "month", "--json").json()

    fields = FIELDS.split()
    for group in [body, *body["groups"]]:
        for one in group["measures"]:
            assert list(one) == fields
            assert one["value"] is None or isinstance(one["value"], int | float)
            assert one["interval"] is None or one["interval"][0] <= one["interval"][1]
    assert len(body["groups"]) >= 4


@needs_git
def test_shipped_tasks_name_commits_that_are_on_the_main_line(rows):
    commits = {row["hash"]: row for row in rows("commits")}
    shipped = [task for task in rows("tasks") if task["outcome"] == "shipped"]

    assert len(shipped) > 20
    for task in shipped:
        assert any(commits[oid]["on_default_branch"] for oid in task["commits"])


@needs_git
def test_the_sample_ends_in_every_way(rows):
    outcomes = Counter(row["outcome"] for row in rows("tasks"))

    assert set(outcomes) == {
        "shipped", "on_branch", "in_progress", "no_code", "no_lasting_change", "unknown"
    }  # fmt: skip


def test_a_file_damaged_in_its_middle_is_told_in_a_sentence(new_desk):
    new_desk.run("import", "--all-sources")
    archive = new_desk.data / "archive" / "mirror.db"
    with archive.open("r+b") as file:
        file.seek(archive.stat().st_size // 3)
        file.write(b"\xff" * 400_000)

    for name in LISTS:
        ran = new_desk.run(name)
        assert ran.code in {0, 1}
        assert ran.code == 0 or "damaged" in ran.err
        assert "broke" not in ran.err
    assert "damaged" in new_desk.run("doctor").out
