"""Prompts, in the three shapes that Codex has written them, each counted once.

A prompt's key is its turn and a hash of its text (and a number where one turn holds the same
text twice), not the id that only one of the shapes has: so a copy in a fork, which may hold
the prompt in another shape than its first file, is the same row.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

from msgspec import Raw

from tokenmirror.events import AnyEvent, Prompt
from tokenmirror.sources.codex_cli.people import (
    INJECTED,
    History,
    author_of,
    history_of,
    typed_text,
)
from tokenmirror.sources.codex_cli.records import (
    Item,
    Payload,
    first,
    list_of,
    parts_of,
    passthrough_of,
    text_of,
)
from tokenmirror.sources.codex_cli.state import KEPT_PROMPTS, Asked, Here, State, Waiting
from tokenmirror.sources.lines import log_file

_IMAGES = ("image", "local_image", "localImage", "input_image")


class Prompts:
    """The prompts of one thread."""

    def __init__(
        self,
        state: State,
        emit: Callable[[AnyEvent], None],
        begin: Callable[[int | None], Here],
        line: Callable[[int, int], Payload | None],
        history: Path | None,
    ) -> None:
        self.state = state
        self.emit = emit
        self.begin = begin
        self.line = line
        self.place = history
        self.history: History | None = None

    def item(self, item: Item, at_ms: int | None, offset: int, end: int) -> None:
        """A prompt as a finished item, the shape of the newest builds."""
        text, attachments = _content(item.content)
        self._event(text, attachments, Waiting(at_ms, offset, end))

    def event(self, payload: Payload, at_ms: int | None, offset: int, end: int) -> None:
        """A prompt as an event of its own, the shape before that."""
        text = text_of(payload.message)
        kind = text_of(payload.kind) or "plain"
        if kind == "plain" and not _is_injected(text):
            attachments = _count(payload.images) + _count(payload.local_images)
            self._event(text, attachments, Waiting(at_ms, offset, end))

    def _event(self, text: str, attachments: int, place: Waiting) -> None:
        state = self.state
        state.prompt_events = True
        state.waiting.clear()
        echo, state.echo = state.echo, None
        if echo is None or echo != _hash(typed_text(text)):
            self._prompt(text, attachments, place)

    def message(self, payload: Payload, at_ms: int | None, offset: int, end: int) -> None:
        """A message to the model: a prompt where the file holds none in a better shape."""
        if self.state.prompt_events or payload.role != "user":
            return
        text, _ = _content(payload.content)
        if not _is_injected(text) and _is_the_persons(payload):
            self.state.waiting.append(Waiting(at_ms, offset, end))
            del self.state.waiting[:-KEPT_PROMPTS]

    def release(self) -> None:
        """The agent went to work: messages that no event repeated were prompts."""
        waiting, self.state.waiting = self.state.waiting, []
        for place in waiting:
            payload = self.line(place.offset, place.end)
            if payload is not None:
                text, attachments = _content(payload.content)
                self.state.echo = _hash(typed_text(text))
                self._prompt(text, attachments, place)

    def _prompt(self, text: str, attachments: int, place: Waiting) -> None:
        state = self.state
        text = typed_text(text)
        typed_here = state.trigger == "user" and not state.delegated
        if state.delegated or (state.internal and not state.copying and not typed_here):
            return  # one agent's words to another
        if not text.strip() and not attachments:
            return
        here = self.begin(place.at_ms)
        name = _hash(text)
        before = state.texts.get(name, 0)
        state.texts[name] = before + 1
        typed = None if state.trigger in ("user", "exec") else self._typed(text, place.at_ms)
        author, basis = author_of(state, typed)
        asked = Asked(
            key=f"{here.scope}/{name}" + (f"/{before}" if before else ""),
            at_ms=here.at_ms,
            turn=here.turn,
            author=author,
            basis=basis,
            attachments=attachments,
            offset=place.offset,
            end=place.end,
            copied=here.copied,
        )
        state.asked = [*state.asked[1 - KEPT_PROMPTS :], asked]
        self._send(asked, text, removed=False)

    def _send(self, asked: Asked, text: str, *, removed: bool) -> None:
        self.emit(
            Prompt(
                session=self.state.thread,
                key=asked.key,
                at_ms=asked.at_ms,
                copied=asked.copied,
                text=text,
                author=asked.author,
                basis=asked.basis,
                attachments=asked.attachments,
                turn=asked.turn,
                removed=removed,
            )
        )

    def _typed(self, text: str, at_ms: int | None) -> bool | None:
        if self.history is None:
            file = log_file(self.place) if self.place else None
            self.history = (
                history_of(file.path, file.size, file.mtime_ns) if file else History({}, {})
            )
        return self.history.holds(self.state.owner, text, at_ms)

    def roll_back(self, turns: int) -> None:
        """The person took the latest prompts, with all that came of them, out of the history."""
        taken = self.state.asked[-turns:] if turns else []
        self.state.asked = self.state.asked[: len(self.state.asked) - len(taken)]
        for asked in taken:
            payload = None if asked.copied else self.line(asked.offset, asked.end)
            if payload is not None:
                self._send(asked, typed_text(_any_text(payload)), removed=True)


def _any_text(payload: Payload) -> str:
    if payload.item is not None:
        return _content(payload.item.content)[0]
    return text_of(payload.message) or _content(payload.content)[0]


def _content(content: Raw) -> tuple[str, int]:
    """The text of a message and the number of its images."""
    if first(content) != b"[":
        return text_of(content), 0
    parts = parts_of(content)
    text = "".join(part.text for part in parts if part.text)
    return text, sum(part.type in _IMAGES for part in parts)


def _is_injected(text: str) -> bool:
    return text.lstrip().startswith(INJECTED)


def _is_the_persons(payload: Payload) -> bool:
    """What newer builds say beside the message; older ones say nothing."""
    raw = payload.internal_chat_message_metadata_passthrough
    if first(raw) != b"{":
        return True
    items = passthrough_of(raw).content_item_metadata
    types = [item.provenance.type for item in items if item.provenance]
    return not types or types[0] == "user"


def _hash(text: str) -> str:
    return blake2b(text.strip().encode(), digest_size=8).hexdigest()


def _count(raw: Raw) -> int:
    return len(list_of(raw)) if first(raw) == b"[" else 0
