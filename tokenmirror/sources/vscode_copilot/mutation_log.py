"""Replays VS Code's chat session files: a log of changes to one JSON state, or the state.

A ``.jsonl`` file has one change a line: kind 0 gives the whole state, 1 sets the value at a
path, 2 cuts a list to a length and appends, 3 deletes.  The editor rewrites the file from
time to time, so that it may shrink and begin anew.  An older ``.json`` file is the state.
Requests that a later line took out of the state are kept apart: they were sent once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from tokenmirror.events import Problem
from tokenmirror.sources.editors import decoded, list_at, text_at
from tokenmirror.sources.lines import Line
from tokenmirror.sources.vscode_copilot.shape import decoder_at, matters

HOSTILE = frozenset({"__proto__", "constructor", "prototype"})
MAX_STEPS = 64

NULL = msgspec.Raw(b"null")

Json = dict[str, object]


class Change(msgspec.Struct, gc=False):
    """One line; ``k`` is a path of names and positions, ``v`` a value not yet decoded."""

    kind: int
    k: list[str | int] = []
    v: msgspec.Raw = NULL
    i: int | None = None


@dataclass
class Replay:
    """The state after all changes, with what was lost and what was odd on the way.

    ``removed`` are requests by id that stood in the state once and are gone from it.
    """

    state: Json = field(default_factory=dict)
    removed: dict[str, Json] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)
    records: int = 0
    understood: int = 0
    end: int = 0


_CHANGE = msgspec.json.Decoder(Change)


def replayed(changes: Iterable[Line], since: int = 0) -> Replay:
    """The state that a log of changes leads to; bad lines are problems and change nothing.

    Counted are the lines that begin at ``since`` or later: the earlier ones were before.
    """
    replay = Replay()
    for line in changes:
        replay.end = line.end
        if line.problem is not None or line.text.strip():
            odd = line.problem or _take(replay, line)
            if line.offset >= since:
                _count(replay, odd)
    for request in requests_of(replay.state):
        replay.removed.pop(text_at(request, "requestId") or "", None)
    return replay


def flat(data: bytes) -> Replay:
    """The state of a file that holds nothing else; each request counts as a record."""
    state = _value([], msgspec.Raw(data))
    if not isinstance(state, dict):
        return Replay(problems=[Problem(0, "not_json")], records=1, end=len(data))
    count = max(1, len(list_at(state, "requests")))
    good = max(len(requests_of(state)), not list_at(state, "requests"))
    problems = [Problem(None, "bad_type")] * (count - good)
    return Replay(state, {}, problems, Counter(), count, good, len(data))


def requests_of(state: Json) -> list[Json]:
    """The requests of a state that have the right shape, in order."""
    return [request for request in list_at(state, "requests") if isinstance(request, dict)]


def _count(replay: Replay, odd: Problem | str | None) -> None:
    replay.records += 1
    if odd is None:
        replay.understood += 1
    elif isinstance(odd, Problem):
        replay.problems.append(odd)
    else:
        replay.unknown[odd] += 1


def _take(replay: Replay, line: Line) -> Problem | str | None:
    """Applies a line; what was wrong with it, or the name of a kind that nobody knows."""
    change = _change(line.text)
    if change is None:
        return Problem(line.offset, "not_json")
    if change.kind not in range(4):
        return str(change.kind)
    return None if _applied(replay, change) else Problem(line.offset, "bad_type")


def _change(text: bytes) -> Change | None:
    try:
        return _CHANGE.decode(text)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        pass
    mended = decoded(text)
    try:
        return _CHANGE.decode(msgspec.json.encode(mended)) if mended is not None else None
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None


def _value(path: list[str | int], value: msgspec.Raw) -> object:
    """The value of a change: what is asked for of it, or all where its frame is unusual."""
    try:
        return decoder_at(path).decode(value)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return decoded(bytes(value))


def _applied(replay: Replay, change: Change) -> bool:
    path = change.k if change.kind else []
    if change.kind == 0:
        state = _value(path, change.v)
        if not isinstance(state, dict):
            return False
        _remember(replay)
        replay.state = state
        return True
    if not path or len(path) > MAX_STEPS or not HOSTILE.isdisjoint(map(str, path)):
        return False
    if not matters(path):
        return True
    if path[0] == "requests" and len(path) < 3 and (change.kind != 2 or change.i is not None):
        _remember(replay)
    holder: object = replay.state
    for step in path[:-1]:
        holder = _step(holder, step)
    if change.kind == 3:
        return _deleted(holder, path[-1])
    value = _value(path, change.v)
    if change.kind == 2:
        return _pushed(holder, path[-1], value, change.i)
    return _set(holder, path[-1], value)


def _remember(replay: Replay) -> None:
    for request in requests_of(replay.state):
        name = text_at(request, "requestId")
        if name:
            replay.removed[name] = request


def _step(holder: object, step: str | int) -> object:
    if isinstance(holder, dict):
        return holder.get(str(step))
    if isinstance(holder, list) and isinstance(step, int) and 0 <= step < len(holder):
        return holder[step]
    return None


def _set(holder: object, step: str | int, value: object) -> bool:
    if isinstance(holder, dict):
        holder[str(step)] = value
        return True
    if not isinstance(holder, list) or not isinstance(step, int) or not 0 <= step <= len(holder):
        return False
    holder[step : step + 1] = [value]
    return True


def _deleted(holder: object, step: str | int) -> bool:
    if not isinstance(holder, dict):
        return False
    holder.pop(str(step), None)
    return True


def _pushed(holder: object, step: str | int, value: object, cut: int | None) -> bool:
    target = _step(holder, step)
    if target is None and isinstance(holder, dict):
        target = holder[str(step)] = list[object]()
    added = [] if value is None else value
    if not isinstance(target, list) or not isinstance(added, list):
        return False
    if cut is not None:
        if not 0 <= cut <= len(target):
            return False
        del target[cut:]
    target.extend(added)
    return True
