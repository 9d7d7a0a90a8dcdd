"""The rows under the figures keep the shapes of the command line and count as it says."""

from __future__ import annotations

import json
from datetime import date

import pytest

from tests.measures.archive_rows import HOUR, T0, archive_with
from tokenmirror.measures import listing
from tokenmirror.measures.listing.costs import by_session
from tokenmirror.measures.listing.suggestions import relative
from tokenmirror.measures.measure import Scope
from tokenmirror.measures.prices import parse
from tokenmirror.store.days import Days
from tokenmirror.tasks.stretches import attended, union_ms

SESSION_FIELDS = (
    "id tool tool_version machine project started ended origin basis parent models prompts turns "
    "interrupted suggestions lines tokens cost_list_price task missing"
)
TASK_FIELDS = (
    "id title project tools sessions began outcome outcome_stated held_up lines commits "
    "cost_list_price own_prompts attended_seconds agent_seconds checks missing"
)
SUGGESTION_FIELDS = (
    "id change session tool at kind file lines_added lines_removed decision how decided_at missing"
)
COMMIT_FIELDS = (
    "repository hash author_time committer_time mine subject added removed ai_lines by_tool tasks "
    "on_default_branch first_release reverted_by surviving missing"
)


def a_task(**fields: object) -> dict[str, list[dict[str, object]]]:
    """Tables of one task with the session 1."""
    return {
        "tasks": [{"key": "claude-code:s1", **fields}],
        "task_sessions": [{"session_id": 1, "task_id": 1}],
    }


def test_a_session_row_has_the_fields_of_the_contract():
    (row,) = listing.sessions(archive_with())

    assert " ".join(row) == SESSION_FIELDS
    assert row["started"] == "2026-09-21T14:13:20.000Z"
    json.dumps(row)


def test_an_empty_archive_has_no_rows():
    db = archive_with(sessions=[])

    kinds = ("sessions", "prompts", "suggestions", "commits", "tasks")
    assert all(getattr(listing, kind)(db) == [] for kind in kinds)


def test_prompts_of_unknown_origin_count_and_delegated_ones_do_not():
    origins = [{"origin": o} for o in ("own", "unattended", "unknown", "delegated")]
    db = archive_with(prompts=[{}, {}, {}, {}], origins=origins)

    (session,) = listing.sessions(db)

    assert session["prompts"] == 3 == len(listing.prompts(db))


@pytest.mark.parametrize(
    ("origins", "expected"),
    [
        (["unattended", "own"], "own"),
        (["unattended", "unknown"], "unknown"),
        (["delegated", "unattended"], "unattended"),
        (["delegated"], "delegated"),
    ],
    ids=" ".join,
)
def test_a_session_is_own_if_any_prompt_of_it_is(origins, expected):
    db = archive_with(
        prompts=[{} for _ in origins], origins=[{"origin": origin} for origin in origins]
    )

    assert listing.sessions(db)[0]["origin"] == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"relation": "subagent"}, ("delegated", "stated")),
        ({"entry": "headless"}, ("unattended", "stated")),
        ({}, ("unknown", "unknown")),
    ],
    ids=["sub-agent", "headless", "nothing known"],
)
def test_the_origin_of_a_session_without_prompts_comes_from_its_start(facts, expected):
    (row,) = listing.sessions(archive_with(sessions=[{"key": "s1", **facts}]))

    assert (row["origin"], row["basis"]) == expected


def test_edits_of_a_session_are_counted_by_decision_and_commands_are_not():
    decisions = ("accepted", "rejected", "undone", "failed", "undecided")
    db = archive_with(
        suggestions=[
            *({"decision": decision} for decision in decisions),
            {"kind": "command", "path": None},
        ]
    )

    counts = listing.sessions(db)[0]["suggestions"]

    assert counts == {"proposed": 5, "accepted": 1, "rejected": 2, "undecided": 1}


def test_tokens_that_no_record_knows_stay_unknown():
    db = archive_with(
        usage=[
            {"input_tokens": 5, "output_tokens": 7, "cache_write_1h_tokens": 3},
            {"output_tokens": 1, "cache_write_5m_tokens": 2},
        ]
    )

    (row,) = listing.sessions(db)

    assert row["tokens"] == {
        "input": 5, "output": 8, "cache_read": None, "cache_write": 5, "reasoning": None,
    }  # fmt: skip
    assert row["missing"]["tokens.reasoning"] == "not_recorded"


def test_lines_leave_out_excluded_files_and_what_no_repository_follows():
    db = archive_with(
        proposals=[
            {"proposed": 10, "chosen": 4, "allowed": 3, "landed": 5, "shipped": 2},
            {"proposed": 20, "applied": 20, "followed": 0},
            {"proposed": 99, "chosen": 99, "excluded": 1},
        ]
    )

    lines = listing.sessions(db)[0]["lines"]

    assert lines == {"proposed": 30, "accepted": 27, "landed": 5, "shipped": 2, "surviving": None}


def test_lines_outside_any_repository_cannot_land():
    db = archive_with(proposals=[{"proposed": 3, "applied": 3, "followed": 0}])

    (row,) = listing.sessions(db)

    assert row["lines"]["landed"] is None
    assert row["missing"]["lines.landed"] == "no_repository"


def test_a_session_without_turn_records_does_not_claim_zero_turns():
    (row,) = listing.sessions(archive_with(prompts=[{}], origins=[{}]))

    assert row["turns"] is None
    assert row["missing"]["turns"] == "not_recorded"


def test_days_bound_the_rows_on_both_sides():
    db = archive_with(prompts=[{"at_ms": T0 + n * 24 * HOUR} for n in range(3)])
    rows = listing.between(date(2026, 9, 22), date(2026, 9, 22), Days())

    assert [row["id"] for row in listing.prompts(db, rows)] == ["p2"]


def test_tools_and_projects_filter_every_kind_of_row():
    db = archive_with(
        sessions=[{"key": "s1"}, {"key": "s2", "source": "codex-cli", "project_id": None}],
        prompts=[{}, {"session_id": 2}],
        suggestions=[{}, {"session_id": 2}],
    )
    other = listing.Rows(sources=frozenset({"codex-cli"}))
    project = listing.Rows(projects=listing.projects_named(db, {"app"}))

    for kind in (listing.sessions, listing.prompts, listing.suggestions):
        assert [row["tool"] for row in kind(db, other)] == ["codex-cli"]
        assert [row["tool"] for row in kind(db, project)] == ["claude-code"]


def test_prompt_text_is_listed_only_when_asked_for():
    db = archive_with(prompts=[{}, {}], texts=[{"prompt_id": 1, "text": "rename it"}])

    plain, asked = listing.prompts(db), listing.prompts(db, text=True)

    assert all("text" not in row for row in plain)
    assert [row["text"] for row in asked] == ["rename it", None]
    assert asked[1]["missing"]["text"] == "not_kept"


def test_rows_of_one_turn_and_file_share_a_change():
    db = archive_with(
        suggestions=[
            {"turn_key": 9},
            {"turn_key": 9},
            {"turn_key": 9, "path": "/w/app/b.py"},
            {"turn_key": 9, "kind": "command", "path": None},
        ]
    )

    rows = listing.suggestions(db)

    assert " ".join(rows[0]) == SUGGESTION_FIELDS
    assert [row["change"] for row in rows] == ["s1", "s1", "s3", None]


def test_a_change_keeps_its_name_when_a_day_cuts_it():
    db = archive_with(suggestions=[{"turn_key": 9}, {"turn_key": 9, "at_ms": T0 + 24 * HOUR}])
    rows = listing.between(date(2026, 9, 22), None, Days())

    assert [row["change"] for row in listing.suggestions(db, rows)] == ["s1"]


@pytest.mark.parametrize(
    ("path", "folder", "roots", "expected"),
    [
        ("/w/app/src/a.py", "/w/app/src", ("/w/app",), "src/a.py"),
        ("a.py", "/w/app/src", ("/w/app",), "src/a.py"),
        ("./x/../a.py", "/w/app", ("/w/app",), "a.py"),
        (r"C:\w\App\a.py", r"c:\w\app", (), "a.py"),
        ("/elsewhere/a.py", "/w/app", ("/w/app",), "/elsewhere/a.py"),
        ("/w/application/a.py", "/w/app", (), "/w/application/a.py"),
        ("a.py", "", (), "a.py"),
    ],
    ids=["in a folder", "relative", "dots", "windows", "outside", "alike", "no folder"],
)
def test_a_file_is_named_relative_to_its_project(path, folder, roots, expected):
    assert relative(path, folder, roots) == expected


def test_commits_of_others_are_listed_only_with_lines_of_mine():
    db = archive_with(
        repos=[{}],
        commits=[{"oid": "a"}, {"oid": "b", "mine": 0}, {"oid": "c", "mine": 0, "on_chain": 1}],
        claims=[{"commit_id": 3, "suggestion_id": 1, "lines": 4}],
    )

    rows = listing.commits(db)

    assert " ".join(rows[0]) == COMMIT_FIELDS
    assert [(row["hash"], row["on_default_branch"]) for row in rows] == [("a", False), ("c", True)]


def test_lines_of_a_commit_are_low_by_sure_evidence_and_high_by_all():
    db = archive_with(
        repos=[{}],
        commits=[{"oid": "a"}],
        claims=[
            {"commit_id": 1, "suggestion_id": 1, "lines": 4},
            {"commit_id": 1, "suggestion_id": 1, "lines": 2, "evidence": "near"},
            {"commit_id": 1, "suggestion_id": 2, "lines": 1, "evidence": "own_commit"},
        ],
    )

    (row,) = listing.commits(db)

    assert row["ai_lines"] == {"low": 5, "high": 7}
    assert row["by_tool"] == {"claude-code": 7}


def test_a_repository_without_a_main_line_leaves_the_question_open():
    db = archive_with(repos=[{"landing_ref": None}], commits=[{"oid": "a"}])

    (row,) = listing.commits(db)

    assert row["on_default_branch"] is None
    assert row["missing"]["on_default_branch"] == "no_default_branch"


def test_a_task_row_has_the_fields_of_the_contract():
    (row,) = listing.tasks(archive_with(**a_task()))

    assert " ".join(row) == TASK_FIELDS
    assert row["title"] == "Session of 21 Sep"
    assert row["missing"]["held_up"] == "not_watched"
    json.dumps(row)


def test_a_task_without_title_is_named_after_its_civil_day():
    db = archive_with(**a_task(began_ms=T0 + 12 * HOUR))  # 02:13 of the next day

    assert listing.tasks(db)[0]["title"] == "Session of 21 Sep"


def test_hidden_tasks_are_left_out_and_unattended_ones_stay_on_the_command_line():
    db = archive_with(
        tasks=[{"key": "t1", "hidden": 1}, {"key": "t2", "unattended": 1}, {"key": "t3"}]
    )
    days = date(2026, 9, 1), date(2026, 9, 30), date(2026, 9, 30)

    assert [row["id"] for row in listing.tasks(db)] == ["t2", "t3"]
    assert [row.key for row in listing.task_rows(db, Scope(*days))] == ["t3"]
    assert len(listing.task_rows(db, Scope(*days, unattended=True))) == 2


def test_a_task_tells_the_last_check_it_saw():
    db = archive_with(
        **a_task(),
        tool_calls=[
            {"ok": 1},
            {"ok": 0, "kind": "lint", "at_ms": T0 + 5},
            {"kind": "read", "at_ms": T0 + 9},
        ],
    )

    assert listing.tasks(db)[0]["checks"] == {"seen": 2, "last_result": "failed"}


def test_agent_time_is_counted_once_where_turns_overlap():
    second = {"key": "s2", "parent": "s1"}
    db = archive_with(
        sessions=[{"key": "s1"}, second],
        tasks=[{"key": "t"}],
        task_sessions=[{"session_id": 1, "task_id": 1}, {"session_id": 2, "task_id": 1}],
        turns=[{}, {"session_id": 2, "at_ms": T0 + 30_000, "ended_ms": T0 + 90_000}],
    )

    assert listing.tasks(db)[0]["agent_seconds"] == 90.0


def test_attended_time_joins_the_end_of_a_turn_to_a_near_prompt():
    minute = 60_000

    assert attended([minute], [], 2 * minute) == [(minute // 2, minute)]
    near = attended([0, 3 * minute], [2 * minute], 2 * minute)
    far = attended([0, 9 * minute], [2 * minute], 2 * minute)
    assert union_ms(near) == 30_000 + minute
    assert union_ms(far) == 2 * 30_000


def test_attended_time_never_reaches_behind_the_prompt_before():
    assert union_ms(attended([0, 10_000], [], 1)) == 40_000


def test_a_task_without_turn_records_has_no_hours():
    (row,) = listing.tasks(archive_with(**a_task(), prompts=[{}], origins=[{}]))

    assert row["attended_seconds"] == {"low": None, "high": None}
    assert row["missing"]["agent_seconds"] == "not_recorded"


def test_the_detail_of_a_task_tells_its_events_by_time():
    db = archive_with(
        **a_task(),
        repos=[{}],
        prompts=[{"at_ms": T0 + 5}, {}],
        turns=[{}],
        tool_calls=[{}, {"kind": "read"}],
        commits=[{"oid": "a", "landed_oid": "m"}, {"oid": "m", "on_chain": 1, "mono_ms": T0 + 9}],
        links=[{"commit_id": 1}],
    )

    detail = listing.task_detail(db, "claude-code:s1")

    assert [prompt.at_ms for prompt in detail.prompts] == [T0, T0 + 5]
    assert [check.ok for check in detail.checks] == [True]
    assert [(commit.oid, commit.landed_ms) for commit in detail.commits] == [("a", T0 + 9)]


def test_the_evidence_of_a_task_counts_a_line_once():
    db = archive_with(
        **a_task(),
        repos=[{}],
        commits=[{"oid": "a"}, {"oid": "m", "on_chain": 1, "placed_ms": T0 + 9}],
        claims=[
            {"commit_id": 1, "suggestion_id": 1, "lines": 4},
            {"commit_id": 2, "suggestion_id": 1, "lines": 4},
            {"commit_id": 1, "suggestion_id": 2, "lines": 2, "evidence": "record"},
        ],
    )

    assert listing.task_detail(db, "claude-code:s1").evidence == {"record": 2, "exact": 4}


def test_there_is_no_detail_of_a_task_that_is_not_there():
    assert listing.task_detail(archive_with(), "claude-code:none") is None


PRICES = parse(
    json.dumps(
        {
            "seen": "2026-11-01",
            "sources": {"x": {"name": "x", "seen": "2026-11-01"}},
            "aliases": {},
            "models": [
                {"model": "m", "source": "x", "input": 3, "output": 15},
                {"model": "m", "source": "x", "input": 1, "output": 5, "from": "2026-09-22"},
            ],
        }
    )
)
MODELS = {"models": [{"name": "m"}, {"name": "unheard-of"}]}


def test_a_cost_uses_the_price_of_its_day():
    usage = [
        {"model_id": 1, "input_tokens": 1000, "output_tokens": 100},
        {"model_id": 1, "output_tokens": 100, "at_ms": T0 + 24 * HOUR},
    ]

    found = by_session(archive_with(**MODELS, usage=usage), prices=PRICES)

    assert found == {1: 1000 * 3_000 + 100 * 15_000 + 100 * 5_000}


def test_a_cost_that_the_log_states_wins_over_the_list():
    usage = [{"model_id": 1, "output_tokens": 100, "cost_nusd": 7}]

    assert by_session(archive_with(**MODELS, usage=usage), prices=PRICES) == {1: 7}


def test_a_session_of_an_unpriced_model_has_no_cost_and_says_so():
    db = archive_with(**MODELS, usage=[{"model_id": 2, "output_tokens": 100}])

    (row,) = listing.sessions(db)

    assert row["cost_list_price"] is None
    assert row["missing"]["cost_list_price"] == "no_prices"
