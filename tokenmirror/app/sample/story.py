"""What happens in the sample: sessions with their turns and edits, and commits.

Plain data, without a word about log formats or git; paths are relative to the project.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Tool = Literal["claude-code", "codex-cli", "vscode-copilot"]
Taken = Literal["accepted", "rejected", "undone", "failed", "undecided"]


@dataclass(frozen=True)
class Edit:
    """A file before and after; ``before`` is ``None`` for a new one."""

    path: str
    before: str | None
    after: str
    decision: Taken = "accepted"


@dataclass(frozen=True)
class Check:
    """A command that tests or lints."""

    command: str
    ok: bool


@dataclass(frozen=True)
class Tokens:
    """Tokens of one request of the agent."""

    input: int
    cache_read: int
    cache_write: int
    output: int
    reasoning: int


@dataclass(frozen=True)
class Turn:
    """A prompt and the agent's work on it.

    ``commit`` is the mark of a commit that the agent makes at the end; ``requests`` has
    one entry more than there are tool calls.
    """

    at_ms: int
    ended_ms: int
    prompt: str
    edits: tuple[Edit, ...]
    checks: tuple[Check, ...]
    requests: tuple[Tokens, ...]
    interrupted: bool = False
    commit: int | None = None


@dataclass(frozen=True)
class Session:
    """A conversation with one tool; ``asks`` is false where edits need no click."""

    tool: Tool
    id: str
    project: str
    branch: str
    model: str
    turns: tuple[Turn, ...]
    headless: bool = False
    asks: bool = True


@dataclass(frozen=True)
class Commit:
    """A commit on ``ref``, after what stands there, else after the main line at that time.

    ``merges`` is the mark of a commit it brings in; ``files`` are whole new contents.
    """

    mark: int
    at_ms: int
    project: str
    ref: str
    files: dict[str, str]
    message: str
    mine: bool = True
    merges: int | None = None


@dataclass(frozen=True)
class Tag:
    """A release of what the commit of that mark holds."""

    project: str
    name: str
    mark: int
    at_ms: int


@dataclass(frozen=True)
class Story:
    """All that happens, sessions by start, commits by time within their project."""

    sessions: tuple[Session, ...]
    commits: tuple[Commit, ...]
    drafts: dict[str, dict[str, str]] = field(default_factory=dict)
    tags: tuple[Tag, ...] = ()
