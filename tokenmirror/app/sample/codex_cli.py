"""Sessions of the sample as Codex CLI writes them down (0.169, ``codex-cli.md``)."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tokenmirror.app.sample import changes
from tokenmirror.app.sample.story import Check, Edit, Session, Tokens, Turn

VERSION = "0.169.0"
Line = dict[str, Any]
TOKEN_FIELDS = (
    "input_tokens", "cached_input_tokens", "cache_write_input_tokens", "output_tokens",
    "reasoning_output_tokens", "total_tokens",
)  # fmt: skip


def write(session: Session, home: Path, offset: timedelta) -> None:
    """Write a session's rollout, and its typed prompts into the history."""
    root = home / ".codex"
    rollout = _Rollout(session, home / "work" / session.project)
    begun = datetime.fromisoformat(changes.iso(session.turns[0].at_ms)) + offset
    name = f"rollout-{begun:%Y-%m-%dT%H-%M-%S}-{session.id}.jsonl"
    path = root / "sessions" / f"{begun:%Y/%m/%d}" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line) + "\n" for line in rollout.lines())
    path.write_text(text, encoding="utf-8")
    with (root / "history.jsonl").open("a", encoding="utf-8") as history:
        for turn in session.turns:
            entry = {"session_id": session.id, "ts": turn.at_ms // 1000, "text": turn.prompt}
            history.write(json.dumps(entry) + "\n")


class _Rollout:
    """One thread, line by line."""

    def __init__(self, session: Session, folder: Path) -> None:
        self._session = session
        self._folder = folder
        self._made: list[Line] = []
        self._turn_id = ""
        self._total = dict.fromkeys(TOKEN_FIELDS, 0)

    def lines(self) -> list[Line]:
        """All lines in order."""
        session, first = self._session, self._session.turns[0]
        self._add(
            first.at_ms,
            "session_meta",
            {
                "id": session.id,
                "session_id": session.id,
                "timestamp": changes.iso(first.at_ms),
                "cwd": str(self._folder),
                "originator": "codex-tui",
                "cli_version": VERSION,
                "source": "vscode",
                "thread_source": "user",
                "model_provider": "openai",
                "history_mode": "paginated",
                "git": {"branch": session.branch} if session.branch else None,
            },
        )
        for turn in session.turns:
            self._turn(turn)
        return self._made

    def _id(self, front: str) -> str:
        text = f"{self._session.id}/{front}/{len(self._made)}"
        return front + hashlib.sha256(text.encode()).hexdigest()[:24]

    def _add(self, at_ms: int, kind: str, payload: Line) -> None:
        self._made.append(
            {
                "timestamp": changes.iso(at_ms),
                "ordinal": len(self._made),
                "type": kind,
                "payload": payload,
            }
        )

    def _event(self, at_ms: int, kind: str, **fields: object) -> None:
        self._add(at_ms, "event_msg", {"type": kind, "turn_id": self._turn_id, **fields})

    def _item(self, at_ms: int, item: Line) -> None:
        self._event(
            at_ms, "item_completed", thread_id=self._session.id, item=item,
            started_at_ms=at_ms, completed_at_ms=at_ms,
        )  # fmt: skip

    def _turn(self, turn: Turn) -> None:
        self._begin(turn)
        step_ms = (turn.ended_ms - turn.at_ms) // (len(turn.requests) + 1)
        at_ms, requests = turn.at_ms + step_ms, iter(turn.requests)
        looked = turn.edits[0].path if turn.edits else "README.md"
        self._command(f"cat {looked}", at_ms, next(requests), ok=True)
        calls: tuple[Edit | Check, ...] = (*turn.edits, *turn.checks)
        for call in calls:
            at_ms += step_ms
            spent = next(requests)
            if isinstance(call, Check):
                self._command(call.command, at_ms, spent, ok=call.ok)
            elif not self._patch(call, at_ms, step_ms, spent):
                self._abort(at_ms + step_ms)
                return
        if turn.interrupted:
            self._abort(turn.ended_ms)
            return
        self._spend(turn.ended_ms, next(requests))
        said = {"type": "AgentMessage", "id": self._id("msg_")}
        self._item(turn.ended_ms, {**said, "content": [{"type": "Text", "text": "Done."}]})
        self._event(
            turn.ended_ms, "task_complete", last_agent_message="Done.",
            started_at=turn.at_ms // 1000, completed_at=turn.ended_ms // 1000,
            duration_ms=turn.ended_ms - turn.at_ms,
        )  # fmt: skip

    def _begin(self, turn: Turn) -> None:
        self._turn_id = self._id("turn-")
        trigger = {
            "turn_id": self._turn_id,
            "turn_trigger": "user",
            "parent_turn_id": None,
            "initiating_agent_path": None,
        }
        self._event(
            turn.at_ms, "task_started", turn_attribution=trigger, started_at=turn.at_ms // 1000
        )
        policy = "read-only" if self._session.asks else "workspace-write"
        self._add(
            turn.at_ms,
            "turn_context",
            {
                "turn_id": self._turn_id,
                "cwd": str(self._folder),
                "approval_policy": "on-request",
                "sandbox_policy": {"type": policy},
                "model": self._session.model,
            },
        )
        content = [{"type": "text", "text": turn.prompt, "text_elements": []}]
        self._item(turn.at_ms, {"type": "UserMessage", "id": self._id("item-"), "content": content})

    def _spend(self, at_ms: int, spent: Tokens) -> None:
        whole = spent.input + spent.cache_read + spent.cache_write
        counts = (
            whole, spent.cache_read, spent.cache_write, spent.output, spent.reasoning,
            whole + spent.output,
        )  # fmt: skip
        usage = dict(zip(TOKEN_FIELDS, counts, strict=True))
        self._total = {name: self._total[name] + usage[name] for name in TOKEN_FIELDS}
        record = {
            "thread_id": self._session.id,
            "turn_id": self._turn_id,
            "session_id": self._session.id,
            "response_id": self._id("resp_"),
            "usage": usage,
        }
        self._add(at_ms, "token_usage_record", record)
        info = {"total_token_usage": self._total, "last_token_usage": usage}
        self._event(at_ms, "token_count", info=info, rate_limits=None)

    def _command(self, command: str, at_ms: int, spent: Tokens, *, ok: bool) -> None:
        call, code = self._id("call_"), 0 if ok else 1
        arguments = json.dumps({"cmd": command})
        self._add(
            at_ms,
            "response_item",
            {
                "type": "function_call",
                "name": "exec_command",
                "arguments": arguments,
                "call_id": call,
            },
        )
        self._spend(at_ms, spent)
        kinds = [{"type": "read" if command.startswith("cat ") else "unknown", "cmd": command}]
        self._item(
            at_ms + 900,
            {
                "type": "CommandExecution",
                "id": call,
                "command": ["/bin/bash", "-lc", command],
                "cwd": self._folder.as_uri(),
                "parsed_cmd": kinds,
                "status": "completed" if ok else "failed",
                "aggregated_output": "[left out]",
                "exit_code": code,
            },
        )
        output = f"Process exited with code {code}\nOutput:\n[left out]"
        self._output("function_call_output", call, at_ms + 900, output)

    def _output(self, kind: str, call: str, at_ms: int, text: str) -> None:
        self._add(at_ms, "response_item", {"type": kind, "call_id": call, "output": text})

    def _patch(self, edit: Edit, at_ms: int, step_ms: int, spent: Tokens) -> bool:
        """Write an edit and its result; gives whether the turn goes on."""
        call = self._id("call_")
        self._add(
            at_ms,
            "response_item",
            {
                "type": "custom_tool_call",
                "status": "completed",
                "call_id": call,
                "name": "apply_patch",
                "input": _patch_text(edit),
            },
        )
        self._spend(at_ms, spent)
        at_ms += step_ms // 2
        kind = "custom_tool_call_output"
        if edit.decision == "rejected":
            self._output(kind, call, at_ms, "aborted by user after 1.8s")
            return False
        if edit.decision == "failed":
            text = "apply_patch verification failed: Failed to find expected lines"
            self._output(kind, call, at_ms, f"Exit code: 1\nOutput:\n{text}")
            return True
        change: Line = {"type": "add", "content": edit.after}
        if edit.before is not None:
            part = changes.diff(edit.before, edit.after)
            change = {"type": "update", "unified_diff": part, "move_path": None}
        path = str(self._folder / edit.path)
        item = {"type": "FileChange", "id": call, "changes": {path: change}, "status": "completed"}
        self._item(at_ms, item)
        self._output(kind, call, at_ms, "Exit code: 0\nOutput:\nSuccess.")
        return True

    def _abort(self, at_ms: int) -> None:
        self._event(at_ms, "turn_aborted", reason="interrupted")


def _patch_text(edit: Edit) -> str:
    if edit.before is None:
        body = "".join(f"+{line}\n" for line in edit.after.splitlines())
        return f"*** Begin Patch\n*** Add File: {edit.path}\n{body}*** End Patch\n"
    lines = changes.diff(edit.before, edit.after).splitlines()
    body = "".join("@@\n" if line.startswith("@@") else f"{line}\n" for line in lines)
    return f"*** Begin Patch\n*** Update File: {edit.path}\n{body}*** End Patch\n"
