"""One launch of Aider, from its command line to its last line, and the events it gives."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tokenmirror.events import (
    AnyEvent,
    Author,
    Basis,
    Decision,
    EditKind,
    Entry,
    How,
    Mode,
    Prompt,
    Session,
    Suggestion,
    ToolCall,
    Turn,
    TurnEnd,
    Usage,
)
from tokenmirror.sources.aider.blocks import Block
from tokenmirror.sources.aider.entered import Entered
from tokenmirror.sources.commands import kind_of
from tokenmirror.sources.records import local_offset_min

NAME = ".aider.chat.history.md"
# The options that give a message instead of a person who types.
_MESSAGE = re.compile(r"\s(?:-m|--message|--msg|-f|--message-file)(?:[\s=]|$)")
_YES = re.compile(r"\s--yes(?:-always)?(?:[\s=]|$)")


@dataclass
class Asked:
    """A prompt and the turn that it began; ``entry`` is its place among what was entered."""

    entry: int
    text: str
    ended: TurnEnd = "unknown"
    error: bool = False


@dataclass
class Proposed:
    """A block, or a command where ``command`` is set, with what became of it."""

    block: Block
    turn: int
    entry: int
    decision: Decision = "undecided"
    how: How | None = None
    creates: bool = False
    commit: str = ""
    decided_entry: int | None = None
    command: str | None = None


@dataclass
class Launch:
    """What the history says of one launch, in the order it says it."""

    path: Path
    started: str
    at_ms: int | None
    nth: int
    command_line: str | None = None
    version: str | None = None
    model: str | None = None
    entries: list[str] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    proposed: list[Proposed] = field(default_factory=list)
    answers: list[tuple[int, str | None, int | None]] = field(default_factory=list)
    commits: list[tuple[int, int, str]] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The session's id: Aider has none; the folder's name, the start and its number make one.

        The whole path is left out, so that a project that moved keeps its sessions.
        """
        parts = "\0".join((self.path.parent.name, self.started, str(self.nth)))
        return hashlib.blake2b(parts.encode("utf-8", "replace"), digest_size=16).hexdigest()

    @property
    def entry(self) -> int:
        """The latest entry; -1 before the first."""
        return len(self.entries) - 1

    @property
    def turn(self) -> int:
        """The turn under way; -1 before the first."""
        return len(self.asked) - 1

    @property
    def headless(self) -> bool:
        """Whether the command line gave the message."""
        return self.command_line is not None and bool(_MESSAGE.search(self.command_line))

    @property
    def says_yes(self) -> bool:
        """Whether questions were answered by an option, with nobody asked."""
        return self.command_line is not None and bool(_YES.search(self.command_line))

    def events(self, entered: Entered, until_ms: int | None) -> Iterator[AnyEvent]:
        """All events; ``until_ms`` is when the next launch in the same file began."""
        times = self._times(entered, until_ms)
        yield self._session(times)
        yield from self._prompts(times)
        for number, edit in enumerate(self.proposed):
            yield from self._proposal(number, edit, times)
        for number, (entry, model, cost_nusd) in enumerate(self.answers):
            yield Usage(
                session=self.key,
                key=f"{self.key}/answer/{number}",
                at_ms=times[entry],
                model=model,
                cost_nusd=cost_nusd,
            )
        for entry, turn, commit in self.commits:
            yield ToolCall(
                session=self.key,
                key=f"{self.key}/commit/{commit}",
                at_ms=times[entry],
                kind="commit",
                name="commit",
                ok=True,
                commits=(commit,),
                turn=self._turn(turn),
            )

    def _times(self, entered: Entered, until_ms: int | None) -> list[int | None]:
        """When each entry was made; the last entry (-1) stands for the launch itself."""
        now = self.at_ms
        times: list[int | None] = []
        for text in self.entries:
            at_ms = None if now is None else entered.take(text, now, until_ms)
            now = now if at_ms is None else at_ms
            times.append(now)
        return [*times, self.at_ms]

    def _session(self, times: list[int | None]) -> Session:
        entry: Entry = "unknown"
        mode: Mode = "unknown"
        if self.command_line is not None:
            entry = "headless" if self.headless else "interactive"
            mode = "auto_all" if self.says_yes else "auto_edits"
        return Session(
            session=self.key,
            key=self.key,
            at_ms=self.at_ms,
            folder=_folder(self.path),
            entry=entry,
            mode=mode,
            ended_ms=max((at for at in times if at is not None), default=None),
            tool_version=self.version,
            utc_offset_min=local_offset_min(self.at_ms),
        )

    def _prompts(self, times: list[int | None]) -> Iterator[AnyEvent]:
        author: Author = "unknown"
        basis: Basis = "unknown"
        if self.command_line is not None:
            author, basis = ("program" if self.headless else "person"), "stated"
        for number, asked in enumerate(self.asked):
            key, at_ms = f"{self.key}/{number}", times[asked.entry]
            yield Prompt(
                session=self.key,
                key=key,
                at_ms=at_ms,
                text=asked.text,
                author=author,
                basis=basis,
                turn=key,
            )
            over = number + 1 < len(self.asked)
            ended = "error" if asked.error and over and asked.ended == "unknown" else asked.ended
            yield Turn(session=self.key, key=key, at_ms=at_ms, ended=ended)

    def _proposal(self, number: int, edit: Proposed, times: list[int | None]) -> Iterator[AnyEvent]:
        block = edit.block
        kind: EditKind = "edit"
        if edit.command is not None:
            kind = "command"
        elif block.deletes:
            kind = "delete"
        elif edit.creates:
            kind = "new_file"
        decided = None if edit.decided_entry is None else times[edit.decided_entry]
        yield Suggestion(
            session=self.key,
            key=f"{self.key}/edit/{number}",
            at_ms=times[edit.entry],
            kind=kind,
            path=block.path,
            added=block.added,
            removed=block.removed,
            whole=block.whole or kind == "new_file",
            turn=self._turn(edit.turn),
            decision=edit.decision,
            how=edit.how,
            basis="stated" if edit.how in ("chosen", "allowed") else "unknown",
            decided_ms=decided,
        )
        if edit.command is not None:
            yield ToolCall(
                session=self.key,
                key=f"{self.key}/command/{number}",
                at_ms=times[edit.entry],
                kind=kind_of(edit.command),
                name="shell",
                args=edit.command,
                turn=self._turn(edit.turn),
            )

    def _turn(self, number: int) -> str | None:
        return f"{self.key}/{number}" if number >= 0 else None


def _folder(path: Path) -> str | None:
    """The work tree that a history lies in: its own folder, else the nearest with a ``.git``."""
    if path.name == NAME:
        return str(path.parent)
    return next((str(folder) for folder in path.parents if (folder / ".git").exists()), None)
