"""JetBrains' editors: Copilot's chats, and statistics of completions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.shared import shared
from tests.sources.reading import Cursors, Read, machine, read_changed, read_home, summary
from tokenmirror.events import DayTotal, Prompt, Session, ToolCall, Turn
from tokenmirror.sources.jetbrains import SOURCES

COPILOT, STATISTICS = SOURCES
STORE = Path(".config/github-copilot/iu/chat-agent-sessions/s1/copilot-agent-sessions-nitrite.db")
T0 = 1_790_000_000_000
Json = dict[str, object]


def only(rows: list) -> object:
    assert len(rows) == 1
    return rows[0]


# -- Copilot's chats -------------------------------------------------------------------------


def identity(nth: int) -> str:
    return f"{nth:08x}-0000-4000-8000-000000000000"


def node(kind: str, **data: object) -> Json:
    value = json.dumps({"type": kind, "data": json.dumps(data)})
    return {"type": "Value", "value": value}


def turn(**nodes: Json) -> str:
    first = {"type": "Subgraph", "value": json.dumps(nodes)}
    return json.dumps({"__first__": first}, separators=(",", ":"))


def alone(nth: int, text: str) -> str:
    return json.dumps({identity(nth): node("Markdown", text=text)}, separators=(",", ":"))


def store(home: Path, *texts: str, at: Path = STORE) -> Path:
    path = home / at
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = b"\x00\xac\xed\x00\x05sr\x00\x10NtAgentTurn\x00"
    body = b"".join(noise + text.encode() + b"\x00" for text in texts)
    path.write_bytes(b"H:2,block:9,blockSize:1000,format:3\n" + body)
    return path


def agent(nth: int, text: str, reply: str, *calls: Json) -> str:
    told = {"roundId": 1, "reply": reply, "toolCalls": list(calls)}
    return turn(
        **{identity(nth): node("Markdown", text=text)},
        **{identity(nth + 100): node("AgentRound", **told)},
    )


def test_a_turn_of_agent_mode_holds_its_prompt_and_its_calls(tmp_path):
    calls = ({"id": "c1", "name": "read_file"}, {"id": "c2", "name": "insert_edit_into_file"})
    store(tmp_path, agent(1, "fix it — bitte", "done", *calls))

    found = read_home(COPILOT, tmp_path)

    prompt = only(found.rows(Prompt))
    assert (prompt.text, prompt.at_ms, prompt.author) == ("fix it — bitte", None, "unknown")
    assert [call.kind for call in found.rows(ToolCall)] == ["read", "edit"]
    assert only(found.rows(Turn)).key == prompt.turn
    assert only(found.rows(Session)).key == "iu/chat-agent-sessions/s1"


def test_in_ask_mode_prompts_stand_alone(tmp_path):
    answer = turn(**{identity(2): node("Markdown", text="the answer")})
    store(tmp_path, alone(1, "a question"), answer)

    found = read_home(COPILOT, tmp_path)

    assert [p.text for p in found.rows(Prompt)] == ["a question"]
    assert len(found.rows(Turn)) == 1


def test_older_copies_of_a_page_repeat_nothing(tmp_path):
    store(tmp_path, agent(1, "fix", ""), agent(1, "fix", "do"), agent(1, "fix", "done"))

    found = read_home(COPILOT, tmp_path)

    assert len(found.rows(Prompt)) == len(found.rows(Turn)) == 1


def test_a_store_that_grew_tells_the_new_alone_twice(tmp_path):
    store(tmp_path, agent(1, "one", "a"))
    found, cursors = Read(), Cursors()
    read_changed(COPILOT, tmp_path, found, cursors)

    store(tmp_path, agent(1, "one", "a"), agent(2, "two", "b"))
    read_changed(COPILOT, tmp_path, found, cursors)

    assert [p.text for p in found.rows(Prompt)] == ["one", "two"]
    assert (found.records, found.understood) == (2, 2)


def test_another_file_of_that_name_is_a_problem(tmp_path):
    path = store(tmp_path)
    path.write_bytes(b"SQLite format 3\x00")

    assert summary(read_home(COPILOT, tmp_path))["problems"] == 1


def test_snapshots_and_files_with_keys_are_not_looked_at(tmp_path):
    root = tmp_path / ".config/github-copilot"
    store(tmp_path, at=Path(".config/github-copilot/iu/bg-agent-sessions/s1/x-nitrite.db"))
    (root / "hosts.json").write_text("{}")

    assert list(COPILOT.find(machine(tmp_path))) == []


@pytest.mark.parametrize(("name", "prompts", "turns"), [("basic", 0, 2), ("agent-mode", 1, 1)])
def test_samples_of_another_project_are_read(name, prompts, turns):
    found = read_home(COPILOT, shared(f"samples/jetbrains-copilot/{name}"))

    assert len(found.rows(Prompt)) == prompts
    assert len(found.rows(Turn)) == turns


# -- statistics ------------------------------------------------------------------------------


def event(nth: int, finish: str, lines: object = (1,), **more: object) -> str:
    facts = {"request_id": nth, "lines": lines, "finish_type": finish}
    told = {
        "group": {"id": "inline.completion", "version": "36"},
        "event": {"id": "shown", "data": facts, "count": 1},
        "time": T0 + nth,
        "session": "ide1",
        **more,
    }
    return json.dumps(told) + "\n"


def statistics(home: Path, *texts: str, name: str = "a.log") -> Path:
    folder = home / ".cache/JetBrains/IntelliJIdea2026.1/event-log-data/logs/FUS"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("".join(texts))
    return path


def totals(found: Read) -> dict[str, int]:
    sums: dict[str, int] = {}
    for row in found.rows(DayTotal):
        sums[row.what] = sums.get(row.what, 0) + row.count
    return sums


def test_completions_shown_and_taken(tmp_path):
    statistics(
        tmp_path,
        event(1, "SELECTED", [2, 1]),
        event(2, "TYPED", [1]),
        event(3, "ESCAPE_PRESSED", [4]),
        event(4, "SELECTED", [], event={"id": "invoked", "data": {"outcome": "SHOW"}}),
        event(5, "SELECTED", group={"id": "something.else"}),
    )

    found = read_home(STATISTICS, tmp_path)

    assert totals(found) == {"shown": 3, "accepted": 1, "lines_shown": 8, "lines_accepted": 3}
    assert {row.session for row in found.rows(DayTotal)} == {""}
    assert (found.records, found.understood) == (5, 5)


def test_what_was_read_stays_when_the_file_was_sent(tmp_path):
    path = statistics(tmp_path, event(1, "SELECTED"))
    found, cursors = Read(), Cursors()
    read_changed(STATISTICS, tmp_path, found, cursors)

    path.unlink()
    statistics(tmp_path, event(2, "SELECTED"), name="b.log")
    read_changed(STATISTICS, tmp_path, found, cursors)

    assert totals(found)["accepted"] == 2


def test_events_of_2023_name_a_decision(tmp_path):
    def old(nth: int, decision: str) -> str:
        told = {"id": "inline.shown", "data": {"request_id": nth, "decision": decision}}
        return event(nth, "", event=told)

    statistics(tmp_path, old(1, "ACCEPT"), old(2, "REJECT"))

    assert totals(read_home(STATISTICS, tmp_path)) == {"shown": 2, "accepted": 1}


@pytest.mark.parametrize(
    ("platform", "folder"),
    [
        ("linux", ".cache/JetBrains"),
        ("macos", "Library/Caches/JetBrains"),
        ("windows", "AppData/Local/JetBrains"),
        ("linux", ".cache/Google"),
    ],
)
def test_places_of_each_platform(tmp_path, platform, folder):
    path = statistics(tmp_path / "x", event(1, "SELECTED"))
    place = tmp_path / "y" / folder / "Product1" / "event-log-data" / "logs" / "FUS" / "a.log"
    place.parent.mkdir(parents=True)
    path.rename(place)

    assert [f.path for f in STATISTICS.find(machine(tmp_path / "y", (platform,)))] == [place]


@pytest.mark.parametrize("wrong", [5, "x", [], {}, None, True, 1e300])
def test_fields_of_another_type_break_nothing(tmp_path, wrong):
    statistics(
        tmp_path,
        event(1, "SELECTED", wrong),
        event(2, "SELECTED", [wrong]),
        event(3, "SELECTED", event=wrong),
        event(4, "SELECTED", session=wrong),
        json.dumps(wrong) + "\n",
    )
    store(tmp_path, json.dumps({"__first__": {"type": "Subgraph", "value": wrong}}))

    assert totals(read_home(STATISTICS, tmp_path))["accepted"] == 3
    assert read_home(COPILOT, tmp_path).rows(Prompt) == []
