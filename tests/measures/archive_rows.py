"""An archive made of rows written out by hand, for the tests of listings."""

from __future__ import annotations

import sqlite3

from tokenmirror.store import (
    landed,
    slots,
    sums,
    tables,
    tables_copies,
    tables_exact,
    tables_landed,
    tables_lasting,
    tables_matching,
    tables_measured,
    tables_packed,
    tables_sums,
)

HOUR = 3_600_000
T0 = 1_790_000_000_000  # 2026-09-21T14:13:20Z

DEFAULTS: dict[str, dict[str, object]] = {
    "machines": {"key": "m1", "label": "desk"},
    "projects": {"name": "app", "key": "/w/app"},
    "repos": {"machine_id": 1, "common_dir": "/w/app/.git", "name": "app", "state": "ok",
              "landing_ref": "refs/heads/main"},
    "sessions": {"source": "claude-code", "machine_id": 1, "folder": "/w/app", "project_id": 1,
                 "started_ms": T0, "ended_ms": T0 + HOUR},
    "prompts": {"session_id": 1, "copied": 0, "at_ms": T0, "author": "person", "basis": "stated",
                "text_hash": b"", "words": 3},
    "origins": {"origin": "own", "basis": "stated"},
    "turns": {"session_id": 1, "copied": 0, "at_ms": T0, "ended_ms": T0 + 60_000,
              "ended": "finished"},
    "suggestions": {"session_id": 1, "copied": 0, "at_ms": T0, "kind": "edit",
                    "path": "/w/app/a.py", "decision": "accepted", "how": "chosen",
                    "basis": "stated", "lines_added": 2, "lines_removed": 1, "added": 2,
                    "removed": 1},
    "tool_calls": {"session_id": 1, "copied": 0, "at_ms": T0, "kind": "test", "name": "Bash",
                   "args_hash": 1, "ok": 1},
    "usage": {"session_id": 1, "copied": 0, "at_ms": T0},
    "proposals": {"session_id": 1, "path": "a.py", "at_ms": T0, "decision": "accepted",
                  "unattended": 0, "followed": 1, "excluded": 0, "proposed": 0, "chosen": 0,
                  "allowed": 0, "applied": 0, "undecided": 0, "rejected": 0,
                  "landed": 0, "shipped": 0},
    "commits": {"repo_id": 1, "parents": "", "authored_ms": T0, "committed_ms": T0,
                "placed_ms": T0, "utc_offset_min": 0, "mine": 1, "on_chain": 0},
    "claims": {"session_id": 1, "path": "a.py", "evidence": "exact", "proof_lines": 0},
    "links": {"session_id": 1, "how": "lines", "ships": 1},
    "tasks": {"title_from": "day", "project_id": 1, "source": "claude-code", "began_ms": T0,
              "ended_ms": T0 + HOUR, "outcome": "shipped", "why": "lines", "unattended": 0,
              "own_prompts": 1, "intended": 1, "proposed": 0, "accepted": 0, "landed": 0,
              "shipped": 0, "rules_version": 1},
}  # fmt: skip
KEYED = {"prompts", "turns", "suggestions", "tool_calls", "usage"}
LOGGED = {"prompts", "suggestions"}


def archive_with(**rows_of: list[dict[str, object]]) -> sqlite3.Connection:
    """An archive in memory: rows by table, ids counted from 1, the rest filled in plainly.

    There is always a machine, a project and, unless ``sessions`` says other, one session.
    """
    db = sqlite3.connect(":memory:")
    steps = (
        tables_measured.MEASURED,
        tables_lasting.LASTING,
        tables_exact.EXACT,
        tables_matching.MATCHING,
        tables_sums.SUMS,
        tables_landed.LANDED,
        tables_copies.COPIES,
        tables_packed.PACKED,
    )
    for script in (tables.FACTS, tables.DERIVED, tables.OWN, tables.RUNS, *steps):
        db.executescript(script)
    filled = {"machines": [{}], "projects": [{}], "sessions": [{"key": "s1"}], **rows_of}
    for table, rows in filled.items():
        for number, row in enumerate(rows, 1):
            _insert(db, table, {**_made(table, number), **DEFAULTS.get(table, {}), **row})
    sessions = [row[0] for row in db.execute("select id from sessions")]
    slots.refresh(db, sessions)
    sums.refresh_changes(db, sessions)
    landed.refresh(db, [row[0] for row in db.execute("select id from repos")])
    return db


def _made(table: str, number: int) -> dict[str, object]:
    made: dict[str, object] = {"key": number} if table in KEYED else {}
    if table in LOGGED:
        made["log_key"] = f"{table[0]}{number}"
    if table == "origins":
        made["prompt_id"] = number
    return made


def _insert(db: sqlite3.Connection, table: str, row: dict[str, object]) -> None:
    names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
    db.execute(f"insert into {table} ({names}) values ({marks})", row)
