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

HOSTILE = frozenset({"__proto__", "constructor", "prototype"})
MAX_STEPS = 64

Json = dict[str, object]


class Change(msgspec.Struct, gc=False):
    """One line; ``k`` is a path of names and positions."""

    kind: int
    k: list[str | int] = []
    v: object = None
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


def replayed(changes: Iterable[Line]) -> Replay:
    """The state that a log of changes leads to; bad lines are problems and change nothing."""
    replay = Replay()
    for line in changes:
        replay.end = line.end
        if line.problem is not None:
            replay.problems.append(line.problem)
            replay.records += 1
        elif line.text.strip():
            replay.records += 1
            _take(replay, line)
    for request in requests_of(replay.state):
        replay.removed.pop(text_at(request, "requestId") or "", None)
    return replay


def flat(data: bytes) -> Replay:
    """The state of a file that holds nothing else; each request counts as a record."""
    state = decoded(data)
    if not isinstance(state, dict):
        return Replay(problems=[Problem(0, "not_json")], records=1, end=len(data))
    count = max(1, len(list_at(state, "requests")))
    good = max(len(requests_of(state)), not list_at(state, "requests"))
    problems = [Problem(None, "bad_type")] * (count - good)
    return Replay(state, {}, problems, Counter(), count, good, len(data))


def requests_of(state: Json) -> list[Json]:
    """The requests of a state that have the right shape, in order."""
    return [request for request in list_at(state, "requests") if isinstance(request, dict)]


def _take(replay: Replay, line: Line) -> None:
    change = _change(line.text)
    if change is None:
        replay.problems.append(Problem(line.offset, "not_json"))
        return
    if change.kind not in range(4):
        replay.unknown[str(change.kind)] += 1
        return
    if not _applied(replay, change):
        replay.problems.append(Problem(line.offset, "bad_type"))
        return
    replay.understood += 1


def _change(text: bytes) -> Change | None:
    try:
        return _CHANGE.decode(text)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        pass
    try:
        return msgspec.convert(decoded(text), Change)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None


def _applied(replay: Replay, change: Change) -> bool:
    if change.kind == 0:
        if not isinstance(change.v, dict):
            return False
        _remember(replay)
        replay.state = change.v
        return True
    path = change.k
    if not path or len(path) > MAX_STEPS or not HOSTILE.isdisjoint(map(str, path)):
        return False
    if path[0] == "requests" and len(path) < 3 and (change.kind != 2 or change.i is not None):
        _remember(replay)
    holder: object = replay.state
    for step in path[:-1]:
        holder = _step(holder, step)
    if change.kind == 2:
        return _pushed(holder, path[-1], change)
    if change.kind == 3:
        return _deleted(holder, path[-1])
    return _set(holder, path[-1], change.v)


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


def _pushed(holder: object, step: str | int, change: Change) -> bool:
    target = _step(holder, step)
    if target is None and isinstance(holder, dict):
        target = holder.setdefault(str(step), [])
        if target is None:  # set to null before
            target = holder[str(step)] = []
    added = [] if change.v is None else change.v
    if not isinstance(target, list) or not isinstance(added, list):
        return False
    if change.i is not None:
        if not 0 <= change.i <= len(target):
            return False
        del target[change.i :]
    target.extend(added)
    return True
