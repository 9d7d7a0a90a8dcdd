"""Reads a session of Kiro's command line from its log and the file of facts beside it.

``sessions/cli/<id>.jsonl`` is appended to; ``<id>.json`` names folder, model, and for the
n-th prompt its credits and its end.  The log is read whole whenever it grew: a call's
result stands on a later line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tokenmirror.events import Problem
from tokenmirror.sources import lines
from tokenmirror.sources.editors import (
    at,
    decoded,
    dict_at,
    document,
    instant_at,
    list_at,
    text_at,
)
from tokenmirror.sources.kiro_cli.shape import (
    Asked,
    Call,
    Conversation,
    Json,
    arguments,
    credits_of,
    seconds_ms,
)

KNOWN = frozenset(["Prompt", "AssistantMessage", "ToolResults", "Clear", "Compaction"])


@dataclass
class Log:
    """What a log says; counts are of what lies behind the last reading."""

    told: Conversation
    problems: list[Problem] = field(default_factory=list)
    records: int = 0
    understood: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    end: int = 0


def read_log(path: Path, texts: Iterable[lines.Line], since: int) -> Log:
    """A session from its log; counts begin at ``since``."""
    facts = document(path.with_suffix(".json"), lines.MAX_DOCUMENT_BYTES)
    session = text_at(facts, "session_id") or path.stem
    state = dict_at(facts, "session_state")
    model = text_at(state, "rts_model_state", "model_info", "model_id")
    told = Conversation(session, text_at(facts, "cwd"), model, instant_at(facts, "created_at"))
    log = Log(told)
    for line in texts:
        log.end = line.end
        _take(log, line, new=line.offset >= since)
    turns = list_at(state, "conversation_metadata", "user_turn_metadatas")
    asked = [turn for turn in told.asked if turn.text]
    for turn, metadata in zip(asked, turns, strict=False):
        turn.credits = credits_of(list_at(metadata, "metering_usage"))
        turn.ended_ms = instant_at(metadata, "end_timestamp") or turn.ended_ms
    return log


def _take(log: Log, line: lines.Line, *, new: bool) -> None:
    if line.problem is None and not line.text.strip():
        return
    record = None if line.problem else decoded(line.text)
    kind = text_at(record, "kind")
    if kind is None:
        if new:
            reason = "not_json" if record is None else "bad_type"
            log.records += 1
            log.problems.append(line.problem or Problem(line.offset, reason))  # type: ignore[arg-type]
        return
    if new:
        log.records += 1
        log.understood += kind in KNOWN
        log.unknown.update([kind[:40]] if kind not in KNOWN else [])
    data = dict_at(record, "data")
    key = f"{log.told.session}/{text_at(data, 'message_id') or line.offset}"
    if kind == "Prompt":
        _asked(log.told, data, key)
    elif kind == "AssistantMessage":
        _answered(log.told, data, key)
    elif kind == "ToolResults":
        _results(log.told, data)


def _asked(told: Conversation, data: Json, key: str) -> None:
    content = list_at(data, "content")
    texts = [text_at(part, "data") for part in content if text_at(part, "kind") == "text"]
    text = "\n".join(text for text in texts if text)
    images = sum(text_at(part, "kind") == "image" for part in content)
    if text:
        told.asked.append(Asked(key, text, seconds_ms(data, "meta", "timestamp"), images))


def _answered(told: Conversation, data: Json, key: str) -> None:
    if not told.asked:
        told.asked.append(Asked(key, "", None))
    turn, calls = told.asked[-1], 0
    moment = seconds_ms(data, "meta", "timestamp") or turn.at_ms
    for part in list_at(data, "content"):
        use = dict_at(part, "data")
        identity = text_at(use, "toolUseId")
        if text_at(part, "kind") == "toolUse" and identity:
            calls += 1
            name = text_at(use, "name") or ""
            turn.calls.append(Call(identity, name, arguments(at(use, "input")), moment))
    turn.ended = "unknown" if calls else "finished"


def _results(told: Conversation, data: Json) -> None:
    waiting = {call.id: call for turn in told.asked[-1:] for call in turn.calls}
    for part in list_at(data, "content"):
        result = dict_at(part, "data")
        call = waiting.get(text_at(result, "toolUseId") or "")
        if call is not None:
            call.status = text_at(result, "status")
            call.content = at(result, "content")
            call.answered_ms = seconds_ms(data, "meta", "timestamp") or call.at_ms
