"""A thread's first line: what it says of the session, and of the thread it comes from."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tokenmirror.events import Session
from tokenmirror.sources.codex_cli.people import entry_of, source_of
from tokenmirror.sources.codex_cli.records import Payload, first, ms_of
from tokenmirror.sources.codex_cli.state import State

MOST_OFFSET_MIN = 14 * 60
LONGEST_ID, LONGEST_PATH = 200, 4_096  # a state has 64 KiB; no true id or path comes near


def begin(state: State, payload: Payload, stamp: str | None, name: str) -> None:
    """Takes in a ``session_meta``: the first is the file's own, others are copies or repeats.

    ``stamp`` is the line's own time, ``name`` the file's name.
    """
    thread = (payload.id or payload.session_id or "")[:LONGEST_ID]
    if not state.named:
        _name(state, payload, thread, stamp, name)
    elif thread == state.thread:
        state.version = payload.cli_version or state.version
    elif thread and not state.content and not state.skip_below:
        # Another thread's beginning behind our own: what follows is a copy of it.
        state.owner, state.copying = thread, True
        if state.parent is None and state.relation is None:
            state.parent, state.relation = thread, "fork"


def _name(state: State, payload: Payload, thread: str, line: str | None, name: str) -> None:
    state.named = True
    state.thread = state.owner = thread or state.thread
    stamp = payload.timestamp or line
    state.started_ms = ms_of(stamp) if stamp else None
    state.first_ms = ms_of(line) if line else state.started_ms
    state.folder = payload.cwd[:LONGEST_PATH] if payload.cwd else None
    if payload.git is not None and payload.git.branch:
        state.branch = payload.git.branch[:LONGEST_PATH]
    state.version = payload.cli_version[:LONGEST_ID] if payload.cli_version else None
    state.originator = (payload.originator or "")[:LONGEST_ID]
    source, parent = source_of(payload.source)
    state.source = source[:LONGEST_ID]
    state.entry = entry_of(state.source, state.originator)
    state.utc_offset_min = _utc_offset_min(name, state.started_ms)
    _relate(state, payload, parent)


def _relate(state: State, payload: Payload, parent: str | None) -> None:
    state.internal = state.source in ("subagent", "internal") or (
        payload.thread_source not in (None, "user")
    )
    parent = payload.parent_thread_id or parent or payload.forked_from_id
    if state.internal and parent is None:
        parent = payload.session_id
    if parent is not None and parent != state.thread:
        state.parent = state.owner = parent[:LONGEST_ID]
    if state.internal:
        state.relation = "subagent"
    elif state.parent is not None:
        state.relation = "fork"
    state.skip_below = payload.subagent_history_start_ordinal or 0
    paged = first(payload.history_base) == b"{"
    state.copying = state.parent is not None and not paged and not state.skip_below
    if not state.copying:
        state.owner = state.thread


def session_of(state: State) -> Session:
    """The session's facts as far as they are known."""
    return Session(
        session=state.thread,
        key=state.thread,
        at_ms=state.started_ms,
        folder=state.folder,
        branch=state.branch,
        entry=state.entry,
        mode=state.mode,
        parent=state.parent,
        relation=state.relation,
        ended_ms=ms_of(state.last) if state.last else None,
        tool_version=state.version,
        utc_offset_min=state.utc_offset_min,
    )


def _utc_offset_min(name: str, started_ms: int | None) -> int | None:
    """The zone's offset: the file's name has the local time of the thread's start."""
    if started_ms is None or not name.startswith("rollout-"):
        return None
    try:
        local = datetime.strptime(name[8:27], "%Y-%m-%dT%H-%M-%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    minutes = (local.timestamp() * 1000 - started_ms) / 60_000
    offset = round(minutes / 15) * 15
    return offset if abs(offset) <= MOST_OFFSET_MIN and abs(minutes - offset) < 2 else None


def new_state(path: Path) -> State:
    """The state before a file's first line: the thread is called as its file is."""
    name = path.name.split(".", 1)[0]
    thread = name[28:] if name.startswith("rollout-") and len(name) > 28 else name
    return State(thread=thread[:LONGEST_ID], owner=thread[:LONGEST_ID])
