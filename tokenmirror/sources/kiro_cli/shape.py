"""A conversation of Kiro's or Amazon Q's command line, whichever store it lies in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from tokenmirror.events import (
    AnyEvent,
    Author,
    Basis,
    CallKind,
    Decision,
    EditKind,
    How,
    Prompt,
    Session,
    Suggestion,
    ToolCall,
    Turn,
    TurnEnd,
    Usage,
)
from tokenmirror.sources.changes import Changed, changed_lines, text_lines
from tokenmirror.sources.commands import commits_in, kind_of
from tokenmirror.sources.editors import at, text_at

Json = dict[str, object]
Typed = Callable[[], frozenset[str]]

WRITES = frozenset(["fs_write", "write"])
SHELLS = frozenset(["execute_bash", "execute_cmd", "shell"])
READS = frozenset(["fs_read", "read", "grep", "glob", "code", "web_fetch", "web_search"])
_REFUSED = re.compile(
    r"(?:denied|rejected|cancell?ed) by (?:the )?user|user (?:has )?(?:denied|rejected|cancell?ed)",
    re.IGNORECASE,
)


@dataclass
class Call:
    """A call of a tool; ``status`` is of its result, ``None`` while there is none."""

    id: str
    name: str
    given: Json
    at_ms: int | None
    status: str | None = None
    answered_ms: int | None = None
    content: object = None


@dataclass
class Asked:
    """A prompt with the work on it; ``text`` is empty for work whose prompt is gone."""

    key: str
    text: str
    at_ms: int | None
    attachments: int | None = None
    ended_ms: int | None = None
    ended: TurnEnd = "unknown"
    credits: float | None = None
    calls: list[Call] = field(default_factory=list)


@dataclass
class Conversation:
    """A session with its prompts in order."""

    session: str
    folder: str | None = None
    model: str | None = None
    began_ms: int | None = None
    ended_ms: int | None = None
    asked: list[Asked] = field(default_factory=list)


def events_of(told: Conversation, typed: Typed) -> Iterator[AnyEvent]:
    """All that a conversation says; ``typed`` gives the texts that were typed by hand."""
    if not told.asked:
        return
    starts = [asked.at_ms for asked in told.asked if asked.at_ms is not None]
    ends = [asked.ended_ms for asked in told.asked if asked.ended_ms is not None]
    yield Session(
        session=told.session,
        key=told.session,
        at_ms=min(starts, default=None) if told.began_ms is None else told.began_ms,
        folder=told.folder,
        ended_ms=max([*ends, *starts], default=told.ended_ms),
    )
    for asked in told.asked:
        turn = asked.key if asked.text else None
        if asked.text:
            yield from _prompt(told, asked, typed)
        for call in asked.calls:
            yield from _call(told.session, call, turn)
        if asked.credits is not None:
            yield Usage(
                session=told.session,
                key=asked.key,
                at_ms=asked.at_ms,
                model=told.model,
                credits=asked.credits,
            )


def _prompt(told: Conversation, asked: Asked, typed: Typed) -> Iterator[AnyEvent]:
    by_hand = asked.text in typed()
    author: Author = "person" if by_hand else "unknown"
    basis: Basis = "inferred" if by_hand else "unknown"
    yield Prompt(
        session=told.session,
        key=asked.key,
        at_ms=asked.at_ms,
        text=asked.text,
        author=author,
        basis=basis,
        attachments=asked.attachments,
        turn=asked.key,
    )
    yield Turn(
        session=told.session,
        key=asked.key,
        at_ms=asked.at_ms,
        ended_ms=asked.ended_ms,
        ended=asked.ended,
    )


def _call(session: str, call: Call, turn: str | None) -> Iterator[AnyEvent]:
    key = f"{session}/{call.id}"
    decision, how, basis = fate(call)
    edit = _edit(call)
    if edit is not None:
        kind, path, lines = edit
        yield Suggestion(
            session=session,
            key=key,
            at_ms=call.at_ms,
            kind=kind,
            path=path,
            added=lines[0],
            removed=lines[1],
            whole=kind == "new_file",
            turn=turn,
            decision=decision,
            how=how,
            basis=basis,
            decided_ms=None if decision == "undecided" else call.answered_ms,
        )
    command = text_at(call.given, "command") or "" if call.name in SHELLS else ""
    yield ToolCall(
        session=session,
        key=key,
        at_ms=call.at_ms,
        kind=kind_of(command) if call.name in SHELLS else _kind(call, edit is not None),
        name=call.name,
        args=msgspec.json.encode(call.given).decode(),
        ok=_ok(call, decision),
        commits=commits_in(command, _output(call.content)) if command else (),
        turn=turn,
    )


def fate(call: Call) -> tuple[Decision, How | None, Basis]:
    """What became of a call, by the status of its result."""
    status = (call.status or "").lower()
    if status == "success":
        return "accepted", "applied", "unknown"
    if status.startswith("cancel") or (
        status == "error" and _REFUSED.search(_output(call.content))
    ):
        return "rejected", "chosen", "stated"
    return ("failed", None, "unknown") if status == "error" else ("undecided", None, "unknown")


def _kind(call: Call, edits: bool) -> CallKind:
    return "edit" if edits else "read" if call.name in READS else "other"


def _edit(call: Call) -> tuple[EditKind, str | None, Changed] | None:
    if call.name in SHELLS:
        return "command", None, ((), ())
    if call.name not in WRITES:
        return None
    given, path = call.given, text_at(call.given, "path")
    step = (text_at(given, "command") or "").replace("_", "").lower()
    old, new = (_argument(given, name) for name in ("old_str", "new_str"))
    if step == "create":
        text = _argument(given, "file_text") or _argument(given, "content") or new
        return "new_file", path, (tuple(text_lines(text)), ())
    if step == "strreplace":
        return "edit", path, changed_lines(old, new)
    text = new or _argument(given, "content")
    return "edit", path, (tuple(text_lines(text)), ())


def _argument(given: Json, name: str) -> str:
    """An argument under its name, or under the same name in camel case."""
    head, *rest = name.split("_")
    camel = head + "".join(part.title() for part in rest)
    return text_at(given, name) or text_at(given, camel) or ""


def _ok(call: Call, decision: Decision) -> bool | None:
    if decision != "accepted":
        return False if decision == "failed" else None
    if call.name not in SHELLS:
        return True
    for piece in _pieces(call.content):
        status = at(piece, "exit_status")
        if isinstance(status, str | int) and not isinstance(status, bool):
            return str(status).strip() == "0"
    return None


def _pieces(content: object) -> Iterator[object]:
    """What a result holds, out of the wrappings that both stores put around it."""
    for piece in content if isinstance(content, list) else []:
        inner = [at(piece, name) for name in ("Json", "json", "Text", "text", "data")]
        yield from (value for value in inner if value is not None)


def _output(content: object) -> str:
    if isinstance(content, str):
        return content
    texts: list[str] = []
    for piece in _pieces(content):
        if isinstance(piece, str):
            texts.append(piece)
        texts += [t for t in (text_at(piece, n) for n in ("stdout", "stderr", "output")) if t]
    return "\n".join(texts)


def seconds_ms(value: object, *steps: str | int) -> int | None:
    """UTC milliseconds of the seconds at a path."""
    found = at(value, *steps)
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found < 1e11:
        return None
    return int(found * 1000)


def credits_of(metering: list[object]) -> float | None:
    """The credits of a turn, added up; ``None`` when none are named."""
    spent = [
        float(value)
        for entry in metering
        if text_at(entry, "unit") in (None, "credit")
        for value in [at(entry, "value")]
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9
    ]
    return sum(spent) if spent else None


def arguments(value: object) -> Json:
    """The arguments of a call; an empty object for anything else."""
    return value if isinstance(value, dict) else {}
