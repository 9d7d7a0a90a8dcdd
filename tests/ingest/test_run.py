"""A whole reading: real logs and a real repository into tasks and shipped changes."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from tests.making import dump, read_home
from tests.shared import LOGS

DAY_MS = 86_400_000
LIVE = {
    "claude-code": ("claude-code", "live"),
    "codex-cli": ("codex-cli", "live"),
    "vscode-copilot": ("vscode-copilot", "desktop"),
}


@pytest.fixture
def home(tmp_path):
    """One home with the real logs of three tools, all about one work tree."""
    made = tmp_path / "home"
    for tool, case in LIVE.values():
        shutil.copytree(LOGS / tool / case / "home", made, dirs_exist_ok=True)
    return made


@pytest.mark.parametrize(
    "order",
    [
        "oldest first",
        pytest.param("newest first", marks=pytest.mark.deep),
        pytest.param("by name", marks=pytest.mark.deep),
    ],
)
def test_the_order_of_reading_changes_nothing(home, tmp_path, order):
    logs = sorted(path for path in home.rglob("*") if path.is_file())
    for place, path in enumerate(logs):
        age = {"newest first": place, "oldest first": -place, "by name": 0}[order]
        os.utime(path, ns=(10**18 + age * 10**9,) * 2)

    archive = read_home(home, tmp_path / "data")

    expected = read_home(home, tmp_path / "again", one_file_at_a_time=True)
    assert dump(archive) == dump(expected)


def test_logs_deleted_and_read_again_give_the_same_totals(home, tmp_path):
    before = dump(read_home(home, tmp_path / "data"))
    kept = tmp_path / "kept"
    shutil.move(home, kept)
    home.mkdir()
    assert dump(read_home(home, tmp_path / "data")) == before
    shutil.rmtree(home)
    shutil.move(kept, home)

    assert dump(read_home(home, tmp_path / "data")) == before
    assert dump(read_home(home, tmp_path / "anew")) == before


def a_clone(tmp_path, tool, case):
    bundle = LOGS / tool / case / "repo.bundle"
    clone = tmp_path / "clones" / "shop"
    subprocess.run(["git", "clone", "-q", str(bundle), str(clone)], check=True)
    return clone


def test_edits_that_were_committed_are_found_on_the_main_line(tmp_path):
    clone = a_clone(tmp_path, "claude-code", "live")
    home = LOGS / "claude-code" / "live" / "home"

    db = read_home(home, tmp_path / "data", repos=(clone,))

    row = "select outcome, accepted, landed, shipped from tasks where intended = 1"
    assert db.execute(row).fetchall() == [("shipped", 16, 16, 16)]
    made = (
        "select how, ships from links join commits on commits.id = commit_id order by mono_ms, oid"
    )
    assert db.execute(made).fetchall()[0] == ("agent_made", 1)


def test_a_second_reading_finds_nothing_new(tmp_path):
    clone = a_clone(tmp_path, "claude-code", "live")
    home = LOGS / "claude-code" / "live" / "home"
    before = dump(read_home(home, tmp_path / "data", repos=(clone,)))

    db = read_home(home, tmp_path / "data", repos=(clone,))

    assert dump(db) == before


def test_without_a_repository_no_line_is_called_shipped(tmp_path):
    home = LOGS / "claude-code" / "live" / "home"

    db = read_home(home, tmp_path / "data", now_ms=1_795_361_000_000 + 20 * DAY_MS)

    assert db.execute("select outcome from tasks where intended = 1").fetchall() == [("unknown",)]


def test_without_git_all_else_is_read_and_the_reason_is_named(tmp_path, monkeypatch):
    clone = a_clone(tmp_path, "claude-code", "live")
    monkeypatch.setenv("PATH", str(tmp_path))

    db, report = read_home(
        LOGS / "claude-code" / "live" / "home", tmp_path / "data", repos=(clone,), report=True
    )

    assert db.execute("select count(*) from prompts").fetchone() == (17,)
    assert "Git was not found" in report["repositories"][0]["problem"]
