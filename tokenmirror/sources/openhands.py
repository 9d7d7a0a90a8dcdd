"""OpenHands CLI: a folder a conversation, one file an event, state and tokens in another.

Places, the same on every system: ``$OPENHANDS_CONVERSATIONS_DIR``, else ``conversations`` in
``$OPENHANDS_PERSISTENCE_DIR`` or ``~/.openhands``; in it ``<32 hex>/base_state.json``, rewritten,
and ``events/event-<number>-<uuid>.json``, written once.  Sub-agents lie in ``subagents/<32 hex>``
in the same layout; their work belongs to the conversation above, their task is no prompt.
The web program and releases before 1.0 keep other files and are not read.

Events have ids and local times without a zone.  A prompt is a message of source ``user``, an
edit an action of ``file_editor`` with its observation (which holds the whole texts), a command
one of ``terminal``; ``UserRejectObservation`` is a refusal.  That a person was asked, and so
was there, is inferred from the confirmation policy, which is kept as it is at the end.

Tokens stand in ``stats.usage_to_metrics`` by request, cached ones inside the prompt's; sums are
not read.  A sub-agent's are told twice, by its own state and as ``task:…`` above: the former is
taken where it is there.  The cost is the program's own.

Checked against logs of 1.16.0 with known truth in November 2026; variables by its public source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from tokenmirror.events import (
    AnyEvent,
    Author,
    Basis,
    CallKind,
    Entry,
    Mode,
    Prompt,
    Session,
    Turn,
    TurnEnd,
    Usage,
)
from tokenmirror.language import mark
from tokenmirror.sources import lines
from tokenmirror.sources.calls import Call, Edit, Verdict, arguments_of, replaced, told, written
from tokenmirror.sources.changes import changed_lines, text_lines
from tokenmirror.sources.editors import at, decoded, dict_at, list_at, number_at, text_at
from tokenmirror.sources.records import Record, Tally, local_ms, local_offset_min
from tokenmirror.sources.source import Batch, Cursor, LogFile, Machine, Source

STATE = "base_state.json"
SUBAGENTS = "subagents"
SKIPPED = frozenset(
    [
        *("SystemPromptEvent", "Condensation", "CondensationRequest", "CondensationSummaryEvent"),
        *(
            "ConversationStateUpdateEvent",
            "LLMCompletionLogEvent",
            "TokenEvent",
            "HookExecutionEvent",
        ),
    ]
)
MODES: dict[str, Mode] = {
    "AlwaysConfirm": "ask",
    "ConfirmRisky": "ask",
    "NeverConfirm": "auto_all",
}


def places(machine: Machine) -> tuple[Path, ...]:
    """The folders of all conversations."""
    named = machine.variable("OPENHANDS_CONVERSATIONS_DIR")
    kept = machine.variable("OPENHANDS_PERSISTENCE_DIR")
    found = [named] if named else []
    found += [kept / "conversations"] if kept else []
    return tuple(dict.fromkeys([*found, machine.home / ".openhands" / "conversations"]))


def find(machine: Machine) -> Iterator[LogFile]:
    """The state of each conversation, stamped with its events."""
    for place in places(machine):
        for file in lines.walk(place, (STATE,), depth=3):
            if file.path.name == STATE:
                yield lines.log_file(file.path, file.path.with_name("events")) or file


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """What a conversation says.  Raises ``Unreadable``."""
    state = decoded(lines.whole(file))
    tally = Tally(cursor.offset)
    conversation = _Conversation(file.path, state)
    if not isinstance(state, dict):
        tally.problem(cursor.offset, "not_json")
    number = 0
    for event in lines.walk(file.path.with_name("events"), (".json",), depth=0):
        try:
            record = decoded(lines.whole(event))
        except lines.Unreadable:
            record = None
        if isinstance(record, dict):
            tally.record(number, conversation.take(record))
        else:  # half written: the next change brings it
            tally.problem(number, "not_json")
        number += 1
    events = conversation.finish()
    after = Cursor(max(number, tally.end), file.size, file.mtime_ns)
    yield from tally.batches(events, cursor, after)


@dataclass
class _Course:
    """How far a turn has come."""

    key: str
    started_ms: int | None
    ended_ms: int | None = None
    ended: TurnEnd = "unknown"


@dataclass
class _Conversation:
    """The events of one conversation, or of one sub-agent, in order."""

    path: Path
    state: object
    events: list[AnyEvent] = field(default_factory=list)
    turns: list[_Course] = field(default_factory=list)
    open: dict[str, Call] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)
    answered_ms: dict[str, int] = field(default_factory=dict)
    first_ms: int | None = None
    latest_ms: int | None = None
    seen: bool = False

    def __post_init__(self) -> None:
        folder = self.path.parent
        self.is_main = folder.parent.name != SUBAGENTS
        # the state writes its id with dashes, the folder without: one conversation, one id
        self.session = (folder if self.is_main else folder.parent.parent).name
        self.agent = folder.name
        self.policy = text_at(self.state, "confirmation_policy", "kind") or ""
        self.asks = self.is_main and self.policy in ("AlwaysConfirm", "ConfirmRisky")

    def take(self, record: Record) -> str | None:
        """Reads one event; gives its kind where that is not known."""
        kind = text_at(record, "kind") or "without a kind"
        if kind not in _TAKES and kind not in SKIPPED:
            return kind
        self.seen = True
        at_ms = local_ms(text_at(record, "timestamp"))
        if at_ms is not None:
            self.first_ms = at_ms if self.first_ms is None else min(at_ms, self.first_ms)
            self.latest_ms = max(at_ms, self.latest_ms or 0)
            answer = text_at(record, "llm_response_id")
            if answer:
                self.answered_ms.setdefault(answer, at_ms)
        if kind in _TAKES:
            _TAKES[kind](self, record, at_ms)
        return None

    def message(self, record: Record, at_ms: int | None) -> None:
        """A prompt, or the answer that ends a turn."""
        if text_at(record, "source") == "user":
            self._prompt(record, at_ms)
        elif text_at(record, "source") == "agent":
            self._end("finished", at_ms)

    def _end(self, ended: TurnEnd, at_ms: int | None) -> None:
        if self.turns:
            self.turns[-1].ended, self.turns[-1].ended_ms = ended, at_ms

    def _prompt(self, record: Record, at_ms: int | None) -> None:
        identity = text_at(record, "id")
        if not self.is_main or text_at(record, "sender") or identity is None:
            return
        parts = list_at(record, "llm_message", "content")
        author: Author = "person" if self.asks else "unknown"
        basis: Basis = "inferred" if self.asks else "unknown"
        self.turns.append(_Course(identity, at_ms))
        self.events.append(
            Prompt(
                session=self.session,
                key=identity,
                at_ms=at_ms,
                text="\n".join(filter(None, (text_at(part, "text") for part in parts))),
                author=author,
                basis=basis,
                attachments=sum(text_at(part, "type") != "text" for part in parts),
                turn=identity,
            )
        )

    def act(self, record: Record, at_ms: int | None) -> None:
        """A call of a tool."""
        identity = text_at(record, "id")
        name = text_at(record, "tool_name") or "other"
        if identity is None:
            return
        given, args = arguments_of(record.get("action"))
        if text_at(given, "kind") == "FinishAction":
            self._end("finished", at_ms)
        elif self.turns:
            self.turns[-1].ended = "unknown"
        self.made[text_at(record, "tool_call_id") or ""] = identity
        kind: CallKind = "read" if text_at(given, "command") == "view" else "other"
        self.open[identity] = Call(
            session=self.session,
            key=identity,
            at_ms=at_ms,
            name=name,
            turn=self.turns[-1].key if self.turns else None,
            kind=kind,
            args=args,
            edits=_edits(given) if name == "file_editor" else (),
            command=_command(given) if name == "terminal" else None,
        )

    def observe(self, record: Record, at_ms: int | None) -> None:
        """What came of a call."""
        call = self.open.pop(text_at(record, "action_id") or "", None)
        if call is None:
            return
        seen = dict_at(record, "observation")
        failed = seen.get("is_error") is True
        if call.command is not None:
            code = seen.get("exit_code")
            ok = code == 0 if isinstance(code, int) else not failed
            printed = [text_at(part, "text") for part in list_at(seen, "content")]
            verdict = Verdict(ok=ok, output="\n".join(filter(None, printed)))
        elif failed:
            self.events.extend(told(call, Verdict("failed", at_ms=at_ms, ok=False)))
            return
        else:
            verdict = Verdict(ok=True)
            call = replace(call, edits=tuple(_as_seen(edit, seen) for edit in call.edits))
        if self.policy == "AlwaysConfirm":
            verdict = replace(verdict, decision="accepted", how="chosen", basis="inferred")
        elif self.policy == "NeverConfirm":
            verdict = replace(verdict, decision="accepted", how="allowed", basis="inferred")
        else:
            verdict = replace(verdict, decision="accepted", how="applied")
        self.events.extend(told(call, replace(verdict, at_ms=at_ms)))

    def refuse(self, record: Record, at_ms: int | None) -> None:
        """A call that a person, or a rule, did not let through."""
        call = self.open.pop(text_at(record, "action_id") or "", None)
        if call is None:
            return
        by_person = text_at(record, "rejection_source") in ("user", None)
        verdict = Verdict("failed", at_ms=at_ms, ok=False)
        if by_person:
            verdict = Verdict("rejected", "chosen", "stated", at_ms)
        self.events.extend(told(call, verdict))

    def fail(self, record: Record, at_ms: int | None) -> None:
        """A call that could not be made."""
        identity = self.made.get(text_at(record, "tool_call_id") or "")
        call = self.open.pop(identity, None) if identity else None
        if call is not None:
            self.events.extend(told(call, Verdict("failed", at_ms=at_ms, ok=False)))

    def pause(self, _record: Record, at_ms: int | None) -> None:
        """The person stopped the agent."""
        self._end("interrupted", at_ms)

    def break_off(self, _record: Record, at_ms: int | None) -> None:
        """The conversation came to an end by a fault."""
        self._end("error", at_ms)

    def finish(self) -> list[AnyEvent]:
        """All events; none where nothing was understood."""
        if not self.seen and not isinstance(self.state, dict):
            return []
        for call in self.open.values():
            self.events.extend(told(call, Verdict()))
        entry: Entry = "interactive" if self.asks else "unknown"
        facts = Session(
            session=self.session,
            key=self.session,
            at_ms=self.first_ms,
            folder=text_at(self.state, "workspace", "working_dir"),
            entry=entry,
            mode=MODES.get(self.policy, "unknown") if self.is_main else "unknown",
            ended_ms=self.latest_ms,
            utc_offset_min=local_offset_min(self.first_ms),
        )
        turns = [
            Turn(
                session=self.session,
                key=turn.key,
                at_ms=turn.started_ms,
                ended_ms=turn.ended_ms,
                ended=turn.ended,
            )
            for turn in self.turns
        ]
        return [facts, *self.events, *turns, *self._usage()]

    def _usage(self) -> Iterator[Usage]:
        told_below = (self.path.parent / SUBAGENTS).is_dir()
        for name, metrics in dict_at(self.state, "stats", "usage_to_metrics").items():
            if name.startswith("task:") and told_below:
                continue
            uses, costs = list_at(metrics, "token_usages"), list_at(metrics, "costs")
            now_ms = self.first_ms
            for number, use in enumerate(uses):
                answer = text_at(use, "response_id") or f"{self.agent}/{name}/{number}"
                now_ms = self.answered_ms.get(answer, now_ms)
                cost = at(costs[number], "cost") if len(costs) == len(uses) else None
                usage = _usage_of(use, self.session, answer, now_ms, cost)
                if usage is not None:
                    yield usage


def _usage_of(
    use: object, session: str, answer: str, at_ms: int | None, cost: object
) -> Usage | None:
    """Tokens of one request; what was cached is inside the prompt's."""
    sent, output = number_at(use, "prompt_tokens"), number_at(use, "completion_tokens")
    if not sent and not output:
        return None
    cached, made = number_at(use, "cache_read_tokens"), number_at(use, "cache_write_tokens")
    fresh = None if sent is None else sent - (cached or 0) - (made or 0)
    priced = isinstance(cost, int | float) and not isinstance(cost, bool) and 0 < cost < 1e6
    return Usage(
        session=session,
        key=f"{session}/{answer}",
        at_ms=at_ms,
        model=text_at(use, "model"),
        input_tokens=fresh if fresh is None or fresh >= 0 else None,
        cache_read_tokens=cached,
        cache_write_5m_tokens=made,
        output_tokens=output,
        reasoning_tokens=number_at(use, "reasoning_tokens"),
        cost_nusd=round(float(cost) * 1e9) if priced else None,  # type: ignore[arg-type]
    )


_TAKES: dict[str, Callable[[_Conversation, Record, int | None], None]] = {
    "MessageEvent": _Conversation.message,
    "ActionEvent": _Conversation.act,
    "ObservationEvent": _Conversation.observe,
    "UserRejectObservation": _Conversation.refuse,
    "AgentErrorEvent": _Conversation.fail,
    "PauseEvent": _Conversation.pause,
    "ConversationErrorEvent": _Conversation.break_off,
}


def _command(given: Record) -> str | None:
    """A command; what is typed into one that runs is none of its own."""
    return None if given.get("is_input") is True else text_at(given, "command")


def _edits(given: Record) -> tuple[Edit, ...]:
    path = text_at(given, "path")
    match text_at(given, "command"):
        case "create":
            text = text_at(given, "file_text")
            return () if text is None else (written(path, text),)
        case "str_replace":
            old, new = text_at(given, "old_str"), text_at(given, "new_str") or ""
            return () if old is None else (replaced(path, [(old, new)]),)
        case "insert":
            text = text_at(given, "new_str")
            return () if text is None else (Edit(path, tuple(text_lines(text))),)
        case _:
            return ()


def _as_seen(edit: Edit, seen: Record) -> Edit:
    """An edit by the whole texts before and after it, where the observation has both."""
    old, new = text_at(seen, "old_content"), text_at(seen, "new_content")
    if old is None or new is None or seen.get("prev_exist") is False:
        return edit
    added, removed = changed_lines(old, new)
    return Edit(edit.path, added, removed)


SOURCE = Source(
    key="openhands",
    name="OpenHands CLI",
    version=1,
    full=frozenset({"S1", "S3", "S4", "S5", "S6"}),
    partly=frozenset({"S2", "S7"}),
    places=places,
    find=find,
    read=read,
    unsaid=(
        mark("Whether a prompt was typed is told from the confirmation policy."),
        mark("The policy is kept as it is at the end of the conversation."),
        mark("Times have no zone and are read as this computer's."),
        mark("The branch is not written down."),
    ),
)
