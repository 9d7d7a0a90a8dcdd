"""Kimi Code (2.x) and Kimi CLI (1.x, which it followed): two logs of the same shape of work.

Kimi Code: ``$KIMI_CODE_HOME`` or ``~/.kimi-code``, and the home that the desktop program keeps
on macOS; in it ``sessions/<folder>/session_<uuid>/agents/<agent>/wire.jsonl`` with
``state.json``, and ``user-history/<md5 of the folder>.jsonl`` (typed inputs, no times).
Kimi CLI: ``$KIMI_SHARE_DIR`` or ``~/.kimi`` with ``sessions/<md5>/<uuid>/wire.jsonl``,
``subagents/<id>/wire.jsonl`` in it, ``state.json``, ``kimi.json`` (which folders there are) and
the same ``user-history``.  Settings files hold keys and are not read, so that the model of
Kimi CLI is unknown.

Kimi Code tells everything three times; read are ``turn.*``, ``usage.record``, the calls and
results of ``context.append_loop_event`` and ``permission.record_approval_result``.  Sums in
``step.end``, ``agent.message.appended`` and ``subagent.completed`` repeat ``usage.record``.
Kimi CLI mirrors its sub-agents as ``SubagentEvent``; their own files are read instead.  The
work of a sub-agent belongs to its parent's session, its task is no prompt.

Ids: prompts and answers have their own; where there is none, the offset in the file, which
only grows, with session and agent in front.  ``kimi migrate`` copies sessions into the newer
home; what stands in the older one too, by its time, is left to that.

Typed or given by a program: Kimi Code by whether the text is in the history of typed inputs,
Kimi CLI by the form of the prompt (a list when typed); both inferred.

Checked against logs of Kimi Code 2.1.0 and Kimi CLI 1.51.0 with known truth, November 2026.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tokenmirror.language import mark
from tokenmirror.sources import lines
from tokenmirror.sources.kimi import cli, code
from tokenmirror.sources.source import LogFile, Machine, Source

WIRE = "wire.jsonl"


def code_places(machine: Machine) -> tuple[Path, ...]:
    """Homes of Kimi Code."""
    named = machine.variable("KIMI_CODE_HOME")
    homes = [named] if named else []
    homes.append(machine.home / ".kimi-code")
    if "macos" in machine.platforms:
        support = machine.home / "Library" / "Application Support"
        homes.append(support / "kimi-desktop")
    return tuple(dict.fromkeys(homes))


def find_code(machine: Machine) -> Iterator[LogFile]:
    """The log of each agent of each session."""
    for home in code_places(machine):
        for file in lines.walk(home, (WIRE,), depth=9):
            if file.path.name == WIRE and file.path.parent.parent.name == "agents":
                yield file


def cli_places(machine: Machine) -> tuple[Path, ...]:
    """Homes of Kimi CLI."""
    named = machine.variable("KIMI_SHARE_DIR")
    return tuple(dict.fromkeys([*([named] if named else []), machine.home / ".kimi"]))


def find_cli(machine: Machine) -> Iterator[LogFile]:
    """The log of each session and of each of its sub-agents."""
    for home in cli_places(machine):
        for file in lines.walk(home / "sessions", (WIRE,), depth=5):
            if file.path.name == WIRE:
                yield file


SOURCES = (
    Source(
        key="kimi-code",
        name="Kimi Code",
        version=1,
        full=frozenset({"S1", "S2", "S3", "S4", "S5", "S6"}),
        partly=frozenset({"S7"}),
        places=code_places,
        find=find_code,
        read=code.read,
        unsaid=(
            mark("The branch and the cost are not written down."),
            mark("Whether a prompt was typed is told from the history of typed inputs."),
            mark("Hidden reasoning is counted inside the output, not apart."),
        ),
    ),
    Source(
        key="kimi-cli",
        name="Kimi CLI",
        version=1,
        full=frozenset({"S1", "S3", "S5", "S6"}),
        partly=frozenset({"S2", "S4", "S7"}),
        places=cli_places,
        find=find_cli,
        read=cli.read,
        unsaid=(
            mark("The model, the branch and the cost are not written down."),
            mark("Who let an edit through is not written down; refusals are."),
            mark("An interrupted turn has no mark; it is told from an answer that was cut off."),
        ),
    ),
)
