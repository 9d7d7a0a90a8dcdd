"""Agent transcripts under ``~/.cursor/projects``: the same conversations once more, plainer.

A transcript tells of a conversation that the database does not have: the terminal agent's,
or one of another machine.  It has no times, ids or results: prompts and calls are known by
their places in the file, and the file's own time stands for theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath

import msgspec

from tokenmirror.events import AnyEvent, Prompt, Session, Suggestion, ToolCall, Turn, TurnEnd
from tokenmirror.sources.commands import kind_of
from tokenmirror.sources.cursor.edits import argued_lines
from tokenmirror.sources.cursor.tools import (
    DELETES,
    EDITS,
    SHELLS,
    kind_of_tool,
    path_in,
    plain,
)
from tokenmirror.sources.editors import at, list_at, text_at

_QUERY = re.compile(r"<user_query>\s*(.*?)\s*</user_query>", re.DOTALL)
_HEAD = re.compile(
    r"^(user:|A:|assistant:|\[Tool call\] .*|\[Tool result\].*|\[Thinking\].*)[ \t]*"
)
_SIGNS = re.compile(r"[^A-Za-z0-9]+")
ENDS: dict[str, TurnEnd] = {"success": "finished", "error": "error", "aborted": "interrupted"}


class Progress(msgspec.Struct):
    """How far a transcript has been told: the turn in hand, and the folder if it is known."""

    turn: str | None = None
    folder: str | None = None
    started: bool = False


@dataclass
class Transcript:
    """A transcript while it is read."""

    session: str
    slug: str
    at_ms: int
    progress: Progress
    parent: str | None = None
    unknown: dict[str, int] = field(default_factory=dict)

    def take(self, told: object, place: int) -> Iterator[AnyEvent]:
        """Events of one line; ``place`` is where it begins."""
        role, kind = text_at(told, "role"), text_at(told, "type")
        if role is None and kind == "turn_ended":
            yield from self.ended(text_at(told, "status") or "")
        elif role == "user":
            yield from self._asked(told, place)
        elif role == "assistant":
            yield from self._answered(told, place)
        else:
            name = str(role or kind or "no role")[:80]
            self.unknown[name] = self.unknown.get(name, 0) + 1

    def ended(self, status: str) -> Iterator[AnyEvent]:
        """The end of the turn in hand."""
        if self.progress.turn:
            yield Turn(
                session=self.session,
                key=self.progress.turn,
                at_ms=self.at_ms,
                ended=ENDS.get(status, "unknown"),
            )

    def start(self) -> Iterator[AnyEvent]:
        """The session, once, and again when its folder becomes known."""
        self.progress.started = True
        yield Session(
            session=self.session,
            key=self.session,
            at_ms=self.at_ms,
            folder=self.progress.folder,
            parent=self.parent,
            relation="subagent" if self.parent else None,
        )

    def _asked(self, told: object, place: int) -> Iterator[AnyEvent]:
        texts = (text_at(part, "text") or "" for part in _content(told))
        asked = [found for text in texts for found in _QUERY.findall(text) if found]
        if asked:
            yield from self.asked("\n".join(asked), place)

    def asked(self, text: str, place: int) -> Iterator[AnyEvent]:
        """A prompt, with the turn that it begins."""
        if not self.progress.started:
            yield from self.start()
        key = f"{self.session}@{place}"
        self.progress.turn = key
        yield Prompt(
            session=self.session,
            key=key,
            at_ms=self.at_ms,
            text=text,
            author="agent" if self.parent else "unknown",
            basis="stated" if self.parent else "unknown",
            turn=key,
        )
        yield Turn(session=self.session, key=key, at_ms=self.at_ms)

    def _answered(self, told: object, place: int) -> Iterator[AnyEvent]:
        for nth, part in enumerate(_content(told)):
            name = text_at(part, "name")
            if text_at(part, "type") == "tool_use" and name:
                if not self.progress.started:
                    yield from self.start()
                yield from self._called(name, at(part, "input"), f"{self.session}@{place}/{nth}")

    def _called(self, name: str, args: object, key: str) -> Iterator[AnyEvent]:
        short = plain(name)
        command = text_at(args, "command") if short in SHELLS else None
        path = path_in(args) or text_at(args, "working_directory")
        if self.progress.folder is None and path:
            self.progress.folder = folder_of(self.slug, path)
            if self.progress.folder:
                yield from self.start()
        call = ToolCall(
            session=self.session,
            key=key,
            at_ms=self.at_ms,
            kind=kind_of(command) if command else kind_of_tool(short),
            name=name,
            args=msgspec.json.encode(args).decode(),
            turn=self.progress.turn,
        )
        yield call
        if short not in EDITS and command is None:
            return
        added, removed = argued_lines(args) if command is None else ((), ())
        yield Suggestion(
            session=self.session,
            key=key,
            at_ms=self.at_ms,
            kind="command" if command else "delete" if short in DELETES else "edit",
            path=path_in(args) if command is None else None,
            added=added,
            removed=removed,
            whole=short in ("write", "writefile", "createfile"),
            turn=self.progress.turn,
        )


def _content(told: object) -> list[object]:
    content = at(told, "message", "content")
    return (
        [{"type": "text", "text": content}] if isinstance(content, str) else list_at([content], 0)
    )


def folder_of(slug: str, path: str) -> str | None:
    """The folder above a path whose name the editor would have written as this slug."""
    place = PurePath(path)
    for folder in (place, *place.parents):
        if _SIGNS.sub("-", str(folder)).strip("-").lower() == slug.strip("-").lower():
            return str(folder)
    return None


def plain_text(text: str, transcript: Transcript) -> Iterator[AnyEvent]:
    """Events of a transcript of the older form: text under heads."""
    place, role, held = 0, "", [""]
    for line in [*text.split("\n"), "A:"]:
        head = _HEAD.match(line)
        if head is None:
            held.append(line)
        else:
            if role == "user:":
                asked = _QUERY.findall("\n".join(held))
                if asked:
                    yield from transcript.asked("\n".join(asked), place)
                place += 1
            role, held = head.group(1), [line[head.end() :]]
