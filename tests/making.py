"""Small makers of events, sealers and archives for tests."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

from tokenmirror import paths, seal
from tokenmirror.events import AnyEvent, Prompt, Suggestion, ToolCall, Turn, Usage
from tokenmirror.store import connection, files, keys
from tokenmirror.store.files import Position
from tokenmirror.store.writer import Counts, Writer

NOON_MS = 1_790_000_000_000
SEALER = seal.Sealer(b"k" * 32, frozenset({"else:", "return"}))


def a_prompt(key: str = "p1", session: str = "s1", at_ms: int | None = NOON_MS, **rest) -> Prompt:
    rest.setdefault("text", "add a retry to the uploader")
    return Prompt(session=session, key=key, at_ms=at_ms, **rest)


def a_suggestion(key: str = "e1", session: str = "s1", at_ms: int = NOON_MS, **rest) -> Suggestion:
    rest.setdefault("kind", "edit")
    rest.setdefault("path", "app.py")
    rest.setdefault("added", ("total = price * count", ""))
    return Suggestion(session=session, key=key, at_ms=at_ms, **rest)


def a_usage(key: str = "u1", session: str = "s1", at_ms: int = NOON_MS, **rest) -> Usage:
    rest.setdefault("input_tokens", 10)
    rest.setdefault("output_tokens", 20)
    rest.setdefault("model", "m")
    return Usage(session=session, key=key, at_ms=at_ms, **rest)


def a_turn(key: str = "t1", session: str = "s1", at_ms: int = NOON_MS, **rest) -> Turn:
    return Turn(session=session, key=key, at_ms=at_ms, **rest)


def a_call(key: str = "c1", session: str = "s1", at_ms: int = NOON_MS, **rest) -> ToolCall:
    rest.setdefault("kind", "test")
    rest.setdefault("name", "Bash")
    return ToolCall(session=session, key=key, at_ms=at_ms, **rest)


class Archive:
    """A new archive in a folder, with a writer and one file row per log name."""

    def __init__(self, folder: Path, keep: str = "figures") -> None:
        self.places = paths.places(folder)
        self.db: sqlite3.Connection = connection.connect(self.places.database)
        self.machine = keys.machine(self.db, self.places, "here")
        self.writer = Writer(self.db, self.machine, SEALER, keep)

    def write(self, *events: AnyEvent, log: str = "a.jsonl", source: str = "tool") -> Counts:
        counts = Counts()
        with connection.immediately(self.db):
            file_id = files.add(self.db, self.machine, source, log, NOON_MS)
            first_ms, last_ms = self.writer.write(file_id, source, events, counts)
            at = Position(1, 1, 0, 1, b"", b"", 1, first_ms=first_ms, last_ms=last_ms)
            files.advance(self.db, file_id, at, NOON_MS)
        return counts

    def rows(self, query: str, *values: object) -> list[tuple]:
        return self.db.execute(query, values).fetchall()

    def one(self, query: str, *values: object) -> object:
        return self.db.execute(query, values).fetchone()[0]


def run_python(code: str) -> str:
    """Output of a fresh interpreter in the repository."""
    root = Path(__file__).resolve().parent.parent
    return subprocess.check_output([sys.executable, "-c", code], cwd=root, text=True)
