"""What a call of a tool proposes, and how its result is judged."""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from tokenmirror.events import CallKind, EditKind
from tokenmirror.sources.changes import changed_lines, file_patches, hunk_lines, text_lines
from tokenmirror.sources.commands import commits_in, kind_of
from tokenmirror.sources.editors import at, decoded, number_at, text_at

SHELLS = frozenset(["bash", "powershell", "shell", "local_shell"])
EDITS = frozenset(["create", "edit", "str_replace", "insert", "str_replace_editor", "apply_patch"])
READS = frozenset(["view", "grep", "glob", "rg", "web_fetch", "show_file", "lsp", "read_bash"])
_EXIT = re.compile(r"(?:exited|completed) with exit code (-?\d+)")
# An id that is unique by itself, not only in its session.
_OWN_ID = re.compile(r"(?:toolu|call)_\w{14,}")


class Change(NamedTuple):
    """A proposed change of one file, or a command; ``part`` tells several files apart."""

    kind: EditKind
    path: str | None = None
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    part: str = ""


def key_of(session: str, call: str) -> str:
    """The key of a call: its id, with the session in front where it could repeat."""
    return call if _OWN_ID.fullmatch(call) else f"{session}:{call}"


def arguments_of(call: object) -> object:
    """The arguments of a call, which some builds write as a text of JSON."""
    given = at(call, "arguments")
    if isinstance(given, str) and given.lstrip().startswith("{"):
        return decoded(given.encode("utf-8", "replace"))
    return given


def changes_of(name: str, given: object, shown: str | None = None) -> list[Change]:
    """The changes that a call proposes; none where it only looks.

    ``shown`` is the patch that the tool showed when it was done, whole lines and exact.
    """
    if name in SHELLS:
        return [Change("command")]
    if name == "apply_patch":
        return _patched(given if isinstance(given, str) else _patch_text(given))
    command = _edit_command(name, given)
    if command is None:
        return []
    path = text_at(given, "path")
    lines = hunk_lines(shown) if shown else None
    if command == "create":
        content = text_at(given, "file_text") or ""
        return [Change("new_file", path, *(lines or (tuple(text_lines(content)), ())))]
    old, new = text_at(given, "old_str") or "", text_at(given, "new_str") or ""
    return [Change("edit", path, *(lines or changed_lines(old, new)))]


def _edit_command(name: str, given: object) -> str | None:
    if name == "str_replace_editor":
        command = text_at(given, "command")
        return command if command in ("create", "str_replace", "insert") else None
    return name if name in EDITS else None


def _patch_text(given: object) -> str:
    return next((t for name in ("input", "patch") if (t := text_at(given, name))), "")


def _patched(patch: str) -> list[Change]:
    return [Change(*file, part=f":{file.path}") for file in file_patches(patch)]


def kind_of_call(name: str, given: object) -> CallKind:
    """What a call is for."""
    if name in SHELLS:
        return kind_of(text_at(given, "command") or "")
    if name == "apply_patch" or _edit_command(name, given) is not None:
        return "edit"
    return "read" if name in READS or name == "str_replace_editor" else "other"


def args_text(given: object) -> str:
    """The arguments as one text, the same for the same arguments."""
    return msgspec.json.encode(given).decode("utf-8", "replace") if given else ""


def result_text(done: object) -> str:
    """What a call gave back to the model, or its error."""
    for steps in (("result", "content"), ("result", "text_result_for_llm"), ("error", "message")):
        text = text_at(done, *steps)
        if text:
            return text
    return ""


def succeeded(done: object) -> bool | None:
    """Whether a call did what it should, by the tool's own word."""
    told = at(done, "success")
    if isinstance(told, bool):
        return told
    kind = text_at(done, "result", "result_type") or text_at(done, "result", "resultType")
    return None if kind is None else kind == "success"


def was_refused(done: object) -> bool:
    """Whether older builds say that the person refused a call."""
    code = text_at(done, "error", "code") or text_at(done, "result", "result_type")
    return code in ("rejected", "denied")


def exit_ok(done: object) -> bool | None:
    """Whether a command ended well; ``None`` where no exit code is told."""
    code = at(done, "shellExecution", "exitCode")
    if isinstance(code, int) and not isinstance(code, bool):
        return code == 0
    told = _EXIT.findall(result_text(done))
    return None if not told else told[-1] == "0"


def commits_of(name: str, given: object, done: object) -> tuple[str, ...]:
    """Hashes of the commits that a command made, as its output names them."""
    command = text_at(given, "command") or ""
    if name not in SHELLS or "commit" not in command:
        return ()
    return commits_in(command, result_text(done))


def count_at(value: object, *steps: str | int) -> int:
    """A number of tokens; 0 where there is none."""
    return number_at(value, *steps) or 0
