"""Reads a task folder, with what lies beside its messages, into batches of events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec

from tokenmirror.events import AnyEvent, EditKind, Problem, Prompt, Suggestion, Usage
from tokenmirror.sources import editors, lines
from tokenmirror.sources.cline.answers import Answers
from tokenmirror.sources.cline.facts import facts_of
from tokenmirror.sources.cline.places import API_FILES, in_editor
from tokenmirror.sources.cline.spending import Request, Spent, settled
from tokenmirror.sources.cline.tasks import KNOWN, Signs, Task, events, kind_of, messages_of
from tokenmirror.sources.source import BATCH_EVENTS, Batch, Cursor, LogFile

# What is remembered of a task must fit a cursor's state.
KEPT = 450


class Memory(msgspec.Struct):
    """What a task held at the reading before, by the part of its keys that is its own."""

    prompts: list[str] = []
    edits: dict[str, tuple[EditKind, int | None]] = {}
    spent: dict[str, Spent] = {}


def read(file: LogFile, cursor: Cursor, signs: Signs, state_key: str) -> Iterator[Batch]:
    """Events of one task; raises ``Unreadable``."""
    document = editors.decoded(lines.whole(file))
    if not isinstance(document, list):
        after = lines.reread(file, cursor.offset, cursor.state)
        yield Batch((), after, (Problem(None, "not_json"),), 1)
        return
    task = _task(file.path, document, signs, state_key)
    memory = _memory(cursor.state)
    requests: list[Request] = []
    found = [*events(task, requests)] if task.messages else []
    net = settled(requests, {f"{task.session}/{k}": v for k, v in memory.spent.items()})
    found += _usage(task.session, requests, net)
    found += _gone(task, found, memory)
    state = msgspec.msgpack.encode(_remembered(task.session, found, net, memory))
    count = _count(document, cursor.offset)
    after = lines.reread(file, len(document), state)
    yield from batches(found, cursor, replace(count, cursor=after))


def _task(path: Path, document: list[object], signs: Signs, state_key: str) -> Task:
    session = path.parent.name
    history = _history(path)
    return Task(
        session=session,
        messages=messages_of(document, session),
        facts=facts_of(path, history, state_key),
        signs=signs,
        by_hand=in_editor(path),
        answers=Answers(history),
    )


def _history(messages: Path) -> list[object]:
    for name in API_FILES:
        told = editors.document(messages.with_name(name), lines.MAX_DOCUMENT_BYTES)
        if isinstance(told, list):
            return told
    return []


def _count(document: list[object], before: int) -> Batch:
    """What is new since the last reading, counted; the cursor is set by the caller."""
    new = document[before:]
    kinds = [kind_of(raw) for raw in new]
    bad = [Problem(None, "bad_type") for kind in kinds if kind is None]
    unknown: dict[str, int] = {}
    for kind in kinds:
        if kind is not None and kind not in KNOWN:
            unknown[kind[:80]] = unknown.get(kind[:80], 0) + 1
    understood = len(new) - len(bad) - sum(unknown.values())
    return Batch((), Cursor(), tuple(bad), len(new), understood, unknown)


def batches(events: list[AnyEvent], before: Cursor, whole: Batch) -> Iterator[Batch]:
    """Until the last batch the cursor stays, so that what was stopped is read again."""
    while len(events) > BATCH_EVENTS:
        yield Batch(tuple(events[:BATCH_EVENTS]), before)
        events = events[BATCH_EVENTS:]
    yield replace(whole, events=tuple(events))


def _usage(session: str, requests: list[Request], net: dict[str, Spent]) -> Iterator[Usage]:
    for request in requests:
        spent = net[request.key]
        if spent.known():
            yield Usage(
                session=session,
                key=request.key,
                at_ms=request.at_ms,
                model=request.model,
                input_tokens=spent.tokens_in,
                cache_read_tokens=spent.cache_reads,
                cache_write_5m_tokens=spent.cache_writes,
                output_tokens=spent.tokens_out,
                cost_nusd=spent.cost_nusd,
            )


# -- what a task no longer holds -------------------------------------------------------------


def _memory(state: bytes) -> Memory:
    try:
        return msgspec.msgpack.decode(state, type=Memory) if state else Memory()
    except (msgspec.MsgspecError, ValueError):
        return Memory()


def _remembered(
    session: str, found: list[AnyEvent], net: dict[str, Spent], before: Memory
) -> Memory:
    """The memory for the next reading: what is there now, and spending that is gone."""
    own = len(session) + 1
    prompts = [e.key[own:] for e in found if isinstance(e, Prompt) and not e.removed]
    edits = {
        e.key[own:]: (e.kind, e.decided_ms)
        for e in found
        if isinstance(e, Suggestion) and e.decision == "accepted" and e.kind != "command"
    }
    spent = before.spent | {key[own:]: each for key, each in net.items()}
    return Memory(prompts[-KEPT:], dict([*edits.items()][-KEPT:]), dict([*spent.items()][-KEPT:]))


def _gone(task: Task, found: list[AnyEvent], before: Memory) -> Iterator[AnyEvent]:
    """Prompts taken out of the task since, and edits that went with their files."""
    here = {event.key for event in found if isinstance(event, Prompt | Suggestion)}
    for part in before.prompts:
        key = f"{task.session}/{part}"
        if key not in here:
            yield Prompt(session=task.session, key=key, at_ms=None, text="", removed=True)
    if task.restored_from is None:
        return
    for part, (kind, decided_ms) in before.edits.items():
        key = f"{task.session}/{part}"
        if key not in here:
            yield Suggestion(
                session=task.session,
                key=key,
                at_ms=None,
                kind=kind,
                decision="undone",
                how="chosen",
                basis="stated",
                decided_ms=decided_ms,
            )
