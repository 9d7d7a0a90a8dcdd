"""Claude Code: transcripts as appended lines of JSON.

Places: ``projects/`` under ``~/.claude`` on every platform, under each folder of
``CLAUDE_CONFIG_DIR`` (a comma list), under ``~/.config/claude`` (older builds), and under
the folders of the desktop program's local agent mode (``Claude/local-agent-mode-sessions``
among the user data, and inside the Windows store package).  In them
``<slug>/<session>.jsonl``, sub-agents in ``<slug>/<session>/subagents/agent-<id>.jsonl``,
earlier beside the sessions or inside their files as ``isSidechain`` lines.

Read: ``user`` (prompts, results of calls, interruptions), ``assistant`` (usage, calls),
``system/turn_duration``, ``attachment/queued_command``, ``queue-operation`` and
``permission-mode``; all else is skipped.  ``history.jsonl`` beside ``projects/`` tells which
prompts of older builds were typed.  A sub-agent's work belongs to its parent's session.

Ids that repeat: one answer stands on several lines (one per block) with one ``message.id``;
the line with the most output tokens wins, at equal tokens the last.  A fork repeats all
lines of its source with their ``uuid``, ``timestamp`` and ids of messages and calls, under a
new ``sessionId`` and one new ``promptId`` for all; 2.1.330 names the source in
``session_id``, which marks the copies here.  Builds before 2.0 copied so at every resume,
without a mark: there the archive's rule (the session that ended first) decides.

Checked against logs of 2.1.330 and 2.1.197 with known truth in November 2026; older builds
against files that other projects recorded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from tokenmirror.language import mark
from tokenmirror.sources.claude_code.reader import read
from tokenmirror.sources.lines import walk
from tokenmirror.sources.source import LogFile, Machine, Source

# Folders beside the transcripts in which a .jsonl is anything a tool printed.
_NOT_LOGS = frozenset(["tool-results", "memory"])


def places(machine: Machine) -> tuple[Path, ...]:
    """Roots that hold, or may come to hold, a ``projects`` folder."""
    named = machine.environ.get("CLAUDE_CONFIG_DIR", "").split(",")
    roots = [_at_home(machine, name.strip()) for name in named if name.strip()]
    roots += [machine.home / ".claude", machine.home / ".config" / "claude"]
    xdg = machine.variable("XDG_CONFIG_HOME")
    if xdg:
        roots.append(xdg / "claude")
    roots += [home / "Claude" / _AGENT_MODE for home in machine.config_homes()]
    roots += _store_packages(machine)
    return tuple(root for root in dict.fromkeys(roots) if root.is_absolute())


_AGENT_MODE = "local-agent-mode-sessions"


def _at_home(machine: Machine, name: str) -> Path:
    return machine.home / name[2:] if name.startswith("~/") else Path(name)


def _store_packages(machine: Machine) -> list[Path]:
    if "windows" not in machine.platforms:
        return []
    local = machine.variable("LOCALAPPDATA") or machine.home / "AppData" / "Local"
    try:
        packages = sorted((local / "Packages").iterdir())
    except OSError:
        return []
    inner = Path("LocalCache", "Roaming", "Claude", _AGENT_MODE)
    return [package / inner for package in packages if package.name.startswith("Claude")]


def find(machine: Machine) -> Iterator[LogFile]:
    """All transcripts, sub-agents' included."""
    for root in places(machine):
        top = root if root.name == _AGENT_MODE else root / "projects"
        logs: dict[str, bool] = {}  # by folder: it is asked once, not for every file in it
        for file in walk(top, (".jsonl",), depth=12):
            folder = file.text.rpartition(os.sep)[0]
            if folder not in logs:
                logs[folder] = _holds_logs(file.path.parent.relative_to(root).parts)
            if logs[folder]:
                yield file


def _holds_logs(folders: tuple[str, ...]) -> bool:
    return "projects" in folders and _NOT_LOGS.isdisjoint(folders)


SOURCE = Source(
    key="claude-code",
    name="Claude Code",
    version=1,
    full=frozenset({"S1", "S2", "S3", "S4", "S5", "S6", "S7"}),
    partly=frozenset(),
    places=places,
    find=find,
    read=read,
    keeps_days=30,
    keeps_setting="~/.claude/settings.json: cleanupPeriodDays",
    unsaid=(
        mark("Costs in money are not written down."),
        mark("Older builds do not say whether you were asked before an edit was written."),
        mark("Which commits you made yourself is not written down."),
    ),
)
