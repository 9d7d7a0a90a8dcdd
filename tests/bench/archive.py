"""A made-up archive of years of heavy use, written as rows: what the questions are timed on.

Seeded: the same archive each time.  Facts are written straight into the tables in the shape
that a reading leaves; what is derived from them is made by the program itself.
"""

from __future__ import annotations

import random
import sqlite3
import time
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tokenmirror import paths, seal
from tokenmirror.ingest.relate import Relater
from tokenmirror.store import connection, facts

EVENTS_PER_SESSION = 278
DAYS = 730
LAST = date(2026, 10, 31)
MINUTE_MS = 60_000
DAY_MS = 86_400_000
PROJECTS = 12
FILES = 240  # in each project
TOOLS = (("claude-code", 60), ("codex-cli", 20), ("cursor", 12), ("continue", 8))
MODELS = {
    "claude-code": ("claude-sonnet-4-5", "claude-haiku-4-5"),
    "codex-cli": ("gpt-5-codex", "gpt-5"),
    "cursor": ("claude-sonnet-4-5", "gpt-5"),
    "continue": ("a-local-model", "a-local-model"),
}
ENDINGS = ("py", "ts", "go", "md", "rs", "sql")
COLUMNS = {
    "sessions": "id source key machine_id file_id folder branch entry mode parent relation"
    " started_ms ended_ms tool_version utc_offset_min project_id",
    "prompts": "id key log_key session_id file_id copied at_ms turn_key author basis text_hash"
    " words attachments checks pushes_back",
    "turns": "id key session_id file_id copied at_ms ended_ms ended",
    "suggestions": "id key log_key session_id file_id copied at_ms turn_key kind path decision"
    " how basis decided_ms lines_added lines_removed added removed",
    "suggestion_lines": "suggestion_id lines",
    "tool_calls": "id key session_id file_id copied at_ms turn_key kind name args_hash ok"
    " duration_ms",
    "usage": "id key session_id file_id copied at_ms model_id input_tokens cache_read_tokens"
    " cache_write_5m_tokens cache_write_1h_tokens output_tokens reasoning_tokens cost_nusd",
    "day_totals": "id key source machine_id file_id at_ms what count",
    "commits": "id repo_id oid parents authored_ms committed_ms placed_ms mono_ms utc_offset_min"
    " mine on_chain landed_oid added removed proof_lines",
    "links": "commit_id session_id how ships",
    "claims": "commit_id suggestion_id session_id path evidence lines proof_lines",
    "follows": "suggestion_id repo_id path landed shipped exact landed_lines shipped_lines"
    " exact_lines landed_ms shipped_ms",
    "births": "id repo_id number commit_id path suggestion_id session_id mine lines proof_lines"
    " born_ms",
    "deaths": "birth_id at_ms lines cause commit_id killer",
}
EVENTS = ("prompts", "turns", "suggestions", "tool_calls", "usage")
Row = tuple[object, ...]


@dataclass(frozen=True)
class Built:
    """How many events it holds, and how long its parts took, in seconds of the clock."""

    events: int
    sessions: int
    rows_s: float
    relate_s: float


@dataclass
class Rows:
    """Rows of each table waiting to be written, and the next id of each."""

    db: sqlite3.Connection
    held: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in COLUMNS})
    ids: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COLUMNS, 0))

    def add(self, table: str, *row: object) -> int:
        """Hold a row that begins with its id; gives the id."""
        self.ids[table] += 1
        self.held[table].append((self.ids[table], *row))
        return self.ids[table]

    def keep(self, table: str, *row: object) -> None:
        """Hold a row that has no id of its own."""
        self.held[table].append(row)

    def write(self) -> None:
        """Write what is held, in one transaction."""
        with connection.immediately(self.db):
            for table, rows in self.held.items():
                names = COLUMNS[table].split()
                marks = ", ".join("?" * len(names))
                self.db.executemany(
                    f"insert into {table} ({', '.join(names)}) values ({marks})",
                    rows,
                )
                rows.clear()


def make(
    folder: Path,
    events: int = 5_000_000,
    seed: int = 1,
    say: Callable[[int, int], None] = lambda _done, _of: None,
) -> Built:
    """Make the archive in a folder; about ``events`` events over two years.

    ``say`` is told how many sessions of how many are written.
    """
    began = time.perf_counter()
    db = connection.connect(paths.places(folder).database)
    db.execute("pragma synchronous = off")
    rows = Rows(db)
    _surroundings(db)
    draw = random.Random(seed)
    count = max(1, events // EVENTS_PER_SESSION)
    for number, start_ms in enumerate(_starts(draw, count)):
        _Session(rows, draw, number, start_ms).make()
        if number % 500 == 499:
            rows.write()
            say(number + 1, count)
    say(count, count)
    _completions(rows, draw)
    rows.write()
    rows_s = time.perf_counter() - began
    began = time.perf_counter()
    relate(db, facts.all_sessions(db))
    db.execute("analyze")
    made = sum(db.execute(f"select count(*) from {name}").fetchone()[0] for name in EVENTS)
    db.close()
    return Built(made, count, rows_s, time.perf_counter() - began)


def relate(db: sqlite3.Connection, touched: set[int]) -> None:
    """Make what is derived, as a reading does."""
    Relater(
        db=db,
        sealer=seal.Sealer(b"k" * 32, frozenset()),
        patterns=(),
        trees={},
        locate=lambda path, folder: (int((folder or "/0").rsplit("/", 1)[1]) + 1, path),
        committed=lambda _repo, _path: None,
        now_ms=_ms(LAST) + DAY_MS,
    ).run(touched, {})


def _ms(day: date) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


def _starts(draw: random.Random, count: int) -> list[int]:
    """When sessions begin: on weekdays mostly, from morning to evening, at whole minutes."""
    days = [LAST - timedelta(days=n) for n in range(DAYS)]
    weights = [1.0 if day.weekday() < 5 else 0.25 for day in days]
    chosen = draw.choices(days, weights, k=count)
    return sorted(
        _ms(day) + draw.randint(6 * 60, 19 * 60) * MINUTE_MS + draw.randint(0, 59_999)
        for day in chosen
    )


def _surroundings(db: sqlite3.Connection) -> None:
    with connection.immediately(db):
        db.execute("insert into machines (id, key, label) values (1, 'm', 'here')")
        names = sorted({model for several in MODELS.values() for model in several})
        db.executemany("insert into models (name) values (?)", [(name,) for name in names])
        for number in range(PROJECTS):
            db.execute(
                "insert into repos (id, machine_id, common_dir, name, state, refs_digest, chain_ms,"
                " observed_ms) values (?, 1, ?, ?, 'ok', x'00', ?, ?)",
                (number + 1, f"/made/{number}/.git", f"p{number}", _ms(LAST), _ms(LAST)),
            )
            db.execute(
                "insert into projects (id, key, name, repo_id) values (?, ?, ?, ?)",
                (number + 1, f"/made/{number}", f"p{number}", number + 1),
            )
        for number, (source, _weight) in enumerate(TOOLS, 1):
            db.execute(
                "insert into files (id, machine_id, source, path, size, mtime_ns, stamp, offset,"
                " head, state, version, records, understood, first_ms, last_ms, read_ms)"
                " values (?, 1, ?, ?, 1, 1, 0, 1, x'', x'', 1, 1000, 999, ?, ?, ?)",
                (number, source, f"/logs/{source}", _ms(LAST - timedelta(days=DAYS)), _ms(LAST),
                 _ms(LAST)),
            )  # fmt: skip


class _Session:
    """One session's rows: turns with their prompt, calls, usage and edits, then its commits."""

    def __init__(self, rows: Rows, draw: random.Random, number: int, start_ms: int) -> None:
        self.rows, self.draw, self.number = rows, draw, number
        self.at_ms = self.start_ms = start_ms
        tool = draw.choices([name for name, _ in TOOLS], [weight for _, weight in TOOLS])[0]
        self.source, self.file = tool, [name for name, _ in TOOLS].index(tool) + 1
        self.project = draw.randrange(PROJECTS)
        self.driven = draw.random() < 0.08
        self.parent = number - 1 if number and draw.random() < 0.1 else None
        self.models = sorted({name for several in MODELS.values() for name in several})
        self.id = rows.ids["sessions"] + 1
        self.edits: list[tuple[int, str, int, int]] = []  # id, path, lines, instant
        paths_of_project = [f"src/part{n % 17}/file{n}.{ENDINGS[n % 6]}" for n in range(FILES)]
        self.paths = draw.sample(paths_of_project, 6)

    def make(self) -> None:
        draw = self.draw
        for _turn in range(max(1, round(draw.lognormvariate(2.2, 0.75)))):
            self._turn()
            self.at_ms += round(draw.lognormvariate(4.0, 1.0) * 1000)
        parent = self.parent
        self.rows.add(
            "sessions", self.source, f"s{self.number}", 1, self.file, f"/made/{self.project}",
            None, "headless" if self.driven else "interactive", "ask",
            f"s{parent}" if parent is not None else None,
            "subagent" if parent is not None else None,
            self.start_ms, self.at_ms, "1.0", 0, self.project + 1,
        )  # fmt: skip
        if self.edits and not self.driven and draw.random() < 0.6:
            self._commit()

    def _turn(self) -> None:
        draw, rows = self.draw, self.rows
        begun = self.at_ms
        turn = rows.ids["turns"] + 1
        author = "agent" if self.parent is not None else "program" if self.driven else "person"
        rows.add(
            "prompts", turn, f"p{turn}", self.id, self.file, 0, begun, turn, author, "stated",
            draw.randbytes(16), draw.randint(3, 80), 0, int(draw.random() < 0.2),
            int(draw.random() < 0.1),
        )  # fmt: skip
        for step in range(max(1, round(draw.lognormvariate(2.1, 0.6)))):
            self.at_ms += round(draw.lognormvariate(1.9, 0.8) * 1000)
            self._step(turn, step)
        ended = draw.choices(("finished", "interrupted", "asked", "error"), (88, 7, 4, 1))[0]
        rows.add("turns", turn, self.id, self.file, 0, begun, self.at_ms, ended)

    def _step(self, turn: int, step: int) -> None:
        draw, rows = self.draw, self.rows
        model = MODELS[self.source][int(draw.random() < 0.15)]
        number = rows.ids["usage"] + 1
        rows.add(
            "usage", number, self.id, self.file, 0, self.at_ms, self.models.index(model) + 1,
            draw.randint(2, 3000), min(190_000, 8000 * step), draw.randint(0, 3000), 0,
            draw.randint(20, 1500), 0, None,
        )  # fmt: skip
        number = rows.ids["tool_calls"] + 1
        kind = draw.choices(("read", "edit", "test", "other"), (45, 30, 10, 15))[0]
        rows.add(
            "tool_calls", number, self.id, self.file, 0, self.at_ms, turn, kind, kind.title(),
            draw.randrange(2**40) if draw.random() < 0.9 else 7, int(draw.random() < 0.95), 900,
        )  # fmt: skip
        if draw.random() < 0.35:
            self._edit(turn)

    def _edit(self, turn: int) -> None:
        draw, rows = self.draw, self.rows
        lines = max(1, round(draw.lognormvariate(2.0, 1.0)))
        decision = draw.choices(("accepted", "rejected", "undecided"), (88, 7, 5))[0]
        how = draw.choices(("chosen", "allowed", "applied"), (50, 30, 20))[0]
        how = "allowed" if self.driven else how
        path = draw.choice(self.paths)
        number = rows.ids["suggestions"] + 1
        rows.add(
            "suggestions", number, f"e{number}", self.id, self.file, 0, self.at_ms, turn,
            "inline" if self.source == "continue" and draw.random() < 0.7 else "edit", path,
            decision, how if decision == "accepted" else None, "stated", self.at_ms + 4000, lines,
            0, lines, 0,
        )  # fmt: skip
        hashes = array("Q", (draw.getrandbits(64) for _ in range(lines)))
        sealed = seal.SealedLines(hashes, bytes(lines))
        rows.keep("suggestion_lines", number, seal.pack(sealed))
        if decision == "accepted":
            self.edits.append((number, path, lines, self.at_ms))

    def _commit(self) -> None:
        draw, rows = self.draw, self.rows
        at_ms = self.at_ms + draw.randint(2, 90) * MINUTE_MS
        repo = self.project + 1
        total = sum(lines for _, _, lines, _ in self.edits)
        commit = rows.add(
            "commits", repo, f"{self.number:040x}", "", at_ms, at_ms, at_ms, at_ms, 0, 1, 1,
            f"{self.number:040x}", total, 0, total,
        )  # fmt: skip
        rows.keep("links", commit, self.id, "lines", 1)
        for edit, path, lines, _made in self.edits:
            landed = lines if draw.random() < 0.8 else 0
            bits = ((1 << landed) - 1).to_bytes((lines + 7) // 8, "little")
            rows.keep(
                "follows", edit, repo, path, bits, bits, bits, landed, landed, landed,
                at_ms if landed else None, at_ms if landed else None,
            )  # fmt: skip
            if landed:
                rows.keep("claims", commit, edit, self.id, path, "exact", landed, landed)
                self._life(commit, edit, path, landed, at_ms)

    def _life(self, commit: int, edit: int, path: str, lines: int, at_ms: int) -> None:
        rows, draw = self.rows, self.draw
        number = rows.ids["births"] + 1
        birth = rows.add(
            "births", self.project + 1, number, commit, path, edit, self.id, 1, lines, lines, at_ms
        )
        if draw.random() < 0.15:
            died = at_ms + draw.randint(1, 60) * DAY_MS
            killer = draw.choice(("mine", "ai", "other"))
            rows.keep("deaths", birth, died, lines, "changed", commit, killer)


def _completions(rows: Rows, draw: random.Random) -> None:
    """Day totals of one tool."""
    for day in _days():
        for what, most in (("accepted", 40), ("shown", 130), ("chars_ai", 900)):
            number = rows.ids["day_totals"] + 1
            rows.add("day_totals", number, "cursor", 1, 3, _ms(day), what, draw.randint(1, most))


def _days() -> Iterator[date]:
    return (LAST - timedelta(days=n) for n in range(DAYS))
