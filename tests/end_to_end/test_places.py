"""Further homes and exports through the command line: named, added, reported."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Desk
from tests.shared import LOGS
from tokenmirror.store import own

EXPORT = LOGS / "chatgpt/zipped/home/export.zip"
HOME = next((LOGS / "continue").glob("*/home"))


@pytest.fixture
def desk(tmp_path) -> Desk:
    """A desk on an empty home."""
    (tmp_path / "home").mkdir()
    return Desk(tmp_path / "home", tmp_path / "data")


def test_an_export_that_is_named_is_read_and_nothing_else(desk):
    body = desk.run("import", str(EXPORT), "--json").json()

    assert {part["id"]: part["sessions"] for part in body["sources"]} == {"chatgpt": 2}


def test_what_was_read_of_an_export_stays_when_it_is_not_named_again(desk):
    desk.run("import", str(EXPORT))
    desk.run("import", "--source", "chatgpt")

    rows = {row["id"]: row for row in desk.run("sources", "--json").json()["sources"]}
    again = desk.run("import", str(EXPORT), "--json").json()

    assert rows["chatgpt"]["sessions"] == 2
    assert (again["files"]["read"], again["files"]["unchanged"]) == (0, 1)


def test_a_file_that_is_no_export_is_refused_with_something_to_do(desk, tmp_path):
    (tmp_path / "notes.txt").write_text("x")

    ran = desk.run("import", str(tmp_path / "notes.txt"))

    assert (ran.code, ran.out) == (1, "")
    assert "notes.txt" in ran.err


def test_another_home_that_is_named_is_looked_into_for_this_run(desk):
    first = desk.run("import", str(HOME), "--source", "continue", "--json").json()
    second = desk.run("import", "--source", "continue", "--json").json()

    assert first["files"]["read"] > 0
    assert second["files"]["found"] == 0


def test_a_system_that_was_added_is_looked_into_in_each_of_its_homes(desk, tmp_path):
    for name in ("kim", "lee"):
        shutil.copytree(HOME, tmp_path / "Ubuntu/home" / name)
    for name in ("etc", "usr"):
        (tmp_path / "Ubuntu" / name).mkdir()
    desk.run("import", "--source", "continue")
    own.Own(desk.data / "archive/mirror.db").add_folder(tmp_path / "Ubuntu", "home")

    found = desk.run("import", "--source", "continue", "--dry-run", "--json").json()["files"]

    alone = desk.run("import", str(HOME), "--source", "continue", "--dry-run", "--json").json()
    assert found["found"] == 2 * (alone["files"]["found"] - found["found"]) > 0


def test_a_program_in_a_sandbox_is_found_without_being_named(desk):
    for sandbox in ("snap/cn/current", ".var/app/dev.example.cn"):
        shutil.copytree(HOME, desk.home / sandbox)

    rows = {row["id"]: row for row in desk.run("sources", "--json").json()["sources"]}

    roots = [Path(root) for root in rows["continue"]["roots"]]
    assert roots == [
        desk.home / "snap/cn/current/.continue",
        desk.home / ".var/app/dev.example.cn/.continue",
    ]
    assert str(desk.home / ".continue") in rows["continue"]["looked_for"]


def test_sources_say_how_long_logs_stay_and_what_is_not_recorded(desk):
    rows = {row["id"]: row for row in desk.run("sources", "--json").json()["sources"]}

    assert rows["claude-code"]["keeps_setting"] == "~/.claude/settings.json: cleanupPeriodDays"
    assert rows["claude-code"]["days_left"] is None
    assert "No tokens are in the export." in rows["chatgpt"]["not_recorded"]


def test_a_report_is_text_or_a_document(desk):
    desk.run("import", str(EXPORT))

    text = desk.run("sources", "--report").out
    body = desk.run("sources", "--report", "--json").json()

    assert "unknown kind hologram: 1" in text
    assert str(desk.home) not in text
    assert body["schema"] == "tokenmirror/formats@1"
    assert [row["id"] for row in body["formats"]] == ["chatgpt"]


def test_a_reading_names_only_sources_that_had_something(desk):
    out = desk.run("import", str(EXPORT), "--all-sources").out

    assert out.splitlines() == [
        "chatgpt: 1 files, 2 sessions, 4 prompts, 0 suggestions, 0 records not understood",
        "1 of 1 files read, 0 unchanged, 0 failed.",
    ]
