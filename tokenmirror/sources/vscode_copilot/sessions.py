"""A conversation of VS Code's chat as events, from its file and from what lies beside it.

A turn has one key, ``session/request``, in every table and from every layer.  Turns of the
two databases carry other ids: they are joined by the stretch of time that a request took.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import msgspec

from tokenmirror.events import AnyEvent, Basis, How, Mode, Prompt, Session, Suggestion, Usage
from tokenmirror.sources.editors import at, list_at, number_at, path_of, text_at
from tokenmirror.sources.vscode_copilot import requests as asked
from tokenmirror.sources.vscode_copilot.edits import (
    Edit,
    Editing,
    Told,
    edits_of,
    events_of,
    judged,
)
from tokenmirror.sources.vscode_copilot.mutation_log import Json, Replay, requests_of
from tokenmirror.sources.vscode_copilot.stores import StoredSession, StoredTurn, Trace, is_elsewhere

# Together under the 64 KiB of a cursor's state.
MEMORY_TURNS = 400
MAX_KEY = 120
# A stored turn bears the time of the store's next clearing, up to 6 s after the turn.
STORED_LATE_MS = 10_000
CLOCK_MS = 100


class Memory(msgspec.Struct):
    """What later readings need: a turn that left the history may leave the file as well.

    Key, start and end of the latest turns, and whether their tokens were traced.
    """

    turns: list[tuple[str, int, int | None, bool]] = []


@dataclass(frozen=True)
class Stretch:
    """The time that a turn took; ``end_ms`` is ``None`` while it runs or when unstated."""

    key: str
    start_ms: int
    end_ms: int | None
    text: str | None = None


@dataclass(frozen=True)
class Conversation:
    """A session with its requests in the order of time; ``gone`` are those taken back."""

    session: str
    state: Json
    requests: tuple[Json, ...]
    gone: frozenset[str]
    editing: Editing
    folder: str | None
    server: bool
    auto_accept: bool

    def key(self, request: Json) -> str:
        """The key of a request's turn."""
        name = text_at(request, "requestId")
        return f"{self.session}/{name or number_at(request, 'timestamp') or 0}"


def conversation(
    replay: Replay,
    stem: str,
    editing: Editing,
    folder: str | None,
    server: bool,
    auto_accept: bool,
) -> Conversation | None:
    """The conversation of a file; ``None`` when nothing was asked in it, or elsewhere."""
    removed = list(replay.removed.values())
    requests = [
        request
        for request in (*requests_of(replay.state), *removed)
        if not is_elsewhere(text_at(request, "agent", "id"))
    ]
    if not requests or replay.state.get("isImported") is True:
        return None
    requests.sort(key=lambda request: number_at(request, "timestamp") or 0)
    gone = set(replay.removed)
    gone |= {
        text_at(request, "requestId") or "" for request in requests if asked.taken_back(request)
    }
    return Conversation(
        text_at(replay.state, "sessionId") or stem,
        replay.state,
        tuple(requests),
        frozenset(gone),
        editing,
        folder,
        server,
        auto_accept,
    )


def events(
    told: Conversation, memory: Memory, stored: StoredSession | None, traces: Sequence[Trace]
) -> Iterator[AnyEvent]:
    """All that is known of a conversation; ``memory`` is brought up to date."""
    turns = _stretches(told)
    now = {turn.key for turn in turns}
    past = [Stretch(key, start, end) for key, start, end, _ in memory.turns if key not in now]
    traced = {key for key, _, _, known in memory.turns if known}
    turns = sorted((*turns, *past), key=lambda turn: turn.start_ms)
    yield _session(told, stored)
    yield from _requests(told)
    yield from _edits(told)
    yield from _usage(told, turns, traced, traces)
    if stored is not None:
        yield from _left_history(told, turns, stored)
    memory.turns = [
        (turn.key, turn.start_ms, turn.end_ms, turn.key in traced)
        for turn in turns
        if len(turn.key) <= MAX_KEY
    ][-MEMORY_TURNS:]


def _stretches(told: Conversation) -> list[Stretch]:
    found = []
    for request in told.requests:
        start = number_at(request, "timestamp")
        if start is not None:
            end = asked.ended_ms(request)
            text = text_at(request, "message", "text") or text_at(request, "message")
            found.append(Stretch(told.key(request), start, end, text))
    return found


def _session(told: Conversation, stored: StoredSession | None) -> Session:
    starts = [number_at(request, "timestamp") for request in told.requests]
    known = [start for start in starts if start is not None]
    ends = [end for end in map(asked.ended_ms, told.requests) if end is not None]
    modes = [mode for mode in map(asked.mode_of, told.requests) if mode != "unknown"]
    mode: Mode = modes[-1] if modes else "unknown"
    versions = [text_at(request, "agent", "extensionVersion") for request in told.requests]
    folder = told.folder or (stored.folder if stored else None) or _folder_inside(told)
    branch = text_at(told.state, "repoData", "localBranch")
    return Session(
        session=told.session,
        key=told.session,
        at_ms=min(known) if known else number_at(told.state, "creationDate"),
        folder=folder,
        branch=branch or (stored.branch if stored else None),
        entry="interactive",
        mode=mode,
        ended_ms=max([*known, *ends], default=None),
        tool_version=next((version for version in reversed(versions) if version), None),
    )


def _folder_inside(told: Conversation) -> str | None:
    """The work tree by the addresses that answers carry, where the workspace names none."""
    for request in told.requests:
        parts = list_at(request, "response")
        addresses = chain(
            [at(request, "result", "metadata", "cacheKey")],
            (at(part, "baseUri") for part in parts),
            (at(part, "toolSpecificData", "cwd") for part in parts),
        )
        for address in addresses:
            path = path_of(address, told.server)
            if path and len(path) > 1 and ("/" in path or "\\" in path):
                return path.rstrip("/")
    return None


def _requests(told: Conversation) -> Iterator[AnyEvent]:
    stated = text_at(told.state, "initialLocation") is not None
    for request in told.requests:
        key = told.key(request)
        removed = (text_at(request, "requestId") or "") in told.gone
        prompt = asked.prompt_of(request, told.session, key, removed, stated)
        if prompt is not None:
            yield prompt
        yield asked.turn_of(request, told.session, key)
        yield from asked.calls_of(request, told.session, key)


def _edits(told: Conversation) -> Iterator[Suggestion]:
    starts: dict[str, int | None] = {}
    facts = []
    for request in told.requests:
        name = text_at(request, "requestId") or ""
        starts[name] = number_at(request, "timestamp")
        edits = edits_of(request, told.editing, told.server)
        facts.append(Told(edits, events_of(request, told.server), name in told.gone))
    for edit in judged(facts, told.editing.states):
        yield _suggestion(told, edit, starts.get(edit.request))


def _suggestion(told: Conversation, edit: Edit, at_ms: int | None) -> Suggestion:
    how: How | None = None if edit.verdict == "undecided" else "chosen"
    basis: Basis = "unknown" if how is None else "stated"
    if edit.verdict == "accepted" and told.auto_accept:
        how, basis = "allowed", "inferred"
    return Suggestion(
        session=told.session,
        key=f"{told.session}/{edit.request}/{edit.path}/{edit.nth}",
        at_ms=at_ms,
        kind=edit.kind,
        path=edit.path,
        added=edit.lines[0],
        removed=edit.lines[1],
        whole=edit.whole,
        turn=f"{told.session}/{edit.request}",
        decision=edit.verdict,
        how=how,
        basis=basis,
    )


def _usage(
    told: Conversation, turns: list[Stretch], traced: set[str], traces: Sequence[Trace]
) -> Iterator[Usage]:
    """Tokens by turn; ``traced`` are the turns known from traces, now or before."""
    by_turn: dict[str, list[Trace]] = {}
    for trace in traces:
        turn = _turn_at(turns, trace.at_ms)
        if turn is not None:
            by_turn.setdefault(turn.key, []).append(trace)
        elif trace.agent and turns and trace.at_ms < turns[-1].start_ms:
            yield from traced_usage(trace)  # of a turn that left the file
    traced.update(by_turn)
    for request in told.requests:
        key = told.key(request)
        calls = [call for trace in by_turn.pop(key, ()) for call in trace.calls]
        tokens = asked.tokens_traced(calls)
        if not tokens and key not in traced:
            tokens = asked.tokens_told(request)
        cost = asked.credits_of(request)
        if not tokens and cost is not None and key not in traced:
            tokens = [asked.Tokens(asked.model_of(request))]
        ended = asked.ended_ms(request) or number_at(request, "timestamp")
        yield from asked.usage_of(tokens, told.session, key, ended, cost)
    for key, past in by_turn.items():
        tokens = asked.tokens_traced(call for trace in past for call in trace.calls)
        yield from asked.usage_of(tokens, told.session, key, past[0].at_ms, None)


def traced_usage(trace: Trace) -> Iterator[Usage]:
    """Tokens of a turn that no request tells of."""
    key = f"{trace.session}/trace/{trace.trace}"
    tokens = asked.tokens_traced(trace.calls)
    yield from asked.usage_of(tokens, trace.session, key, trace.at_ms, None)


def _turn_at(turns: list[Stretch], at_ms: int) -> Stretch | None:
    """The turn whose work began at that moment; ``None`` when it may be one not yet written."""
    nth = bisect_right(turns, at_ms + CLOCK_MS, key=lambda turn: turn.start_ms) - 1
    if nth < 0:
        return None
    turn = turns[nth]
    if turn.end_ms is None:
        return turn if nth + 1 < len(turns) else None
    return turn if at_ms <= turn.end_ms else None


def _left_history(
    told: Conversation, turns: list[Stretch], stored: StoredSession
) -> Iterator[Prompt]:
    """Prompts of the turn store that the file tells nothing of, though it goes on after them."""
    last = max((turn.start_ms for turn in turns), default=0)
    for turn in _unmatched(turns, stored.turns):
        if turn.at_ms < last:
            yield stored_prompt(told.session, turn, removed=True)


def _unmatched(turns: Iterable[Stretch], stored: Iterable[StoredTurn]) -> list[StoredTurn]:
    free, left = list(turns), list(stored)
    for same_text in (True, False):
        still = []
        for turn in left:
            match = next((one for one in free if _is_same(one, turn, same_text)), None)
            if match is None:
                still.append(turn)
            else:
                free.remove(match)
        left = still
    return left


def _is_same(turn: Stretch, stored: StoredTurn, same_text: bool) -> bool:
    if same_text and (turn.text or "").strip() != stored.text.strip():
        return False
    late = STORED_LATE_MS + (turn.end_ms or stored.at_ms)
    return turn.start_ms - CLOCK_MS <= stored.at_ms <= late


def stored_prompt(session: str, turn: StoredTurn, removed: bool) -> Prompt:
    """A prompt as the turn store has it."""
    key = f"{session}/turn/{turn.index}"
    return Prompt(
        session=session,
        key=key,
        at_ms=turn.at_ms,
        text=turn.text,
        author="person",
        basis="inferred",
        turn=key,
        removed=removed,
    )
