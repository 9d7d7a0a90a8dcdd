"""What Kiro's agent proposed with a call, whichever store tells of it."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from tokenmirror.events import Basis, CallKind, Decision, EditKind, How, Suggestion, ToolCall
from tokenmirror.sources.changes import Changed, changed_lines, text_lines
from tokenmirror.sources.commands import commits_in, kind_of
from tokenmirror.sources.editors import text_at

Json = dict[str, object]

# Names were camelCase until May 2026 and have underscores since: both without them here.
WRITES = frozenset(["fswrite", "write", "create", "createfile"])
APPENDS = frozenset(["fsappend", "append"])
REPLACES = frozenset(["strreplace", "replace"])
DELETES = frozenset(["deletefile", "delete"])
SHELLS = frozenset(["executebash", "runcommand", "executepwsh", "shell"])
READS = frozenset(
    [
        *("readfile", "readfiles", "readmultiplefiles", "readcode", "search", "filesearch"),
        *("grepsearch", "listdirectory", "fsread", "read", "webfetch", "remotewebsearch"),
        "getdiagnostics",
    ]
)


@dataclass(frozen=True)
class Edit:
    """A proposed change of one file, or a command."""

    kind: EditKind
    path: str | None = None
    lines: Changed = ((), ())
    whole: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of a call, and how that is known."""

    decision: Decision = "undecided"
    how: How | None = None
    basis: Basis = "unknown"
    ok: bool | None = None


@dataclass(frozen=True)
class Call:
    """One call of a tool; ``turn`` is the key of its turn."""

    session: str
    key: str
    name: str
    given: Json
    at_ms: int | None
    decided_ms: int | None
    turn: str | None
    outcome: Outcome
    output: str = ""


def plain(name: str) -> str:
    """A tool's name without case and underscores."""
    return name.replace("_", "").lower()


def events_of(call: Call) -> list[Suggestion | ToolCall]:
    """The call, with the edit or the command that it proposed."""
    name, outcome = plain(call.name), call.outcome
    found: list[Suggestion | ToolCall] = []
    edit = edit_of(name, call.given)
    if edit is not None:
        found.append(
            Suggestion(
                session=call.session,
                key=call.key,
                at_ms=call.at_ms,
                kind=edit.kind,
                path=edit.path,
                added=edit.lines[0],
                removed=edit.lines[1],
                whole=edit.whole,
                turn=call.turn,
                decision=outcome.decision,
                how=outcome.how,
                basis=outcome.basis,
                decided_ms=None if outcome.decision == "undecided" else call.decided_ms,
            )
        )
    command = text_at(call.given, "command") or ""
    shell = name in SHELLS
    found.append(
        ToolCall(
            session=call.session,
            key=call.key,
            at_ms=call.at_ms,
            kind=kind_of(command) if shell else _kind(name, edit),
            name=call.name,
            args=msgspec.json.encode(call.given).decode(),
            ok=outcome.ok,
            commits=commits_in(command, call.output) if shell else (),
            turn=call.turn,
        )
    )
    return found


def _kind(name: str, edit: Edit | None) -> CallKind:
    return "edit" if edit is not None else "read" if name in READS else "other"


def edit_of(name: str, given: Json) -> Edit | None:
    """The change that a call would make; ``None`` for tools that change nothing."""
    if name in SHELLS:
        return Edit("command")
    path = text_at(given, "path") or text_at(given, "file") or text_at(given, "targetFile")
    old, new = text_at(given, "originalContent"), text_at(given, "modifiedContent")
    if new is not None and name in WRITES | APPENDS | REPLACES:
        return _rewritten(name, path, old, new)
    text = text_at(given, "text") or text_at(given, "content") or text_at(given, "fileText") or ""
    if name in WRITES:
        return Edit("new_file", path, (tuple(text_lines(text)), ()), whole=True)
    if name in APPENDS:
        return Edit("edit", path, (tuple(text_lines(text)), ()))
    if name in REPLACES:
        before = text_at(given, "oldStr") or text_at(given, "old_str") or ""
        after = text_at(given, "newStr") or text_at(given, "new_str") or ""
        return Edit("edit", path, changed_lines(before, after))
    return Edit("delete", path) if name in DELETES else None


def _rewritten(name: str, path: str | None, old: str | None, new: str) -> Edit:
    if old or (old is not None and name in REPLACES):
        return Edit("edit", path, changed_lines(old, new))
    if name in APPENDS:
        return Edit("edit", path, (tuple(text_lines(new)), ()))
    return Edit("new_file", path, (tuple(text_lines(new)), ()), whole=True)
