"""Volume improves nothing: scripted runs leave every figure as it is, but for their own.

Real logs and a real repository, read twice: as they are, and with five hundred scripted
conversations beside them of which none leads to a commit.
"""

from __future__ import annotations

import subprocess
from datetime import UTC, date, datetime

import msgspec
import pytest

from tests.making import read_home
from tests.shared import LOGS
from tokenmirror.measures.measure import Scope
from tokenmirror.measures.registry import MEASURES, by_id

FIRST_MS = int(datetime(2026, 11, 22, 16, tzinfo=UTC).timestamp() * 1000)
LATER = datetime(2026, 12, 20, 12, tzinfo=UTC)
MAY_RISE = {"B1", "J5", "G1", "G3", "G4"}  # themselves, apart, and what they cost
OF_RECORDS = {"A5", "A6"}  # shares of all tokens and all records read: more of them are there


def a_line(number, step, **fields):
    second, milli = divmod(FIRST_MS + number * 61_000 + step * 700, 1000)
    at = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    common = {
        "uuid": f"u{number}-{step}",
        "timestamp": f"{at}.{milli:03d}Z",
        "sessionId": f"scripted-{number}",
        "cwd": "/home/dev/work/shop",
        "version": "2.1.330",
        "gitBranch": "main",
        "isSidechain": False,
    }
    return msgspec.json.encode(common | fields) + b"\n"


def a_conversation(number, stated, edit):
    """A prompt, an answer and, if asked for, an edit of a file that is never committed."""
    marks = {"promptSource": "sdk", "entrypoint": "sdk-cli"} if stated else {}
    usage = {"input_tokens": 9, "output_tokens": 99, "cache_read_input_tokens": 0}
    answer = {"id": f"m{number}", "role": "assistant", "model": "claude-opus-5-5", "usage": usage}
    path = "/home/dev/work/shop/shop/cart.py"
    call = {
        "type": "tool_use",
        "id": f"t{number}",
        "name": "Write",
        "input": {"file_path": path, "content": f"made_up_value_{number} = {number}\n"},
    }
    said = {"type": "text", "text": "done"}
    yield a_line(
        number, 0, type="user", message={"role": "user", "content": "say hello to me now"}, **marks
    )
    yield a_line(
        number, 1, type="assistant", message=answer | {"content": [call if edit else said]}
    )
    if edit:
        result = {"type": "tool_result", "tool_use_id": f"t{number}", "content": "ok"}
        done = {"type": "create", "filePath": path, "content": call["input"]["content"]}
        yield a_line(
            number,
            2,
            type="user",
            message={"role": "user", "content": [result]},
            toolUseResult=done | {"structuredPatch": [], "originalFile": None},
        )


def figures(db):
    scope = Scope(date(2026, 11, 1), date(2026, 11, 30), today=LATER.date())
    found = {one.id: one.compute(db, scope) for one in MEASURES}
    weekly = {f"{one.id}w": one.weekly(db, scope) for one in MEASURES if one.weekly}
    return found | weekly


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """Figures of the real logs alone."""
    folder = tmp_path_factory.mktemp("real")
    clone = folder / "clones" / "shop"
    bundle = LOGS / "claude-code" / "live" / "repo.bundle"
    subprocess.run(["git", "clone", "-q", str(bundle), str(clone)], check=True)
    now_ms = int(LATER.timestamp() * 1000)
    home = LOGS / "claude-code" / "live" / "home"
    return clone, now_ms, figures(read_home(home, folder / "data", repos=(clone,), now_ms=now_ms))


@pytest.mark.parametrize("stated", [True, False], ids=["stated", "found by rule"])
@pytest.mark.parametrize("edit", [False, True], ids=["talk", "edits"])
def test_five_hundred_scripted_runs_change_no_figure_but_their_own(before, tmp_path, stated, edit):
    clone, now_ms, real = before
    logs = tmp_path / "home" / ".claude" / "projects" / "-home-dev-work-shop"
    logs.mkdir(parents=True)
    for path in (LOGS / "claude-code" / "live" / "home" / ".claude").rglob("*.jsonl"):
        copy = tmp_path / "home" / path.relative_to(LOGS / "claude-code" / "live" / "home")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    for number in range(500):
        lines = a_conversation(number, stated, edit)
        (logs / f"scripted-{number}.jsonl").write_bytes(b"".join(lines))

    db = read_home(tmp_path / "home", tmp_path / "data", repos=(clone,), now_ms=now_ms)

    after = figures(db)
    same = [key for key in real if key.rstrip("w") not in MAY_RISE | OF_RECORDS]
    assert {key: after[key] for key in same} == {key: real[key] for key in same}
    assert after["B1"].value == real["B1"].value
    assert [week.values[0] for week in after["B1w"].weeks] == [
        week.values[0] for week in real["B1w"].weeks
    ]
    assert (after["A5"].hits, after["A5"].share) == (real["A5"].hits, real["A5"].share)
    assert after["J5"].value == real["J5"].value + 500
    assert after["G1"].value > real["G1"].value
    assert by_id("F3").compute(db, Scope(date(2026, 11, 1), date(2026, 11, 30), LATER.date())).hits
