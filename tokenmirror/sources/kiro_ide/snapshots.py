"""Kiro before 1.0: files that are rewritten whole, each telling a part of a conversation.

Executions (one file for each turn of the person's) tell most; workspace sessions name their
executions, in order, and hold the prompts of those whose file is gone; ``.chat`` files are
the snapshots of the preview.  One turn has one key in all of them, made of its execution's
id, so that no two of them count it twice.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from tokenmirror.events import AnyEvent, Prompt, Session, Turn, TurnEnd, Usage
from tokenmirror.sources import lines
from tokenmirror.sources.editors import (
    MAX_SMALL_BYTES,
    at,
    decoded,
    dict_at,
    document,
    instant_at,
    list_at,
    number_at,
    text_at,
)
from tokenmirror.sources.kiro_ide.calls import Call, Json, Outcome, events_of
from tokenmirror.sources.kiro_ide.event_log import credits_in, model_of

SESSIONS = "workspace-sessions"
SAVES = hashlib.sha256(b"KIRO::EXECUTION::SAVES").hexdigest()[:32]
LIST = "sessions.json"
_ENDS: dict[str, TurnEnd] = {
    "succeed": "finished",
    "succeeded": "finished",
    "aborted": "interrupted",
    "cancelled": "interrupted",
    "failed": "error",
    "yielded": "asked",
}
_STATES: dict[str, Outcome] = {
    "Success": Outcome("accepted", "applied", ok=True),
    "Rejected": Outcome("rejected", "chosen", "stated"),
    "Error": Outcome("failed", ok=False),
    "Failed": Outcome("failed", ok=False),
}
# Steps of the agent itself, not calls of a tool.
_STEPS = frozenset(["say", "model", "intentClassification", "summarization", "userInput"])
_AUTONOMY = re.compile(r'^\s*"kiroAgent\.agentAutonomy"\s*:\s*"(\w+)"', re.MULTILINE)
_EXECUTION = re.compile(rb'"executionId"\s*:\s*"([^"\\]{1,200})"')
_WRAPPED = re.compile(
    r"<(kiro-ide-message|EnvironmentContext|steering-reminder)>.*?</\1>", re.DOTALL
)
_USER = re.compile(r"<user>(.*?)</user>", re.DOTALL)
_NOT_ASKED = (
    "<identity>",
    "# System Prompt",
    "# Identity",
    "## Included Rules",
    "You are operating in a workspace",
    "<key_kiro_features>",
)
_HEAD_BYTES = 65_536


@dataclass(frozen=True)
class Links:
    """What workspace sessions know of executions and folders.

    ``owners`` gives session and folder by execution; ``folders`` folders by session;
    ``hashes`` folders by the name that Kiro makes of them; ``moved`` are sessions that were
    taken over into the event logs of 1.0, where they are read.
    """

    owners: dict[str, str] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    moved: frozenset[str] = frozenset()


def links_of(agent: Path) -> Links:
    """The links in Kiro's folder, read anew only when one of its sessions changed."""
    root = agent / SESSIONS
    files = tuple(
        (str(file.path), file.size, file.mtime_ns) for file in lines.walk(root, ("",), depth=1)
    )
    return _links(files)


@lru_cache(maxsize=4)
def _links(files: tuple[tuple[str, int, int], ...]) -> Links:
    owners: dict[str, str] = {}
    folders: dict[str, str] = {}
    moved: set[str] = set()
    for name, size, _ in files:
        path = Path(name)
        if path.name == LIST or size > lines.MAX_DOCUMENT_BYTES:
            continue
        told = document(path, lines.MAX_DOCUMENT_BYTES)
        if text_at(told, "v2SessionId") and "migratedAt" in dict_at(told):
            moved.add(path.name.split(".")[0])
            continue
        session = text_at(told, "sessionId")
        if session is None:
            continue
        folder = text_at(told, "workspaceDirectory")
        if folder:
            folders[session] = folder
        for entry in list_at(told, "history"):
            execution = text_at(entry, "executionId")
            if execution:
                owners.setdefault(execution, session)
    hashes = {hashlib.sha256(f.encode()).hexdigest()[:32]: f for f in folders.values()}
    return Links(owners, folders, hashes, frozenset(moved))


def executions_in(workspace: Path) -> frozenset[str]:
    """Ids of the executions that have a file in a workspace's folder."""
    files = tuple(
        (str(file.path), file.size, file.mtime_ns)
        for file in lines.walk(workspace, ("",), depth=1)
        if "." not in file.path.name
    )
    return _executions(files)


@lru_cache(maxsize=64)
def _executions(files: tuple[tuple[str, int, int], ...]) -> frozenset[str]:
    found: set[str] = set()
    for name, _, _ in files:
        try:
            with lines.opened(Path(name)) as handle, open(handle, "rb", closefd=False) as stream:
                match = _EXECUTION.search(stream.read(_HEAD_BYTES))
        except lines.Unreadable:
            continue
        if match and not match.string.lstrip().startswith(b'{"executions"'):
            found.add(match.group(1).decode("utf-8", "replace"))
    return frozenset(found)


def turn_key(execution: str) -> str:
    """The key of a turn in every store."""
    return f"execution/{execution}"


# -- executions ------------------------------------------------------------------------------


def execution_events(told: Json, path: Path, agent: Path) -> Iterator[AnyEvent]:
    """The prompt, turn, calls and credits of an execution."""
    links = links_of(agent)
    name = text_at(told, "executionId") or path.name
    stated = text_at(told, "chatSessionId") or text_at(told, "sessionId")
    session = links.owners.get(name) or stated or name
    if session in links.moved or stated in links.moved:
        return
    start, end = number_at(told, "startTime"), number_at(told, "endTime")
    key = turn_key(name)
    text = "" if _is_helper(told) else _asked(told)
    yield Session(
        session=session,
        key=session,
        at_ms=start,
        folder=links.folders.get(session) or links.hashes.get(_workspace(path, agent).name),
        ended_ms=end,
    )
    if text:
        status = text_at(told, "status") or ""
        ended = _ENDS.get(status, "unknown")
        yield Prompt(session=session, key=key, at_ms=start, text=text, turn=key)
        yield Turn(session=session, key=key, at_ms=start, ended_ms=end, ended=ended)
    turn = key if text else None
    for call in _calls(told, session, name, turn, _accepted(agent, start)):
        yield from events_of(call)
    spent = credits_in(list_at(told, "usageSummary"))
    if spent is not None:
        model = model_of(text_at(told, "modelId"))
        yield Usage(session=session, key=key, at_ms=start, model=model, credits=spent)


def _workspace(path: Path, agent: Path) -> Path:
    return agent / path.relative_to(agent).parts[0] if path.is_relative_to(agent) else path.parent


def _is_helper(told: Json) -> bool:
    kind = (text_at(told, "workflowType") or "").lower()
    return "sub" in kind or text_at(told, "parentExecutionId") is not None


def _asked(told: Json) -> str:
    """The new prompt of an execution; its history repeats the earlier ones."""
    given = list_at(told, "input", "data", "messages")
    if given:
        return _stripped(_text(at(given[-1], "content")))
    stated = text_at(told, "input", "data", "userPrompt")
    if stated:
        return _stripped(stated)
    for source, role, body in (
        (list_at(told, "messages"), "user", "content"),
        (list_at(told, "context", "messages"), "human", "entries"),
    ):
        asked = [m for m in source if text_at(m, "role") == role]
        texts = [_stripped(_text(at(message, body))) for message in asked]
        if any(texts):
            return [text for text in texts if text][-1]
    return ""


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    pieces = content if isinstance(content, list) else []
    texts = (piece if isinstance(piece, str) else text_at(piece, "text") for piece in pieces)
    return "\n".join(text for text in texts if text)


def _stripped(text: str) -> str:
    """What the person wrote, without what Kiro put around it."""
    inner = _USER.search(text)
    if inner:
        return inner.group(1).strip()
    bare = _WRAPPED.sub("", text).strip()
    return "" if bare.startswith(_NOT_ASKED) else bare


def _calls(
    told: Json, session: str, execution: str, turn: str | None, accepted: Outcome
) -> Iterator[Call]:
    over = text_at(told, "status") in _ENDS
    for nth, action in enumerate(list_at(told, "actions")):
        kind = text_at(action, "actionType")
        if kind is None or kind in _STEPS:
            continue
        state = text_at(action, "actionState") or ""
        outcome = accepted if state == "Accepted" else _STATES.get(state, Outcome())
        moment = number_at(action, "emittedAt")
        yield Call(
            session,
            f"{turn_key(execution)}/{text_at(action, 'actionId') or nth}",
            kind,
            dict_at(action, "input"),
            moment,
            moment,
            turn,
            outcome if over else Outcome(),
            text_at(action, "output", "output") or text_at(action, "output", "message") or "",
        )


def _accepted(agent: Path, start_ms: int | None) -> Outcome:
    """What "Accepted" means: a click in Supervised mode, nothing in Autopilot, the default.

    The mode is a setting: it holds for what began after the settings were last written.
    """
    file = lines.log_file(agent.parent.parent / "settings.json")
    mode = None
    if file is not None:
        if file.size > MAX_SMALL_BYTES or (start_ms or 0) * 1_000_000 < file.mtime_ns:
            return Outcome("accepted", "applied", ok=True)
        try:
            found = _AUTONOMY.search(lines.whole(file).decode("utf-8", "replace"))
        except lines.Unreadable:
            return Outcome("accepted", "applied", ok=True)
        mode = found.group(1) if found else None
    if mode == "Supervised":
        return Outcome("accepted", "chosen", "inferred", ok=True)
    return Outcome("accepted", "allowed", "inferred", ok=True)


# -- workspace sessions ----------------------------------------------------------------------


def session_events(told: Json, path: Path, agent: Path) -> Iterator[AnyEvent]:
    """The prompts of a workspace session; those with an execution under its turn's key."""
    session = text_at(told, "sessionId") or path.stem
    links = links_of(agent)
    if session in links.moved:
        return
    created = _created_ms(path, session)
    asked: list[tuple[str, str]] = []
    for nth, entry in enumerate(list_at(told, "history")):
        message = dict_at(entry, "message")
        execution = text_at(entry, "executionId")
        if text_at(message, "role") == "user":
            text = _stripped(_text(message.get("content")))
            name = text_at(message, "id") or str(nth)
            asked += [(f"{session}/{name}", text)] if text else []
        elif execution and asked and asked[-1][0].startswith(f"{session}/"):
            asked[-1] = (turn_key(execution), asked[-1][1])
    if not asked:
        return
    folder = text_at(told, "workspaceDirectory")
    yield Session(session=session, key=session, at_ms=created, folder=folder)
    for key, text in asked:
        yield Prompt(session=session, key=key, at_ms=None, text=text, turn=key)
        yield Turn(session=session, key=key, at_ms=None)


def _created_ms(path: Path, session: str) -> int | None:
    listed = document(path.with_name(LIST))
    for entry in listed if isinstance(listed, list) else []:
        if text_at(entry, "sessionId") == session:
            return instant_at(entry, "dateCreated")
    return None


# -- the preview's snapshots -----------------------------------------------------------------


def chat_events(told: Json, path: Path, agent: Path) -> Iterator[AnyEvent]:
    """The newest prompt of a snapshot, unless its execution has a file of its own."""
    name = text_at(told, "executionId") or path.stem
    if name in executions_in(path.parent):
        return
    asked = [entry for entry in list_at(told, "chat") if text_at(entry, "role") == "human"]
    texts = [text for text in (_stripped(_text(at(entry, "content"))) for entry in asked) if text]
    if not texts:
        return
    links, key = links_of(agent), turn_key(name)
    session = links.owners.get(name) or text_at(told, "metadata", "workflowId") or name
    start, end = (number_at(told, "metadata", field) for field in ("startTime", "endTime"))
    folder = links.folders.get(session) or links.hashes.get(path.parent.name)
    yield Session(session=session, key=session, at_ms=start, folder=folder, ended_ms=end)
    yield Prompt(session=session, key=key, at_ms=start, text=texts[-1], turn=key)
    yield Turn(session=session, key=key, at_ms=start, ended_ms=end)


def told_by(file: Path) -> tuple[Json | None, bool]:
    """A document, and whether it is JSON at all.  Raises ``Unreadable``."""
    found = lines.log_file(file)
    if found is None:
        raise lines.Unreadable("unreadable")
    value = decoded(lines.whole(found))
    return (value if isinstance(value, dict) else None), value is not None
