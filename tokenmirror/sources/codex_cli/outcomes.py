"""What a call's output says of its end: ran, refused, blocked, broken off, still running."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

import msgspec

from tokenmirror.sources.codex_cli.records import Output, Part, output_of

End = Literal["ran", "refused", "blocked", "broken_off", "running"]

# Only the head and the tail of an output are looked at: tools put their words there.
LOOKED_AT = 600
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


class Outcome(NamedTuple):
    """How a call ended.  ``ok`` and ``duration_ms`` are ``None`` where nothing says."""

    end: End
    ok: bool | None = None
    duration_ms: int | None = None
    text: str = ""


def outcome_of(output: str | Output | list[Part] | None) -> Outcome:
    """The end of a call, from its output: a text, a JSON text, an object or a list."""
    if isinstance(output, str):
        if not output.startswith('{"'):
            return _judged(output)
        try:
            output = output_of(output)
        except (msgspec.MsgspecError, RecursionError):
            return _judged(str(output))
    if isinstance(output, list):
        return _judged("\n".join(part.text for part in output if part.text))
    return _judged("") if output is None else _with_facts(output)


def _with_facts(output: Output) -> Outcome:
    outcome = _judged(output.output or output.content or "")
    ok, duration_ms = outcome.ok, outcome.duration_ms
    if output.metadata is not None and outcome.end == "ran":
        code, seconds = output.metadata.exit_code, output.metadata.duration_seconds
        ok = ok if code is None else code == 0
        duration_ms = duration_ms if seconds is None else round(seconds * 1000)
    return outcome._replace(ok=output.success if ok is None else ok, duration_ms=duration_ms)


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
