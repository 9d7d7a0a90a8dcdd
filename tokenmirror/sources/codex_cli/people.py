"""Who wrote a prompt, how a thread was started, and whether the agent had to ask."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec

from tokenmirror.events import Author, Basis, Entry, How, Mode
from tokenmirror.sources.codex_cli.records import ModeSetting, Payload, Policy, typed_of
from tokenmirror.sources.codex_cli.state import Call, Settings, State
from tokenmirror.sources.lines import Unreadable, opened

HISTORY_BYTES = 32 * 1024 * 1024
TERMINALS = ("codex-tui", "codex_cli_rs")
WINDOWS = (*TERMINALS, "codex_vscode", "Codex Desktop", "codex_atlas")

# Texts that Codex puts in itself, in files that do not mark prompts otherwise.
INJECTED = (
    "<environment_context>",
    "<user_instructions>",
    "# AGENTS.md instructions",
    "<INSTRUCTIONS>",
    "<permissions instructions>",
    "<skill>",
    "<turn_aborted>",
    "<subagent_notification>",
    "<codex_internal_context",
    "<goal_context>",
    "<user_shell_command>",
    "<user_action>",
    "<collaboration_mode>",
    "<model_switch>",
    "<hook_prompt",
    "Another language model started to solve this problem",
)
_EDITOR_CONTEXT = "# Context from my IDE setup:"
_EDITOR_REQUEST = "## My request for Codex:"


class History(msgspec.Struct):
    """The prompts typed into the terminal, by thread: hashes of texts, and seconds."""

    texts: dict[str, set[int]]
    seconds: dict[str, set[int]]

    def holds(self, thread: str, text: str, at_ms: int | None) -> bool | None:
        """Whether a prompt was typed; ``None`` when nothing of that thread is kept here.

        A row of the same moment counts too: it may hold a short name of a longer text.
        """
        known = self.texts.get(thread)
        if known is None:
            return None
        if hash(text.strip()) in known:
            return True
        second = (at_ms or 0) // 1000
        return any(second + step in self.seconds[thread] for step in range(-3, 2))


@lru_cache(maxsize=2)
def history_of(path: Path, size: int, mtime_ns: int) -> History:
    """The prompt history, read once for each state of the file; empty if it cannot be read.

    Of a very long one only the end is read.
    """
    history = History({}, {})
    try:
        with opened(path) as handle, open(handle, "rb", closefd=False) as stream:
            stream.seek(max(0, size - HISTORY_BYTES))
            rows = stream.read(HISTORY_BYTES).split(b"\n")
    except Unreadable:
        return history
    for row in rows:
        try:
            typed = typed_of(row)
        except (msgspec.MsgspecError, RecursionError, ValueError):
            continue
        thread = typed.session_id or typed.conversation_id
        if thread and typed.text:
            history.texts.setdefault(thread, set()).add(hash(typed.text.strip()))
            history.seconds.setdefault(thread, set()).add(int(typed.ts or 0))
    return history


def typed_text(text: str) -> str:
    """A prompt without what an editor put in front of it."""
    if text.lstrip().startswith(_EDITOR_CONTEXT) and _EDITOR_REQUEST in text:
        return text.split(_EDITOR_REQUEST, 1)[1].strip()
    return text


def author_of(state: State, typed: bool | None) -> tuple[Author, Basis]:
    """Who wrote a prompt: the turn's own word, the history file, then the thread's start.

    ``typed`` is what the history says.  ``codex exec resume`` writes into a terminal's
    thread and the terminal can go on with one of ``exec``, so that the thread's start is
    right only where the history does not contradict.  A copied prompt was asked elsewhere.
    """
    if state.trigger == "user":
        return "person", "stated"
    if state.trigger == "exec":
        return "program", "stated"
    if typed:
        return ("person", "inferred") if state.entry != "interactive" else ("person", "stated")
    if state.copying:
        return "unknown", "unknown"
    if typed is False and state.originator in TERMINALS:
        return "program", "inferred"
    if state.entry == "headless":
        return "program", "stated"
    return ("person", "stated") if state.entry == "interactive" else ("unknown", "unknown")


def source_of(source: str | dict[str, object] | None) -> tuple[str, str | None]:
    """A thread's kind of start, and its parent where a sub-agent names it."""
    if not isinstance(source, dict):
        return source or "", None
    kind, inner = next(iter(source.items()), ("", None))
    spawn = inner.get("thread_spawn") if isinstance(inner, dict) else None
    parent = spawn.get("parent_thread_id") if isinstance(spawn, dict) else None
    return kind, parent if isinstance(parent, str) else None


def entry_of(source: str, originator: str) -> Entry:
    """How a thread was started.  The server behind the terminal calls itself ``vscode``."""
    if source in ("exec", "mcp") or originator.startswith(("codex_exec", "codex_sdk")):
        return "headless"
    if source == "cli" or originator in WINDOWS:
        return "interactive"
    return "unknown"


def settings_of(payload: Payload, before: Settings) -> Settings:
    """What the agent may do, by a ``turn_context``; what it leaves out stays as it was."""
    policy = _word(payload.approval_policy) or before.policy
    sandbox, roots = before.sandbox, before.roots
    profile = payload.sandbox_policy or payload.permission_profile
    if profile is not None:
        sandbox, roots = _sandbox(profile)
    return Settings(policy, sandbox, payload.approvals_reviewer or before.reviewer, roots)


def _word(policy: str | dict[str, object] | None) -> str | None:
    return next(iter(policy), None) if isinstance(policy, dict) else policy


def _sandbox(policy: Policy | str) -> tuple[str | None, list[str]]:
    if isinstance(policy, str):
        return policy, []
    kind = policy.type or policy.mode
    if kind == "managed" and policy.file_system is not None:
        if policy.file_system.type != "restricted":
            return "danger-full-access", []
        writes = any(entry.access == "write" for entry in policy.file_system.entries)
        return ("workspace-write" if writes else "read-only"), []
    return ("danger-full-access" if kind == "disabled" else kind), policy.writable_roots


def mode_of(settings: Settings, payload: Payload) -> Mode:
    """The archive's word for what the agent may do without asking."""
    together = payload.collaboration_mode
    if (together.mode if isinstance(together, ModeSetting) else together) == "plan":
        return "plan"
    if settings.policy is None:
        return "unknown"
    if settings.policy == "never" or settings.sandbox == "danger-full-access":
        return "auto_all"
    if settings.policy == "untrusted" or settings.sandbox == "read-only":
        return "ask"
    return "auto_edits" if settings.sandbox == "workspace-write" else "unknown"


def asks_for_edits(settings: Settings, outside: bool) -> bool:
    """Whether the person is asked before a patch is written.

    ``outside``: it touches files where the sandbox does not let the agent write.
    """
    if settings.policy in (None, "never", "on-failure") or _asks_another(settings):
        return False
    if settings.policy == "untrusted" or settings.sandbox == "read-only":
        return True
    return settings.sandbox == "workspace-write" and outside


def asks_for_command(settings: Settings, escalated: bool, reads: bool) -> bool:
    """Whether the person is asked before a command runs."""
    if settings.policy in (None, "never") or _asks_another(settings):
        return False
    return escalated or (settings.policy == "untrusted" and not reads)


def _asks_another(settings: Settings) -> bool:
    return settings.reviewer not in (None, "user")


def how_of(call: Call) -> tuple[How, Basis]:
    """How something written got through: asked for, let through, or not told."""
    if not call.how_known:
        return "applied", "unknown"
    return ("chosen" if call.asked else "allowed"), "inferred"
