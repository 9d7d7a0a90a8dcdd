"""What an agent proposed with one call of a tool, and what became of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from msgspec import Raw, Struct

from tokenmirror.events import Basis, CallKind, Decision, EditKind, How
from tokenmirror.sources.changes import Changed, changed_lines, patch_lines, text_lines
from tokenmirror.sources.claude_code.records import NO_RAW, Block, Line, blocks_decoder
from tokenmirror.sources.commands import commits_in, kind_of

EDITS = frozenset(["Edit", "Write", "MultiEdit", "NotebookEdit"])
SHELLS = frozenset(["Bash", "PowerShell"])
CALLS: dict[str, CallKind] = {
    **dict.fromkeys(EDITS, "edit"),
    **dict.fromkeys(["Read", "Grep", "Glob", "LS", "NotebookRead", "WebFetch", "LSP"], "read"),
}
_REFUSALS = (
    "The user doesn't want to proceed with this tool use",
    "The user doesn't want to take this action right now",
)
# A shell command that ended so never ran.
_NEVER_RAN = (
    "<tool_use_error>",
    "Claude requested permissions",
    "Permission to use",
    "This command requires approval",
    "PreToolUse:",
)


class Replacement(Struct, gc=False):
    """One replacement of an edit."""

    old_string: str = ""
    new_string: str = ""


class Input(Struct, gc=False):
    """The arguments of the tools that edit or run commands."""

    file_path: str | None = None
    notebook_path: str | None = None
    old_string: str = ""
    new_string: str = ""
    content: str = ""
    new_source: str = ""
    edit_mode: str = ""
    edits: list[Replacement] = []
    command: str = ""


class Hunk(Struct, gc=False):
    """A stretch of a patch."""

    lines: list[str] = []


class Edited(Struct, gc=False, rename="camel"):
    """The result of an edit that was written."""

    type: str | None = None
    file_path: str | None = None
    structured_patch: list[Hunk] | None = None
    content: str | None = None
    user_modified: bool | None = None
    cell_id: str | None = msgspec.field(default=None, name="cell_id")
    original_file: Raw = NO_RAW
    original_notebook: str | None = msgspec.field(default=None, name="original_file")


class Ran(Struct, gc=False, rename="camel"):
    """The result of a shell command."""

    stdout: str = ""
    stderr: str = ""
    git_operation: Any = None


class Cell(Struct, gc=False):
    """A cell of a notebook."""

    id: str | None = None
    source: str | list[str] = ""


class Notebook(Struct, gc=False):
    """A notebook file."""

    cells: list[Cell] = []


class Proposal(NamedTuple):
    """A change of one file; see ``events.Suggestion``."""

    kind: EditKind
    path: str | None
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    whole: bool = False


class Outcome(NamedTuple):
    """The decision on a call, with what is known of who took it."""

    decision: Decision
    how: How | None = None
    basis: Basis = "unknown"


input_decoder = msgspec.json.Decoder(Input)
edited_decoder = msgspec.json.Decoder(Edited)
ran_decoder = msgspec.json.Decoder(Ran)
notebook_decoder = msgspec.json.Decoder(Notebook)
text_decoder = msgspec.json.Decoder(str)


def given(name: str, arguments: bytes) -> Input | None:
    """The arguments of a call that edits or runs a command; ``None`` for other tools."""
    return input_decoder.decode(arguments) if name in EDITS or name in SHELLS else None


def proposal(name: str, given: Input) -> Proposal:
    """What a call would change, by its arguments alone."""
    path = given.file_path or given.notebook_path
    if name == "Write":
        # whether the file was there before, only the result tells
        return Proposal("new_file", path, tuple(text_lines(given.content)), whole=True)
    if name == "NotebookEdit":
        source = () if given.edit_mode == "delete" else tuple(text_lines(given.new_source))
        return Proposal("edit", path, source)
    edits = given.edits or [Replacement(given.old_string, given.new_string)]
    kind: EditKind = "edit" if any(edit.old_string for edit in edits) else "new_file"
    return Proposal(kind, path, *_changes(edits))


def _changes(edits: list[Replacement]) -> Changed:
    added: list[str] = []
    removed: list[str] = []
    for edit in edits:
        more, less = changed_lines(edit.old_string, edit.new_string)
        added += more
        removed += less
    return tuple(added), tuple(removed)


def written(name: str, given: Input, result: Raw) -> tuple[Proposal, bool]:
    """What a call changed, by its result, and whether the person changed it on the way."""
    if not is_object(result):
        return proposal(name, given), False
    done = edited_decoder.decode(result)
    amended = bool(done.user_modified)
    if name == "NotebookEdit":
        return _notebook_change(proposal(name, given), done, given), amended
    if done.type == "create" or (done.content is not None and is_null(done.original_file)):
        lines = tuple(text_lines(done.content or ""))
        return Proposal("new_file", done.file_path, lines), amended
    if done.structured_patch is None:
        return proposal(name, given), amended
    changes = patch_lines(line for hunk in done.structured_patch for line in hunk.lines)
    kind: EditKind = "new_file" if is_null(done.original_file) else "edit"
    return Proposal(kind, done.file_path, *changes), amended


def _notebook_change(planned: Proposal, done: Edited, given: Input) -> Proposal:
    if given.edit_mode == "insert" or not done.original_notebook:
        return planned
    cells = notebook_decoder.decode(done.original_notebook).cells
    old = next((cell.source for cell in cells if cell.id and cell.id == done.cell_id), "")
    text = old if isinstance(old, str) else "".join(old)
    added, removed = changed_lines(text, "\n".join(planned.added))
    return Proposal("edit", planned.path, added, removed)


def outcome(line: Line, block: Block, name: str, mode: str | None, *, headless: bool) -> Outcome:
    """What became of a call, by the line with its result."""
    asked = line.permission_decision if isinstance(line.permission_decision, dict) else {}
    source = str(asked.get("source") or "")
    if block.is_error:
        text = _result_text(block)
        if asked.get("decision") == "reject" and source != "user_reject":
            return Outcome("failed")
        if _refused(line, text):
            return Outcome("rejected", "chosen", "stated")
        if line.tool_denial_kind or name not in SHELLS or text.startswith(_NEVER_RAN):
            return Outcome("failed")
    return Outcome("accepted", *_approved(asked, source, name, mode, headless=headless))


def _refused(line: Line, text: str) -> bool:
    if line.tool_denial_kind == "user-rejected" or text.startswith(_REFUSALS):
        return True
    return bytes(memoryview(line.tool_use_result)[:14]) == b'"User rejected'


def _approved(
    asked: dict[str, Any], source: str, name: str, mode: str | None, *, headless: bool
) -> tuple[How, Basis]:
    if asked.get("decision") == "accept":
        return ("chosen" if source.startswith("user_") else "allowed"), "stated"
    if headless:  # nobody was there to click
        return "allowed", "inferred"
    if mode == "default" or (mode == "acceptEdits" and name in SHELLS):
        return "chosen", "inferred"
    return ("allowed", "inferred") if mode else ("applied", "unknown")


def was_let_through(line: Line) -> bool:
    """Whether the log states that nobody was asked, so that the call began at once."""
    asked = line.permission_decision
    return isinstance(asked, dict) and asked.get("source") == "config"


def call_kind(name: str, given: Input | None) -> CallKind:
    """What a call of a tool is for."""
    if given is not None and name in SHELLS:
        return kind_of(given.command)
    return CALLS.get(name, "other")


def commits(command: str, result: Raw) -> tuple[str, ...]:
    """Hashes of the commits that a shell command made, as its output names them."""
    if "commit" not in command or not is_object(result):
        return ()
    ran = ran_decoder.decode(result)
    made = ran.git_operation.get("commit") if isinstance(ran.git_operation, dict) else None
    stated = made.get("sha") if isinstance(made, dict) else None
    if isinstance(stated, str) and stated:
        return (stated,)
    return commits_in(command, f"{ran.stdout}\n{ran.stderr}")


def _result_text(block: Block) -> str:
    raw = bytes(block.content)
    if raw.startswith(b'"'):
        return text_decoder.decode(raw)
    if raw.startswith(b"["):
        return "\n".join(part.text or "" for part in blocks_decoder.decode(raw))
    return ""


def is_object(raw: Raw) -> bool:
    """Whether a piece of JSON is an object."""
    return bytes(memoryview(raw)[:1]) == b"{"


def is_null(raw: Raw) -> bool:
    """Whether a piece of JSON is there and null."""
    return bytes(memoryview(raw)[:4]) == b"null"
