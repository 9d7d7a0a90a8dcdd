"""Grok Build (also called Grok CLI): a folder of files for each conversation.

Places: ``sessions/<folder, percent-encoded>/<session>/`` under ``$GROK_HOME`` and ``~/.grok``
with ``chat_history.jsonl`` (messages without times), ``updates.jsonl`` (tokens of each turn)
and ``summary.json`` (folder, branch, parent, times, model), which is read with either.

Prompts carry ``prompt_index`` and no ``synthetic_reason``; the index is unique in a session.
Input tokens include what came from the cache; output includes the hidden part.  What edits
looked like is not known well enough to read them: only that a tool was called.

Known from other readers and their fixtures, not run; November 2026.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tokenmirror.events import CallKind, Problem, Prompt, Session, ToolCall, Usage
from tokenmirror.language import mark
from tokenmirror.sources import lines
from tokenmirror.sources.commands import kind_of
from tokenmirror.sources.editors import (
    at,
    decoded,
    dict_at,
    document,
    instant_at,
    list_at,
    number_at,
    text_at,
)
from tokenmirror.sources.source import (
    Batch,
    Cursor,
    LogFile,
    Machine,
    Source,
    path_of_uri,
)

CHAT, UPDATES, SUMMARY = "chat_history.jsonl", "updates.jsonl", "summary.json"
SHELLS = frozenset(["bash", "shell", "run_terminal_cmd", "run_terminal_command"])
READS = frozenset(["read_file", "list_dir", "grep", "grep_search", "file_search", "glob"])
EDITS = frozenset(["search_replace", "edit_file", "write_file", "create_file", "apply_patch"])
KINDS = frozenset(["system", "user", "assistant", "reasoning", "tool_result", "backend_tool_call"])


def _homes(machine: Machine) -> tuple[Path, ...]:
    homes = (machine.variable("GROK_HOME"), machine.home / ".grok")
    return tuple(dict.fromkeys(home for home in homes if home is not None))


def places(machine: Machine) -> tuple[Path, ...]:
    """The folders of conversations."""
    return tuple(home / "sessions" for home in _homes(machine))


def find(machine: Machine) -> Iterator[LogFile]:
    """Messages and tokens of all conversations, each stamped with its summary."""
    for place in places(machine):
        for found in lines.walk(place, (CHAT, UPDATES), depth=2):
            if found.path.name in (CHAT, UPDATES):
                file = lines.log_file(found.path, found.path.with_name(SUMMARY))
                if file is not None:
                    yield file


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """What a file says beyond the cursor.  Raises ``lines.Unreadable``."""
    start, texts = lines.appended(file, cursor)
    told = _Conversation(file.path)
    tally = lines.Tally()
    end = start.offset
    for line in texts:
        end = line.end
        size = line.end - line.offset
        if line.problem is not None:
            tally.bad(line.problem, size)
        elif line.text and not line.text.isspace():
            record = decoded(line.text)
            if not isinstance(record, dict):
                reason = "not_json" if record is None else "bad_type"
                tally.bad(Problem(line.offset, reason), size)  # type: ignore[arg-type]
            elif told.take(record, line.offset, tally):
                tally.known(size)
            else:
                tally.strange(text_at(record, "type") or "", size)
        if tally.full():
            yield tally.batch(Cursor(end, start.size, start.mtime_ns, start.head))
    if end:
        tally.events.insert(0, told.session())
    yield tally.batch(Cursor(end, start.size, start.mtime_ns, start.head))


class _Conversation:
    """One conversation, by its folder."""

    def __init__(self, path: Path) -> None:
        self._chat = path.name != UPDATES
        self._path = path
        self._summary = document(path.with_name(SUMMARY))
        self._id = text_at(self._summary, "info", "id") or path.parent.name

    def session(self) -> Session:
        """The facts of its summary."""
        told = self._summary
        parent = text_at(told, "parent_session_id")
        return Session(
            session=self._id,
            key=self._id,
            at_ms=instant_at(told, "created_at"),
            folder=text_at(told, "info", "cwd") or _decoded_name(self._path.parent.parent.name),
            branch=text_at(told, "head_branch"),
            parent=parent if parent != self._id else None,
            ended_ms=instant_at(told, "last_active_at") or instant_at(told, "updated_at"),
        )

    def take(self, record: dict[str, object], offset: int, tally: lines.Tally) -> bool:
        """Reads one line; false for a kind that is not known."""
        if not self._chat:
            self._used(record, offset, tally)
            return True
        kind = text_at(record, "type")
        if kind == "user" and not text_at(record, "synthetic_reason"):
            self._said(record, tally)
        elif kind == "assistant":
            for n, call in enumerate(list_at(record, "tool_calls")):
                self._called(f"{self._id}:{offset}:{n}", call, tally)
        return kind in KINDS

    def _said(self, record: dict[str, object], tally: lines.Tally) -> None:
        index = number_at(record, "prompt_index")
        content = record.get("content")
        parts = list_at(content)
        texts = [text_at(part, "text") or "" for part in parts]
        text = content if isinstance(content, str) else "\n".join(texts)
        if index is not None and text.strip():
            key = f"{self._id}:{index}"
            tally.events.append(Prompt(session=self._id, key=key, at_ms=None, text=text))

    def _called(self, place: str, call: object, tally: lines.Tally) -> None:
        identity, name = text_at(call, "id"), text_at(call, "name") or ""
        given = text_at(call, "arguments") or ""
        tally.events.append(
            ToolCall(
                session=self._id,
                key=f"{self._id}:{identity}" if identity else place,
                at_ms=None,
                kind=_kind(name, given),
                name=name,
                args=given,
            )
        )

    def _used(self, record: dict[str, object], offset: int, tally: lines.Tally) -> None:
        update = at(record, "params", "update")
        used = dict_at(update, "usage")
        if text_at(update, "sessionUpdate") != "turn_completed" or not used:
            return
        sent, read_back = number_at(used, "inputTokens"), number_at(used, "cachedReadTokens")
        fresh = sent
        if sent is not None and read_back is not None and read_back <= sent:
            fresh = sent - read_back
        turn = text_at(update, "prompt_id") or text_at(update, "promptId") or str(offset)
        model = text_at(used, "model") or text_at(self._summary, "current_model_id")
        tally.events.append(
            Usage(
                session=self._id,
                key=f"{self._id}:{turn}",
                at_ms=instant_at(record, "timestamp"),
                model=model,
                input_tokens=fresh,
                cache_read_tokens=read_back,
                output_tokens=number_at(used, "outputTokens"),
                reasoning_tokens=number_at(used, "reasoningTokens"),
            )
        )


def _decoded_name(name: str) -> str | None:
    """The folder that a percent-encoded name means."""
    path = path_of_uri(f"file:///{name}")
    return path.removeprefix("/") if path and path.startswith("//") else path


def _kind(name: str, given: str) -> CallKind:
    if name in SHELLS:
        command = text_at(decoded(given.encode("utf-8", "replace")), "command")
        return kind_of(command or "")
    return "edit" if name in EDITS else "read" if name in READS else "other"


SOURCE = Source(
    key="grok-build",
    name="Grok Build",
    version=1,
    full=frozenset(),
    partly=frozenset({"S1", "S5", "S6", "S7"}),
    places=places,
    find=find,
    read=read,
    unsaid=(
        mark("When a prompt was sent is not written down."),
        mark("Whether a prompt was typed or sent by a script is not written down."),
        mark("What became of an edit is not written down."),
        mark("Older builds estimate their tokens; estimates are left out."),
    ),
)
