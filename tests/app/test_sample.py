"""The sample is the same for one seed, and looks like what the tools and git leave."""

from __future__ import annotations

import json
import random
import subprocess
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from tokenmirror import paths
from tokenmirror.app import sample
from tokenmirror.app.sample import aftermath, changes
from tokenmirror.app.sample.plan import MAIN, WEEKS, Planner

NOW = datetime(2026, 11, 22, 17, tzinfo=UTC)
GIT = paths.git_program()
needs_git = pytest.mark.skipif(GIT is None, reason="git is not here")


def contents(folder: Path) -> dict[str, bytes]:
    """Every log of a home, without the folder's own name."""
    return {
        # some folders are named after the whole path of a project
        path.name: path.read_bytes().replace(bytes(folder), b"HOME")
        for path in folder.rglob("*.jsonl")
    }


def test_one_seed_tells_one_story():
    assert Planner(3, NOW).story() == Planner(3, NOW).story()
    assert Planner(3, NOW).story() != Planner(4, NOW).story()


@pytest.mark.parametrize("seed", range(5))
def test_nothing_happens_after_now_or_before_the_first_week(seed):
    story = Planner(seed, NOW).story()
    now_ms = round(NOW.timestamp() * 1000)

    ends = [turn.ended_ms for one in story.sessions for turn in one.turns]
    first = min(turn.at_ms for one in story.sessions for turn in one.turns)
    assert max(ends) < now_ms
    assert first > now_ms - (WEEKS + 1) * 7 * 24 * 3_600_000
    assert all(commit.at_ms < now_ms for commit in story.commits)


def test_work_ends_in_every_way():
    story = Planner(sample.SEED, NOW).story()

    tools = Counter(one.tool for one in story.sessions)
    decisions = Counter(e.decision for s in story.sessions for t in s.turns for e in t.edits)
    assert min(tools["claude-code"], tools["codex-cli"], tools["vscode-copilot"]) >= 15
    assert set(decisions) == {"accepted", "rejected", "failed"}
    assert {one.headless for one in story.sessions} == {one.asks for one in story.sessions}
    assert any(commit.merges for commit in story.commits)
    assert any(commit.message.endswith(")") and commit.ref == MAIN for commit in story.commits)
    assert {commit.mine for commit in story.commits} == {True, False}


def test_working_hours_are_those_of_the_zone_of_now():
    zone = timezone(timedelta(hours=-8))
    story = Planner(sample.SEED, NOW.astimezone(zone)).story()

    hours = [
        datetime.fromtimestamp(one.turns[0].at_ms / 1000, zone).hour
        for one in story.sessions
        if not one.headless
    ]
    assert sum(8 <= hour <= 20 for hour in hours) > 0.95 * len(hours)


def test_two_homes_of_one_seed_hold_the_same_logs(tmp_path):
    first = sample.make(tmp_path / "a", NOW, None)
    second = sample.make(tmp_path / "b", NOW, None)

    assert contents(first.home) == contents(second.home)


def test_without_git_there_are_logs_and_a_word_about_it(tmp_path):
    made = sample.make(tmp_path, NOW, None)

    assert "Git was not found" in made.missing
    assert list((made.home / ".codex").rglob("rollout-*.jsonl"))


def test_a_git_that_fails_is_told_like_one_that_is_not_there(tmp_path):
    broken = tmp_path / "git"
    broken.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)

    made = sample.make(tmp_path / "sample", NOW, broken)

    assert made.missing.startswith("Git could not make")


@needs_git
def test_the_main_line_holds_what_the_story_committed(tmp_path):
    made = sample.make(tmp_path, NOW, GIT)
    folder = made.home / "work" / "orchard-api"

    shown = subprocess.run(
        [str(GIT), "-C", str(folder), "log", "--first-parent", "--format=%ae %s", "main"],
        capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip

    story = Planner(sample.SEED, NOW).story()
    main = [c for c in story.commits if (c.project, c.ref) == ("orchard-api", MAIN)]
    assert len(shown) == len(main)
    assert shown[0].split(" ", 1)[1] == main[-1].message


@needs_git
def test_branches_whose_work_landed_are_gone(tmp_path):
    made = sample.make(tmp_path, NOW, GIT)

    heads = subprocess.run(
        [str(GIT), "-C", str(made.home / "work" / "orchard-web"), "branch", "--list"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip

    story = Planner(sample.SEED, NOW).story()
    kept = {c.ref for c in story.commits if c.project == "orchard-web"}
    assert len(heads) - 1 == len([ref for ref in kept if ref.startswith("refs/heads/")])


def test_every_line_of_a_log_is_one_object(tmp_path):
    made = sample.make(tmp_path, NOW, None)

    logs = list(made.home.rglob("*.jsonl"))
    assert len(logs) > 100
    for path in logs:
        for line in path.read_text(encoding="utf-8").splitlines():
            assert isinstance(json.loads(line), dict)


@pytest.mark.parametrize(
    ("before", "after"),
    [("a\nb\nc\n", "a\nx\nc\n"), ("", "a\n"), ("a\n", ""), ("a\na\n", "a\n"), ("a\n", "a\nb\n")],
    ids=["changed", "new", "emptied", "one of two", "grown"],
)
def test_a_region_turns_the_old_text_into_the_new(before, after):
    part = changes.region(before, after)

    lines = before.splitlines(keepends=True)
    lines[part.start : part.start + len(part.old)] = part.new
    assert "".join(lines) == after


def test_landed_work_is_rewritten_reverted_brought_back_re_indented_and_released():
    story = Planner(sample.SEED, NOW).story()

    first = Counter(commit.message.split()[0] for commit in story.commits)
    assert min(first["Rework:"], first["Revert"], first["Reapply"], first["Indent"]) >= 2
    assert {tag.project for tag in story.tags} == {"orchard-api", "harvest-jobs"}
    marks = {commit.mark for commit in story.commits if commit.ref == MAIN}
    assert {tag.mark for tag in story.tags} <= marks


@pytest.mark.parametrize("language", ["python", "typescript"])
def test_another_indentation_changes_no_line(language):
    content = "def a():\n    if b:\n      return 1\n\n"

    changed = aftermath.indented(content, language)

    assert changed != content
    assert "".join(changed.split()) == "".join(content.split())


def test_a_revert_takes_the_lines_of_its_change_alone():
    change = aftermath.landed("Add b", {"x": "a\nc\n"}, {"x": "a\nb\nc\n"})

    assert change.added == {"x": frozenset({"b\n"})}
    assert aftermath.without("a\nb\nc\nd\n", change.added["x"]) == "a\nc\nd\n"


def test_rewriting_touches_the_lines_of_the_change_alone():
    content = "keep 1\nchange 2\nkeep 3\n"

    text = aftermath.reworded(random.Random(3), content, {"change 2\n"}, 1.0)

    assert text.startswith("keep 1\n")
    assert text.endswith("keep 3\n")
    assert "change 2\n" not in text
