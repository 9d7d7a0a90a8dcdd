"""What stands beside a task's messages: its folder, its parent, its models by time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tokenmirror.sources import editors, lines
from tokenmirror.sources.cline.places import HISTORY_ITEM, METADATA
from tokenmirror.sources.editors import at, dict_at, list_at, number_at, text_at

INDEX_BYTES = 64 * 1024 * 1024
_FOLDER = re.compile(
    r"^# Current (?:Workspace|Working) Directory \((.+)\)(?: Files)?[ \t]*$", re.MULTILINE
)
_MODEL = re.compile(r"<model>([^<\n]{1,200})</model>")
_WINDOWS = re.compile(r"^[A-Za-z]:[\\/]|^\\\\")
# Roo and Kilo fill this in where no folder is open.
_NOWHERE = frozenset(["No directory", "undefined", "none"])


@dataclass(frozen=True)
class Facts:
    """Facts of a task that its messages do not tell.

    ``models`` are (since when, model) in order of time; a model of unknown time comes first.
    """

    folder: str | None = None
    parent: str | None = None
    models: tuple[tuple[int, str], ...] = ()

    def model_at(self, at_ms: int | None) -> str | None:
        """The model in use at an instant; before the first known one, that one."""
        until = [model for since, model in self.models if at_ms is None or since <= at_ms]
        return until[-1] if until else (self.models[0][1] if self.models else None)


def facts_of(messages: Path, history: list[object], state_key: str) -> Facts:
    """Facts from the task's own files, else from the extension's list of tasks."""
    item = _item(messages, state_key)
    named = text_at(item, "cwdOnTaskInitialization") or text_at(item, "workspace")
    parent = text_at(item, "parentTaskId")
    return Facts(
        folder=next((f for f in (named, _told_folder(history)) if f and is_absolute(f)), None),
        parent=parent if parent != messages.parent.name else None,
        models=_models(messages, item, history),
    )


def is_absolute(path: str) -> bool:
    """Whether a path of a log is a whole one, on any system."""
    return path not in _NOWHERE and bool(path.startswith("/") or _WINDOWS.match(path))


def _item(messages: Path, state_key: str) -> Mapping[str, object]:
    task = messages.parent.name
    own = dict_at(editors.document(messages.with_name(HISTORY_ITEM)))
    if own:
        return own
    storage = messages.parent.parent.parent
    for index in (storage / "state" / "taskHistory.json", storage / "tasks" / "_index.json"):
        found = _listed(index).get(task)
        if found:
            return found
    if storage.parent.name != "globalStorage":
        return {}
    return _kept_by_editor(storage.parent / "state.vscdb", state_key).get(task, {})


def _listed(index: Path) -> Mapping[str, dict[str, object]]:
    file = lines.log_file(index)
    return _index(index, file.size, file.mtime_ns) if file else {}


@lru_cache(maxsize=4)
def _index(index: Path, size: int, mtime_ns: int) -> Mapping[str, dict[str, object]]:
    """Items of a list of tasks by id; a list that did not change is read once."""
    del size, mtime_ns  # they only tell whether it changed
    told = editors.document(index, INDEX_BYTES)
    return _by_id(told if isinstance(told, list) else list_at(told, "entries"))


def _kept_by_editor(database: Path, key: str) -> Mapping[str, dict[str, object]]:
    log = lines.log_file(database.with_name(database.name + "-wal"))
    file = lines.log_file(database)
    if file is None:
        return {}
    stamp = (file.size, file.mtime_ns, log.size if log else 0, log.mtime_ns if log else 0)
    return _state(database, key, stamp)


@lru_cache(maxsize=4)
def _state(
    database: Path, key: str, stamp: tuple[int, int, int, int]
) -> Mapping[str, dict[str, object]]:
    del stamp
    try:
        value = editors.state_value(database, key)
    except lines.Unreadable:
        return {}
    return _by_id(list_at(editors.decoded(value), "taskHistory")) if value else {}


def _by_id(items: list[object]) -> Mapping[str, dict[str, object]]:
    named = ((text_at(item, "id"), item) for item in items)
    return {name: dict_at(item) for name, item in named if name}


def _told_folder(history: list[object]) -> str | None:
    """The folder named in the environment that the extension adds to the first message."""
    for message in history[:2]:
        for text in texts_of(at(message, "content")):
            found = _FOLDER.search(text)
            if found:
                return found[1]
    return None


def _models(
    messages: Path, item: Mapping[str, object], history: list[object]
) -> tuple[tuple[int, str], ...]:
    told: list[tuple[int, str]] = []
    used = editors.document(messages.with_name(METADATA))
    for use in list_at(used, "model_usage"):
        model = text_at(use, "model_id")
        if model:
            told.append((number_at(use, "ts") or 0, model))
    if not told:
        told = _models_of_history(history)
    last = text_at(item, "modelId")
    if not told and last:
        told = [(0, last)]
    return tuple(sorted(told, key=lambda one: one[0]))


def _models_of_history(history: list[object]) -> list[tuple[int, str]]:
    told: list[tuple[int, str]] = []
    for message in history:
        model = text_at(message, "modelInfo", "modelId")
        if model is None and text_at(message, "role") == "user":
            found = (_MODEL.search(text) for text in texts_of(at(message, "content")))
            model = next((match[1] for match in found if match), None)
        if model and (not told or told[-1][1] != model):
            told.append((number_at(message, "ts") or 0, model))
    return told


def texts_of(content: object) -> list[str]:
    """The texts of a message's content, without those inside results of tools."""
    if isinstance(content, str):
        return [content]
    blocks = content if isinstance(content, list) else []
    return [
        text for text in (text_at(b, "text") for b in blocks if at(b, "type") == "text") if text
    ]
