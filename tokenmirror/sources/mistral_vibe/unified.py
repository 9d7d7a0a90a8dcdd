"""The unified store: one folder a session, its history in chunks that a manifest names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tokenmirror.events import AnyEvent, Author, Basis, Entry, Prompt, Session, Turn, TurnEnd
from tokenmirror.sources import lines
from tokenmirror.sources.calls import Call, Verdict, arguments_of, told
from tokenmirror.sources.editors import at, decoded, dict_at, document, list_at, number_at, text_at
from tokenmirror.sources.mistral_vibe.tools import command_of, edits_of, kind_of_tool, total
from tokenmirror.sources.mistral_vibe.typed import Typed
from tokenmirror.sources.records import Record, Tally, instant_ms
from tokenmirror.sources.source import Batch, Cursor, LogFile

CURRENT = "CURRENT"
_GENERATION = re.compile(r"\d{1,32}")
_CHUNK = re.compile(r"[0-9A-Fa-f]{8,128}")
_SESSION = re.compile(r"[\w-]{1,100}")
_KNOWN = ("message", "effect", "reasoning")


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """The history of a session as it stands now.  Raises ``Unreadable``."""
    folder = file.path.parent
    tally = Tally(cursor.offset)
    told_now = decoded(lines.whole(file))
    state = _state(folder, told_now)
    events: list[AnyEvent] = []
    if state is None:
        tally.problem(cursor.offset, "torn" if isinstance(told_now, dict) else "not_json")
    else:
        conversation = _Conversation(folder, state, Typed(folder))
        for number, entry in enumerate(_entries(folder, state, tally)):
            tally.record(number, conversation.take(entry))
            tally.end = max(tally.end, number + 1)
        events = conversation.finish()
    yield from tally.batches(events, cursor, Cursor(tally.end, file.size, file.mtime_ns))


def _state(folder: Path, current: object) -> tuple[object, object] | None:
    """Manifest and projection of the valid generation."""
    name = text_at(current, "generation")
    if name is None or not _GENERATION.fullmatch(name):
        return None
    place = folder / "generations" / name
    manifest = document(place / "manifest.json", lines.MAX_DOCUMENT_BYTES)
    projection = document(place / "projection-state.json", lines.MAX_DOCUMENT_BYTES)
    return None if manifest is None or projection is None else (manifest, projection)


def _entries(folder: Path, state: tuple[object, object], tally: Tally) -> Iterator[object]:
    for name in list_at(state[0], "projection_state", "chunks"):
        chunk = None
        if isinstance(name, str) and _CHUNK.fullmatch(name):
            chunk = document(folder / "chunks" / f"{name}.json", lines.MAX_DOCUMENT_BYTES)
        if isinstance(chunk, list):
            yield from chunk
        else:
            tally.note(tally.end, "torn")


@dataclass
class _Turn:
    """What has been seen of a turn."""

    started_ms: int | None
    ended_ms: int | None = None
    ended: TurnEnd = "unknown"
    refused: bool = False


@dataclass
class _Conversation:
    """The entries of a session, one after another."""

    folder: Path
    state: tuple[object, object]
    typed: Typed
    events: list[AnyEvent] = field(default_factory=list)
    turns: dict[str, _Turn] = field(default_factory=dict)
    authors: set[Author] = field(default_factory=set)
    latest_ms: int | None = None

    def __post_init__(self) -> None:
        self.facts = dict_at(self.state[1], "snapshot", "session")
        self.session = text_at(self.facts, "id") or self.folder.name
        self.is_child = self.folder.name.startswith("child-")

    def take(self, entry: object) -> str | None:
        """Reads one entry; gives its kind where that is not known."""
        if not isinstance(entry, dict):
            return type(entry).__name__
        kind, identity = text_at(entry, "type"), text_at(entry, "id")
        if kind not in _KNOWN or identity is None:
            return kind or "without a type"
        turn = text_at(entry, "turnId")
        updated_ms = number_at(entry, "updatedAt")
        if updated_ms is not None:
            self.latest_ms = max(self.latest_ms or 0, updated_ms)
        state = self.turns.get(turn or "")
        if state is not None:
            state.ended_ms = max(filter(None, (state.ended_ms, updated_ms)), default=None)
        if kind == "effect":
            self._effect(entry, identity, turn, state)
        elif kind == "message" and text_at(entry, "role") == "user":
            self._asked(entry, identity, turn)
        elif kind == "message" and state is not None:
            self._answered(entry, state)
        return None

    def _owner(self, entry: Record) -> str:
        return text_at(entry, "sessionId") or self.session

    def _asked(self, entry: Record, identity: str, turn: str | None) -> None:
        if text_at(entry, "source") != "turn_start" or self.is_child:
            return
        parts = [text_at(part, "text") for part in list_at(entry, "content")]
        text = "\n".join(part for part in parts if part)
        at_ms = number_at(entry, "createdAt")
        if turn and turn not in self.turns:
            self.turns[turn] = _Turn(at_ms)
        if not text:
            return
        author, basis = self._author(identity, text)
        self.authors.add(author)
        self.events.append(
            Prompt(
                session=self.session,
                key=f"{self._owner(entry)}/{identity}",
                at_ms=at_ms,
                copied=self._owner(entry) != self.session,
                text=text,
                author=author,
                basis=basis,
                attachments=sum(part is None for part in parts),
                turn=turn,
            )
        )

    def _author(self, identity: str, text: str) -> tuple[Author, Basis]:
        if identity.startswith("rs-") or self.typed.holds(text):
            return "person", "inferred"
        if identity.startswith("user-turn-"):
            return "program", "inferred"
        return "unknown", "unknown"

    def _answered(self, entry: Record, turn: _Turn) -> None:
        outcome = text_at(entry, "outcome", "type")
        if outcome == "committed":
            turn.refused = False
            turn.ended = "finished"
        elif outcome == "discarded" and text_at(entry, "outcome", "cause") == "interrupt":
            turn.ended = "asked" if turn.refused else "interrupted"
        elif outcome == "discarded":
            turn.ended = "error"

    def _effect(self, entry: Record, identity: str, turn: str | None, state: _Turn | None) -> None:
        name = text_at(entry, "detail", "toolName") or "other"
        given, args = arguments_of(at(entry, "detail", "input"))
        output = dict_at(entry, "state", "output", "structured_content")
        exists = at(output, "file_existed")
        call = Call(
            session=self.session,
            key=f"{self._owner(entry)}/{identity}",
            at_ms=number_at(entry, "createdAt"),
            name=name,
            turn=turn if not self.is_child else None,
            kind=kind_of_tool(name),
            args=args,
            edits=edits_of(name, given, exists=exists if isinstance(exists, bool) else None),
            command=command_of(name, given),
            copied=self._owner(entry) != self.session,
        )
        verdict = _verdict(entry, output, call)
        if state is not None:
            state.refused = verdict.decision == "rejected"
            state.ended = "asked" if state.refused else "unknown"
        self.events.extend(told(call, verdict))

    def finish(self) -> list[AnyEvent]:
        """All events, with those of the session as a whole."""
        latest = text_at(self.state[1], "snapshot", "latestTurn", "id")
        status = text_at(self.state[1], "snapshot", "latestTurn", "status")
        for key, turn in self.turns.items():
            ended = turn.ended
            if key == latest and status not in ("completed", "failed", "interrupted", None):
                ended = "unknown"  # it is still at work
            self.events.append(
                Turn(
                    session=self.session,
                    key=key,
                    at_ms=turn.started_ms,
                    ended_ms=turn.ended_ms if ended != "unknown" else None,
                    ended=ended,
                )
            )
        meta = self._meta(self.folder)
        used = dict_at(self.facts, "tokenUsage")
        usage = total(
            self.session,
            number_at(self.facts, "updatedAt") or self.latest_ms,
            text_at(meta, "config", "model_name"),
            number_at(used, "inputTokens"),
            number_at(used, "cachedInputTokens"),
            number_at(used, "outputTokens"),
        )
        if usage is not None:
            self.events.append(usage)
        return [self._session(meta), *self.events]

    def _meta(self, folder: Path) -> object:
        return document(folder / "meta.json", lines.MAX_DOCUMENT_BYTES)

    def _session(self, meta: object) -> Session:
        parent = text_at(self.facts, "parentSessionId") or text_at(meta, "parent_session_id")
        where = meta
        if self.is_child and parent and _SESSION.fullmatch(parent):  # it keeps no facts itself
            where = self._meta(self.folder.with_name(parent))
        entry: Entry = "unknown"
        if self.authors in ({"person"}, {"program"}):
            entry = "interactive" if "person" in self.authors else "headless"
        return Session(
            session=self.session,
            key=self.session,
            at_ms=number_at(self.facts, "createdAt") or instant_ms(text_at(meta, "start_time")),
            folder=text_at(where, "environment", "working_directory"),
            branch=text_at(where, "git_branch"),
            entry=entry,
            parent=parent,
            relation=("subagent" if self.is_child else "fork") if parent else None,
            ended_ms=self.latest_ms,
        )


def _verdict(entry: Record, output: Record, call: Call) -> Verdict:
    """What became of an effect: the store states who decided, and how it ended."""
    state = dict_at(entry, "state")
    status, decision = text_at(state, "status"), text_at(state, "decision")
    source = text_at(state, "approvalSource")
    at_ms = number_at(entry, "updatedAt")
    done = {"completed": True, "failed": False}.get(status or "")
    if decision == "skip":
        if source == "user":
            return Verdict("rejected", "chosen", "stated", at_ms)
        return Verdict("failed", at_ms=at_ms, ok=False)
    if done is None:
        return Verdict()
    code = number_at(output, "returncode")
    if call.command is not None:
        negative = isinstance(output.get("returncode"), int) and code is None
        done = code == 0 if code is not None else done and not negative
    elif not done:
        return Verdict("failed", at_ms=at_ms, ok=False)
    printed = "\n".join(text_at(output, name) or "" for name in ("stdout", "stderr"))
    if decision == "execute" and source == "user":
        return Verdict("accepted", "chosen", "stated", at_ms, done, output=printed)
    if decision == "execute" and source in ("config", "bypass"):
        return Verdict("accepted", "allowed", "stated", at_ms, done, output=printed)
    return Verdict("accepted", "applied", "unknown", at_ms, done, output=printed)
