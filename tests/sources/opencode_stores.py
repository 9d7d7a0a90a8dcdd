"""Builds small stores of OpenCode, as a database and as files."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

T0 = 1_790_000_000_000
RUN = [{"permission": name, "pattern": "*", "action": "deny"} for name in ("question", "plan_exit")]
SCHEMA = """
create table session (id text primary key, project_id text, parent_id text, directory text,
  version text, revert text, permission text, agent text, time_created integer,
  time_updated integer, time_archived integer);
create table message (id text primary key, session_id text, time_created integer,
  time_updated integer, data text);
create table part (id text primary key, message_id text, session_id text,
  time_created integer, time_updated integer, data text);
create table account (id text primary key, access_token text);
"""

Json = dict[str, object]


@dataclass
class Store:
    """Sessions with messages and parts; one minute between messages, one ms between parts."""

    sessions: dict[str, Json] = field(default_factory=dict)
    messages: list[tuple[str, str, int, Json]] = field(default_factory=list)
    parts: list[tuple[str, str, str, int, Json]] = field(default_factory=list)

    def session(self, name: str = "ses_1", at_ms: int = T0, **more: object) -> str:
        self.sessions[name] = {
            "directory": "/w/shop",
            "version": "1.18.33",
            "time_created": at_ms,
            "time_updated": at_ms,
            **more,
        }
        return name

    def message(self, role: str, *parts: Json, session: str = "ses_1", **more: object) -> str:
        nth = len(self.messages)
        at_ms = int(more.pop("at_ms", T0 + 60_000 * (nth + 1)))  # type: ignore[call-overload]
        name = str(more.pop("id", f"msg_{nth:04}"))
        time = {"created": at_ms, "completed": at_ms + 5_000} if role == "assistant" else {}
        told = {"role": role, "time": time or {"created": at_ms}, **more}
        self.messages.append((name, session, at_ms, told))
        for part in parts:
            at_ms += 1
            self.parts.append((f"prt_{len(self.parts):05}", name, session, at_ms, part))
        known = self.sessions.get(session)
        if known is not None:
            known["time_updated"] = max(int(str(known["time_updated"])), at_ms)
        return name

    def asked(self, words: str = "do it", **more: object) -> str:
        return self.message("user", text(words), **more)

    def answered(self, *parts: Json, **more: object) -> str:
        told = {"modelID": "m", "providerID": "p", "finish": "stop"}
        return self.message("assistant", *parts, **{**told, **more})

    def database(self, home: Path, name: str = "opencode/opencode.db") -> Path:
        """The store as a database, with the older rows of the same name replaced."""
        path = home / ".local" / "share" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with sqlite3.connect(path) as db:
            db.executescript(SCHEMA)
            self.write(db)
        db.close()
        return path

    def write(self, db: sqlite3.Connection) -> None:
        for name, facts in self.sessions.items():
            row = {"id": name, **facts}
            for column in ("revert", "permission"):
                if row.get(column) is not None:
                    row[column] = json.dumps(row[column])
            marks = ", ".join("?" * len(row))
            db.execute(
                f"insert or replace into session ({', '.join(row)}) values ({marks})",
                tuple(row.values()),
            )
        for name, session, at_ms, told in self.messages:
            values = (name, session, at_ms, at_ms, json.dumps(told))
            db.execute("insert or replace into message values (?, ?, ?, ?, ?)", values)
        for name, message, session, at_ms, told in self.parts:
            values = (name, message, session, at_ms, at_ms, json.dumps(told))
            db.execute("insert or replace into part values (?, ?, ?, ?, ?, ?)", values)

    def files(self, root: Path, *, first_builds: bool = False) -> None:
        """The store as files of JSON below a data folder."""
        base = root / "project" / "w-shop" / "storage" / "session" if first_builds else None
        for name, facts in self.sessions.items():
            told = {
                "id": name,
                "directory": facts["directory"],
                "version": facts["version"],
                "time": {"created": facts["time_created"], "updated": facts["time_updated"]},
            }
            if "parent_id" in facts:
                told["parentID"] = facts["parent_id"]
            folder = base / "info" if base else root / "storage" / "session" / "prj"
            put(folder / f"{name}.json", told)
        for name, session, _, told in self.messages:
            folder = base / "message" if base else root / "storage" / "message"
            put(folder / session / f"{name}.json", {"id": name, **told})
        for name, message, session, _, told in self.parts:
            folder = base / "part" / session if base else root / "storage" / "part"
            put(folder / message / f"{name}.json", {"id": name, **told})


def put(path: Path, told: Json) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told))


def text(words: str, **more: object) -> Json:
    return {"type": "text", "text": words, **more}


def called(tool: str, given: Json, status: str = "completed", **state: object) -> Json:
    """A call of a tool; ``call`` names it."""
    name = str(state.pop("call", "call_1"))
    time = {"start": T0 + 1_000, "end": T0 + 3_000}
    whole = {"status": status, "input": given, "time": time, **state}
    return {"type": "tool", "tool": tool, "callID": name, "state": whole}


def edit(old: str = "x\n", new: str = "y\nz\n", status: str = "completed", **state: object) -> Json:
    given = {"filePath": "/w/shop/a.py", "oldString": old, "newString": new}
    return called("edit", given, status, **state)


def tokens(fresh: int, output: int, reasoning: int = 0, **more: object) -> Json:
    return {"input": fresh, "output": output, "reasoning": reasoning, **more}
