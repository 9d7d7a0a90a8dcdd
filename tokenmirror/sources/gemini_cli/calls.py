"""What a call of a tool proposed and what became of it, as Gemini CLI and its fork say it."""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from tokenmirror.events import Basis, CallKind, Decision, EditKind, How, Suggestion
from tokenmirror.sources.changes import changed_lines, hunk_lines, text_lines
from tokenmirror.sources.commands import commits_in, kind_of
from tokenmirror.sources.editors import at, dict_at, list_at, number_at, text_at

WRITES = "write_file"
EDITS = frozenset([WRITES, "replace", "edit"])
SHELL = "run_shell_command"
_READS = """
    read_file read_many_files list_directory glob grep_search search_file_content ls grep lsp
    web_fetch google_web_search web_search
"""
READS = frozenset(_READS.split())
_EXIT = re.compile(r"^Exit Code: (\S+)", re.MULTILINE)
_LABEL = re.compile(r"^(?:Output|Stdout|Stderr): ", re.MULTILINE)
_DENIED = re.compile(r"denied|did not allow|not allowed|rejected", re.IGNORECASE)


class Change(NamedTuple):
    """A proposed change of one file, or a command; see ``events.Suggestion``."""

    kind: EditKind
    path: str | None = None
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    whole: bool = False


class Fate(NamedTuple):
    """The decision on a call, with what is known of who took it."""

    decision: Decision = "undecided"
    how: How | None = None
    basis: Basis = "unknown"


REFUSED = Fate("rejected", "chosen", "stated")


def change_of(name: str, args: object, display: object = None) -> Change | None:
    """What a call would change; ``None`` for tools that neither edit nor run commands.

    ``display`` is what the tool showed of it, with the exact patch, where the log has it.
    """
    if name == SHELL:
        return Change("command")
    if name not in EDITS:
        return None
    path = text_at(args, "file_path") or text_at(display, "filePath")
    kind = _edit_kind(name, args, display)
    lines = hunk_lines(text_at(display, "fileDiff") or "")
    if lines is not None:
        return Change(kind, path, *lines)
    old, new = text_at(display, "originalContent"), text_at(display, "newContent")
    if new is not None:
        return Change(kind, path, *changed_lines(old or "", new))
    if name == WRITES:
        # whether the file was there before, nothing tells
        content = text_at(args, "content") or ""
        return Change("new_file", path, tuple(text_lines(content)), whole=True)
    before, after = text_at(args, "old_string"), text_at(args, "new_string")
    return Change(kind, path, *changed_lines(before or "", after or ""))


def _edit_kind(name: str, args: object, display: object) -> EditKind:
    if at(display, "isNewFile") is True:
        return "new_file"
    if "originalContent" in dict_at(display):
        return "edit" if text_at(display, "originalContent") else "new_file"
    if name == WRITES:
        return "edit" if text_at(display, "fileDiff") else "new_file"
    return "edit" if text_at(args, "old_string") else "new_file"


def amended(display: object) -> bool:
    """Whether the person changed the proposal in an editor before it was written."""
    stat = dict_at(display, "diffStat")
    return any((number_at(stat, f"user_{name}_lines") or 0) > 0 for name in ("added", "removed"))


def kind_of_call(name: str, args: object) -> CallKind:
    """What a call is for."""
    if name == SHELL:
        return kind_of(text_at(args, "command") or "")
    return "edit" if name in EDITS else "read" if name in READS else "other"


def args_text(args: object) -> str:
    """The arguments as one text, the same for the same arguments."""
    return msgspec.json.encode(args).decode("utf-8", "replace") if args else ""


def result_text(parts: object) -> str:
    """The text that a call gave back to the model, or its error."""
    texts = []
    for part in list_at(parts):
        answer = at(part, "functionResponse", "response")
        texts.append(text_at(answer, "output") or text_at(answer, "error") or "")
    return "\n".join(texts)


def exit_ok(text: str) -> bool | None:
    """Whether a command ended well; a code that is not named is 0, one that is none unknown."""
    codes = _EXIT.findall(text)
    if not codes:
        return True
    return codes[-1] == "0" if codes[-1].lstrip("-").isdigit() else None


def commits_of(name: str, args: object, output: str) -> tuple[str, ...]:
    """Hashes of the commits that a command made, as its output names them."""
    command = text_at(args, "command") or ""
    if name != SHELL or "commit" not in command:
        return ()
    return commits_in(command, _LABEL.sub("", output))


def was_denied(text: str) -> bool:
    """Whether a cancelled call was refused by the person, not cut off while it ran."""
    return not text or _DENIED.search(text) is not None


def suggestion(
    session: str,
    key: str,
    at_ms: int | None,
    turn: str | None,
    change: Change,
    fate: Fate,
    decided_ms: int | None,
) -> Suggestion:
    """A proposal with what became of it, as an event."""
    return Suggestion(
        session=session,
        key=key,
        at_ms=at_ms,
        kind=change.kind,
        path=change.path,
        added=change.added,
        removed=change.removed,
        whole=change.whole,
        turn=turn,
        decision=fate.decision,
        how=fate.how,
        basis=fate.basis,
        decided_ms=decided_ms,
    )
