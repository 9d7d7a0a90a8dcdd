"""Kiro 1.0 and later: one folder for each session, with a log of events.

``sess_<id>/messages.jsonl`` is appended to, ``session.json`` beside it says folder and model.
Kiro's command line writes the same form into the same place when told to (``--v3``).  A log
is read whole whenever it grew: a call's fate may stand far behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from tokenmirror.events import AnyEvent, Problem, Prompt, Session, Turn, TurnEnd, Usage
from tokenmirror.sources.editors import (
    at,
    decoded,
    dict_at,
    document,
    instant_at,
    list_at,
    text_at,
)
from tokenmirror.sources.kiro_ide.calls import Call, Json, Outcome, events_of
from tokenmirror.sources.lines import Line

KNOWN = frozenset(
    [
        *("session_start", "user", "turn_start", "turn_end", "assistant", "tool_call"),
        *("tool_result", "session_metadata", "usage_summary", "session_event"),
    ]
)
_ENDS: dict[str, TurnEnd] = {
    "end_turn": "finished",
    "cancelled": "interrupted",
    "aborted": "interrupted",
    "failed": "error",
    "error": "error",
}


@dataclass
class _Tool:
    """A call until its log is at its end."""

    name: str
    given: Json
    at_ms: int | None
    turn: str | None
    status: str | None
    success: bool | None = None
    answered_ms: int | None = None
    output: str = ""


@dataclass
class Log:
    """A log of events, read from its start; counts are of what lies behind ``since``."""

    session: str
    since: int
    events: list[AnyEvent] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    records: int = 0
    understood: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    end: int = 0


def read_log(path: Path, lines: Iterable[Line], since: int) -> Log:
    """All that a log and the ``session.json`` beside it say."""
    told = document(path.with_name("session.json"))
    session = text_at(told, "id") or path.parent.name
    log = Log(session, since)
    reading = _Reading(log, model_of(text_at(told, "modelId")))
    for line in lines:
        log.end = line.end
        reading.take(line)
    reading.close(told)
    return log


def model_of(name: str | None) -> str | None:
    """A model's name; ``None`` where Kiro chose without saying which."""
    return None if name in (None, "", "auto") else name


class _Reading:
    """Takes the lines of a log one after another."""

    def __init__(self, log: Log, model: str | None) -> None:
        self.log = log
        self.model = model
        self.calls: dict[str, _Tool] = {}
        self.turns: dict[str, Turn] = {}
        self.executions: dict[str, str] = {}
        self.turn: str | None = None
        self.times: list[int] = []

    def take(self, line: Line) -> None:
        new = line.offset >= self.log.since
        if line.problem is not None or not line.text.strip():
            if line.problem is not None and new:
                self._bad(line.problem)
            return
        told = decoded(line.text)
        payload = dict_at(told, "payload")
        kind = text_at(payload, "type")
        if not isinstance(told, dict) or kind is None:
            if new:
                reason = "not_json" if told is None else "bad_type"
                self._bad(Problem(line.offset, reason))  # type: ignore[arg-type]
            return
        if new:
            self.log.records += 1
            self.log.understood += kind in KNOWN
            self.log.unknown.update([kind[:40]] if kind not in KNOWN else [])
        moment = instant_at(told, "timestamp")
        if moment is not None:
            self.times.append(moment)
        key = f"{self.log.session}/{text_at(told, 'id') or line.offset}"
        self._event(kind, key, moment, payload)

    def _bad(self, problem: Problem) -> None:
        self.log.records += 1
        self.log.problems.append(problem)

    def _event(self, kind: str, key: str, moment: int | None, payload: Json) -> None:
        if kind == "user":
            self._asked(key, moment, payload)
        elif kind == "turn_start":
            name = text_at(payload, "executionId")
            if name and self.turn:
                self.executions.setdefault(name, self.turn)
        elif kind == "turn_end":
            self._ended(moment, payload)
        elif kind == "tool_call":
            self._called(moment, payload)
        elif kind == "tool_result":
            self._answered(moment, payload)
        elif kind == "usage_summary":
            self._used(key, moment, payload)

    def _asked(self, key: str, moment: int | None, payload: Json) -> None:
        text = text_at(payload, "content") or ""
        images, documents = list_at(payload, "images"), list_at(payload, "documents")
        if not text.strip():
            return
        session = self.log.session
        self.turn = key
        self.turns[key] = Turn(session=session, key=key, at_ms=moment)
        self.log.events.append(
            Prompt(
                session=session,
                key=key,
                at_ms=moment,
                text=text,
                attachments=len(images) + len(documents),
                turn=key,
            )
        )

    def _turn_of(self, payload: Json) -> str | None:
        return self.executions.get(text_at(payload, "executionId") or "", self.turn)

    def _ended(self, moment: int | None, payload: Json) -> None:
        name = text_at(payload, "executionId")
        if name and name not in self.executions:
            return  # a sub-agent's
        turn = self._turn_of(payload)
        if turn in self.turns:
            ended = _ENDS.get(text_at(payload, "stopReason") or "", "unknown")
            known = self.turns[turn]
            self.turns[turn] = msgspec.structs.replace(known, ended_ms=moment, ended=ended)

    def _called(self, moment: int | None, payload: Json) -> None:
        identity = text_at(payload, "toolCallId") or ""
        status, given = text_at(payload, "status"), dict_at(payload, "args")
        known = self.calls.get(identity)
        if known is not None:  # written again with its outcome
            known.status = status or known.status
            known.given = given or known.given
            known.answered_ms = moment
        elif identity:
            name = text_at(payload, "toolName") or ""
            self.calls[identity] = _Tool(name, given, moment, self._turn_of(payload), status)

    def _answered(self, moment: int | None, payload: Json) -> None:
        call = self.calls.get(text_at(payload, "toolCallId") or "")
        if call is not None:
            success = at(payload, "success")
            call.success = success if isinstance(success, bool) else None
            call.answered_ms = moment
            call.output = text_at(payload, "content") or ""

    def _used(self, key: str, moment: int | None, payload: Json) -> None:
        spent = credits_in(list_at(payload, "promptTurnSummaries"))
        if spent is not None:
            session = self.log.session
            self.log.events.append(
                Usage(session=session, key=key, at_ms=moment, model=self.model, credits=spent)
            )

    def close(self, told: object) -> None:
        """Gives what only the end of the log makes sure."""
        session = self.log.session
        for identity, tool in self.calls.items():
            call = Call(
                session,
                f"{session}/{identity}",
                tool.name,
                tool.given,
                tool.at_ms,
                tool.answered_ms or tool.at_ms,
                tool.turn,
                self._outcome(tool),
                tool.output,
            )
            self.log.events += events_of(call)
        self.log.events += self.turns.values()
        if self.turns or self.calls:
            self.log.events.append(self._session(told))

    def _outcome(self, tool: _Tool) -> Outcome:
        if tool.status in ("rejected", "denied"):
            return Outcome("rejected", "chosen", "stated")
        if tool.status == "cancelled":
            turn = self.turns.get(tool.turn or "")
            if turn is not None and turn.ended == "finished":
                return Outcome("rejected", "chosen", "inferred")
            return Outcome()  # the person stopped the turn, or it goes on
        if tool.success is False or tool.status == "failed":
            return Outcome("failed", ok=False)
        if tool.success or tool.status == "completed":
            return Outcome("accepted", "applied", ok=True)
        return Outcome()

    def _session(self, told: object) -> Session:
        folder = text_at(told, "workspacePaths", 0)
        starts = [time for time in (instant_at(told, "createdAt"), *self.times) if time]
        return Session(
            session=self.log.session,
            key=self.log.session,
            at_ms=min(starts, default=None),
            folder=folder,
            ended_ms=max(self.times, default=None),
        )


def credits_in(summaries: list[object]) -> float | None:
    """The credits that a summary names, added up; ``None`` when it names none."""
    spent: list[float] = []
    for summary in summaries:
        usage = at(summary, "usage")
        counts = isinstance(usage, int | float) and not isinstance(usage, bool)
        if counts and 0 <= usage < 1e9 and text_at(summary, "unit") in (None, "credit"):  # type: ignore[operator]
            spent.append(float(usage))  # type: ignore[arg-type]
    return sum(spent) if spent else None
