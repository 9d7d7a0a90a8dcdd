"""What ``TRUTH.json`` of a recorded run says, and what a reading found, in one shape."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.sources.reading import Read
from tokenmirror.events import Prompt, Suggestion, ToolCall, Usage

Truth = dict[str, Any]
Tokens = tuple[int, int, int, int]


def truth_of(folder: Path) -> Truth:
    return json.loads((folder / "TRUTH.json").read_text())


def labels(session: Truth) -> str:
    return str(session["labels"][0])


def given_prompts(session: Truth, kind: str) -> list[str]:
    """Prompts of a session: ``typed`` or ``headless`` ones."""
    return sorted(prompt["text"] for prompt in session[f"{kind}_prompts"])


def prompts(read: Read, session: str, author: str | None = None) -> list[str]:
    return sorted(
        p.text for p in read.rows(Prompt) if p.session == session and author in (None, p.author)
    )


def given_edits(session: Truth, refused: str = "rejected") -> list[tuple[str, int, int, str]]:
    outcome = {"applied": "accepted", "rejected": refused}
    return sorted(
        (Path(edit["file"]).name, edit["added"], edit["removed"], outcome[edit["outcome"]])
        for edit in session["edits"]
    )


def edits(read: Read, session: str) -> list[tuple[str, int, int, str]]:
    return sorted(
        (Path(s.path).name, len(s.added), len(s.removed), s.decision)
        for s in read.rows(Suggestion)
        if s.session == session and s.kind != "command"
    )


def given_commands(session: Truth) -> list[tuple[str, bool]]:
    return sorted((command["cmd"], command["exit"] == 0) for command in session["commands"])


def commands(read: Read, session: str, name: str) -> list[tuple[str, bool | None]]:
    return sorted(
        (json.loads(c.args)["command"], c.ok)
        for c in read.rows(ToolCall)
        if c.session == session and c.name == name
    )


def given_tokens(tokens: Truth) -> Tokens:
    """Fresh input, cache read, cache written, output with its hidden part."""
    output = tokens["output_visible"] + tokens["reasoning"]
    return tokens["input_uncached"], tokens["cache_read"], tokens["cache_write"], output


def added(*tokens: Tokens) -> Tokens:
    fresh, read, written, output = (sum(column) for column in zip(*tokens, strict=True))
    return fresh, read, written, output


def tokens(read: Read, sessions: Iterable[str] | None = None) -> Tokens:
    chosen = None if sessions is None else set(sessions)
    uses = [u for u in read.rows(Usage) if chosen is None or u.session in chosen]
    return (
        sum(use.input_tokens for use in uses),
        sum(use.cache_read_tokens for use in uses),
        sum((use.cache_write_5m_tokens or 0) + (use.cache_write_1h_tokens or 0) for use in uses),
        sum(use.output_tokens for use in uses),
    )


def agents_commits(truth: Truth) -> list[str]:
    return sorted(c["hash"] for c in truth["commits"] if c["by"] == "agent")


def named_commits(read: Read) -> list[str]:
    return sorted(sha for call in read.rows(ToolCall) for sha in call.commits)
