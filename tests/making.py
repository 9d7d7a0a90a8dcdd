"""Small makers of events, sealers and archives for tests."""

from __future__ import annotations

import dataclasses
import sqlite3
import subprocess
import sys
from pathlib import Path

from tokenmirror import paths, seal
from tokenmirror.events import AnyEvent, Prompt, Suggestion, ToolCall, Turn, Usage
from tokenmirror.ingest.run import Request, run
from tokenmirror.settings import Settings
from tokenmirror.sources import built_in
from tokenmirror.sources.source import Machine
from tokenmirror.store import connection, files, keys
from tokenmirror.store.files import Position
from tokenmirror.store.writer import Counts, Writer

PLATFORMS = ("linux", "macos", "windows")
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


def read_home(
    home, data, *, repos=(), now_ms=None, one_file_at_a_time=False, report=False, settings=None
):
    """Read a made-up home into the archive in ``data``; gives a connection to it.

    ``one_file_at_a_time`` makes a reading of its own of each log, in the reverse order of
    their names.
    """
    places = paths.places(data)
    if one_file_at_a_time:
        for source in built_in():
            found = list(source.find(Machine(home, PLATFORMS)))
            for file in sorted(found, key=lambda file: str(file.path), reverse=True):
                alone = dataclasses.replace(source, find=lambda _machine, file=file: iter([file]))
                _read(home, places, [alone], repos, now_ms, settings)
    done = _read(home, places, built_in(), repos, now_ms, settings)
    db = sqlite3.connect(places.database)
    return (db, done.document()) if report else db


def _read(home, places, sources, repos, now_ms, settings=None):
    machine = Machine(home, PLATFORMS)
    request = Request(machine, sources, home=home, repos=tuple(repos))
    wanted = settings or Settings()
    return run(request, wanted, places, lambda _said: None, lambda: False, now_ms)


DUMPED = {
    "sessions": "select source, key, folder, branch is null, entry, mode, parent, relation,"
    " started_ms, ended_ms, tool_version from sessions",
    "prompts": "select p.log_key, s.key, p.at_ms, author, p.basis, words, attachments, removed,"
    " origin, o.basis, rule from prompts p join sessions s on s.id = p.session_id"
    " join origins o on o.prompt_id = p.id",
    "turns": "select t.key, s.key, at_ms, t.ended_ms, ended from turns t"
    " join sessions s on s.id = t.session_id",
    "suggestions": "select g.log_key, s.key, at_ms, kind, path, decision, how, basis, decided_ms,"
    " lines_added, lines_removed, added, removed, turn_key from suggestions g"
    " join sessions s on s.id = g.session_id",
    "tool_calls": "select c.key, s.key, at_ms, kind, name, ok, duration_ms, commits"
    " from tool_calls c join sessions s on s.id = c.session_id",
    "usage": "select u.key, s.key, at_ms, m.name, input_tokens, cache_read_tokens,"
    " cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens,"
    " output_at_least from usage u join sessions s on s.id = u.session_id"
    " left join models m on m.id = u.model_id",
    "day_totals": "select key, at_ms, what, count from day_totals",
    "tasks": "select key, outcome, why, unattended, own_prompts, proposed, accepted, landed,"
    " shipped, began_ms, landed_ms, shipped_ms from tasks",
    "commits": "select oid, mine, on_chain, landed_oid, landed_how, added, removed from commits",
    "claims": "select c.oid, g.log_key, k.path, evidence, lines from claims k"
    " join commits c on c.id = k.commit_id join suggestions g on g.id = k.suggestion_id",
}


def dump(db):
    """Every fact and every finding of an archive by natural keys, in a fixed order."""
    return {name: sorted(map(repr, db.execute(query))) for name, query in DUMPED.items()}
