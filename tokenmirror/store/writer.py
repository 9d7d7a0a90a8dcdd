"""The one writer of facts: a batch and its cursor in one transaction.

Rows are merged by natural key so that the order of reading changes nothing: known values
win over unknown ones, a later decision over an earlier one, the usage record with more
output over a partial one.  A record seen in a second session's log (a fork, a resumed
copy) is noted in ``sightings``; ``copies.settle`` gives each record to one session.

Plain ``executemany`` here, not sqlite-utils: 4 times faster for the hot path.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tokenmirror import cues, seal
from tokenmirror.events import (
    AnyEvent,
    Compaction,
    DayTotal,
    Prompt,
    Session,
    Suggestion,
    ToolCall,
    Turn,
    Usage,
)
from tokenmirror.store import ledger, upserts
from tokenmirror.store.copies import owners
from tokenmirror.store.ledger import Why


@dataclass
class Counts:
    """What a run brought that was not there before, for one source."""

    sessions: set[int] = field(default_factory=set)
    prompts: int = 0
    suggestions: int = 0
    usage: int = 0


@dataclass
class Writer:
    """Writes batches of one run; remembers ids so that sessions and models cost nothing.

    ``keep`` is the person's choice of how much may be kept.  ``why`` and ``detail`` say what
    the ledger of past figures is to tell of what is written now.
    """

    db: sqlite3.Connection
    machine_id: int
    sealer: seal.Sealer
    keep: str = "figures"
    _sessions: dict[tuple[str, str], int] = field(default_factory=dict)
    _models: dict[str, int] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)
    why: Why = "new_records"
    detail: str = ""

    def write(
        self, file_id: int, source: str, events: Sequence[AnyEvent], counts: Counts
    ) -> tuple[int | None, int | None]:
        """Write the events of one file; gives their earliest and latest instant.

        Must run inside a transaction, together with the file's new cursor.
        """
        kinds: dict[type, list[Any]] = defaultdict(list)
        for event in events:
            kinds[type(event)].append(event)
        self._write_sessions(file_id, source, kinds, events)
        sessions = {self._sessions[source, event.session] for event in events if event.session}
        counts.sessions |= sessions
        counts.prompts += self._write_prompts(file_id, source, kinds[Prompt])
        self._write_turns(file_id, source, kinds[Turn])
        counts.suggestions += self._write_suggestions(file_id, source, kinds[Suggestion])
        self._write_calls(file_id, source, kinds[ToolCall])
        counts.usage += self._write_usage(file_id, source, kinds[Usage])
        self._write_compactions(file_id, source, kinds[Compaction])
        self._write_totals(file_id, source, kinds[DayTotal])
        times = [event.at_ms for event in events if event.at_ms is not None]
        ledger.note(self.db, sessions, self.why, self.detail, min(times, default=None))
        return (min(times), max(times)) if times else (None, None)

    def lose(self, sessions: set[int]) -> None:
        """Count sessions as touched whose records were let go of, to be read anew or not."""
        self.touched |= sessions
        ledger.note(self.db, sessions, self.why, self.detail, None)

    def session_id(self, source: str, key: str) -> int:
        """Row of a session, which must have been written in this run."""
        return self._sessions[source, key]

    def _write_sessions(
        self, file_id: int, source: str, kinds: dict[type, list[Any]], events: Sequence[AnyEvent]
    ) -> None:
        spans: dict[str, list[int]] = {}
        for event in events:
            if not event.session:
                continue
            span = spans.setdefault(event.session, [])
            if event.at_ms is not None and not event.copied and type(event) is not Session:
                span.append(event.at_ms)
        for key, times in spans.items():
            self._upsert_session(file_id, source, Session(session=key, key=key, at_ms=None), times)
        for session in kinds[Session]:
            self._upsert_session(file_id, source, session, [])

    def _upsert_session(self, file_id: int, source: str, event: Session, times: list[int]) -> None:
        starts = [*times, *([event.at_ms] if event.at_ms is not None else [])]
        ends = [*starts, *([event.ended_ms] if event.ended_ms is not None else [])]
        self.db.execute(
            upserts.UPSERT_SESSION,
            {
                "source": source,
                "key": event.session,
                "machine_id": self.machine_id,
                "file_id": file_id,
                "folder": event.folder,
                "branch": self.sealer.text(event.branch) if event.branch else None,
                "branch_name": event.branch if self.keep != "figures" else None,
                "entry": event.entry,
                "mode": event.mode,
                "parent": event.parent,
                "relation": event.relation,
                "started_ms": min(starts, default=None),
                "ended_ms": max(ends, default=None),
                "tool_version": event.tool_version,
                "utc_offset_min": event.utc_offset_min,
            },
        )
        if (source, event.session) not in self._sessions:
            row = self.db.execute(
                "select id from sessions where source = ? and key = ?", (source, event.session)
            ).fetchone()
            self._sessions[source, event.session] = row[0]
        self.touched.add(self._sessions[source, event.session])

    def _write_prompts(self, file_id: int, source: str, prompts: list[Prompt]) -> int:
        rows = []
        texts = []
        for event in prompts:
            key = seal.natural_key(source, "prompt", event.key)
            signs = cues.signs(event.text, self.sealer.key)
            rows.append(
                (
                    key,
                    event.key,
                    self._sessions[source, event.session],
                    file_id,
                    event.copied,
                    event.at_ms,
                    _turn_key(source, event.turn),
                    event.author,
                    event.basis,
                    self.sealer.text(event.text),
                    seal.words(event.text),
                    event.attachments,
                    event.removed,
                    signs.checks,
                    signs.pushes_back,
                    signs.sketch,
                )
            )
            texts.append((event.text, key))
        new = self._upsert("prompts", upserts.UPSERT_PROMPT, rows, session=2)
        if self.keep == "text":
            self.db.executemany(
                "insert into texts select id, ? from prompts where key = ?"
                " on conflict(prompt_id) do nothing",
                texts,
            )
        return new

    def _write_turns(self, file_id: int, source: str, turns: list[Turn]) -> None:
        rows = [
            (
                _turn_key(source, event.key),
                self._sessions[source, event.session],
                file_id,
                event.copied,
                event.at_ms,
                event.ended_ms,
                event.ended,
            )
            for event in turns
        ]
        self._upsert("turns", upserts.UPSERT_TURN, rows, session=1)

    def _write_suggestions(self, file_id: int, source: str, events: list[Suggestion]) -> int:
        rows, blobs = [], []
        for event in events:
            key = seal.natural_key(source, "suggestion", event.key)
            kept = seal.keeps_lines(event)
            sealed = self.sealer.edit if kept and event.path else self.sealer.lines
            lines = sealed(event.added, event.removed)
            removed = sum(flag & seal.REMOVED for flag in lines.flags)
            rows.append(
                (
                    key,
                    event.key,
                    self._sessions[source, event.session],
                    file_id,
                    event.copied,
                    event.at_ms,
                    _turn_key(source, event.turn),
                    event.kind,
                    event.path,
                    event.whole,
                    event.decision,
                    event.how,
                    event.basis,
                    event.decided_ms,
                    _lines_rank(event),
                    len(event.added),
                    len(event.removed),
                    len(lines.flags) - removed,
                    removed,
                )
            )
            if lines.flags and kept:
                rank = _lines_rank(event)
                blobs.append({"lines": seal.pack(lines), "key": key, "rank": rank})
        new = self._upsert("suggestions", upserts.UPSERT_SUGGESTION, rows, session=2)
        self.db.executemany(upserts.UPSERT_LINES, blobs)
        return new

    def _write_calls(self, file_id: int, source: str, calls: list[ToolCall]) -> None:
        rows = [
            (
                seal.natural_key(source, "tool_call", event.key),
                self._sessions[source, event.session],
                file_id,
                event.copied,
                event.at_ms,
                _turn_key(source, event.turn),
                event.kind,
                event.name,
                self.sealer.number(event.args),
                event.ok,
                event.duration_ms,
                " ".join(event.commits) or None,
            )
            for event in calls
        ]
        self._upsert("tool_calls", upserts.UPSERT_CALL, rows, session=1)

    def _write_usage(self, file_id: int, source: str, usage: list[Usage]) -> int:
        # answers repeat their usage on every line: one row each is enough to merge
        best: dict[tuple[str, str], Usage] = {}
        began: dict[str, int] = {}
        for event in usage:
            known = best.get((event.session, event.key))
            if known is None or (event.output_tokens or -1) >= (known.output_tokens or -1):
                best[event.session, event.key] = event
            if event.at_ms is not None:
                first = began.get(event.key, event.at_ms)
                began[event.key] = min(first, event.at_ms)
        rows = [
            (
                seal.natural_key(source, "usage", event.key),
                self._sessions[source, event.session],
                file_id,
                event.copied,
                began.get(event.key),
                self._model_id(event.model),
                event.input_tokens,
                event.cache_read_tokens,
                event.cache_write_5m_tokens,
                event.cache_write_1h_tokens,
                event.output_tokens,
                event.reasoning_tokens,
                event.output_at_least,
                event.cost_nusd,
                event.credits,
            )
            for event in best.values()
        ]
        return self._upsert("usage", upserts.UPSERT_USAGE, rows, session=1)

    def _write_compactions(self, file_id: int, source: str, cuts: list[Compaction]) -> None:
        rows = [
            (
                seal.natural_key(source, "compaction", event.key),
                self._sessions[source, event.session],
                file_id,
                event.copied,
                event.at_ms,
                event.tokens,
            )
            for event in cuts
        ]
        self._upsert("compactions", upserts.UPSERT_COMPACTION, rows, session=1)

    def _write_totals(self, file_id: int, source: str, totals: list[DayTotal]) -> None:
        rows = [
            (
                seal.natural_key(source, "day_total", event.key),
                source,
                self.machine_id,
                file_id,
                event.at_ms or 0,
                event.what,
                event.count,
                event.folder,
            )
            for event in totals
        ]
        self.db.executemany(upserts.UPSERT_TOTAL, rows)

    def _upsert(self, table: str, statement: str, rows: list[tuple[Any, ...]], session: int) -> int:
        """Insert or merge rows whose first column is the natural key; gives how many are new.

        ``session`` is the index of the session column; file and ``copied`` follow it.
        """
        if not rows:
            return 0
        first: dict[int, int] = {}
        for row in rows:
            first.setdefault(row[0], row[session])
        there = dict(owners(self.db, table, list(first)))
        owned = first | there
        self.db.executemany(statement, rows)
        seen = [
            (table, row[0], *row[session : session + 3])
            for row in rows
            if owned[row[0]] != row[session]
        ]
        if seen:
            self.db.executemany(
                "insert into sightings (kind, key, session_id, file_id, copied)"
                " values (?, ?, ?, ?, ?) on conflict do update set"
                " copied = min(copied, excluded.copied)",
                seen,
            )
        return len(first) - len(there)

    def _model_id(self, name: str | None) -> int | None:
        if name is None:
            return None
        known = self._models.get(name)
        if known is None:
            self.db.execute(
                "insert into models (name) values (?) on conflict(name) do nothing", (name,)
            )
            row = self.db.execute("select id from models where name = ?", (name,)).fetchone()
            known = self._models[name] = int(row[0])
        return known


def _turn_key(source: str, turn: str | None) -> int | None:
    return None if turn is None else seal.natural_key(source, "turn", turn)


def _lines_rank(event: Suggestion) -> int:
    """Which of several records of one edit says its lines: the latest that decides it.

    A record without lines (a refusal) says nothing of them.
    """
    if not event.added and not event.removed:
        return -1
    return 0 if event.decision == "undecided" else max(1, event.decided_ms or 1)
