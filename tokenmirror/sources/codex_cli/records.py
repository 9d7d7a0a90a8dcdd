"""The records of a rollout file, as far as they are used: names of fields and their types.

One line is decoded in one step; what is bulky or has several shapes is kept raw and decoded
when its kind asks for it.  Fields that are not named here cost nothing.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Annotated

import msgspec
from msgspec import Meta, Raw, Struct

NOTHING = Raw()
Count = Annotated[int, Meta(ge=0, le=1 << 53)]
# below zero contradicts itself: it is kept as it stands, and marked in the archive
TokenCount = Annotated[int, Meta(ge=-(1 << 53), le=1 << 53)]


class Payload(Struct, gc=False):
    """The payload of any kind of line, or a whole line of the oldest files."""

    type: str | None = None
    id: str | None = None
    role: str | None = None
    name: str | None = None
    call_id: str | None = None
    turn_id: str | None = None
    thread_id: str | None = None
    response_id: str | None = None
    model: str | None = None
    cwd: str | None = None
    reason: str | None = None
    timestamp: str | None = None
    originator: str | None = None
    cli_version: str | None = None
    forked_from_id: str | None = None
    parent_thread_id: str | None = None
    session_id: str | None = None
    thread_source: str | None = None
    approvals_reviewer: str | None = None
    workdir: str | None = None
    record_type: str | None = None
    subagent_history_start_ordinal: Count | None = None
    num_turns: Count | None = None
    exit_code: int | None = None
    success: bool | None = None
    auto_approved: bool | None = None
    input_tokens: TokenCount | None = None
    cached_input_tokens: TokenCount | None = None
    cache_write_input_tokens: TokenCount | None = None
    output_tokens: TokenCount | None = None
    reasoning_output_tokens: TokenCount | None = None
    status: Raw = NOTHING
    kind: Raw = NOTHING
    content: Raw = NOTHING
    message: Raw = NOTHING
    images: Raw = NOTHING
    local_images: Raw = NOTHING
    arguments: str | dict[str, object] | None = None
    input: str | dict[str, object] | None = None
    output: str | Output | list[Part] | None = None
    action: dict[str, object] | None = None
    history_base: Raw = NOTHING
    item: Item | None = None
    info: TokenInfo | None = None
    usage: Tokens | None = None
    thread_token_usage: Tokens | None = None
    changes: dict[str, FileChange] | None = None
    command: str | list[str] | None = None
    aggregated_output: str | None = None
    duration: Span | str | float | None = None
    source: str | dict[str, object] | None = None
    git: Git | None = None
    turn_attribution: Attribution | None = None
    approval_policy: str | dict[str, object] | None = None
    sandbox_policy: Policy | str | None = None
    permission_profile: Policy | str | None = None
    collaboration_mode: ModeSetting | str | None = None
    internal_chat_message_metadata_passthrough: Raw = NOTHING


class Line(Struct, gc=False):
    """One line: envelope and payload.  The oldest files have no envelope."""

    timestamp: str | None = None
    type: str | None = None
    ordinal: Count | None = None
    payload: Payload | None = None


class Tokens(Struct, frozen=True, gc=False):
    """Tokens as Codex counts them: cached and written input inside ``input_tokens``."""

    input_tokens: TokenCount | None = None
    cached_input_tokens: TokenCount | None = None
    cache_write_input_tokens: TokenCount | None = None
    output_tokens: TokenCount | None = None
    reasoning_output_tokens: TokenCount | None = None

    def name(self) -> str:
        """The numbers in one word, as a part of a key."""
        return (
            f"{self.input_tokens}.{self.cached_input_tokens}.{self.cache_write_input_tokens}."
            f"{self.output_tokens}.{self.reasoning_output_tokens}"
        )

    def since(self, before: Tokens) -> Tokens:
        """What was added since an earlier sum; a sum that fell was set back to zero."""
        pairs = list(
            zip(msgspec.structs.astuple(self), msgspec.structs.astuple(before), strict=True)
        )
        if any(now is not None and was is not None and now < was for now, was in pairs):
            return self
        return Tokens(*(None if now is None else now - (was or 0) for now, was in pairs))


class TokenInfo(Struct, gc=False):
    """What a ``token_count`` says: the thread's sum and the last answer."""

    total_token_usage: Tokens | None = None
    last_token_usage: Tokens | None = None


class Attribution(Struct, gc=False):
    """Who set a turn off."""

    turn_trigger: str | None = None
    parent_turn_id: str | None = None


class Git(Struct, gc=False):
    """The work tree's state at the start."""

    branch: str | None = None


class Part(Struct, gc=False):
    """One piece of a message's content."""

    type: str | None = None
    text: str | None = None


class Provenance(Struct, gc=False):
    """Who wrote a message."""

    type: str | None = None


class ContentItem(Struct, gc=False):
    """What newer builds note beside a piece of content."""

    provenance: Provenance | None = None


class Passthrough(Struct, gc=False):
    """What newer builds note beside a message."""

    content_item_metadata: list[ContentItem] = []


class Item(Struct, gc=False):
    """A finished item of a turn: a prompt, a change of files, a command, and others."""

    type: str | None = None
    id: str | None = None
    status: str | None = None
    source: str | None = None
    exit_code: int | None = None
    auto_approved: bool | None = None
    aggregated_output: str | None = None
    content: Raw = NOTHING
    changes: dict[str, FileChange] | None = None
    command: str | list[str] | None = None
    duration: Span | str | float | None = None


class FileChange(Struct, gc=False):
    """What happened to one file."""

    type: str | None = None
    content: str | None = None
    unified_diff: str | None = None
    move_path: str | None = None


class Span(Struct, gc=False):
    """A duration."""

    secs: Annotated[int, Meta(ge=0, le=1 << 32)] = 0
    nanos: Count = 0


class ShellArguments(Struct, gc=False):
    """Arguments of the shell tools, under all the names they have had."""

    command: str | list[str] | None = None
    cmd: str | list[str] | None = None
    input: str | None = None
    patch: str | None = None
    workdir: str | None = None
    working_directory: str | None = None
    with_escalated_permissions: bool | None = None
    sandbox_permissions: str | None = None


class Policy(Struct, gc=False):
    """A sandbox or permission profile; older builds wrote ``mode`` for ``type``."""

    type: str | None = None
    mode: str | None = None
    writable_roots: list[str] = []
    file_system: FileSystem | None = None


class FileSystem(Struct, gc=False):
    """What a permission profile allows on disk."""

    type: str | None = None
    entries: list[Access] = []


class Access(Struct, gc=False):
    """One rule of a permission profile."""

    access: str | None = None


class ModeSetting(Struct, gc=False):
    """The collaboration mode of a turn."""

    mode: str | None = None


class Output(Struct, gc=False):
    """The output of a call where it is an object."""

    output: str | None = None
    content: str | None = None
    success: bool | None = None
    metadata: OutputFacts | None = None


class OutputFacts(Struct, gc=False):
    """What an output says beside its text."""

    exit_code: int | None = None
    duration_seconds: Annotated[float, Meta(ge=0, le=1 << 32)] | None = None


class Document(Struct, gc=False):
    """A whole file of the first builds."""

    session: Payload | None = None
    items: list[Raw] = []


class Typed(Struct, gc=False):
    """One row of the prompt history."""

    session_id: str | None = None
    conversation_id: str | None = None
    ts: float | None = None
    text: str | None = None


line_of = msgspec.json.Decoder(Line).decode
payload_of = msgspec.json.Decoder(Payload).decode
string_of = msgspec.json.Decoder(str).decode
parts_of = msgspec.json.Decoder(list[Part]).decode
json_text = msgspec.json.Encoder().encode
output_of = msgspec.json.Decoder(Output).decode
shell_of = msgspec.json.Decoder(ShellArguments).decode
passthrough_of = msgspec.json.Decoder(Passthrough).decode
list_of = msgspec.json.Decoder(list[Raw]).decode
typed_of = msgspec.json.Decoder(Typed).decode
document_of = msgspec.json.Decoder(Document).decode


def first(raw: Raw) -> bytes:
    """The first character of a raw value, which tells its type; empty for an absent one."""
    return memoryview(raw)[:1].tobytes()


def text_of(raw: Raw) -> str:
    """A raw string; empty for anything else."""
    return string_of(raw) if first(raw) == b'"' else ""


def ms_of(stamp: str) -> int | None:
    """Epoch milliseconds of an ISO time with its zone; ``None`` for anything else."""
    if len(stamp) == 24 and stamp[23] == "Z" and stamp[19] == ".":
        minute = _minute_ms(stamp[:16])
        rest = stamp[17:19] + stamp[20:23]
        if minute is not None and rest.isdecimal() and rest < "60":
            return minute + int(rest)
    try:
        when = datetime.fromisoformat(stamp)
        return None if when.tzinfo is None else round(when.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=256)
def _minute_ms(minute: str) -> int | None:
    try:
        return round(datetime.fromisoformat(f"{minute}+00:00").timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def made_ms(identity: str | None) -> int | None:
    """The instant inside a time-ordered id (UUID version 7); ``None`` for other ids."""
    if identity is None or len(identity) != 36 or identity[14] != "7":
        return None
    try:
        return int(identity[:8] + identity[9:13], 16)
    except ValueError:
        return None


def is_global(identity: str) -> bool:
    """Whether an id is a UUID, and so unique over all threads."""
    return len(identity) == 36 and identity[8] == identity[13] == identity[18] == "-"
