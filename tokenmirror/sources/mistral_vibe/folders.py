"""The session folders of 2.x: messages as appended lines, facts and totals beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tokenmirror.events import AnyEvent, Author, Entry, Mode, Prompt, Session, Turn, TurnEnd
from tokenmirror.sources import lines
from tokenmirror.sources.calls import Call, Verdict, arguments_of, told
from tokenmirror.sources.editors import at, dict_at, document, list_at, number_at, text_at
from tokenmirror.sources.mistral_vibe.tools import command_of, edits_of, kind_of_tool, total
from tokenmirror.sources.mistral_vibe.typed import Typed
from tokenmirror.sources.records import Record, Tally, instant_ms
from tokenmirror.sources.source import Batch, Cursor, LogFile

MESSAGES = "messages.jsonl"
_ROLES = ("user", "assistant", "tool", "system")
_MODES: dict[str, Mode] = {
    "ask": "ask",
    "default": "ask",
    "plan": "plan",
    "accept-edits": "auto_edits",
    "auto-approve": "auto_all",
}


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """The messages of a session.  Raises ``Unreadable``."""
    start, _ = lines.appended(file, cursor)
    tally = Tally(start.offset)
    meta = document(file.path.with_name("meta.json"), lines.MAX_DOCUMENT_BYTES)
    messages = _Messages(file.path, meta, Typed(file.path))
    for offset, message in tally.objects(file.path):
        role = text_at(message, "role")
        known = role in _ROLES
        tally.record(offset, None if known else role or "without a role")
        if known:
            messages.take(message, offset)
    events = messages.finish() if messages.count else []
    after = Cursor(tally.end, start.size, start.mtime_ns, start.head)
    yield from tally.batches(events, start, after)


@dataclass
class _Turn:
    """What has been seen of a turn; ``last`` is the kind of its last line."""

    key: str
    last: str = "user"


@dataclass
class _Messages:
    """The messages of one session, in order."""

    path: Path
    meta: object
    typed: Typed
    count: int = 0
    events: list[AnyEvent] = field(default_factory=list)
    turns: list[_Turn] = field(default_factory=list)
    calls: dict[str, Call] = field(default_factory=dict)
    authors: set[Author] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.session = text_at(self.meta, "session_id") or self.path.parent.name
        self.at_ms = instant_ms(text_at(self.meta, "start_time"))
        self.is_child = self.path.parent.parent.name == "agents"

    def take(self, message: Record, offset: int) -> None:
        """Reads one message."""
        self.count += 1
        role = text_at(message, "role")
        if role == "user" and message.get("injected") is not True:
            self._asked(message, offset)
        elif role == "assistant":
            called = list_at(message, "tool_calls")
            place = f"{self.session}/{text_at(message, 'message_id') or offset}"
            for number, call in enumerate(called):
                self._called(call, f"{place}/{number}")
            self._goes_on("called" if called else "answer")
        elif role == "tool":
            self._result(message)

    def _goes_on(self, last: str) -> None:
        if self.turns:
            self.turns[-1].last = last

    def _asked(self, message: Record, offset: int) -> None:
        if self.is_child:  # the task that its parent gave it
            return
        text = _text(message.get("content"))
        key = f"{self.session}/{text_at(message, 'message_id') or offset}"
        self.turns.append(_Turn(key))
        author, basis = self.typed.author(text)
        self.authors.add(author)
        self.events.append(
            Prompt(
                session=self.session,
                key=key,
                at_ms=self.at_ms,
                text=text,
                author=author,
                basis=basis,
                turn=key,
            )
        )

    def _called(self, call: object, place: str) -> None:
        name = text_at(call, "function", "name") or "other"
        given, args = arguments_of(at(call, "function", "arguments"))
        identity = text_at(call, "id")
        made = Call(
            session=self.session,
            key=place,
            at_ms=self.at_ms,
            name=name,
            turn=self.turns[-1].key if self.turns else None,
            kind=kind_of_tool(name),
            args=args,
            edits=edits_of(name, given),
            command=command_of(name, given),
        )
        self._drop(identity or place)
        self.calls[identity or place] = made

    def _drop(self, identity: str) -> None:
        """A call that never got a result is told as it was made."""
        call = self.calls.pop(identity, None)
        if call is not None:
            self.events.extend(told(call, Verdict()))

    def _result(self, message: Record) -> None:
        call = self.calls.pop(text_at(message, "tool_call_id") or "", None)
        verdict = _verdict(message, call)
        self._goes_on("refused" if verdict.decision == "rejected" else "result")
        if call is not None:
            self.events.extend(told(call, verdict))

    def finish(self) -> list[AnyEvent]:
        """All events, with those of the session as a whole."""
        for identity in list(self.calls):
            self._drop(identity)
        for number, turn in enumerate(self.turns):
            over = number + 1 < len(self.turns)
            self.events.append(
                Turn(session=self.session, key=turn.key, at_ms=self.at_ms, ended=_ended(turn, over))
            )
        stats = dict_at(self.meta, "stats")
        usage = total(
            self.session,
            self._ended_ms(),
            _model(self.meta),
            number_at(stats, "session_prompt_tokens"),
            number_at(stats, "session_cached_tokens"),
            number_at(stats, "session_completion_tokens"),
            _cost_nusd(stats),
        )
        if usage is not None:
            self.events.append(usage)
        return [self._facts(), *self.events]

    def _ended_ms(self) -> int | None:
        return instant_ms(text_at(self.meta, "end_time")) or self.at_ms

    def _facts(self) -> Session:
        parent = text_at(self.meta, "parent_session_id")
        entry: Entry = "unknown"
        if self.authors in ({"person"}, {"program"}):
            entry = "interactive" if "person" in self.authors else "headless"
        return Session(
            session=self.session,
            key=self.session,
            at_ms=self.at_ms,
            folder=text_at(self.meta, "environment", "working_directory"),
            branch=text_at(self.meta, "git_branch"),
            entry=entry,
            mode=_mode(self.meta),
            parent=parent,
            relation=("subagent" if self.is_child else "fork") if parent else None,
            ended_ms=self._ended_ms(),
        )


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(text for text in (text_at(part, "text") for part in parts) if text)


def _verdict(message: Record, call: Call | None) -> Verdict:
    """What became of a call.  A command that ended badly has no ``tool_result``."""
    said = _text(message.get("content"))
    result = dict_at(message, "tool_result")
    output = dict_at(result, "output")
    if not result and said.startswith("<user_cancellation>"):
        return Verdict("rejected", "chosen", "stated")
    if result.get("cancelled") is True:
        return Verdict("undecided")
    failed = not result and said.startswith("<tool_error>")
    seconds = result.get("duration")
    duration_ms = None
    if isinstance(seconds, int | float) and 0 <= seconds < 1e9:
        duration_ms = round(seconds * 1000)
    if call is not None and call.command is not None:
        code = number_at(output, "exit_code")
        ok = code == 0 if code is not None else not failed
        ran = not failed or "Return code:" in said or "timed out" in said
        printed = text_at(output, "stdout") or said
        if not ran:
            return Verdict("failed", ok=False)
        return Verdict("accepted", "applied", ok=ok, duration_ms=duration_ms, output=printed)
    if failed:
        return Verdict("failed", ok=False)
    return Verdict("accepted", "applied", ok=True, duration_ms=duration_ms)


def _ended(turn: _Turn, over: bool) -> TurnEnd:
    """How a turn ended; the last one may still be at work."""
    if turn.last == "answer":
        return "finished"
    if turn.last == "refused":
        return "asked"
    return "interrupted" if over and turn.last == "user" else "unknown"


def _model(meta: object) -> str | None:
    """The model's name, of several configured ones the active one's."""
    alias = text_at(meta, "config", "active_model")
    models = at(meta, "config", "models")  # by alias, in older builds a list
    for model in models.values() if isinstance(models, dict) else list_at(models):
        if alias and alias in (text_at(model, "alias"), text_at(model, "name")):
            return text_at(model, "name")
    return text_at(meta, "config", "model_name") or text_at(meta, "model") or alias


def _mode(meta: object) -> Mode:
    if at(meta, "config", "bypass_tool_permissions") is True:
        return "auto_all"
    return _MODES.get(text_at(meta, "agent_profile", "name") or "", "unknown")


def _cost_nusd(stats: Record) -> int | None:
    cost = stats.get("session_cost")
    if isinstance(cost, bool) or not isinstance(cost, int | float):
        return None
    return round(cost * 1e9) if 0 < cost < 1e6 else None
