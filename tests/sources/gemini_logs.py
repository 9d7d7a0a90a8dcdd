"""Makers of small Gemini chats, and short views of what reading them gave."""

from __future__ import annotations

import json
from pathlib import Path

from tests.sources.reading import Read, read_home
from tokenmirror.events import Prompt, Suggestion, Turn
from tokenmirror.sources import by_key

SESSION = "11111111-0000-4000-8000-000000000001"
HASH = "22" * 32


def chat(home: Path, *records: dict, name: str = "session-2026-03-02T09-00-11111111.jsonl") -> Path:
    path = home / ".gemini" / "tmp" / "app" / "chats" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def document(home: Path, *messages: dict, **more: object) -> Path:
    path = chat(home, name="session-2026-03-02T09-00-11111111.json")
    path.write_text(json.dumps({**head(**more), "messages": messages}, indent=2))
    return path


def typed(home: Path, *rows: tuple[str, int], session: str = SESSION) -> None:
    told = [
        {"sessionId": session, "messageId": n, "type": "user", "message": text, "timestamp": at(s)}
        for n, (text, s) in enumerate(rows)
    ]
    place = home / ".gemini" / "tmp" / "app"
    place.mkdir(parents=True, exist_ok=True)
    (place / "logs.json").write_text(json.dumps(told))


def at(second: float) -> str:
    whole, part = divmod(round(second * 1000), 1000)
    return f"2026-03-02T09:{whole // 60:02}:{whole % 60:02}.{part:03}Z"


def head(session: str = SESSION, **more: object) -> dict:
    facts = {"sessionId": session, "projectHash": HASH, "startTime": at(0), "kind": "main"}
    return facts | more


def said(text: str, second: float, name: str | None = None, **more: object) -> dict:
    facts = {"id": name or f"u{second}", "timestamp": at(second), "type": "user"}
    return facts | {"content": [{"text": text}]} | more


def answered(second: float, *made: dict, name: str | None = None, **more: object) -> dict:
    facts: dict = {"id": name or f"a{second}", "timestamp": at(second), "type": "gemini"}
    facts |= {"content": "", "model": "gemini-2.5-pro", "tokens": tokens()}
    return facts | ({"toolCalls": list(made)} if made else {}) | more


def tokens(**more: int) -> dict:
    told = {"input": 100, "output": 10, "cached": 60, "thoughts": 5, "tool": 0, "total": 115}
    return told | more


def info(text: str, second: float, kind: str = "info") -> dict:
    return {"id": f"i{second}", "timestamp": at(second), "type": kind, "content": text}


def call(name: str, status: str | None, output: str = "", display: object = "", **args: object):
    answer = {"functionResponse": {"id": "c", "name": name, "response": {"output": output}}}
    facts = {"id": "c", "name": name, "args": args, "timestamp": at(50), "result": [answer]}
    return facts | {"resultDisplay": display} | ({"status": status} if status else {})


def edit(status: str | None = "success", output: str = "", display: object = "") -> dict:
    args = {"file_path": "/w/a.py", "old_string": "x\n", "new_string": "y\nz\n"}
    return call("replace", status, output, display, **args)


def read(home: Path) -> Read:
    source = by_key("gemini-cli")
    assert source is not None
    return read_home(source, home)


def prompts(found: Read) -> list[tuple[str, str]]:
    return sorted((row.text, row.author) for row in found.rows(Prompt))


def edits(found: Read) -> list[tuple]:
    return [(r.kind, r.decision, r.how, r.added, r.removed) for r in found.rows(Suggestion)]


def ends(found: Read) -> list[str]:
    return [row.ended for row in sorted(found.rows(Turn), key=lambda row: row.at_ms)]
