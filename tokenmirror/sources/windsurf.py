"""Windsurf, and Windsurf Next: transcripts of Cascade, and the chat before Cascade.

Places: ``transcripts`` under ``~/.windsurf`` and ``~/.windsurf-next`` (written only where
hooks of Cascade are set up), the ``User`` folders of both editors and of their remote half,
and Cascade's own memory under ``~/.codeium``, which the vendor encrypts: each of its files
without a transcript is told as encrypted.

A line of a transcript is ``{"type": T, "status": …, T: {…}}``.  Read are ``user_input``,
``code_action`` (both texts, and what was said to it), ``run_command`` and the calls that
read; ``planner_response`` is passed over.  There are no ids, times, models or tokens: the
session is the file, a record its place in it, and the file's own time stands for theirs.
Strings may hold raw control characters.  Commands that the person typed into Cascade's
terminal look like the agent's.

From one recorded transcript and other readers' notes on the format; November 2026.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

import msgspec

from tokenmirror.events import (
    AnyEvent,
    CallKind,
    Decision,
    EditKind,
    How,
    Problem,
    Prompt,
    Session,
    Suggestion,
    ToolCall,
    Turn,
)
from tokenmirror.language import mark
from tokenmirror.sources import editors, lines
from tokenmirror.sources.changes import changed_lines
from tokenmirror.sources.commands import commits_in, kind_of
from tokenmirror.sources.editors import at, dict_at, number_at, text_at
from tokenmirror.sources.source import BATCH_EVENTS, Batch, Cursor, LogFile, Machine, Source

PRODUCTS = (editors.WINDSURF, editors.WINDSURF_NEXT)
STATE, SEALED = "state.vscdb", ".pb"
TABS = ("workbench.panel.aichat.view.aichat.chatdata", "aiChat.chatdata")
ACCEPTED = ("ACKNOWLEDGEMENT_TYPE_ACCEPT", 1)
REJECTED = ("ACKNOWLEDGEMENT_TYPE_REJECT", 2)
_READS = (
    "view_file",
    "view_content_chunk",
    "view_code_item",
    "list_directory",
    "find",
    "grep_search",
    "codebase_search",
    "trajectory_search",
    "list_resources",
    "read_resource",
    "read_url_content",
    "command_status",
)
_OTHERS = ("mcp_tool", "search_web", "todo_list", "memory", "browser_preview")
CALLS: dict[str, CallKind] = dict.fromkeys(_READS, "read")
CALLS.update((name, "other") for name in _OTHERS)
TALK = frozenset(("planner_response", "checkpoint", "error_message"))


class Progress(msgspec.Struct):
    """How far a transcript has been told."""

    turn: str | None = None
    folder: str | None = None
    started: bool = False


@dataclass
class Transcript:
    """A transcript while it is read; ``unknown`` counts kinds of line by name."""

    session: str
    at_ms: int
    progress: Progress
    unknown: dict[str, int] = field(default_factory=dict)

    def take(self, told: dict[str, object], place: int) -> Iterator[AnyEvent]:
        """Events of one line; ``place`` is where it begins."""
        kind = text_at(told, "type") or "no type"
        body = dict_at(told, kind)
        key = f"{self.session}@{place}"
        if kind == "user_input":
            yield from self.asked(text_at(body, "user_response"), key)
        elif kind == "code_action":
            yield from self._edit(told, body, key)
        elif kind == "run_command":
            yield from self._command(body, key)
        elif kind in CALLS:
            yield from self._called(kind, told, body, key)
        elif kind not in TALK:
            self.unknown[kind[:80]] = self.unknown.get(kind[:80], 0) + 1

    def begin(self, folder: str | None) -> Iterator[Session]:
        """The session, once, and again when a folder becomes known."""
        new = folder if self.progress.folder is None else None
        if self.progress.started and new is None:
            return
        self.progress.started = True
        self.progress.folder = self.progress.folder or folder
        yield Session(
            session=self.session,
            key=self.session,
            at_ms=self.at_ms,
            folder=self.progress.folder,
            entry="interactive",
        )

    def asked(self, text: str | None, key: str) -> Iterator[AnyEvent]:
        """A prompt, with the turn that it begins."""
        if not text or not text.strip():
            return
        yield from self.begin(None)
        self.progress.turn = key
        yield Prompt(
            session=self.session,
            key=key,
            at_ms=self.at_ms,
            text=text,
            author="person",
            basis="inferred",
            turn=key,
        )
        yield Turn(session=self.session, key=key, at_ms=self.at_ms)

    def _edit(
        self, told: dict[str, object], body: dict[str, object], key: str
    ) -> Iterator[AnyEvent]:
        path = editors.path_of(body.get("path"))
        yield from self.begin(_folder_of(path))
        old, new = text_at(body, "original_content"), text_at(body, "new_content")
        decision, how = _acknowledged(told, body)
        kind: EditKind = "new_file" if old == "" and new else "edit"
        added, removed = changed_lines(old or "", new or "")
        yield self._call("code_action", "edit", key, ok=_done(told))
        yield Suggestion(
            session=self.session,
            key=key,
            at_ms=self.at_ms,
            kind=kind,
            path=path,
            added=added,
            removed=removed,
            whole=old is None and bool(new),
            turn=self.progress.turn,
            decision=decision,
            how=how,
            basis="unknown" if how is None else "inferred" if how == "chosen" else "stated",
        )

    def _command(self, body: dict[str, object], key: str) -> Iterator[AnyEvent]:
        command, code = text_at(body, "command") or "", at(body, "exit_code")
        yield from self.begin(text_at(body, "cwd"))
        refused = body.get("user_rejected") is True
        known = isinstance(code, int) and not isinstance(code, bool) and not refused
        call = self._call("run_command", kind_of(command), key, ok=code == 0 if known else None)
        made = commits_in(command, text_at(body, "output") or "") if call.ok else ()
        yield msgspec.structs.replace(call, args=command, commits=made)
        ran: tuple[Decision, How | None] = ("accepted", "applied") if known else ("undecided", None)
        decision, how = ("rejected", "chosen") if refused else ran
        yield Suggestion(
            session=self.session,
            key=key,
            at_ms=self.at_ms,
            kind="command",
            turn=self.progress.turn,
            decision=decision,
            how=how,
            basis="stated" if how else "unknown",
        )

    def _called(
        self, name: str, told: dict[str, object], body: dict[str, object], key: str
    ) -> Iterator[AnyEvent]:
        yield from self.begin(None)
        asked = {part: body[part] for part in body if part not in ("content", "output")}
        call = self._call(name, CALLS[name], key, ok=_done(told))
        yield msgspec.structs.replace(call, args=msgspec.json.encode(asked).decode())

    def _call(self, name: str, kind: CallKind, key: str, *, ok: bool | None) -> ToolCall:
        return ToolCall(
            session=self.session,
            key=key,
            at_ms=self.at_ms,
            kind=kind,
            name=name,
            ok=ok,
            turn=self.progress.turn,
        )


def _done(told: dict[str, object]) -> bool | None:
    return {"done": True, "error": False}.get(text_at(told, "status") or "")


def _acknowledged(told: dict[str, object], body: dict[str, object]) -> tuple[Decision, How | None]:
    """What was said to an edit; one that a later change overtook stays undecided."""
    said = text_at(body, "acknowledgement_type") or number_at(body, "acknowledgement_type")
    if said in ACCEPTED:
        return "accepted", "chosen"
    if said in REJECTED:
        return "rejected", "chosen"
    return ("failed", None) if told.get("status") == "error" else ("undecided", None)


def _folder_of(path: str | None) -> str | None:
    """The folder of a file: no project's own, but inside it."""
    if path is None or "://" in path:
        return None
    return str(PurePosixPath(path).parent)


def places(machine: Machine) -> tuple[Path, ...]:
    """The editors' ``User`` folders, the transcripts, and Cascade's own memory."""
    homes = [machine.home / name for name in (".windsurf", ".windsurf-next")]
    sealed = [machine.home / ".codeium" / name for name in ("windsurf", "windsurf-next")]
    return (
        *editors.user_folders(machine, PRODUCTS),
        *(home / "transcripts" for home in homes),
        *(memory / "cascade" for memory in sealed),
    )


def find(machine: Machine) -> Iterator[LogFile]:
    """Transcripts, states of workspaces, and what is encrypted without a transcript."""
    read: set[str] = set()
    for place in places(machine):
        if place.name == "User":
            yield from _states(place)
        elif place.name == "transcripts":
            for file in lines.walk(place, (".jsonl",), depth=2):
                read.add(file.path.stem)
                yield file
        else:
            for file in lines.walk(place, (SEALED,), depth=1):
                if file.path.stem not in read:
                    yield file


def _states(user: Path) -> Iterator[LogFile]:
    for workspace in editors.workspaces(user):
        state = workspace / STATE
        file = lines.log_file(state, state.with_name(STATE + "-wal"))
        if file is not None:
            yield file


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """Events of one file; raises ``Unreadable``."""
    if file.path.suffix == SEALED:
        yield lines.sealed(file, cursor)
    elif file.path.name == STATE:
        yield from _state(file, cursor)
    else:
        yield from _transcript(file, cursor)


def _state(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    workspace = file.path.parent
    user = next((folder for folder in file.path.parents if folder.name == "User"), workspace)
    folder = editors.workspace_folder(workspace, editors.on_server(user))
    told = [editors.decoded(editors.state_value(file.path, key) or b"") for key in TABS]
    events: list[AnyEvent] = []
    count = 0
    for tab in (tab for some in told for tab in editors.chat_tabs(some)):
        transcript = Transcript(tab.name, tab.sent_ms or file.mtime_ns // 1_000_000, Progress())
        events += transcript.begin(folder)
        for nth, text in tab.asked:
            events += transcript.asked(text, f"{tab.name}/{nth}")
        count += tab.messages
    new = max(0, count - cursor.offset)
    after = Cursor(count, file.size, file.mtime_ns)
    while len(events) > BATCH_EVENTS:
        yield Batch(tuple(events[:BATCH_EVENTS]), cursor)
        del events[:BATCH_EVENTS]
    yield Batch(tuple(events), after, (), new, new)


def _transcript(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    now, told = lines.appended(file, cursor)
    progress = _progress(now.state)
    transcript = Transcript(file.path.stem, file.mtime_ns // 1_000_000, progress)
    events: list[AnyEvent] = []
    problems: list[Problem] = []
    end, records = now.offset, 0
    for line in told:
        end = line.end
        found = None if line.problem else _decoded(line.text)
        records += bool(line.problem or line.text.strip())
        if line.problem is not None:
            problems.append(line.problem)
        elif isinstance(found, dict):
            events += transcript.take(found, line.offset)
        elif line.text.strip():
            problems.append(Problem(line.offset, "not_json"))
        if len(events) > BATCH_EVENTS // 2:
            yield _batch(transcript, replace(now, offset=end), events, problems, records)
            events, problems, records = [], [], 0
    yield _batch(transcript, replace(now, offset=end), events, problems, records)


def _batch(
    transcript: Transcript,
    cursor: Cursor,
    events: list[AnyEvent],
    problems: list[Problem],
    records: int,
) -> Batch:
    state = msgspec.msgpack.encode(transcript.progress)
    unknown, transcript.unknown = transcript.unknown, {}
    known = records - len(problems) - sum(unknown.values())
    after = replace(cursor, state=state)
    return Batch(tuple(events), after, tuple(problems), records, known, unknown)


def _progress(state: bytes) -> Progress:
    try:
        return msgspec.msgpack.decode(state, type=Progress) if state else Progress()
    except (msgspec.MsgspecError, ValueError):
        return Progress()


def _decoded(text: bytes) -> object:
    """JSON, also with raw control characters in its strings; ``None`` for other text."""
    found = editors.decoded(text)
    if found is not None:
        return found
    try:
        lax = json.loads(text.decode("utf-8", "replace"), strict=False)
        return editors.decoded(json.dumps(lax).encode())  # which mends halves of characters
    except (ValueError, RecursionError):
        return None


SOURCE = Source(
    key="windsurf",
    name="Windsurf",
    version=1,
    full=frozenset(),
    partly=frozenset({"S1", "S2", "S3", "S4", "S5", "S7"}),
    places=places,
    find=find,
    read=read,
    unsaid=(
        mark("Cascade's own memory is encrypted; transcripts exist only where hooks are set up."),
        mark("Times, models and tokens are not written down."),
        mark("An edit that Windsurf accepted by itself looks like one that somebody accepted."),
        mark("Completions are counted on the vendor's servers alone."),
    ),
)
