"""What a transcript's place says, and how far a fork's copied lines reach."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tokenmirror.sources.claude_code.records import line_decoder
from tokenmirror.sources.lines import lines_from


def name_below_projects(path: Path) -> str:
    """The file's name as keys carry it: from the last ``projects`` folder on."""
    parts = path.parts
    last = max((i for i, part in enumerate(parts[:-1]) if part == "projects"), default=-1)
    return "/".join(parts[last + 1 :]) if last >= 0 else path.name


def is_agent(path: Path) -> bool:
    """Whether a file holds the work of a sub-agent."""
    return path.name.startswith("agent-") or "/subagents/" in name_below_projects(path)


def session_of(path: Path) -> str:
    """The session of a file whose lines name none."""
    return path.parent.parent.name if path.parent.name == "subagents" else path.stem


def has_transcript(path: Path, session: str) -> bool:
    """Whether the session of a sub-agent's file has its own file, which knows its folder."""
    folders = list(path.parents)
    at = next((i for i, folder in enumerate(folders) if folder.name == "subagents"), -1)
    if at >= 0:
        return folders[at + 1].with_suffix(".jsonl").exists()
    return Path(session).name == session and path.with_name(f"{session}.jsonl").exists()


def end_of_copies(path: Path, offset: int) -> int:
    """Where the last line ends that names another session as its source; 0 when none does.

    Prompts of the copied part carry no mark of their own, so it takes a look ahead.  A file
    without marks costs no more than the lines before its first answer.
    """
    end = 0
    for text in lines_from(path, offset):
        marked = b'"session_id"' in text.text
        if not marked and (end or b'"assistant"' not in text.text):
            continue
        try:
            line = line_decoder.decode(text.text)
        except (msgspec.MsgspecError, RecursionError, ValueError):
            continue
        if line.source_session and line.source_session != line.session_id:
            end = text.end
        elif line.type == "assistant":
            break
    return end
