"""A conversation of OpenCode as events."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from tokenmirror.events import (
    AnyEvent,
    Author,
    Basis,
    Entry,
    Prompt,
    Relation,
    Session,
    Turn,
    TurnEnd,
    Usage,
)
from tokenmirror.sources.editors import at, dict_at, number_at, text_at, tokens_at
from tokenmirror.sources.opencode import calls
from tokenmirror.sources.opencode.shape import (
    Conversation,
    Facts,
    Message,
    Part,
    Program,
    ended_ms,
    is_shell,
    words,
)

# ``run`` joins its arguments, those with blanks in quotes.
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ENTRIES: dict[bool | None, Entry] = {True: "interactive", False: "headless", None: "unknown"}
NANO = 1e9
MAX_COST = 1e6

Typed = Callable[[], frozenset[str]]


def events_of(told: Conversation, program: Program, typed: Typed) -> Iterator[AnyEvent]:
    """All that a conversation says; ``typed`` gives the texts that were typed by hand."""
    if told.messages:
        yield _session(told)
        yield from _Telling(told, program, typed).events()


def _session(told: Conversation) -> Session:
    facts = told.facts
    ends = [end for end in map(ended_ms, told.messages) if end is not None]
    starts = [m.created_ms for m in told.messages if m.created_ms is not None]
    origin = next(iter(told.origins.values()), None)
    relation: Relation | None = "subagent" if facts.parent else "fork" if origin else None
    folder = facts.folder or _folder(told)
    return Session(
        session=facts.session,
        key=facts.session,
        at_ms=min(starts, default=None) if facts.created_ms is None else facts.created_ms,
        folder=folder,
        entry=_ENTRIES[facts.attended],
        mode="plan" if facts.agent == "plan" else "unknown",
        parent=facts.parent or (origin.facts.session if origin else None),
        relation=relation,
        ended_ms=max(ends, default=None),
        tool_version=facts.version,
    )


def _folder(told: Conversation) -> str | None:
    stated = (text_at(message.told, "path", "cwd") for message in told.messages)
    return next((folder for folder in stated if folder), None)


class _Telling:
    """Walks through the messages of a conversation, oldest first."""

    def __init__(self, told: Conversation, program: Program, typed: Typed) -> None:
        self.told = told
        self.facts = told.facts
        self.program = program
        self.typed = typed
        self.turn: Turn | None = None
        self.turns: dict[str, Turn] = {}
        self.shells = {m.id for m in told.messages if m.role == "user" and is_shell(m)}
        self.undone_from = _undone_from(told)

    def events(self) -> Iterator[AnyEvent]:
        for nth, message in enumerate(self.told.messages):
            if message.role == "user":
                yield from self._asked(message, nth)
            elif message.role == "assistant":
                yield from self._answered(message, nth)
        yield from self.turns.values()

    # -- what the person said ----------------------------------------------------------------

    def _asked(self, message: Message, nth: int) -> Iterator[Prompt]:
        text = words(message)
        facts = self._owner(message)
        if not text or facts.parent:
            return
        author, basis = self._author(text, facts)
        if author == "program":
            text = _unquoted(text)
        key = self._key(message)
        self.turn = Turn(
            session=self.facts.session,
            key=key,
            at_ms=message.created_ms,
            copied=self.told.is_copy(message),
        )
        self.turns[message.id] = self.turn
        yield Prompt(
            session=self.facts.session,
            key=key,
            at_ms=message.created_ms,
            copied=self.turn.copied,
            text=text,
            author=author,
            basis=basis,
            attachments=sum(at(p, "synthetic") is not True for p in message.of_type("file")),
            turn=key,
            removed=self._is_undone(nth, None),
        )

    def _owner(self, message: Message) -> Facts:
        """The facts of the session in which a message was written."""
        origin = self.told.origins.get(message.id)
        if origin is not None:
            return origin.facts
        if self.told.is_copy(message):  # its session is gone, and its rules with it
            return replace(self.facts, permission_told=False)
        return self.facts

    def _key(self, message: Message) -> str:
        origin = self.told.origins.get(message.id)
        return origin.message if origin else message.id

    def _author(self, text: str, facts: Facts) -> tuple[Author, Basis]:
        if facts.attended is False:
            return "program", "inferred"
        if facts.attended or text in self.typed():
            return "person", "inferred"
        return "unknown", "unknown"

    # -- what the agent did ------------------------------------------------------------------

    def _answered(self, message: Message, nth: int) -> Iterator[AnyEvent]:
        asked = text_at(message.told, "parentID")
        if asked in self.shells:  # a command that the person ran
            return
        turn = self.turns.get(asked or "", self.turn)
        key = self._key(message)
        yield from self._usage(message, key)
        facts = self._owner(message)
        for part in message.parts:
            if text_at(part.told, "type") == "tool":
                place = self._place(message, key, turn, nth, part, facts)
                yield from calls.events_of(part.told, place)
        if turn is not None:
            self._goes_on(turn, message, facts)

    def _place(
        self,
        message: Message,
        key: str,
        turn: Turn | None,
        nth: int,
        part: Part,
        facts: Facts,
    ) -> calls.Place:
        undone = self._is_undone(nth, part.id)
        return calls.Place(
            session=self.facts.session,
            message=key,
            turn=turn.key if turn else None,
            copied=self.told.is_copy(message),
            attended=facts.attended,
            at_ms=message.created_ms,
            undone_ms=self.facts.updated_ms if undone else None,
        )

    def _is_undone(self, nth: int, part: str | None) -> bool:
        """Whether ``/undo`` took back the message at a place, or the part of it."""
        first, first_part = self.undone_from
        if nth != first or first_part is None:
            return nth >= first
        return part is not None and part in self._parts_from(first, first_part)

    def _parts_from(self, nth: int, first: str) -> list[str]:
        ids = [part.id for part in self.told.messages[nth].parts]
        return ids[ids.index(first) :] if first in ids else []

    def _goes_on(self, turn: Turn, message: Message, facts: Facts) -> None:
        end = ended_ms(message)
        asked = next(name for name, known in self.turns.items() if known is turn)
        times = [time for time in (turn.ended_ms, end) if time is not None]
        now = Turn(
            session=turn.session,
            key=turn.key,
            at_ms=turn.at_ms,
            copied=turn.copied,
            ended_ms=max(times, default=None),
            ended=_end_of(message, facts),
        )
        self.turns[asked] = now
        if self.turn is turn:
            self.turn = now

    def _usage(self, message: Message, key: str) -> Iterator[Usage]:
        tokens = dict_at(message.told, "tokens")
        counts = {
            name: tokens_at(tokens, *path)
            for name, path in (
                ("input", ("input",)),
                ("output", ("output",)),
                ("reasoning", ("reasoning",)),
                ("read", ("cache", "read")),
                ("written", ("cache", "write")),
            )
        }
        if not any(counts.values()):  # cut off, or a provider that reports nothing
            return
        output, reasoning = self._output(tokens, counts)
        yield Usage(
            session=self.facts.session,
            key=key,
            at_ms=message.created_ms,
            copied=self.told.is_copy(message),
            model=text_at(message.told, "modelID"),
            input_tokens=counts["input"],
            cache_read_tokens=counts["read"],
            cache_write_5m_tokens=counts["written"],
            output_tokens=output,
            reasoning_tokens=reasoning,
            cost_nusd=_cost_nusd(message),
        )

    def _output(
        self, tokens: dict[str, object], counts: dict[str, int | None]
    ) -> tuple[int | None, int | None]:
        output, reasoning = counts["output"], counts["reasoning"]
        if self.program.reasoning_inside and not reasoning:
            return output, None
        if output is None or not reasoning:
            return output, reasoning
        without = sum(counts[name] or 0 for name in ("input", "output", "read", "written"))
        inside = number_at(tokens, "total") == without and reasoning <= output
        return output if inside else output + reasoning, reasoning


def _undone_from(told: Conversation) -> tuple[int, str | None]:
    """Place of the first message that was taken back, and the part where that begins."""
    revert = told.facts.revert
    first = text_at(revert, "messageID")
    ids = [message.id for message in told.messages]
    return (ids.index(first), text_at(revert, "partID")) if first in ids else (len(ids), None)


def _unquoted(text: str) -> str:
    match = _QUOTED.fullmatch(text)
    return match.group(1).replace('\\"', '"') if match else text


def _end_of(message: Message, facts: Facts) -> TurnEnd:
    error = text_at(message.told, "error", "name")
    if error == "MessageAbortedError":
        return "interrupted"
    if error or dict_at(message.told, "error"):
        return "error"
    finish = text_at(message.told, "finish")
    if finish in ("tool-calls", "unknown", None):
        refused = any(calls.is_refusal(p, facts.attended) for p in message.of_type("tool"))
        return "asked" if refused else "unknown"
    return "error" if finish == "error" else "finished"


def _cost_nusd(message: Message) -> int | None:
    """Its cost by the program's own prices; 0 stands for a model without a price."""
    cost = at(message.told, "cost")
    if isinstance(cost, bool) or not isinstance(cost, int | float) or not 0 < cost < MAX_COST:
        return None
    return round(cost * NANO)
