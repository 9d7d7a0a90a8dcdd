"""Makers of small Codex rollouts, and short views of what reading them gave."""

from __future__ import annotations

import json
from pathlib import Path

from tests.sources.reading import Read
from tokenmirror.events import Prompt, Session, Suggestion, Turn, Usage

THREAD = "019c0000-0000-7000-8000-00000000000a"  # made at 2026-01-28T22:28:55Z
CHILD = "019c0100-0000-7000-8000-00000000000b"
OTHER = "019c0100-0000-7000-8000-00000000000c"
TURN = "019c0001-0000-7000-8000-000000000001"  # after THREAD, before CHILD
LATER = "019c0101-0000-7000-8000-000000000002"  # after CHILD
ELSE = "019c0102-0000-7000-8000-000000000003"


def rollout(
    home: Path, *lines: dict, thread: str = THREAD, place: str = "sessions/2026/01/28"
) -> Path:
    path = home / ".codex" / place / f"rollout-2026-01-28T22-28-55-{thread}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def line(kind: str, at: str = "2026-01-29T00:00:01.000Z", **payload: object) -> dict:
    return {"timestamp": at, "type": kind, "payload": payload}


def meta(thread: str = THREAD, at: str = "2026-01-28T22:28:55.000Z", **more: object) -> dict:
    facts = {"cwd": "/w", "originator": "codex_cli_rs", "source": "cli", "cli_version": "0.98.0"}
    return line("session_meta", at, id=thread, timestamp=at, **{**facts, **more})


def context(
    turn: str | None = None, policy: str = "on-request", sandbox: str = "workspace-write", **more
) -> dict:
    named = {} if turn is None else {"turn_id": turn}
    settings = {"approval_policy": policy, "sandbox_policy": {"type": sandbox}}
    return line("turn_context", cwd="/w", model="gpt-5", **named, **settings, **more)


def event(kind: str, at: str = "2026-01-29T00:00:01.000Z", **more: object) -> dict:
    return line("event_msg", at, type=kind, **more)


def started(turn: str, trigger: str | None = "user", parent: str | None = None) -> dict:
    said = {"turn_id": turn, "turn_trigger": trigger, "parent_turn_id": parent}
    return event("task_started", turn_id=turn, turn_attribution=said)


def typed(text: str, turn: str = TURN) -> dict:
    item = {"type": "UserMessage", "id": "i1", "content": [{"type": "text", "text": text}]}
    return event("item_completed", turn_id=turn, item=item)


def said(text: str, at: str = "2026-01-29T00:00:01.000Z") -> dict:
    return event("user_message", at, message=text, images=[])


def message(text: str, role: str = "user", **more: object) -> dict:
    content = [{"type": "input_text", "text": text}]
    return line("response_item", type="message", role=role, content=content, **more)


def call(name: str, arguments: dict, identity: str = "call_1") -> dict:
    facts = {"name": name, "arguments": json.dumps(arguments), "call_id": identity}
    return line("response_item", type="function_call", **facts)


def output(text: object, identity: str = "call_1") -> dict:
    return line("response_item", type="function_call_output", call_id=identity, output=text)


def patch(*body: str) -> str:
    return "\n".join(("*** Begin Patch", *body, "*** End Patch", ""))


def patching(*body: str, identity: str = "call_1") -> dict:
    facts = {"name": "apply_patch", "input": patch(*body), "call_id": identity}
    return line("response_item", type="custom_tool_call", **facts)


def changed(path: str = "/w/a.py", status: str = "completed", diff: str = "@@ -1 +1 @@\n-x\n+y\n"):
    change = {path: {"type": "update", "unified_diff": diff, "move_path": None}}
    item = {"type": "FileChange", "id": "call_1", "status": status, "changes": change}
    return event("item_completed", turn_id=TURN, item=item)


def tokens(fresh: int, out: int = 10, cached: int = 0) -> dict:
    return {
        "input_tokens": fresh + cached,
        "cached_input_tokens": cached,
        "output_tokens": out,
        "reasoning_output_tokens": 0,
        "total_tokens": fresh + cached + out,
    }


def count(total: dict, last: dict | None = None, **more: object) -> dict:
    last_one = {} if last is None else {"last_token_usage": last}
    return event("token_count", info={"total_token_usage": total, **last_one}, **more)


def record(usage: dict, response: str, turn: str = TURN, thread: str = THREAD) -> dict:
    ids = {"thread_id": thread, "turn_id": turn, "response_id": response}
    return line("token_usage_record", usage=usage, **ids)


EDIT = ("*** Update File: a.py", "@@", "-x", "+y")


def prompts(read: Read) -> list[tuple[str, str, str]]:
    return [(row.text, row.author, row.basis) for row in read.rows(Prompt)]


def edits(read: Read) -> list[tuple[str, str | None, str | None]]:
    return [(row.decision, row.how, row.path) for row in read.rows(Suggestion)]


def inputs(read: Read) -> list[int]:
    return sorted(row.input_tokens for row in read.rows(Usage))


def ends(read: Read) -> list[str]:
    return sorted(row.ended for row in read.rows(Turn))


def sessions(read: Read) -> dict[str, Session]:
    return {row.key: row for row in read.rows(Session)}


SPAWNED = {"subagent": {"thread_spawn": {"parent_thread_id": THREAD, "depth": 1}}}
SOON = "2026-01-29T03:08:33.100Z"  # within moments of CHILD's start


def copies(*lines: dict) -> list[dict]:
    return [{**one, "timestamp": SOON} for one in lines]


def parent_lines() -> list[dict]:
    used = count(tokens(5), tokens(5))
    return [meta(), started(TURN), context(TURN), said("mine"), patching(*EDIT), changed(), used]


def child_meta(thread: str = CHILD, **more: object) -> dict:
    return meta(thread, at="2026-01-29T03:08:33.000Z", **more)


def ran(command: str, code: int = 0, text: str = "") -> dict:
    facts = {"command": ["/bin/bash", "-lc", command], "exit_code": code}
    item = {"type": "CommandExecution", "id": "call_1", "status": "completed", **facts}
    span = {"secs": 1, "nanos": 500_000_000}
    return event("item_completed", item={**item, "aggregated_output": text, "duration": span})


def history(home: Path, *rows: tuple[str, int, str]) -> None:
    lines = [json.dumps({"session_id": s, "ts": ts, "text": text}) for s, ts, text in rows]
    (home / ".codex" / "history.jsonl").write_text("\n".join(lines) + "\n")
