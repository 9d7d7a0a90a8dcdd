"""Work that leads nowhere, however much of it, makes no figure better."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Desk
from tokenmirror import paths
from tokenmirror.app import sample
from tokenmirror.app.sample import claude_code
from tokenmirror.app.sample.story import Edit, Session, Tokens, Turn

NOW = datetime.now(UTC)
SPENT = Tokens(input=9, cache_read=9_000, cache_write=900, output=400, reasoning=40)
COUNTS_VOLUME = {"J5", "G1", "G3", "G4", "A1", "A5", "A6"}
GIT = paths.git_program()

# the ordinary run has the same question with fewer sessions: test_scripted_runs.py
pytestmark = [pytest.mark.deep, pytest.mark.skipif(GIT is None, reason="git is not here")]


def a_run(number: int, *, headless: bool) -> Session:
    """A session that edits a file of a repository and is never committed."""
    at_ms = round((NOW - timedelta(days=40, minutes=17 * number)).timestamp() * 1000)
    edit = Edit(
        "jobs/idle.py", None, f"def idle_{number}(queue):\n    return queue.idle({number})\n"
    )
    turn = Turn(at_ms, at_ms + 60_000, f"Idle around, round {number}", (edit,), (), (SPENT,) * 3)
    return Session(
        tool="claude-code", id=f"00000000-0000-4000-8000-{number:012d}", project="harvest-jobs",
        branch="main", model="claude-sonnet-5-5", turns=(turn,), headless=headless, asks=False,
    )  # fmt: skip


def measured(desk: Desk) -> dict[str, dict[str, object]]:
    """Every measure by its id without version."""
    assert desk.run("import", "--all-sources").code == 0
    measures = desk.run("measures", "--json").json()["measures"]
    return {one["id"].partition("@")[0]: one for one in measures}


@pytest.fixture
def quiet_desk(tmp_path: Path) -> Desk:
    """A desk on a home of its own, to which more can happen."""
    return Desk(sample.make(tmp_path / "made", NOW, GIT).home, tmp_path / "data")


def test_unattended_runs_without_a_commit_change_nothing_but_cost(quiet_desk):
    before = measured(quiet_desk)

    for number in range(40):
        claude_code.write(a_run(number, headless=True), quiet_desk.home, {})
    after = measured(quiet_desk)

    changed = {name for name in before if before[name]["value"] != after[name]["value"]}
    assert changed <= COUNTS_VOLUME
    assert after["J5"]["value"] == before["J5"]["value"] + 40
    assert after["G1"]["value"] > before["G1"]["value"]
    assert after["G3"]["value"] >= before["G3"]["value"]


def test_typed_sessions_without_a_commit_never_improve_a_figure(quiet_desk):
    before = measured(quiet_desk)

    for number in range(40):
        claude_code.write(a_run(number, headless=False), quiet_desk.home, {})
    after = measured(quiet_desk)

    for name in ("F3", "D2", "D4", "D5"):
        assert after[name]["value"] <= before[name]["value"], name
    assert after["G3"]["value"] >= before["G3"]["value"]
