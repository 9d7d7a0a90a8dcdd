"""Copilot's traces in Visual Studio."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sources.reading import Read, machine, read_file, read_home
from tokenmirror.events import Prompt, Session, Suggestion, Turn, Usage
from tokenmirror.sources.visual_studio import SOURCE

Json = dict[str, object]
TRACES = Path("AppData/Local/Temp/VSGitHubCopilotLogs/traces")
T0 = 1_790_000_000_000


def only(rows: list) -> object:
    assert len(rows) == 1
    return rows[0]


def span(name: str, nth: int, **facts: object) -> Json:
    start = (T0 + nth * 1_000) * 1_000_000
    told = {"gen_ai.conversation.id": "c1", "copilot_chat.root_request_id": "r1", **facts}
    values = [{"key": k, "value": {"stringValue": v}} for k, v in told.items()]
    times = {"startTimeUnixNano": str(start), "endTimeUnixNano": str(start + 500_000_000)}
    return {"spanId": name, "attributes": values, **times}


def chat(name: str, nth: int, *messages: tuple[str, str], **facts: object) -> Json:
    told = [{"role": who, "parts": [{"type": "text", "content": text}]} for who, text in messages]
    base = {"gen_ai.operation.name": "chat", "gen_ai.input.messages": json.dumps(told)}
    usage = {"gen_ai.usage.input_tokens": "100", "gen_ai.usage.output_tokens": "7"}
    return span(name, nth, **{**base, **usage, "gen_ai.response.model": "gpt-5", **facts})


def tool(name: str, nth: int, called: str, status: int = 1, **given: object) -> Json:
    facts = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": called,
        "gen_ai.tool.call.id": f"call-{name}",
        "gen_ai.tool.call.arguments": json.dumps(given),
        "gen_ai.tool.call.result": "ok",
    }
    return {**span(name, nth, **facts), "status": {"code": status}}


def traces(home: Path, *spans: object, name: str = "20260302T090000_1") -> Path:
    path = home / TRACES / f"{name}_VSGitHubCopilot_traces.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]} for one in spans]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_turn_over_several_files_is_one(tmp_path):
    traces(tmp_path, chat("s1", 0, ("user", "old"), ("assistant", "x"), ("user", "fix it")))
    again = chat("s2", 2, ("user", "old"), ("user", "fix it"), ("assistant", "y"))
    traces(tmp_path, again, name="20260302T090100_2")

    found = read_home(SOURCE, tmp_path)

    assert (only(found.rows(Prompt)).text, only(found.rows(Prompt)).key) == ("fix it", "c1/r1")
    turn = only(found.rows(Turn))
    assert (turn.at_ms, turn.ended_ms) == (T0, T0 + 2_500)
    assert [use.key for use in found.rows(Usage)] == ["s1", "s2"]
    assert only(found.rows(Session)).at_ms == T0


def test_cached_input_is_taken_out_of_the_input(tmp_path):
    more = {"gen_ai.usage.cache_read.input_tokens": "60"}
    traces(tmp_path, chat("s1", 0, ("user", "a"), **more))

    use = only(read_home(SOURCE, tmp_path).rows(Usage))

    assert (use.input_tokens, use.cache_read_tokens, use.output_tokens) == (40, 60, 7)
    assert (use.model, use.reasoning_tokens) == ("gpt-5", None)


@pytest.mark.parametrize(
    ("call", "kind", "added", "decision"),
    [
        (
            tool("t", 1, "replace_string_in_file", filePath="a", oldString="x", newString="y"),
            "edit",
            ("y",),
            "accepted",
        ),
        (tool("t", 1, "create_file", filePath="a", content="a\n"), "new_file", ("a",), "accepted"),
        (tool("t", 1, "create_file", 2, content="a\n"), "new_file", ("a",), "failed"),
        (tool("t", 1, "run_command_in_terminal", command="dotnet test"), "command", (), "accepted"),
    ],
)
def test_calls_of_tools(tmp_path, call, kind, added, decision):
    traces(tmp_path, call)

    edit = only(read_home(SOURCE, tmp_path).rows(Suggestion))

    assert (edit.kind, edit.added, edit.decision) == (kind, added, decision)
    assert edit.turn == "c1/r1"


def test_spans_of_unknown_operation_are_counted_by_name(tmp_path):
    path = traces(tmp_path, span("s", 0, **{"gen_ai.operation.name": "hologram"}), span("q", 1))
    with path.open("a") as stream:
        stream.write("{\n[]\n")

    found = read_home(SOURCE, tmp_path)

    assert found.unknown == {"hologram": 1, "without an operation": 1}
    assert len(found.problems) == 2


def test_there_are_traces_on_windows_alone(tmp_path):
    traces(tmp_path, chat("s1", 0, ("user", "a")))

    assert list(SOURCE.find(machine(tmp_path, ("linux", "macos")))) == []
    assert len(list(SOURCE.find(machine(tmp_path, ("windows",))))) == 1
    moved = machine(tmp_path, ("windows",), TEMP=str(tmp_path / TRACES.parent.parent))
    assert len(list(SOURCE.find(moved))) == 1


@pytest.mark.parametrize("wrong", [5, "x", [], {}, None, True])
def test_fields_of_another_type_break_nothing(tmp_path, wrong):
    odd = {"spanId": wrong, "attributes": [wrong, {"key": "gen_ai.operation.name", "value": wrong}]}
    bad = chat("s2", 1, ("user", "b"), **{"gen_ai.usage.output_tokens": wrong})
    bad["startTimeUnixNano"] = wrong
    traces(tmp_path, wrong, odd, bad, chat("s1", 0, ("user", "fine")))

    read = Read()
    for file in SOURCE.find(machine(tmp_path)):
        read_file(SOURCE, file, read)

    assert any(use.key == "s1" for use in read.rows(Usage))
