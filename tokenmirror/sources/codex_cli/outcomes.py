"""What a call's output says of its end: ran, refused, blocked, broken off, still running."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

import msgspec
from msgspec import Raw

from tokenmirror.sources.codex_cli.records import (
    Output,
    first,
    output_of,
    parts_of,
    string_of,
)

End = Literal["ran", "refused", "blocked", "broken_off", "running"]

# Only the head and the tail of an output are looked at: tools put their words there.
LOOKED_AT = 600
NO_FACTS = Output()
_EXIT = re.compile(r"(?:Process exited with code|[Ee]xit code:?)\s+(-?\d+)")
_WALL = re.compile(r"Wall time: (\d{1,9}(?:\.\d{1,9})?) seconds")
_BLOCKED = re.compile(
    r"rejected by user approval settings|approval policy is Never|blocked by policy"
    r"|writing outside of the project|apply_patch verification failed"
    r"|apply_patch handler received invalid|failed to parse function arguments"
    r"|unsupported (?:custom tool )?call"
)
_BROKEN_OFF = re.compile(r"(?:command )?aborted(?: by user)?\b")
_STARTS = ("Chunk ID", "Wall time", "Exit code", "exit code", "Process exited", "Output:")
_RAN = ("Chunk ID:", "Process exited")
_WRAPPER = re.compile(
    r"\A(?:(?:Chunk ID|Wall time|Process exited|Original token count|[Ee]xit code|Output)[^\n]*\n)+"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended.  ``ok`` and ``duration_ms`` are ``None`` where nothing says."""

    end: End
    ok: bool | None = None
    duration_ms: int | None = None
    text: str = ""


def outcome_of(output: Raw, *, whole: bool) -> Outcome:
    """The end of a call, from its output: a text, a JSON text, an object or a list.

    ``whole`` asks for all of the text, not its beginning alone.
    """
    text, facts = _parts(output, whole)
    outcome = _judged(text)
    if facts is NO_FACTS:
        return outcome
    if facts.metadata is not None and outcome.end == "ran":
        seconds = facts.metadata.duration_seconds
        outcome = replace(
            outcome,
            ok=outcome.ok if facts.metadata.exit_code is None else facts.metadata.exit_code == 0,
            duration_ms=outcome.duration_ms if seconds is None else round(seconds * 1000),
        )
    if outcome.ok is None and facts.success is not None:
        outcome = replace(outcome, ok=facts.success)
    return outcome


def _parts(output: Raw, whole: bool) -> tuple[str, Output]:
    sign = first(output)
    if sign == b'"' and not whole:
        beginning = _beginning(output)
        if beginning is not None:
            return beginning, NO_FACTS
    if sign == b"[":
        return "\n".join(part.text for part in parts_of(output) if part.text), NO_FACTS
    if sign == b"{":
        facts = output_of(output)
        return facts.output or facts.content or "", facts
    text = string_of(output) if sign == b'"' else ""
    if text.startswith('{"'):
        try:
            facts = output_of(text)
        except msgspec.MsgspecError:
            return text, NO_FACTS
        return facts.output or facts.content or "", facts
    return text, NO_FACTS


def _beginning(output: Raw) -> str | None:
    """The beginning of a long text; ``None`` where only all of it can be understood."""
    raw = memoryview(output)
    if len(raw) <= 3 * LOOKED_AT or raw[1:4].tobytes() == b'{\\"':
        return None
    part = raw[: 2 * LOOKED_AT].tobytes()
    escape = part.rfind(b"\\", -12)
    try:
        return string_of((part if escape < 0 else part[:escape]) + b'"')
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None  # the cut went through a character


def _judged(text: str) -> Outcome:
    head = text[:LOOKED_AT]
    ok: bool | None = None
    duration_ms = None
    said = head
    if head.startswith(_STARTS):
        exit_code, wall = _EXIT.search(head), _WALL.search(head)
        ok = None if exit_code is None else exit_code[1] == "0"
        duration_ms = round(float(wall[1]) * 1000) if wall else None
        said = _WRAPPER.sub("", head)
        if ok or (exit_code is not None and head.startswith(_RAN)):
            return Outcome("ran", ok, duration_ms, text)
    # The tool's own words stand in the first line; further down it is the program's text.
    end = _own_words(said[: said.find("\n")] if "\n" in said else said)
    if end is None:
        return Outcome("ran", ok, duration_ms, text)
    return Outcome(end, False if end == "blocked" else None, duration_ms, text)


def _own_words(said: str) -> End | None:
    if _BLOCKED.search(said):
        return "blocked"
    if "rejected by user" in said:
        return "refused"
    if _BROKEN_OFF.match(said):
        return "broken_off"
    return "running" if "Process running with session ID" in said else None
