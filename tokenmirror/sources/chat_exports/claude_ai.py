"""Conversations of Claude.ai: messages in order, in newer exports with their parents."""

from __future__ import annotations

from datetime import UTC, datetime

from tokenmirror.events import Problem, Prompt, Session, ToolCall, Turn, TurnEnd, Usage
from tokenmirror.sources.chat_exports.documents import Told
from tokenmirror.sources.editors import at, dict_at, list_at, text_at

KINDS = frozenset(
    [
        *["text", "thinking", "redacted_thinking", "tool_use", "tool_result", "token_budget"],
        *["image", "document", "flag", "voice_note", "knowledge"],
    ]
)
SENDERS = frozenset(["human", "assistant"])
READERS = frozenset(["web_search", "web_fetch", "google_drive_search", "project_knowledge_search"])
STOPPED = frozenset(["user_canceled", "user_cancelled", "interrupted"])


def events(conversation: object, told: Told) -> None:
    """Adds what one conversation says."""
    session = text_at(conversation, "uuid")
    if not session or not isinstance(at(conversation, "chat_messages"), list):
        told.records += 1
        told.problems.append(Problem(None, "bad_type"))
        return
    messages = [dict_at(one) for one in list_at(conversation, "chat_messages")]
    told.events.append(
        Session(
            session=session,
            key=session,
            at_ms=instant(at(conversation, "created_at")),
            ended_ms=instant(at(conversation, "updated_at")),
            entry="interactive",
        )
    )
    shown = _shown(conversation, messages)
    chat = _Chat(session, text_at(conversation, "model"), told)
    for place, message in enumerate(messages):
        _count(message, told)
        key = text_at(message, "uuid") or f"{session}:{place}"
        chat.take(key, message, shown=place in shown)
    chat.close()


def _shown(conversation: object, messages: list[dict[str, object]]) -> set[int]:
    """Places of the messages on the branch that is shown; all where no parents are named."""
    places = {uuid: n for n, one in enumerate(messages) if (uuid := text_at(one, "uuid"))}
    parents = [text_at(message, "parent_message_uuid") for message in messages]
    if not any(parent in places for parent in parents):
        return set(range(len(messages)))
    leaf = places.get(text_at(conversation, "current_leaf_message_uuid") or "")
    if leaf is None:
        leaf = max(range(len(messages)), key=lambda n: (_written_ms(messages[n]), n))
    branch: set[int] = set()
    while leaf is not None and leaf not in branch:
        branch.add(leaf)
        leaf = places.get(parents[leaf] or "")
    return branch


def _written_ms(message: object) -> int:
    return instant(at(message, "created_at")) or -1


def _count(message: dict[str, object], told: Told) -> None:
    told.records += 1
    sender = text_at(message, "sender")
    kinds = [text_at(block, "type") or "" for block in list_at(message, "content")]
    strange = [kind for kind in kinds if kind not in KINDS]
    if sender not in SENDERS:
        strange.append(f"sender {sender or ''}")
    told.understood += not strange
    if strange:
        told.unknown[strange[0]] += 1


class _Chat:
    """A conversation while its messages are told in order."""

    def __init__(self, session: str, model: str | None, told: Told) -> None:
        self._session = session
        self._model = model
        self._told = told
        self._turn: str | None = None
        self._began_ms: int | None = None
        self._ended_ms: int | None = None
        self._ended: TurnEnd = "unknown"

    def take(self, key: str, message: dict[str, object], *, shown: bool) -> None:
        """The next message; one that is not shown gives its prompt alone."""
        at_ms = instant(at(message, "created_at"))
        if text_at(message, "sender") == "human":
            if _text(message).strip() or _attachments(message):
                self._prompt(key, message, at_ms, shown=shown)
        elif shown and text_at(message, "sender") == "assistant":
            self._answer(key, message, at_ms)

    def _prompt(
        self, key: str, message: dict[str, object], at_ms: int | None, *, shown: bool
    ) -> None:
        if shown:
            self.close()
            self._turn, self._began_ms = key, at_ms
        self._told.events.append(
            Prompt(
                session=self._session,
                key=key,
                at_ms=at_ms,
                text=_text(message),
                author="person",
                basis="stated",
                attachments=_attachments(message),
                turn=key if shown else None,
                removed=not shown,
            )
        )

    def _answer(self, key: str, message: dict[str, object], at_ms: int | None) -> None:
        stop = text_at(message, "stop_reason")
        self._ended_ms = _last_ms(message) or at_ms
        if stop:
            self._ended = "interrupted" if stop in STOPPED else "finished"
        model = text_at(message, "model") or self._model
        if model:
            self._told.events.append(
                Usage(session=self._session, key=key, at_ms=at_ms, model=model)
            )
        self._calls(key, message, at_ms)

    def _calls(self, key: str, message: dict[str, object], at_ms: int | None) -> None:
        blocks = list_at(message, "content")
        results = [block for block in blocks if text_at(block, "type") == "tool_result"]
        calls = [block for block in blocks if text_at(block, "type") == "tool_use"]
        named = {text_at(result, "tool_use_id"): result for result in results}
        for place, call in enumerate(calls):
            result = named.get(text_at(call, "id"))
            if result is None and None in named and len(results) == len(calls):
                result = results[place]  # older exports name no ids; results follow in order
            name = text_at(call, "name") or ""
            self._told.events.append(
                ToolCall(
                    session=self._session,
                    key=text_at(call, "id") or f"{key}:{place}",
                    at_ms=instant(at(call, "start_timestamp")) or at_ms,
                    kind="read" if name in READERS else "other",
                    name=name,
                    args=str(at(call, "input") or ""),
                    ok=None if result is None else at(result, "is_error") is not True,
                    turn=self._turn,
                )
            )

    def close(self) -> None:
        """Ends the turn that is open, if one is."""
        if self._turn is not None:
            self._told.events.append(
                Turn(
                    session=self._session,
                    key=self._turn,
                    at_ms=self._began_ms,
                    ended_ms=self._ended_ms,
                    ended=self._ended,
                )
            )
        self._turn, self._ended_ms, self._ended = None, None, "unknown"


def _text(message: dict[str, object]) -> str:
    blocks = [text_at(block, "text") for block in list_at(message, "content")]
    return text_at(message, "text") or "\n".join(text for text in blocks if text)


def _attachments(message: dict[str, object]) -> int:
    return sum(len(list_at(message, name)) for name in ("attachments", "files"))


def _last_ms(message: dict[str, object]) -> int | None:
    """When the last block of an answer was complete, where that is said."""
    stops = [instant(at(block, "stop_timestamp")) for block in list_at(message, "content")]
    return max((stop for stop in stops if stop is not None), default=None)


def instant(value: object) -> int | None:
    """An ISO 8601 instant in milliseconds; ``None`` for anything else."""
    if not isinstance(value, str) or not 19 <= len(value) <= 40:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return round(moment.timestamp() * 1000)
    except (OverflowError, ValueError):
        return None
