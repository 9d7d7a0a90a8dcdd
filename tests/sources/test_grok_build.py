"""Grok Build: folders made by hand from what is known of the format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sources.gemini_logs import prompts
from tests.sources.reading import Read, machine, read_home
from tokenmirror.events import Session, ToolCall, Usage
from tokenmirror.sources.grok_build import SOURCE

NAME = "%2Fw%2Fmy%20app"


def write(home: Path, name: str, *records: dict, folder: str = NAME) -> None:
    path = home / ".grok" / "sessions" / folder / "s1" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def completed(turn: str = "p1", **used: object) -> dict:
    update = {"sessionUpdate": "turn_completed", "prompt_id": turn, "usage": used}
    return {"timestamp": "2026-03-02T09:00:00Z", "params": {"update": update}}


def read(home: Path) -> Read:
    return read_home(SOURCE, home)


def test_prompts_have_an_index_and_no_reason_of_the_tools_own(tmp_path):
    own = {"type": "user", "content": "policy", "synthetic_reason": "project_instructions"}
    said = {"type": "user", "content": [{"type": "text", "text": "go"}], "prompt_index": 0}
    write(tmp_path, "chat_history.jsonl", own, said, {"type": "user", "content": "no index"})

    assert prompts(read(tmp_path)) == [("go", "unknown")]


def test_tokens_of_a_turn_do_not_overlap_and_count_once(tmp_path):
    used = {"inputTokens": 100, "cachedReadTokens": 60, "outputTokens": 20, "reasoningTokens": 5}
    write(tmp_path, "updates.jsonl", completed(**used), completed(**used), {"params": {}})

    (row,) = read(tmp_path).rows(Usage)
    assert (row.input_tokens, row.cache_read_tokens) == (40, 60)
    assert (row.output_tokens, row.reasoning_tokens) == (20, 5)


def test_a_summary_tells_folder_branch_and_parent(tmp_path):
    write(tmp_path, "chat_history.jsonl", {"type": "system"})
    told = {"info": {"id": "s1", "cwd": "/x"}, "head_branch": "b", "parent_session_id": "s0"}
    write(tmp_path, "summary.json", told)

    (row,) = read(tmp_path).rows(Session)
    assert (row.folder, row.branch, row.parent) == ("/x", "b", "s0")


@pytest.mark.parametrize(
    ("name", "folder"), [(NAME, "/w/my app"), ("C%3A%5Cw", "C:\\w"), ("plain", "/plain")]
)
def test_without_a_summary_the_folders_name_tells_the_folder(tmp_path, name, folder):
    write(tmp_path, "chat_history.jsonl", {"type": "system"}, folder=name)

    assert [row.folder for row in read(tmp_path).rows(Session)] == [folder]


def test_calls_are_classed_by_their_names(tmp_path):
    made = [("read_file", "{}"), ("bash", '{"command": "make test"}'), ("other_tool", "no JSON")]
    calls = [{"id": f"c{n}", "name": name, "arguments": a} for n, (name, a) in enumerate(made)]
    write(tmp_path, "chat_history.jsonl", {"type": "assistant", "tool_calls": calls})

    rows = {row.name: (row.kind, row.ok) for row in read(tmp_path).rows(ToolCall)}
    assert rows == {
        "read_file": ("read", None),
        "bash": ("test", None),
        "other_tool": ("other", None),
    }


def test_unknown_kinds_are_counted_and_a_moved_home_is_read(tmp_path):
    write(tmp_path, "chat_history.jsonl", {"type": "dream"})

    assert read(tmp_path).unknown == {"dream": 1}
    assert SOURCE.places(machine(tmp_path, GROK_HOME="/g"))[0] == Path("/g/sessions")
