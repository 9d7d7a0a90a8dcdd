"""Cursor's databases and transcripts, made small and by hand from the format's description."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

USER = Path(".config/Cursor/User")
STORE = USER / "globalStorage" / "state.vscdb"
SHOP = USER / "workspaceStorage" / "aa11"
TRANSCRIPTS = Path(".cursor/projects/w-shop/agent-transcripts")
C1 = "0d0c0001-0000-4000-8000-00000000c001"
C2 = "0d0c0001-0000-4000-8000-00000000c002"
T0 = 1_782_900_000_000
Row = tuple[str, object]


def connected(path: Path) -> sqlite3.Connection:
    """A database in the editor's form, opened for writing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path)
    for table in ("ItemTable", "cursorDiskKV"):
        sql = "(key text unique on conflict replace, value blob)"
        db.execute(f"create table if not exists {table} {sql}")
    return db


def put(path: Path, *rows: Row, table: str = "cursorDiskKV") -> Path:
    """Rows written into a database; values that are no text are written as JSON."""
    db = connected(path)
    with db:
        for key, value in rows:
            text = value if isinstance(value, str | bytes) else json.dumps(value)
            db.execute(f"insert into {table} values (?, ?)", (key, text))
    db.close()
    return path


def store(home: Path, *rows: Row) -> Path:
    return put(home / STORE, *rows)


def items(home: Path, *rows: Row, at: Path = STORE) -> Path:
    return put(home / at, *rows, table="ItemTable")


def composer(*heads: str, name: str = C1, **more: object) -> Row:
    """A finished conversation in agent mode, with its messages in order."""
    told: dict[str, object] = {
        "_v": 16,
        "composerId": name,
        "createdAt": T0,
        "lastUpdatedAt": T0 + 60_000,
        "status": "completed",
        "unifiedMode": "agent",
        "modelConfig": {"modelName": "composer-2"},
        "fullConversationHeadersOnly": [{"bubbleId": head} for head in heads],
        "workspaceIdentifier": {"id": "aa11", "uri": {"scheme": "file", "path": "/w/shop"}},
    }
    return f"composerData:{name}", told | more


def bubble(name: str, kind: int, text: str = "", of: str = C1, **more: object) -> Row:
    """A message; its name's last digits are seconds after the conversation began."""
    second = int("".join(filter(str.isdigit, name)) or 0)
    told: dict[str, object] = {
        "_v": 3,
        "type": kind,
        "bubbleId": name,
        "text": text,
        "createdAt": f"2026-07-01T10:00:{second:02}.000Z",
        "tokenCount": {"inputTokens": 0, "outputTokens": 0},
    }
    return f"bubbleId:{of}:{name}", told | more


def asked(name: str = "b1", text: str = "add a retry", **more: object) -> Row:
    return bubble(name, 1, text, **more)


def answer(name: str = "b9", text: str = "done", **more: object) -> Row:
    return bubble(name, 2, text, **more)


def call(name: str, tool: str, params: object = None, result: object = None, **more: object) -> Row:
    """A finished tool call; parameters and result are JSON texts in it, as Cursor keeps them."""
    told: dict[str, object] = {"name": tool, "status": "completed", "params": json.dumps(params)}
    if result is not None:
        told["result"] = json.dumps(result)
    return bubble(name, 2, toolFormerData=told | more, capabilityType=15)


def edit(name: str = "b2", path: str = "src/a.py", **more: object) -> Row:
    """A replacement of one line by two."""
    args = {"file_path": path, "old_string": "a\n", "new_string": "b\nc\n"}
    told: dict[str, object] = {"rawArgs": json.dumps(args)}
    return call(name, "search_replace", {"relativeWorkspacePath": path}, **(told | more))


def command(
    name: str = "b3", line: str = "pytest -q", result: object = None, **more: object
) -> Row:
    result = {"output": "", "exitCodeV2": 0} if result is None else result
    return call(name, "run_terminal_command_v2", {"command": line}, result, **more)


def day(date: str, shown: int, taken: int) -> Row:
    told = {"date": date, "tabSuggestedLines": shown, "tabAcceptedLines": taken}
    told |= {"composerSuggestedLines": 90, "composerAcceptedLines": 72}
    return f"aiCodeTracking.dailyStats.v1.5.{date}", told


def transcript(home: Path, *lines: object, name: str = C2, folder: str = "") -> Path:
    path = home / TRANSCRIPTS / (folder or name) / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def said(role: str, *parts: object) -> dict[str, object]:
    return {"role": role, "message": {"content": list(parts)}}


def query(text: str) -> dict[str, object]:
    return said("user", {"type": "text", "text": f"<user_query>\n{text}\n</user_query>"})


def used(name: str, **args: object) -> dict[str, object]:
    return said("assistant", {"type": "tool_use", "name": name, "input": args})
