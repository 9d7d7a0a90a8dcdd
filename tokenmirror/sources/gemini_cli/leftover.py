"""Prompts whose chat is gone: Gemini CLI removes chats, and keeps the list of what was typed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from tokenmirror.events import AnyEvent, Problem, Prompt, Session
from tokenmirror.sources import lines
from tokenmirror.sources.editors import decoded
from tokenmirror.sources.gemini_cli.chat import prompt_key
from tokenmirror.sources.gemini_cli.folders import folder_of
from tokenmirror.sources.gemini_cli.typed import LOG, Row, typed_in
from tokenmirror.sources.source import Batch, Cursor, LogFile

ID_CHARS = 8  # of a session's id stand in its file's name


def log_of(project: Path) -> LogFile | None:
    """The list of a project, stamped with the chats that are there."""
    file = lines.log_file(project / LOG)
    if file is None:
        return None
    present = "\n".join(sorted(chats_of(project)))
    stamp = int.from_bytes(blake2b(present.encode(), digest_size=7).digest(), "big")
    return LogFile(file.path, file.size, file.mtime_ns, stamp)


def chats_of(project: Path) -> frozenset[str]:
    """The beginnings of the ids of sessions that have a chat."""
    found = lines.walk(project / "chats", (".json", ".jsonl"), depth=0)
    return frozenset(file.path.stem.rsplit("-", 1)[-1] for file in found)


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """Prompts of sessions without a chat.  Raises ``lines.Unreadable``.

    Commands of the tool are left out; shell commands entered in its shell mode cannot be
    told from prompts here.
    """
    text = lines.whole(file)
    rows = decoded(text)
    tally = lines.Tally()
    if not isinstance(rows, list):
        if text.strip():
            tally.bad(Problem(0, "not_json" if rows is None else "bad_type"))
        yield tally.batch(Cursor(0, file.size, file.mtime_ns))
        return
    for _ in rows[cursor.offset :]:
        tally.known()
    present, folder = chats_of(file.path.parent), folder_of(file.path, None)
    events: list[AnyEvent] = []
    for session, entered in typed_in(file.path).sessions.items():
        if session[:ID_CHARS] not in present:
            events += _entered(session, entered, folder)
    last = tally.batch(Cursor(len(rows), file.size, file.mtime_ns))
    yield from lines.in_batches(events, cursor, last)


def _entered(session: str, rows: list[Row], folder: str | None) -> Iterator[AnyEvent]:
    prompts = [row for row in rows if row.text and not row.text.startswith(("/", "?"))]
    times = [row.at_ms for row in prompts if row.at_ms is not None]
    if not prompts:
        return
    yield Session(
        session=session,
        key=session,
        at_ms=min(times, default=None),
        folder=folder,
        entry="interactive",
        ended_ms=max(times, default=None),
    )
    sent: Counter[str] = Counter()
    for row in prompts:
        key = prompt_key(session, row.text, sent[row.text])
        sent[row.text] += 1
        yield Prompt(
            session=session,
            key=key,
            at_ms=row.at_ms,
            text=row.text,
            author="person",
            basis="inferred",
        )
