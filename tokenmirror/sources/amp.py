"""Amp: threads, each one document that the program rewrites at every step.

Places: ``amp/threads/T-<uuid>.json`` under ``$XDG_DATA_HOME`` or ``~/.local/share``, and
``threads`` under ``$AMP_DATA_HOME``, on every system.  Newer builds keep threads on the
server, so that a file may be missing; what was read stays.

Prompts are messages of role ``user`` with text and no result of a call; a message's number
is unique in its thread, a call's id everywhere.  Tokens of an answer are disjoint already.
A refusal is stated (``rejected-by-user``); what was done was applied, asked for or not.
Sub-agents work inside a call, and their tokens are not told.

Seen: a thread of February 2026 that others recorded, and other readers of the format;
November 2026.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tokenmirror.events import (
    AnyEvent,
    Basis,
    CallKind,
    Decision,
    How,
    Problem,
    Prompt,
    Session,
    Suggestion,
    ToolCall,
    Turn,
    TurnEnd,
    Usage,
)
from tokenmirror.language import mark
from tokenmirror.sources import lines
from tokenmirror.sources.changes import FilePatch, changed_lines, file_patches, text_lines
from tokenmirror.sources.commands import commits_in, kind_of
from tokenmirror.sources.editors import (
    at,
    decoded,
    dict_at,
    instant_at,
    list_at,
    number_at,
    path_of,
    text_at,
    tokens_at,
)
from tokenmirror.sources.source import Batch, Cursor, LogFile, Machine, Source

SHELLS = frozenset(["Bash", "bash", "shell_command"])
READS = frozenset(
    ["Read", "Grep", "Glob", "glob", "finder", "list_directory", "read_web_page", "web_search"]
)
_OWN_ID = re.compile(r"(?:toolu|call)_\w{14,}")
Fate = tuple[Decision, How | None, Basis]
UNDECIDED: Fate = ("undecided", None, "unknown")
FATES: dict[str, Fate] = {
    "done": ("accepted", "applied", "unknown"),
    "error": ("failed", None, "unknown"),
    "rejected-by-user": ("rejected", "chosen", "stated"),
}
ENDS: dict[str, TurnEnd] = {
    "end_turn": "finished",
    "stop_sequence": "finished",
    "max_tokens": "finished",
    "cancelled": "interrupted",
    "error": "error",
}


def places(machine: Machine) -> tuple[Path, ...]:
    """The folders of threads."""
    moved = machine.variable("AMP_DATA_HOME")
    shared = machine.variable("XDG_DATA_HOME")
    homes = [moved] if moved else []
    homes += [shared / "amp"] if shared else []
    homes.append(machine.home / ".local" / "share" / "amp")
    return tuple(dict.fromkeys(home / "threads" for home in homes))


def find(machine: Machine) -> Iterator[LogFile]:
    """All threads."""
    for place in places(machine):
        for file in lines.walk(place, (".json",), depth=0):
            if file.path.name.startswith("T-"):
                yield file


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """All of a thread.  Raises ``lines.Unreadable``."""
    text = lines.whole(file)
    told = decoded(text)
    if not isinstance(told, dict):
        none = Problem(0, "not_json" if told is None else "bad_type")
        problems = (none,) * bool(text.strip())
        yield Batch((), Cursor(0, file.size, file.mtime_ns), problems, len(problems))
        return
    messages = list_at(told, "messages")
    thread = _Thread(file.path, told)
    for n, message in enumerate(messages):
        thread.take(n, message)
    new = max(0, len(messages) - cursor.offset)  # what was counted before is not again
    after = Cursor(len(messages), file.size, file.mtime_ns)
    bad = tuple(thread.problems)
    last = Batch((), after, bad, new, max(0, new - len(bad)))
    yield from lines.in_batches(thread.events(), cursor, last)


class _Thread:
    """One thread, message by message."""

    def __init__(self, path: Path, told: dict[str, object]) -> None:
        self.told = told
        self.session = text_at(told, "id") or path.stem
        self.problems: list[Problem] = []
        self._events: list[AnyEvent] = []
        self._turn: Turn | None = None
        self._results = {
            text_at(block, "toolUseID"): dict_at(block, "run")
            for message in list_at(told, "messages")
            for block in list_at(message, "content")
            if text_at(block, "type") == "tool_result"
        }
        self._last_ms = self._began_ms = number_at(told, "created")
        self._asked = False

    def events(self) -> list[AnyEvent]:
        """The session, if something was asked or answered in it, and all that it holds."""
        self._end_turn()
        return [self._facts(), *self._events] if self._events else []

    def _facts(self) -> Session:
        tree = dict_at(self.told, "env", "initial", "trees", 0)
        branch = text_at(tree, "repository", "ref")
        return Session(
            session=self.session,
            key=self.session,
            at_ms=self._began_ms,
            folder=path_of(text_at(tree, "uri") or ""),
            branch=branch.removeprefix("refs/heads/") if branch else None,
            ended_ms=self._last_ms,
            tool_version=text_at(self.told, "env", "initial", "platform", "clientVersion"),
        )

    def take(self, n: int, message: object) -> None:
        """Takes one message in."""
        role, content = text_at(message, "role"), list_at(message, "content")
        name = number_at(message, "messageId")
        key = f"{self.session}:{n if name is None else name}"
        if role == "assistant":
            self._answered(key, message, content)
        elif role == "user":
            if not any(text_at(block, "type") == "tool_result" for block in content):
                self._said(key, message, content)
        elif role is None:
            self.problems.append(Problem(n, "bad_type"))

    def _said(self, key: str, message: object, content: list[object]) -> None:
        texts = [text_at(b, "text") or "" for b in content if text_at(b, "type") == "text"]
        pictures = sum(text_at(block, "type") == "image" for block in content)
        text = "\n".join(texts)
        if not text.strip() and not pictures:
            return
        self._end_turn()
        at_ms = number_at(message, "meta", "sentAt")
        self._saw(at_ms)
        self._turn = Turn(session=self.session, key=key, at_ms=at_ms, ended_ms=at_ms)
        self._asked = False
        self._events.append(
            Prompt(
                session=self.session,
                key=key,
                at_ms=at_ms,
                text=text,
                attachments=pictures,
                turn=key,
            )
        )

    def _saw(self, at_ms: int | None) -> None:
        if at_ms is not None:
            self._last_ms = max(at_ms, self._last_ms or at_ms)
            self._began_ms = min(at_ms, self._began_ms or at_ms)

    def _end_turn(self) -> None:
        if self._turn is not None:
            ended: TurnEnd = "asked" if self._asked else self._turn.ended
            self._events.append(msgspec.structs.replace(self._turn, ended=ended))
            self._turn = None

    def _answered(self, key: str, message: object, content: list[object]) -> None:
        used = dict_at(message, "usage")
        at_ms = instant_at(used, "timestamp")
        self._saw(at_ms)
        if used:
            self._events.append(_usage(self.session, key, at_ms, used))
        state = dict_at(message, "state")
        reason = text_at(state, "stopReason") or text_at(state, "type") or ""
        if self._turn is not None:
            ended_ms = self._turn.ended_ms if at_ms is None else at_ms
            ended = ENDS.get(text_at(state, "type") or "", ENDS.get(reason, "unknown"))
            self._turn = msgspec.structs.replace(self._turn, ended=ended, ended_ms=ended_ms)
        self._asked = False
        for n, block in enumerate(content):
            if text_at(block, "type") == "tool_use":
                self._called(f"{key}:{n}", block, at_ms)

    def _called(self, place: str, block: object, at_ms: int | None) -> None:
        identity, name = text_at(block, "id") or "", text_at(block, "name") or ""
        key = identity if _OWN_ID.search(identity) else place
        given, run = at(block, "input"), self._results.get(identity, {})
        status = text_at(run, "status") or ""
        fate = FATES.get(status, UNDECIDED)
        self._asked = self._asked or fate[0] == "rejected"
        turn = self._turn.key if self._turn else None
        command = text_at(given, "cmd") or text_at(given, "command") or ""
        for part, change in _changes(name, given):
            self._events.append(
                Suggestion(
                    session=self.session,
                    key=key + part,
                    at_ms=at_ms,
                    kind=change.kind if change else "command",
                    path=change.path if change else None,
                    added=change.added if change else (),
                    removed=change.removed if change else (),
                    whole=change is not None and name == "create_file",
                    turn=turn,
                    decision=fate[0],
                    how=fate[1],
                    basis=fate[2],
                )
            )
        ok = {"done": True, "error": False}.get(status)
        code = at(run, "result", "exitCode")
        if ok and name in SHELLS and isinstance(code, int) and not isinstance(code, bool):
            ok = code == 0
        output = text_at(run, "result", "output") or ""
        shell = name in SHELLS
        self._events.append(
            ToolCall(
                session=self.session,
                key=key,
                at_ms=at_ms,
                kind=kind_of(command) if shell else _kind(name),
                name=name,
                args=_json(given),
                ok=ok,
                commits=commits_in(command, output) if shell and "commit" in command else (),
                turn=turn,
            )
        )


def _usage(session: str, key: str, at_ms: int | None, used: dict[str, object]) -> Usage:
    credits_used = at(used, "credits")
    priced = isinstance(credits_used, int | float) and not isinstance(credits_used, bool)
    return Usage(
        session=session,
        key=key,
        at_ms=at_ms,
        model=text_at(used, "model"),
        input_tokens=tokens_at(used, "inputTokens"),
        cache_read_tokens=tokens_at(used, "cacheReadInputTokens"),
        cache_write_5m_tokens=tokens_at(used, "cacheCreationInputTokens"),
        output_tokens=tokens_at(used, "outputTokens"),
        credits=float(credits_used) if priced and credits_used >= 0 else None,  # type: ignore[arg-type, operator]
    )


def _changes(name: str, given: object) -> list[tuple[str, FilePatch | None]]:
    """The proposals of a call, each with what tells it apart; ``None`` is a command."""
    path = text_at(given, "path") or ""
    if name in SHELLS:
        return [("", None)]
    if name == "create_file":
        content = text_at(given, "content") or ""
        return [("", FilePatch("new_file", path, tuple(text_lines(content))))]
    if name == "edit_file":
        old, new = text_at(given, "old_str") or "", text_at(given, "new_str") or ""
        return [("", FilePatch("edit", path, *changed_lines(old, new)))]
    if name == "apply_patch":
        patch = next((t for k in ("input", "patch", "patchText") if (t := text_at(given, k))), "")
        return [(f":{file.path}", file) for file in file_patches(patch)]
    return []


def _kind(name: str) -> CallKind:
    if name in ("create_file", "edit_file", "apply_patch"):
        return "edit"
    return "read" if name in READS else "other"


def _json(given: object) -> str:
    return msgspec.json.encode(given).decode("utf-8", "replace") if given else ""


SOURCE = Source(
    key="amp",
    name="Amp",
    version=1,
    full=frozenset({"S3", "S5", "S6"}),
    partly=frozenset({"S1", "S2", "S4", "S7"}),
    places=places,
    find=find,
    read=read,
    unsaid=(
        mark("Whether a prompt was typed or sent by a script is not written down."),
        mark("Whether you were asked before an edit was written is not written down."),
        mark("Newer builds keep threads on a server, where nothing can be read."),
        mark("The tokens of sub-agents are not written down."),
    ),
)
