"""Reading a home by the command line: once, again, on trial, watched, stopped."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys

import pytest

from tests.shared import ROOT


def test_a_reading_says_what_it_did(new_desk):
    ran = new_desk.run("import", "--all-sources", "--json")

    body = ran.json()
    assert (ran.code, ran.err) == (0, "")
    assert body["schema"] == "tokenmirror/import@1"
    assert body["files"]["read"] == body["files"]["found"] > 0
    assert body["records"]["bad"] == body["files"]["failed"] == 0
    assert body["records"]["read"] == body["records"]["understood"]
    assert {part["id"] for part in body["sources"]} >= {"claude-code", "codex-cli"}


def test_reading_again_reads_nothing(desk, rows):
    before = rows("sessions")

    body = desk.run("import", "--all-sources", "--json").json()

    assert (body["files"]["read"], body["bytes_read"]) == (0, 0)
    assert desk.run("sessions", "--json").json()["sessions"] == before


def test_reading_everything_again_changes_no_row(new_desk):
    new_desk.run("import", "--all-sources")
    before = {name: new_desk.run(name, "--json").json()[name] for name in ("sessions", "prompts")}

    new_desk.run("import", "--all-sources", "--full")

    for name, rows in before.items():
        assert new_desk.run(name, "--json").json()[name] == rows


def test_a_trial_says_what_a_reading_then_does(new_desk):
    trial = new_desk.run("import", "--all-sources", "--dry-run", "--json").json()
    body = new_desk.run("import", "--all-sources", "--json").json()
    after = new_desk.run("import", "--all-sources", "--dry-run", "--json").json()

    assert trial["files"] == body["files"]
    assert after["files"]["read"] == 0


def test_a_source_that_is_named_is_read_alone_and_stays_off(new_desk):
    body = new_desk.run("import", "--source", "codex-cli", "--json").json()
    states = {
        row["id"]: row["state"] for row in new_desk.run("sources", "--json").json()["sources"]
    }

    assert [part["id"] for part in body["sources"]] == ["codex-cli"]
    assert {state for state in states.values() if state != "not_found"} == {"off"}
    assert states["codex-cli"] == "off"


def test_a_watched_reading_tells_its_progress_line_by_line(new_desk):
    child = subprocess.Popen(
        new_desk.command("import", "--watched", "--all-sources"),
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    lines = [json.loads(line) for line in child.stdout]
    child.communicate(timeout=30)

    assert lines[0]["state"] == "looking"
    assert {line["state"] for line in lines} >= {"reading", "relating"}
    assert lines[-1]["state"] == "done"
    assert lines[-1]["report"]["files"]["read"] > 100
    assert "prompts" in lines[-1]["tables"]
    assert lines[-1]["first"] < lines[-1]["last"]


def test_the_end_of_its_input_stops_a_watched_reading_with_all_that_is_whole(new_desk):
    child = subprocess.Popen(
        new_desk.command("import", "--watched", "--all-sources"),
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    child.stdout.readline()
    child.stdin.close()

    lines = [json.loads(line) for line in child.stdout]
    child.stdout.close()

    assert child.wait(timeout=30) == 0
    assert lines[-1]["state"] in {"stopped", "done"}
    archive = sqlite3.connect(new_desk.data / "archive" / "mirror.db")
    assert archive.execute("pragma quick_check").fetchone() == ("ok",)
    archive.close()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_an_interrupted_reading_goes_on_where_it_stopped(new_desk, desk, rows):
    child = subprocess.Popen(
        new_desk.command("import", "--all-sources", "--json"),
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while child.poll() is None and not (new_desk.data / "archive" / "mirror.db").exists():
        pass
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=30)

    assert child.returncode in {130, 0}
    assert "Traceback" not in err
    assert new_desk.run("import", "--all-sources").code == 0
    assert len(new_desk.run("prompts", "--json").json()["prompts"]) == len(rows("prompts"))
