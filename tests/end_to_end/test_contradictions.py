"""Facts that contradict themselves, from logs of two tools to the figures and their list."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from click.testing import CliRunner

from tests.claude_logs import time_text, transcript
from tests.making import PLATFORMS
from tests.shared import LOGS
from tests.sources.codex_rollouts import (
    LATER,
    OTHER,
    THREAD,
    TURN,
    context,
    event,
    meta,
    rollout,
    said,
    started,
)
from tokenmirror import paths
from tokenmirror.app.cli import tokenmirror
from tokenmirror.ingest.run import Request, run
from tokenmirror.measures import listing
from tokenmirror.measures.measure import Scope
from tokenmirror.measures.registry import by_id
from tokenmirror.settings import Settings
from tokenmirror.sources import built_in
from tokenmirror.sources.source import Machine
from tokenmirror.store import reader

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BEGAN = datetime(2026, 10, 5, 12, tzinfo=UTC)
OCTOBER = Scope(BEGAN.date().replace(day=1), BEGAN.date().replace(day=31), NOW.date())
SETTINGS = Settings(zone="UTC")


def ms(moment):
    return round(moment.timestamp() * 1000)


def text(moment):
    return time_text(ms(moment))


def tokens(input_tokens=1000, cached=0, output=10, thought=0):
    return {
        "input_tokens": input_tokens,
        "cached_input_tokens": cached,
        "output_tokens": output,
        "reasoning_output_tokens": thought,
        "total_tokens": input_tokens + output,
    }


def codex(home, *spent, ended=BEGAN + timedelta(minutes=5), at=BEGAN, thread=THREAD):
    """A session of one turn, one answer for each of the token counts."""
    counts = []
    for number, one in enumerate(spent):
        total = tokens(*(1_000_000 + 10_000 * number,))
        info = {"total_token_usage": total, "last_token_usage": one}
        counts.append(event("token_count", text(at + timedelta(minutes=1)), info=info))
    turn = TURN if thread == THREAD else LATER
    begun = [started(turn) | {"timestamp": text(at)}, context(turn) | {"timestamp": text(at)}]
    rollout(
        home,
        meta(thread, at=text(BEGAN)),
        *begun,
        said("count the words", text(at)),
        *counts,
        event("task_complete", text(ended), turn_id=turn),
        thread=thread,
    )


def claude(home, change=lambda line: line, at=BEGAN):
    """A session of one prompt and one edit, its lines changed."""
    folder = home / "work"
    folder.mkdir(exist_ok=True)
    path = transcript(home, "s1", folder, ms(at), [("a.py", "old\n", "new one\nnew two\n")])
    lines = [change(json.loads(line)) for line in path.read_bytes().splitlines()]
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    return path


def spending(**tokens_of):
    """Changes what Claude Code's answers say they used."""

    def change(line):
        if line["type"] == "assistant":
            line["message"]["usage"] |= tokens_of
        return line

    return change


def result_before_its_call(line):
    """The result of an edit an hour before the edit."""
    if "toolUseResult" in line:
        line["timestamp"] = text(BEGAN - timedelta(hours=1))
    return line


@pytest.fixture
def home(tmp_path):
    made = tmp_path / "home"
    made.mkdir()
    return made


def read(home, data, *, full=False, now=NOW, tools=("claude-code", "codex-cli")):
    request = Request(Machine(home, PLATFORMS), built_in(tools), home=home, full=full)
    places = paths.places(data)
    run(request, SETTINGS, places, lambda _said: None, lambda: False, ms(now))
    return reader.connect(places.database)


def told(db):
    return [(row["tool"], row["kind"], row["what"]) for row in listing.contradictions(db)]


ODD = {
    "cached more than was read": (
        lambda home: codex(home, tokens(10, cached=500)),
        ("codex-cli", "usage", "impossible_total"),
    ),
    "thought more than was answered": (
        lambda home: codex(home, tokens(output=10, thought=20)),
        ("codex-cli", "usage", "impossible_total"),
    ),
    "negative, Codex CLI": (
        lambda home: codex(home, tokens(output=-5)),
        ("codex-cli", "usage", "negative"),
    ),
    "a turn that ends before it begins": (
        lambda home: codex(home, tokens(), ended=BEGAN - timedelta(hours=1)),
        ("codex-cli", "turns", "ends_before_start"),
    ),
    "negative, Claude Code": (
        lambda home: claude(home, spending(input_tokens=-7)),
        ("claude-code", "usage", "negative"),
    ),
    "more tokens than any context holds": (
        lambda home: claude(home, spending(cache_read_input_tokens=10**12)),
        ("claude-code", "usage", "impossible_total"),
    ),
    "a result before its call": (
        lambda home: claude(home, result_before_its_call),
        ("claude-code", "suggestions", "ends_before_start"),
    ),
}


@pytest.mark.parametrize(("make", "expected"), ODD.values(), ids=ODD)
def test_a_fact_that_contradicts_itself_is_kept_and_marked(home, tmp_path, make, expected):
    make(home)

    db = read(home, tmp_path / "data")

    assert expected in told(db)
    assert db.execute(f"select count(*) from {expected[1]}").fetchone()[0] > 0


@pytest.mark.parametrize("make", [lambda home, **kw: codex(home, tokens(), **kw), claude])
def test_facts_dated_in_the_future_are_marked(home, tmp_path, make):
    ahead = NOW + timedelta(days=40)
    make(home, at=ahead, **({} if make is claude else {"ended": ahead + timedelta(minutes=5)}))

    db = read(home, tmp_path / "data")

    kinds = {kind for _, kind, what in told(db) if what == "future"}
    assert {"prompts", "turns", "usage"} <= kinds
    assert by_id("B1").compute(db, Scope(NOW.date(), ahead.date(), NOW.date())).value == 0


def test_a_date_that_is_no_future_any_more_counts(home, tmp_path):
    codex(home, tokens())
    claude(home)
    early = read(home, tmp_path / "data", now=BEGAN - timedelta(days=3))
    before = by_id("B1").compute(early, OCTOBER).value
    proposed = early.execute("select count(*) from proposals").fetchone()[0]

    later = read(home, tmp_path / "data")

    assert (before, proposed) == (0, 0)
    assert told(later) == []
    assert by_id("B1").compute(later, OCTOBER).value == 2
    assert by_id("C3").compute(later, OCTOBER).value == 2


def test_sound_logs_have_no_contradiction(home, tmp_path):
    codex(home, tokens(1000, cached=900, thought=5))
    claude(home)

    assert told(read(home, tmp_path / "data")) == []


@pytest.mark.parametrize(("make", "expected"), ODD.values(), ids=ODD)
def test_reading_again_marks_the_same(home, tmp_path, make, expected):
    make(home)
    before = told(read(home, tmp_path / "data"))

    assert told(read(home, tmp_path / "data", full=True)) == before
    assert expected in before


REPAIRED = [lambda home: codex(home, tokens()), claude]


@pytest.mark.parametrize(("make", "expected"), ODD.values(), ids=ODD)
def test_a_repaired_log_takes_the_mark_off(home, tmp_path, make, expected):
    make(home)
    read(home, tmp_path / "data")
    for repair in REPAIRED:
        repair(home)

    db = read(home, tmp_path / "data")

    assert told(db) == []


def test_contradictory_tokens_are_left_out_of_cost_and_said(home, tmp_path):
    codex(home, tokens(1000), tokens(10, cached=5_000_000), tokens(output=-5))

    db = read(home, tmp_path / "data")

    cost, share = by_id("G1").compute(db, OCTOBER), by_id("A5").compute(db, OCTOBER)
    assert cost.n == 1
    assert share.trials == 1010
    assert cost.sentence.endswith("2 records contradict themselves and are left out.")
    [session] = listing.sessions(db)
    assert session["tokens"]["input"] == 1000


def test_a_turn_that_ends_before_it_begins_is_left_out_of_durations_and_said(home, tmp_path):
    codex(home, tokens(), ended=BEGAN - timedelta(hours=1))
    codex(home, tokens(), thread=OTHER)

    db = read(home, tmp_path / "data")

    agents = by_id("H2").compute(db, OCTOBER)
    assert agents.n == 1
    assert agents.value > 0
    assert agents.sentence.endswith("1 record contradicts itself and is left out.")


def test_records_understood_name_what_contradicts_itself(home, tmp_path):
    codex(home, tokens(output=-5))

    sentence = by_id("A6").compute(read(home, tmp_path / "data"), OCTOBER).sentence

    assert "1 fact contradicts itself: it is kept, marked, and left out of rates." in sentence


def test_the_command_line_lists_them_without_text(home, tmp_path):
    codex(home, tokens(output=-5))
    read(home, tmp_path / "data")
    asked = ["--data-dir", str(tmp_path / "data"), "sources", "--contradictions"]

    document = json.loads(CliRunner().invoke(tokenmirror, [*asked, "--json"]).stdout)
    table = CliRunner().invoke(tokenmirror, asked).stdout

    [row] = document["contradictions"]
    assert document["schema"] == "tokenmirror/contradictions@1"
    assert (row["tool"], row["kind"], row["what"]) == ("codex-cli", "usage", "negative")
    assert row["file"].endswith(".jsonl")
    assert "count the words" not in table
    assert "negative" in table


BELOW_ZERO = {
    "gemini-cli": ("captured", r'"output": ?\d+'),
    "qwen-code": ("captured", r'"promptTokenCount": ?\d+'),
    "pi": (None, r'"output": ?\d+'),
    "droid": (None, r'"outputTokens": ?\d+'),
}


def a_case_of(tool, case):
    """A captured home of a tool: the case of that name, else the first."""
    cases = sorted(place for place in (LOGS / tool).iterdir() if (place / "home").is_dir())
    named = [place for place in cases if place.name == case]
    return (named or cases)[0] / "home"


@pytest.mark.parametrize("tool", BELOW_ZERO)
def test_counts_below_zero_of_other_tools_are_kept_and_marked(tool, tmp_path):
    case, pattern = BELOW_ZERO[tool]
    home = tmp_path / "home"
    shutil.copytree(a_case_of(tool, case), home)
    changed = 0
    for path in home.rglob("*.json*"):
        found, n = re.subn(pattern, lambda m: re.sub(r"\d+$", "-5", m[0]), path.read_text())
        path.write_text(found)
        changed += n

    db = read(home, tmp_path / "data", tools=(tool,))

    assert changed
    # the captured logs are younger than the instant of these readings
    whats = {what for _, kind, what in told(db) if kind == "usage"} - {"future"}
    assert whats
    assert whats <= {"negative", "impossible_total"}
