"""A call of a tool by the agent, what it would change, and what became of it, as events.

For the tools whose logs hold a call with its arguments and, apart from it, a result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from tokenmirror.events import (
    AnyEvent,
    Basis,
    CallKind,
    Decision,
    EditKind,
    How,
    Suggestion,
    ToolCall,
)
from tokenmirror.sources.changes import changed_lines, patch_lines, text_lines
from tokenmirror.sources.commands import commits_in, kind_of
from tokenmirror.sources.records import Record


@dataclass(frozen=True)
class Edit:
    """A proposed change of one file; ``whole`` as in ``events.Suggestion``."""

    path: str | None
    added: tuple[str, ...]
    removed: tuple[str, ...] = ()
    kind: EditKind = "edit"
    whole: bool = False


@dataclass(frozen=True)
class Call:
    """A call: ``edits`` where it changes files, ``command`` where it runs one."""

    session: str
    key: str
    at_ms: int | None
    name: str
    turn: str | None = None
    kind: CallKind = "other"
    args: str = ""
    edits: tuple[Edit, ...] = ()
    command: str | None = None
    copied: bool = False


@dataclass(frozen=True)
class Verdict:
    """What became of a call; ``output`` is what it printed."""

    decision: Decision = "undecided"
    how: How | None = None
    basis: Basis = "unknown"
    at_ms: int | None = None
    ok: bool | None = None
    duration_ms: int | None = None
    output: str = ""


def told(call: Call, verdict: Verdict) -> Iterator[AnyEvent]:
    """The events of a call: its edits or its command, then the call itself."""
    command = call.command
    edits = call.edits if command is None else (Edit(None, (), kind="command"),)
    for number, edit in enumerate(edits):
        yield Suggestion(
            session=call.session,
            key=call.key if len(edits) == 1 else f"{call.key}/{number}",
            at_ms=call.at_ms,
            copied=call.copied,
            kind=edit.kind,
            path=edit.path,
            added=edit.added,
            removed=edit.removed,
            whole=edit.whole,
            turn=call.turn,
            decision=verdict.decision,
            how=verdict.how,
            basis=verdict.basis,
            decided_ms=verdict.at_ms if verdict.decision != "undecided" else None,
        )
    kind = call.kind if command is None else kind_of(command)
    yield ToolCall(
        session=call.session,
        key=call.key,
        at_ms=call.at_ms,
        copied=call.copied,
        kind="edit" if call.edits else kind,
        name=call.name,
        args=call.args,
        ok=None if verdict.decision == "rejected" else verdict.ok,
        duration_ms=verdict.duration_ms,
        commits=commits_in(command, verdict.output) if command and kind == "commit" else (),
        turn=call.turn,
    )


def replaced(path: str | None, pairs: Iterable[tuple[str, str]]) -> Edit:
    """An edit of a file from texts to be replaced and their replacements."""
    added: list[str] = []
    removed: list[str] = []
    for old, new in pairs:
        plus, minus = changed_lines(old, new)
        added += plus
        removed += minus
    return Edit(path, tuple(added), tuple(removed))


def written(path: str | None, text: str, *, new: bool = True) -> Edit:
    """An edit that writes a whole file, whose old text, if there was any, is unknown."""
    return Edit(path, tuple(text_lines(text)), (), "new_file" if new else "edit", whole=True)


def patched(text: str) -> tuple[Edit, ...]:
    """Edits of a patch in the ``*** Begin Patch`` grammar, one per file."""
    edits: list[Edit] = []
    heads: dict[str, EditKind] = {
        "*** Update File: ": "edit",
        "*** Add File: ": "new_file",
        "*** Delete File: ": "delete",
    }
    path, kind, body = "", heads["*** Update File: "], list[str]()
    for line in [*text_lines(text), "*** Update File: "]:
        head = next((head for head in heads if line.startswith(head)), None)
        if head is None:
            body.append(line)
            continue
        if path:
            added, removed = patch_lines(body)
            edits.append(Edit(path, added, removed, kind, whole=kind == "new_file"))
        path, kind, body = line.removeprefix(head).strip(), heads[head], []
    return tuple(edits)


def arguments_of(given: object) -> tuple[Record, str]:
    """Arguments as an object and as text, from either."""
    if isinstance(given, str):
        try:
            value = msgspec.json.decode(given)
        except (msgspec.MsgspecError, RecursionError, ValueError):
            return {}, given
        return (value if isinstance(value, dict) else {}), given
    if not isinstance(given, dict):
        return {}, ""
    try:
        return given, msgspec.json.encode(given).decode("utf-8", "replace")
    except (TypeError, RecursionError, ValueError):
        return given, ""
