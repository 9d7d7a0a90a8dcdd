"""Volume improves nothing: scripted runs leave every figure as it is, but for their own.

Real logs and a real repository, read twice: as they are, and with five hundred scripted
conversations beside them of which none leads to a commit.
"""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime

import msgspec
import pytest

from tests.making import read_home
from tests.shared import LOGS
from tokenmirror.measures import chain
from tokenmirror.measures.figures import Unknown
from tokenmirror.measures.measure import Export, Scope
from tokenmirror.measures.registry import MEASURES, by_id
from tokenmirror.settings import Settings

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
    return found | weekly | {"chain": chain.chain(db, scope)}


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


def read_with(tmp_path, clone, now_ms, number, *, stated=False, edit=False, settings=None):
    """The archive of the real logs with that many scripted conversations beside them."""
    logs = tmp_path / "home" / ".claude" / "projects" / "-home-dev-work-shop"
    logs.mkdir(parents=True)
    for path in (LOGS / "claude-code" / "live" / "home" / ".claude").rglob("*.jsonl"):
        copy = tmp_path / "home" / path.relative_to(LOGS / "claude-code" / "live" / "home")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    for each in range(number):
        lines = a_conversation(each, stated, edit)
        (logs / f"scripted-{each}.jsonl").write_bytes(b"".join(lines))
    return read_home(
        tmp_path / "home", tmp_path / "data", repos=(clone,), now_ms=now_ms, settings=settings
    )


@pytest.mark.parametrize(
    ("stated", "edit"),
    [
        pytest.param(True, False, id="talk, stated", marks=pytest.mark.deep),
        pytest.param(False, False, id="talk, found by rule", marks=pytest.mark.deep),
        pytest.param(True, True, id="edits, stated", marks=pytest.mark.deep),
        pytest.param(False, True, id="edits, found by rule"),
    ],
)
def test_five_hundred_scripted_runs_change_no_figure_but_their_own(before, tmp_path, stated, edit):
    clone, now_ms, real = before

    db = read_with(tmp_path, clone, now_ms, 500, stated=stated, edit=edit)

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


# whether a figure is equal or worse: the most that scripted runs may do to what leaves by default
NOT_BETTER = {
    "F3": lambda after, before: after.hits == before.hits and after.trials >= before.trials,
    "F4": lambda after, before: after.hits <= before.hits,
    "D5": lambda after, before: total(after) == total(before),
    "E1": lambda after, before: share(after) <= share(before),
    "E2": lambda after, before: share(after) >= share(before),
    "E3": lambda after, before: after.hits >= before.hits,
    "G3": lambda after, before: paid(after) >= paid(before),
    "D1": lambda after, before: total(after) == total(before),
    "D2": lambda after, before: after.hits == before.hits and after.trials >= before.trials,
    "D3": lambda after, before: total(after) == total(before),
    # what was proposed and taken is no outcome: more of it makes D2 worse, never better
    "C3": lambda after, before: total(after) >= total(before),
    "C4": lambda after, before: total(after) >= total(before),
    "J4": lambda after, before: total(after) >= total(before),
    # more tasks, of which none ended better; those without code are counted apart
    "F2": lambda after, before: shipped(after) == shipped(before),
    "F8": lambda after, before: after.trials >= before.trials,
}


def total(figure):
    return sum(part.value for part in figure.parts) if hasattr(figure, "parts") and isinstance(
        figure.parts, tuple
    ) else getattr(figure, "value", None) or getattr(figure, "hits", 0)  # fmt: skip


def share(figure):
    return getattr(figure, "share", None) or getattr(figure, "value", None) or 0.0


def paid(figure):
    """Cost of change tasks, for those completed: the same number, so the sum may only rise."""
    return figure.per if figure.per is not None else sum(dot.value for dot in figure.dots)


def shipped(figure):
    return next(part.value for part in figure.parts if part.key == "shipped")


@pytest.mark.parametrize("edit", [False, True], ids=["talk", "edits"])
@pytest.mark.parametrize("number", [1, 300])
def test_scripted_runs_that_no_rule_finds_make_no_default_figure_better(
    before, tmp_path, edit, number
):
    clone, now_ms, real = before
    unseen = replace(Settings(), origin_rules=())

    after = figures(read_with(tmp_path, clone, now_ms, number, edit=edit, settings=unseen))

    default = {one.id for one in MEASURES if one.export is Export.DEFAULT}
    assert default <= NOT_BETTER.keys()
    for key in sorted(default):
        known = [not isinstance(one[key], Unknown) for one in (after, real)]
        assert known[0] == known[1], key
        assert not known[0] or NOT_BETTER[key](after[key], real[key]), (key, after[key], real[key])
    assert after["chain"].steps[-1].lines == real["chain"].steps[-1].lines
