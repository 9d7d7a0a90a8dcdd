"""The lines of a transcript: their shapes, what counts as a prompt, and who wrote it.

Only used fields are named; the rest is skipped without being read.  Bulk stays ``Raw``
until it is known to matter.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from tokenmirror.events import Author, Basis, Entry, Mode

# below zero contradicts itself: it is kept as it stands, and marked in the archive
Count = Annotated[int, Meta(ge=-(2**53), le=2**53)]
NO_RAW = Raw(b"")


class CacheCreation(Struct, gc=False):
    """Cache writes by how long they last."""

    ephemeral_5m_input_tokens: Count | None = None
    ephemeral_1h_input_tokens: Count | None = None


class OutputDetails(Struct, gc=False):
    """Parts of the output."""

    thinking_tokens: Count | None = None


class Tokens(Struct, gc=False):
    """``message.usage``; the four counts are disjoint, thinking is inside the output."""

    input_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None
    output_tokens: Count | None = None
    cache_creation: CacheCreation | None = None
    output_tokens_details: OutputDetails | None = None


class Message(Struct, gc=False):
    """The ``message`` of a user or assistant line; of an answer, one content block of it."""

    id: str | None = None
    model: str | None = None
    content: Raw = NO_RAW
    usage: Tokens | None = None
    stop_reason: str | UnsetType | None = UNSET


class Line(Struct, gc=False, rename="camel"):
    """Any line.  ``source_session`` stands on lines that a fork copied (2.1.330)."""

    type: str | None = None
    uuid: str | None = None
    session_id: str | None = None
    source_session: str | None = msgspec.field(default=None, name="session_id")
    timestamp: str | float | None = None
    cwd: str | None = None
    git_branch: str | None = None
    version: str | None = None
    entrypoint: str | None = None
    is_sidechain: bool | None = None
    is_meta: bool | None = None
    is_compact_summary: bool | None = None
    is_visible_in_transcript_only: bool | None = None
    is_api_error_message: bool | None = None
    is_aborted_mid_stream: bool | None = None
    prompt_id: str | None = None
    prompt_source: str | None = None
    origin: Any = None
    permission_mode: str | None = None
    permission_decision: Any = None
    tool_denial_kind: str | None = None
    request_ref: str | None = None
    request_id: str | None = None
    subtype: str | None = None
    operation: str | None = None
    message: Message | None = None
    tool_use_result: Raw = NO_RAW
    attachment: Raw = NO_RAW
    cost: float | None = msgspec.field(default=None, name="costUSD")


class Block(Struct, gc=False):
    """A content block: text, tool_use or tool_result; images and others by ``type`` alone."""

    type: str | None = None
    text: str | None = None
    id: str | None = None
    name: str | None = None
    input: Raw = NO_RAW
    tool_use_id: str | None = None
    is_error: bool | None = None
    content: Raw = NO_RAW


class Queued(Struct, gc=False, rename="camel"):
    """An ``attachment``; only ``queued_command`` is of use."""

    type: str | None = None
    prompt: str | list[Block] | None = None
    command_mode: str | None = None
    origin: Any = None


line_decoder = msgspec.json.Decoder(Line)
content_decoder = msgspec.json.Decoder(str | list[Block] | None)
blocks_decoder = msgspec.json.Decoder(list[Block])
queued_decoder = msgspec.json.Decoder(Queued)

# Known and skipped on purpose: titles, snapshots, copies of requests, running totals.
SKIPPED = frozenset(
    [
        "agent-color",
        "agent-name",
        "agent-setting",
        "ai-title",
        "api-request",
        "api-request-blob",
        "api-request-shape",
        "atis-latch",
        "attribution-snapshot",
        "content-replacement",
        "cost-state",
        "custom-title",
        "file-history-delta",
        "file-history-snapshot",
        "last-prompt",
        "mode",
        "pr-link",
        "progress",
        "summary",
        "tag",
        "task-summary",
        "tools-used",
        "worktree-state",
    ]
)
MODES: dict[str, Mode] = {
    "default": "ask",
    "acceptEdits": "auto_edits",
    "bypassPermissions": "auto_all",
    "auto": "auto_all",
    "plan": "plan",
}
INTERACTIVE = frozenset(["cli", "claude-vscode", "claude-jetbrains", "claude-desktop"])
INTERRUPTED = "[Request interrupted by user"
FOR_TOOL_USE = "[Request interrupted by user for tool use"

_NOT_TYPED = (
    INTERRUPTED,
    "<local-command-",
    "<bash-input>",
    "<bash-stdout>",
    "<bash-stderr>",
    "<task-notification>",
    "<user-memory-input>",
    "Stop hook feedback:",
    "This session is being continued",
    "Caveat: The messages below",
)
_WRAPPERS = ("ide_opened_file", "ide_selection", "ide_diagnostics", "system-reminder")
_COMMAND = re.compile(r"<command-name>\s*/?([^<]*)</command-name>")
_BUILT_IN = frozenset(
    [
        *["add-dir", "agents", "bashes", "branch", "btw", "bug", "chrome", "clear", "color"],
        *["compact", "config", "context", "copy", "cost", "desktop", "diff", "doctor"],
        *["effort", "exit", "export", "extra-usage", "fast", "feedback", "fork", "help"],
        *["hooks", "ide", "init", "insights", "install-github-app", "install-slack-app"],
        *["keybindings", "login", "logout", "mcp", "memory", "migrate-installer", "mobile"],
        *["model", "output-style", "passes", "permissions", "plan", "plugin", "pr-comments"],
        *["privacy-settings", "quit", "rate-limit-options", "release-notes"],
        *["reload-plugins", "remote-control", "remote-env", "rename", "resume", "review"],
        *["rewind", "sandbox", "security-review", "skills", "stats", "status", "statusline"],
        *["stickers", "tasks", "teleport", "terminal-setup", "theme", "todos", "upgrade"],
        *["usage", "vim", "voice", "web-setup"],
    ]
)


def time_ms(stamp: str | float | None) -> int | None:
    """Epoch milliseconds of a line's time.  Raises ``ValueError`` for no time at all."""
    if stamp is None:
        return None
    if isinstance(stamp, str):
        hour = _hours.get(stamp[:13])
        if hour is not None and len(stamp) == 24 and stamp[23] == "Z":
            seconds = int(stamp[14:16]) * 60 + int(stamp[17:19])
            return hour + seconds * 1000 + int(stamp[20:23])
        moment = datetime.fromisoformat(stamp)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if stamp.endswith("Z"):
            _remember_hour(stamp[:13], moment)
        stamp = moment.timestamp() * 1000
    if not 0 <= stamp < 253_402_300_800_000:
        raise ValueError(stamp)
    return round(stamp)


# Lines of one hour follow each other: their time needs no calendar.
_hours: dict[str, int] = {}


def _remember_hour(key: str, moment: datetime) -> None:
    if len(_hours) > 1_000:
        _hours.clear()
    _hours[key] = int(moment.replace(minute=0, second=0, microsecond=0).timestamp()) * 1000


def prompt_text(content: str | list[Block] | None) -> tuple[str | None, int]:
    """The text that reached the tool from outside, and how many other things with it.

    ``None`` for what the tool itself wrote into the conversation: command output, marks,
    notices, built-in slash commands.  A command of the person's own gives ``/name args``.
    """
    if isinstance(content, str):
        text, attached = content, 0
    else:
        blocks = content or []
        text = "\n".join(block.text for block in blocks if block.type == "text" and block.text)
        attached = sum(block.type in {"image", "document"} for block in blocks)
    text = _without_wrappers(text)
    if text.startswith(_NOT_TYPED):
        return None, 0
    if text.startswith("<command-"):
        return _own_command(text), attached
    if not text.strip() and not attached:
        return None, 0
    return text, attached


def _without_wrappers(text: str) -> str:
    for tag in _WRAPPERS:
        start, end = f"<{tag}>", f"</{tag}>"
        if start not in text:
            continue
        kept: list[str] = []
        at = 0
        while (opening := text.find(start, at)) >= 0:
            closing = text.find(end, opening)
            if closing < 0:
                break
            kept.append(text[at:opening])
            at = closing + len(end)
        text = ("".join(kept) + text[at:]).strip()
    return text


def _own_command(text: str) -> str | None:
    name = _COMMAND.search(text)
    if name is None or name.group(1).strip() in _BUILT_IN:
        return None
    _, _, rest = text.partition("<command-args>")
    args = rest.partition("</command-args>")[0].strip()
    return f"/{name.group(1).strip()} {args}".rstrip()


def entry_of(entrypoint: str | None) -> Entry:
    """Whether a front end is one that people type into."""
    if entrypoint in INTERACTIVE:
        return "interactive"
    if entrypoint and (entrypoint.startswith("sdk") or entrypoint.endswith("action")):
        return "headless"
    return "unknown"


def stated_author(line: Line, origin: Any, *, copied: bool) -> tuple[Author, Basis] | None:  # noqa: ANN401 (any JSON)
    """Who wrote a prompt, as its line states it; ``None`` for text the tool made itself.

    A copied line carries the front end of the copying process, so that says nothing.
    """
    if line.prompt_source:
        authors: dict[str, Author] = {"typed": "person", "queued": "person", "sdk": "program"}
        author = authors.get(line.prompt_source)
        return (author, "stated") if author else None
    kind = origin.get("kind") if isinstance(origin, dict) else origin
    if kind:
        return ("person", "stated") if kind == "human" else None
    entry = "unknown" if copied else entry_of(line.entrypoint)
    if entry == "unknown":
        return "unknown", "unknown"
    return ("person" if entry == "interactive" else "program"), "stated"
