"""Cursor's tools by name, as its database and its transcripts call them."""

from __future__ import annotations

from tokenmirror.events import CallKind
from tokenmirror.sources.editors import dict_at, text_at


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


EDITS = _set(
    "editfile searchreplace strreplace write writefile createfile edit multiedit multistrreplace "
    "applypatch deletefile delete editnotebook reapply"
)
SHELLS = _set("runterminalcmd runterminalcommand shell bash terminal")
DELETES = _set("deletefile delete")
_READS = _set(
    "readfile read listdir ls grep grepsearch ripgrep ripgreprawsearch ripgrepsearch filesearch "
    "globfilesearch glob codebasesearch semanticsearch semanticsearchfull searchsymbols "
    "gotodefinition readsemsearchfiles fetchrules"
)
_KINDS: dict[CallKind, frozenset[str]] = {
    "read": _READS,
    "lint": _set("readlints"),
    "edit": EDITS,
}
_PATHS = (
    "relativeWorkspacePath",
    "file_path",
    "filePath",
    "target_file",
    "targetFile",
    "path",
    "target_notebook",
    "targetNotebook",
)


def plain(name: str) -> str:
    """A tool's name without case, underscores and version: ``edit_file_v2`` is ``editfile``."""
    return name.lower().removesuffix("_v2").replace("_", "")


def kind_of_tool(name: str) -> CallKind:
    """What a tool is for, by its plain name; commands are judged by their text instead."""
    return next((kind for kind, names in _KINDS.items() if name in names), "other")


def path_in(*arguments: object) -> str | None:
    """The file that a call is about."""
    for told in arguments:
        for name in _PATHS:
            path = text_at(told, name)
            if path:
                return path
        fs_path = text_at(dict_at(told, "uri"), "fsPath")
        if fs_path:
            return fs_path
    return None
