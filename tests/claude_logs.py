"""Small made-up transcripts in Claude Code's form, written into a home."""

from __future__ import annotations

import difflib
import itertools
from datetime import UTC, datetime
from pathlib import Path

import msgspec


def time_text(at_ms: int) -> str:
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03d}Z"


def transcript(home: Path, session: str, folder: Path, at_ms: int, edits, *, decision="accept"):
    """One typed prompt and edits of it: (path, old text, new text), all decided alike."""
    ticks = itertools.count(at_ms, 1000)
    numbers = itertools.count()

    def line(**fields):
        common = {
            "uuid": f"{session}-{next(numbers)}",
            "timestamp": time_text(next(ticks)),
            "sessionId": session,
            "cwd": str(folder),
            "version": "2.1.330",
            "gitBranch": "main",
            "isSidechain": False,
            "entrypoint": "cli",
        }
        return msgspec.json.encode(common | fields) + b"\n"

    asked = {"role": "user", "content": "please change this"}
    lines = [line(type="user", message=asked, promptSource="typed", permissionMode="default")]
    for number, (path, old, new) in enumerate(edits):
        call = f"toolu_{session}_{number}"
        full = str(folder / path)
        lines.append(line(type="assistant", message=_answer(session, number, call, full, old, new)))
        lines.append(line(type="user", **_result(call, full, old, new, decision)))
    log = home / ".claude" / "projects" / "-made-up" / f"{session}.jsonl"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"".join(lines))
    return log


def _answer(session, number, call, full, old, new):
    asked = {"file_path": full, "old_string": old, "new_string": new}
    return {
        "id": f"msg_{session}_{number}",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
        "content": [{"type": "tool_use", "id": call, "name": "Edit", "input": asked}],
        "usage": {"input_tokens": 5, "output_tokens": 50},
    }


def _result(call, full, old, new, decision):
    block = {"type": "tool_result", "tool_use_id": call, "content": "ok"}
    if decision == "reject":
        said = "The user doesn't want to proceed with this tool use."
        block |= {"is_error": True, "content": said}
        return {
            "message": {"role": "user", "content": [block]},
            "toolUseResult": "User rejected tool use",
            "toolDenialKind": "user-rejected",
        }
    before, after = old.splitlines(), new.splitlines()
    patch = list(difflib.unified_diff(before, after, lineterm="", n=0))[3:]
    hunk = {"oldStart": 1, "oldLines": len(before), "newStart": 1, "newLines": len(after)}
    return {
        "message": {"role": "user", "content": [block]},
        "toolUseResult": {
            "filePath": full,
            "oldString": old,
            "newString": new,
            "originalFile": old,
            "structuredPatch": [hunk | {"lines": [row for row in patch if row[:2] != "@@"]}],
            "userModified": False,
        },
        "permissionDecision": {"decision": "accept", "source": "user_temporary"},
    }
