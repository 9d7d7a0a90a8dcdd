"""A call of a tool as events: what it proposed, and what became of it.

The patches that the log holds for finished edits lack the indentation that all their lines
share; the arguments are exact, but may begin or end inside a line.  Both are laid side by
side: the arguments' lines where they are the patch's, else the patch's, indented again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from tokenmirror.events import Basis, CallKind, Decision, EditKind, How, Suggestion, ToolCall
from tokenmirror.sources.changes import Changed, changed_lines, text_lines
from tokenmirror.sources.commands import commits_in, kind_of
from tokenmirror.sources.editors import at, dict_at, list_at, number_at, text_at
from tokenmirror.sources.opencode.shape import Json

SHELLS = frozenset(["bash", "shell"])
PATCHES = frozenset(["apply_patch", "patch"])
KINDS: dict[str, CallKind] = {
    **dict.fromkeys(["edit", "write", "multiedit", *PATCHES], "edit"),
    **dict.fromkeys(
        ["read", "grep", "glob", "list", "ls", "webfetch", "websearch", "codesearch", "lsp"], "read"
    ),
}
_REFUSED = "rejected permission to use this"
_RULED = "specified a rule which prevents"
_ABORTED = ("Tool execution aborted", "Tool execution was interrupted")
_HUNK = re.compile(r"^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_FILE = re.compile(r"^\*\*\* (Add|Update|Delete) File: (.+?)\s*$")
_MOVE = re.compile(r"^\*\*\* Move to: (.+?)\s*$")
_EDIT_OF: dict[str, EditKind] = {"Add": "new_file", "Update": "edit", "Delete": "delete"}


@dataclass(frozen=True)
class Place:
    """Where a call stands: its session, its message's key, its turn."""

    session: str
    message: str
    turn: str | None
    copied: bool
    attended: bool | None
    at_ms: int | None
    undone_ms: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a call, and how that is known."""

    decision: Decision = "undecided"
    how: How | None = None
    basis: Basis = "unknown"


@dataclass(frozen=True)
class Edit:
    """A proposed change of one file."""

    kind: EditKind
    path: str | None
    lines: Changed = ((), ())
    whole: bool = False


def events_of(part: Json, place: Place) -> Iterator[Suggestion | ToolCall]:
    """The call of a part of type ``tool``, with the edits or the command that it proposed."""
    name, state = text_at(part, "tool") or "", dict_at(part, "state")
    key = f"{place.message}/{text_at(part, 'callID') or text_at(part, 'id') or name}"
    began = number_at(state, "time", "start") or place.at_ms
    ended = number_at(state, "time", "end")
    outcome = outcome_of(state, place.attended)
    given = dict_at(state, "input")
    command = text_at(given, "command") or "" if name in SHELLS else ""
    for nth, edit in enumerate(edits_of(name, state)):
        decision, moment = outcome, ended
        if place.undone_ms is not None and outcome.decision == "accepted" and name not in SHELLS:
            decision, moment = Outcome("undone"), place.undone_ms
        yield Suggestion(
            session=place.session,
            key=key if not nth else f"{key}/{nth}",
            at_ms=began,
            copied=place.copied,
            kind=edit.kind,
            path=edit.path,
            added=edit.lines[0],
            removed=edit.lines[1],
            whole=edit.whole,
            turn=place.turn,
            decision=decision.decision,
            how=decision.how,
            basis=decision.basis,
            decided_ms=None if decision.decision == "undecided" else moment,
        )
    output = text_at(state, "output") or text_at(state, "metadata", "output") or ""
    yield ToolCall(
        session=place.session,
        key=key,
        at_ms=began,
        copied=place.copied,
        kind=kind_of(command) if name in SHELLS else KINDS.get(name, "other"),
        name=name,
        args=msgspec.json.encode(given).decode(),
        ok=_ok(name, state, outcome),
        duration_ms=_duration_ms(name, state, place),
        commits=commits_in(command, output) if command else (),
        turn=place.turn,
    )


def outcome_of(state: Json, attended: bool | None) -> Outcome:
    """What became of a call by its state; ``attended`` as in ``Facts``."""
    status = text_at(state, "status")
    approval = dict_at(state, "metadata", "approval")
    if status == "completed":
        source = text_at(approval, "source")
        if source is None:
            return Outcome("accepted", "applied", "unknown")
        return Outcome("accepted", "chosen" if source == "manual" else "allowed", "stated")
    if status != "error":
        return Outcome()
    error = text_at(state, "error") or ""
    if any(words in error for words in _ABORTED):
        return Outcome()
    ruled = _RULED in error or text_at(approval, "rule", "action") == "deny"
    if _REFUSED not in error or ruled or attended is False:  # nobody was there to be asked
        return Outcome("failed")
    return Outcome("rejected", "chosen", "stated" if attended else "inferred")


def is_refusal(part: Json, attended: bool | None) -> bool:
    """Whether the person said no to this call."""
    return outcome_of(dict_at(part, "state"), attended).decision == "rejected"


def _ok(name: str, state: Json, outcome: Outcome) -> bool | None:
    if outcome.decision == "failed":
        return False
    if outcome.decision != "accepted":
        return None
    if name not in SHELLS:
        return True
    status = number_at(state, "metadata", "exit")
    if status is None:
        return False if isinstance(at(state, "metadata", "exit"), int) else None
    return status == 0


def _duration_ms(name: str, state: Json, place: Place) -> int | None:
    """Its time, where no wait for an answer can be in it."""
    source = text_at(state, "metadata", "approval", "source")
    unasked = place.attended is False or KINDS.get(name) == "read"
    if source == "manual" or (source is None and not unasked):
        return None
    start, end = (number_at(state, "time", name) for name in ("start", "end"))
    return None if start is None or end is None or end < start else end - start


# -- edits -----------------------------------------------------------------------------------


def edits_of(name: str, state: Json) -> list[Edit]:
    """The changes that a call proposes, or made; one with no lines for a command."""
    given = dict_at(state, "input")
    done = dict_at(state, "metadata") if text_at(state, "status") == "completed" else {}
    if name in SHELLS:
        return [Edit("command", None)]
    if name in PATCHES:
        return _patched(text_at(given, "patchText") or "", list_at(done, "files"))
    path = text_at(given, "filePath") or text_at(given, "path")
    if name == "write":
        return [_written(path, text_at(given, "content") or "", done)]
    if name == "multiedit":
        return [_several(path, list_at(given, "edits"), list_at(done, "results"))]
    if name == "edit":
        content = text_at(given, "content")
        if content is not None and text_at(given, "newString") is None:
            return [Edit("edit", path, (tuple(text_lines(content)), ()), whole=True)]
        return [_edited(path, given, done)]
    return []


def _written(path: str | None, content: str, done: Json) -> Edit:
    kind: EditKind = "edit" if at(done, "exists") is True else "new_file"
    patch = _patch_of(done)
    if kind == "edit" and patch is not None:
        return Edit(kind, path, _indented(patch, "", content))
    return Edit(kind, path, (tuple(text_lines(content)), ()), whole=True)


def _several(path: str | None, edits: list[object], results: list[object]) -> Edit:
    added: list[str] = []
    removed: list[str] = []
    for nth, given in enumerate(edits):
        done = results[nth] if nth < len(results) else {}
        lines = _edited(path, given, done).lines
        added += lines[0]
        removed += lines[1]
    return Edit("edit", path, (tuple(added), tuple(removed)))


def _edited(path: str | None, given: object, done: object) -> Edit:
    old, new = text_at(given, "oldString") or "", text_at(given, "newString") or ""
    planned = changed_lines(old, new)
    patch = _patch_of(done)
    lines = planned if patch is None or _same(planned, patch) else _indented(patch, old, new)
    if old or lines[1]:
        return Edit("edit", path, lines)
    return Edit("new_file", path, lines, whole=True)


def _patch_of(done: object) -> Changed | None:
    text = text_at(done, "filediff", "patch") or text_at(done, "diff")
    return unified_lines(text) if text else None


def _same(planned: Changed, patch: Changed) -> bool:
    return all(
        [line.strip() for line in mine] == [line.strip() for line in theirs]
        for mine, theirs in zip(planned, patch, strict=True)
    )


def _indented(patch: Changed, old: str, new: str) -> Changed:
    """Lines of a patch with the indentation that it lacks, where the arguments show it."""
    known = {line.strip(): line for line in (*old.split("\n")[1:-1], *new.split("\n")[1:-1])}
    for lines in patch:
        for line in lines:
            exact = known.get(line.strip(), "")
            if line.strip() and exact.endswith(line):
                lead = exact[: len(exact) - len(line)]
                return _led(patch[0], lead), _led(patch[1], lead)
    return patch


def _led(lines: tuple[str, ...], lead: str) -> tuple[str, ...]:
    return tuple(lead + line if line.strip() else line for line in lines)


def unified_lines(text: str) -> Changed:
    """Added and removed lines of a unified diff; lines outside its hunks do not count."""
    added: list[str] = []
    removed: list[str] = []
    old = new = 0
    for line in text.split("\n"):
        hunk = _HUNK.match(line) if old <= 0 and new <= 0 else None
        if hunk:
            old, new = (int((count or "1")[:9]) for count in hunk.groups())
        elif old > 0 or new > 0:
            sign = line[:1]
            old -= sign in {"-", " ", ""}
            new -= sign in {"+", " ", ""}
            if sign == "+":
                added.append(line[1:].removesuffix("\r"))
            elif sign == "-":
                removed.append(line[1:].removesuffix("\r"))
    return tuple(added), tuple(removed)


def _patched(text: str, files: list[object]) -> list[Edit]:
    """The files of a patch, by its text, and by the result where that knows more."""
    planned = patch_edits(text)
    if len(files) != len(planned):
        return [_made(file) for file in files] or planned
    return [
        _made(file) if edit.kind == "delete" else _at(edit, file)
        for edit, file in zip(planned, files, strict=True)
    ]


def _at(edit: Edit, file: object) -> Edit:
    path = text_at(file, "movePath") or text_at(file, "filePath") or edit.path
    return Edit(edit.kind, path, edit.lines, edit.whole)


def _made(file: object) -> Edit:
    kinds: dict[str, EditKind] = {"add": "new_file", "delete": "delete"}
    kind = kinds.get(text_at(file, "type") or "", "edit")
    before, after = text_at(file, "before"), text_at(file, "after")
    if before is not None and after is not None:
        lines = changed_lines(before, after)
    else:
        lines = unified_lines(text_at(file, "patch") or text_at(file, "diff") or "")
    path = text_at(file, "movePath") or text_at(file, "filePath")
    return Edit(kind, path, lines, whole=kind == "new_file")


def patch_edits(text: str) -> list[Edit]:
    """The files that the text of an ``apply_patch`` names, with the lines it changes."""
    edits: list[Edit] = []
    kind, path = "", ""
    added: list[str] = []
    removed: list[str] = []

    def close() -> None:
        if kind:
            lines = (tuple(added), tuple(removed))
            edits.append(Edit(_EDIT_OF[kind], path, lines, whole=kind == "Add"))
            added.clear()
            removed.clear()

    for line in text.split("\n"):
        begin, move = _FILE.match(line), _MOVE.match(line)
        if begin:
            close()
            kind, path = begin.group(1), begin.group(2)
        elif move:
            path = move.group(1)
        elif line.startswith("+"):
            added.append(line[1:].removesuffix("\r"))
        elif line.startswith("-"):
            removed.append(line[1:].removesuffix("\r"))
    close()
    return edits
