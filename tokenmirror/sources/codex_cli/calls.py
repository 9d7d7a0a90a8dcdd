"""From a proposed call to what became of it: edits, commands and other tools.

A call is remembered until its turn ends (one still running in the background longer).  Its
events are written when its outcome is known; where a reading ends before that they are
written undecided, and a later reading fills the decision in.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import msgspec

from tokenmirror.events import (
    AnyEvent,
    Basis,
    CallKind,
    Decision,
    How,
    Suggestion,
    ToolCall,
)
from tokenmirror.sources.codex_cli.outcomes import Outcome, outcome_of
from tokenmirror.sources.codex_cli.patches import (
    Edit,
    is_patch,
    joined,
    made,
    proposed,
    same_file,
    stays_inside,
)
from tokenmirror.sources.codex_cli.people import asks_for_command, asks_for_edits, how_of
from tokenmirror.sources.codex_cli.records import (
    Item,
    Payload,
    ShellArguments,
    Span,
    json_text,
    shell_of,
    text_of,
)
from tokenmirror.sources.codex_cli.state import (
    KEPT_CALLS,
    KEPT_EDITS,
    KEPT_FILES,
    Call,
    Here,
    Shape,
    State,
    Written,
)
from tokenmirror.sources.commands import commits_in, kind_of

SHELLS = ("shell", "shell_command", "exec_command", "container.exec", "local_shell_call")
_READS = ("read_file", "view_image", "list_dir", "grep_files", "read_mcp_resource")
_LONGEST_COMMAND = 800

_kind_of = lru_cache(maxsize=4096)(kind_of)


class Verdict(NamedTuple):
    """What became of a call, when, and what its end says beside."""

    decision: Decision = "undecided"
    how: How | None = None
    basis: Basis = "unknown"
    at_ms: int | None = None
    outcome: Outcome | None = None


class Calls:
    """The calls of one thread that are under way, and the events that come of them."""

    def __init__(
        self,
        state: State,
        emit: Callable[[AnyEvent], None],
        line: Callable[[int, int], Payload | None],
    ) -> None:
        self.state = state
        self.emit = emit
        self.line = line
        self.edits: dict[str, list[Edit]] = {}
        self.args: dict[str, str] = {}

    def begin(self, payload: Payload, here: Here) -> None:
        """A call that the agent made."""
        identity = payload.call_id or payload.id
        if not identity:
            return
        name, text = payload.name or payload.type or "", _arguments(payload)
        if name != "apply_patch" and name not in SHELLS:
            kind: CallKind = "read" if name in _READS else "other"
            self._remember(identity, _call(here, identity, name, kind, "call"), text)
            return
        shell = _shell(text)
        script = _script(shell)
        if name == "apply_patch" or is_patch(script):
            self._patch(identity, name, script or text, shell, here)
        else:
            self._command(identity, name, script, shell, here)

    def _patch(
        self, identity: str, name: str, patch: str, shell: ShellArguments, here: Here
    ) -> None:
        settings = self.state.settings
        cwd = self.state.cwd or self.state.folder
        workdir = shell.workdir or shell.working_directory
        folder = joined(cwd, workdir) if workdir else cwd
        edits = proposed(patch, folder)
        outside = any(not stays_inside(edit.path, cwd, settings.roots) for edit in edits)
        call = _call(here, identity, name, "edit", "patch")
        call.asked = asks_for_edits(settings, outside)
        call.how_known = settings.policy is not None and settings.sandbox is not None
        call.files = [(edit.path, edit.kind) for edit in edits[:KEPT_FILES]]
        call.folder = folder
        self._remember(identity, call, patch)
        self.edits[identity] = edits

    def _command(
        self, identity: str, name: str, script: str, shell: ShellArguments, here: Here
    ) -> None:
        kind = _kind_of(script)
        escalated = bool(shell.with_escalated_permissions) or (
            shell.sandbox_permissions == "require_escalated"
        )
        call = _call(here, identity, name, kind, "command")
        call.asked = asks_for_command(self.state.settings, escalated, kind == "read")
        call.how_known = self.state.settings.policy is not None
        call.command = script[:_LONGEST_COMMAND] if kind == "commit" else ""
        self._remember(identity, call, script)

    def _remember(self, identity: str, call: Call, args: str) -> None:
        calls = self.state.calls
        before = calls.get(identity)
        if before is not None:
            # Some providers number the calls of each answer anew.
            call.nth = before.nth + 1
            call.key = f"{call.key}~{call.nth}"
            self._let_go(identity)
        elif len(calls) >= KEPT_CALLS:
            self._let_go(next(iter(calls)))
        calls[identity] = call
        self.args[identity] = args

    def end(self, payload: Payload, here: Here) -> None:
        """The output of a call."""
        identity = payload.call_id or ""
        call = self.state.calls.get(identity)
        if call is None or call.done:
            return
        outcome = outcome_of(payload.output)
        if outcome.end != "broken_off":  # else the end of the turn says what it meant
            self._decide(identity, call, outcome, here)

    def _decide(self, identity: str, call: Call, outcome: Outcome, here: Here) -> None:
        if outcome.end == "refused":
            self.state.refused = True
            verdict = Verdict("rejected", "chosen", "stated", here.at_ms, outcome)
        elif outcome.end == "blocked":
            verdict = Verdict("failed", None, "unknown", here.at_ms, outcome)
        elif call.shape == "patch" and not _is_written(outcome):
            failed = outcome.ok is False
            verdict = Verdict("failed" if failed else "undecided", at_ms=here.at_ms)
        else:
            verdict = Verdict("accepted", *how_of(call), here.at_ms, outcome)
        call.running = outcome.end == "running"
        self._settle(identity, call, verdict)
        call.done = not call.running

    def changed(self, item: Item, here: Here) -> None:
        """Files that were changed, or were not, by a patch."""
        identity = item.id or ""
        edits = [made(path, change) for path, change in (item.changes or {}).items()]
        call = self.state.calls.get(identity)
        if call is None:
            call = _call(here, identity, "apply_patch", "edit", "call")
            self._remember(identity, call, "")
        if call.shape == "patch":
            edits = _as_proposed(call, edits)
        else:  # a script, or a call that nobody announced, turns out to have edited files
            settings = self.state.settings
            call.shape, call.kind = "patch", "edit"
            call.files = [(edit.path, edit.kind) for edit in edits[:KEPT_FILES]]
            call.asked = asks_for_edits(settings, outside=False)
            call.how_known = settings.policy is not None and settings.sandbox is not None
            self.edits[identity] = []
        verdict = _stated(item, call, here)
        if verdict.decision == "accepted" or not self._edits(identity, call):
            self.edits[identity] = edits
            call.offset, call.end = here.offset, here.end
        self._settle(identity, call, verdict)
        call.done = True

    def ran(self, item: Item, here: Here) -> None:
        """A command that came to its end."""
        if item.source in ("user_shell", "unified_exec_interaction"):
            return  # typed by the person, or more input for a command that is known
        identity = item.id or ""
        call = self.state.calls.get(identity)
        if call is None or call.shape == "call":
            command = _words(item.command)
            call = _call(here, identity, "exec_command", _kind_of(command), "command")
            call.command = command[:_LONGEST_COMMAND]
            call.how_known = self.state.settings.policy is not None
            self._remember(identity, call, command)
        ok = None if item.exit_code is None else item.exit_code == 0
        outcome = Outcome("ran", ok, _duration_ms(item.duration), item.aggregated_output or "")
        if item.status == "declined":
            self._settle(identity, call, _stated(item, call, here))
        else:
            self._decide(identity, call, outcome, here)
        call.done = True

    def broken_off(self, here: Here) -> bool:
        """The person stopped the turn.  True when that was the refusal of a call.

        A patch, or a command that is asked for, that had no outcome yet was on the screen
        for a decision: stopping there is a "No".
        """
        refused = self.state.refused
        for identity, call in self.state.calls.items():
            waits = call.asked or (call.shape == "patch" and self.state.settings.policy != "never")
            if waits and not call.done and not call.running and call.turn == here.turn:
                self._settle(identity, call, Verdict("rejected", "chosen", "inferred", here.at_ms))
                refused = call.done = True
        self.close()
        return refused

    def close(self) -> None:
        """The turn is over: what has no outcome stays undecided."""
        for identity in list(self.state.calls):
            if not self.state.calls[identity].running or self.state.calls[identity].done:
                self._let_go(identity)

    def _let_go(self, identity: str) -> None:
        call = self.state.calls.pop(identity)
        if not call.done and not call.sent:
            self._send(identity, call, Verdict())
        self.edits.pop(identity, None)
        self.args.pop(identity, None)

    def pause(self) -> None:
        """A reading ends: calls under way are written undecided, and their text let go."""
        for identity, call in self.state.calls.items():
            if not call.done and not call.sent:
                self._send(identity, call, Verdict())
        self.edits.clear()
        self.args.clear()

    def undo(self, here: Here) -> None:
        """The edits of the latest turn that wrote any were taken back."""
        written = self.state.written
        turn = written[-1].turn if written else None
        while written and written[-1].turn == turn:
            last = written.pop()
            edits = self._written_at(last.offset, last.end, last.folder)
            edit = next((edit for edit in edits if same_file(edit.path, last.path)), None)
            self.emit(
                Suggestion(
                    session=self.state.thread,
                    key=last.key,
                    at_ms=last.at_ms,
                    kind=last.kind,
                    path=last.path,
                    added=edit.added if edit else (),
                    removed=edit.removed if edit else (),
                    whole=last.kind == "new_file",
                    turn=turn,
                    decision="undone",
                    decided_ms=here.at_ms,
                )
            )

    def _edits(self, identity: str, call: Call) -> list[Edit]:
        """The edits of a patch; those that an earlier reading saw are read again."""
        if identity not in self.edits:
            self.edits[identity] = self._written_at(call.offset, call.end, call.folder)
        return self.edits[identity]

    def _written_at(self, offset: int, end: int, folder: str | None) -> list[Edit]:
        payload = self.line(offset, end)
        if payload is None:
            return []
        changes = payload.item.changes if payload.item else payload.changes
        if changes is not None:
            return [made(path, change) for path, change in changes.items()]
        text = _arguments(payload)
        return proposed(_script(_shell(text)) or text, folder)

    def _settle(self, identity: str, call: Call, verdict: Verdict) -> None:
        self.state.refused |= verdict.decision == "rejected"
        self._send(identity, call, verdict)
        if verdict.decision == "accepted" and call.shape == "patch" and not call.copied:
            place = (call.offset, call.end, call.folder)
            self.state.written += [
                Written(call.turn, f"{call.key}/{path}", call.at_ms, path, kind, *place)
                for path, kind in call.files
            ]
            del self.state.written[:-KEPT_EDITS]

    def _send(self, identity: str, call: Call, verdict: Verdict) -> None:
        call.sent = True
        if call.shape == "command":
            self._suggest(call, verdict, call.key, None)
        elif call.shape == "patch":
            for edit in self._edits(identity, call):
                self._suggest(call, verdict, f"{call.key}/{edit.path}", edit)
        outcome = verdict.outcome or Outcome("ran")
        ok = outcome.ok
        if call.shape == "patch" and verdict.decision in ("accepted", "failed"):
            ok = verdict.decision == "accepted"
        self.emit(
            ToolCall(
                session=self.state.thread,
                key=call.key,
                at_ms=call.at_ms,
                copied=call.copied,
                kind=call.kind,
                name=call.name,
                args=self.args.get(identity, ""),
                ok=ok,
                duration_ms=outcome.duration_ms,
                commits=commits_in(call.command, outcome.text) if call.command else (),
                turn=call.turn,
            )
        )

    def _suggest(self, call: Call, verdict: Verdict, key: str, edit: Edit | None) -> None:
        self.emit(
            Suggestion(
                session=self.state.thread,
                key=key,
                at_ms=call.at_ms,
                copied=call.copied,
                kind=edit.kind if edit else "command",
                path=edit.path if edit else None,
                added=edit.added if edit else (),
                removed=edit.removed if edit else (),
                whole=edit is not None and edit.kind == "new_file",
                turn=call.turn,
                decision=verdict.decision,
                how=verdict.how,
                basis=verdict.basis,
                decided_ms=None if verdict.decision == "undecided" else verdict.at_ms,
            )
        )


def _call(here: Here, identity: str, name: str, kind: CallKind, shape: Shape) -> Call:
    key = f"{here.scope}/{identity}"
    call = Call(key, name, kind, shape, here.at_ms, here.turn, here.copied)
    call.offset, call.end = here.offset, here.end
    return call


def _arguments(payload: Payload) -> str:
    """The text of a call's arguments; those that are no text, as JSON."""
    arguments = payload.input or payload.arguments or payload.action or ""
    return arguments if isinstance(arguments, str) else json_text(arguments).decode()


def item_of(payload: Payload) -> Item:
    """An event of an older build as the item that newer ones write."""
    status = text_of(payload.status) or None
    if status is None and payload.success is not None:
        status = "completed" if payload.success else "failed"
    return Item(
        id=payload.call_id,
        status=status,
        source=payload.source if isinstance(payload.source, str) else None,
        exit_code=payload.exit_code,
        auto_approved=payload.auto_approved,
        aggregated_output=payload.aggregated_output,
        changes=payload.changes,
        command=payload.command,
        duration=payload.duration,
    )


def _as_proposed(call: Call, edits: list[Edit]) -> list[Edit]:
    """Made edits under the paths they were proposed with, so that their keys are the same."""
    paths = {path for path, _ in call.files}
    left = paths - {edit.path for edit in edits}
    named: list[Edit] = []
    for edit in edits:
        match = None
        if edit.path not in paths:
            match = next((path for path in sorted(left) if same_file(path, edit.path)), None)
            if match is None and len(edits) == len(paths) == 1:
                match = call.files[0][0]
        left.discard(match or "")
        named.append(Edit(match or edit.path, edit.kind, edit.added, edit.removed))
    return named


def _stated(item: Item, call: Call, here: Here) -> Verdict:
    """The decision that an item's own status states."""
    if item.status == "failed":
        return Verdict("failed", None, "unknown", here.at_ms, Outcome("ran", ok=False))
    if item.status == "declined":
        return Verdict("rejected", "chosen", "stated", here.at_ms)
    if item.status not in (None, "completed"):
        return Verdict()
    outcome = Outcome("ran", ok=True, duration_ms=_duration_ms(item.duration))
    if item.auto_approved is not None:
        how: How = "allowed" if item.auto_approved else "chosen"
        return Verdict("accepted", how, "stated", here.at_ms, outcome)
    return Verdict("accepted", *how_of(call), here.at_ms, outcome)


def _is_written(outcome: Outcome) -> bool:
    return outcome.ok is True or (outcome.ok is None and "Success. Updated" in outcome.text)


def _duration_ms(span: Span | str | float | None) -> int | None:
    return span.secs * 1000 + span.nanos // 1_000_000 if isinstance(span, Span) else None


def _shell(text: str) -> ShellArguments:
    if text.startswith("{"):
        try:
            return shell_of(text)
        except (msgspec.MsgspecError, RecursionError):
            return ShellArguments()
    return ShellArguments()


def _script(shell: ShellArguments) -> str:
    for words in (shell.command, shell.cmd, shell.patch, shell.input):
        if words:
            return _words(words)
    return ""


def _words(command: str | list[str] | None) -> str:
    """A command line; of ``bash -lc SCRIPT`` the script, of ``apply_patch TEXT`` the text."""
    if not isinstance(command, list):
        return command or ""
    words = command
    if len(words) >= 3 and words[1] in ("-lc", "-c", "-Command", "/c", "-ic"):
        return words[-1] if words[1] != "/c" else " ".join(words[2:])
    if len(words) >= 2 and words[0].lower().removesuffix(".exe").endswith(("powershell", "pwsh")):
        return words[-1]
    return " ".join(words)
