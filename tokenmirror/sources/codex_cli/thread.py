"""One thread's file, line by line: what each kind of line means for turns and the session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from tokenmirror.events import AnyEvent, Session, Turn, TurnEnd
from tokenmirror.sources.codex_cli.calls import Calls, item_of
from tokenmirror.sources.codex_cli.kinds import (
    CALLS,
    FINISHED,
    ITEMS,
    OUTPUTS,
)
from tokenmirror.sources.codex_cli.meta import LONGEST_ID, LONGEST_PATH, begin, session_of
from tokenmirror.sources.codex_cli.parents import root_of, turns_of
from tokenmirror.sources.codex_cli.people import (
    mode_of,
    settings_of,
)
from tokenmirror.sources.codex_cli.prompts import Prompts
from tokenmirror.sources.codex_cli.records import (
    Line,
    Payload,
    is_global,
    made_ms,
    ms_of,
)
from tokenmirror.sources.codex_cli.state import Here, State
from tokenmirror.sources.codex_cli.tokens import Meter

BURST_MS = 2_000  # a fork writes what it copies at once, within moments of its own start

_AGENT_EVENTS = frozenset(
    (
        "agent_message",
        "agent_reasoning",
        "agent_reasoning_raw_content",
        "mcp_tool_call_begin",
        "mcp_tool_call_end",
        "web_search_begin",
        "web_search_end",
        "exec_command_begin",
        "patch_apply_begin",
    )
)
_OTHER_EVENTS = frozenset(
    (
        "agent_reasoning_section_break",
        "apply_patch_approval_request",
        "background_event",
        "collab_agent_interaction_begin",
        "collab_agent_interaction_end",
        "collab_agent_spawn_begin",
        "collab_agent_spawn_end",
        "collab_close_begin",
        "collab_close_end",
        "collab_resume_begin",
        "collab_resume_end",
        "collab_waiting_begin",
        "collab_waiting_end",
        "context_compacted",
        "deprecation_notice",
        "dynamic_tool_call_request",
        "dynamic_tool_call_response",
        "elicitation_request",
        "entered_review_mode",
        "exec_approval_request",
        "exec_command_output_delta",
        "exited_review_mode",
        "guardian_assessment",
        "guardian_warning",
        "hook_completed",
        "hook_started",
        "image_generation_begin",
        "image_generation_end",
        "item_started",
        "mcp_startup_complete",
        "mcp_startup_update",
        "model_reroute",
        "model_verification",
        "plan_update",
        "raw_response_item",
        "request_permissions",
        "request_user_input",
        "session_configured",
        "shutdown_complete",
        "stream_error",
        "sub_agent_activity",
        "terminal_interaction",
        "thread_goal_updated",
        "thread_name_updated",
        "thread_settings_applied",
        "turn_diff",
        "turn_moderation_metadata",
        "undo_started",
        "view_image_tool_call",
        "warning",
    )
)
_OTHER_LINES = frozenset(("world_state", "compacted", "state"))


class Thread:
    """The reading of one thread's file.  ``events`` collects what its lines say."""

    def __init__(
        self, state: State, path: Path, line: Callable[[int, int], Payload | None]
    ) -> None:
        self.state = state
        self.path = path
        self.events: list[AnyEvent] = []
        root = root_of(path)
        emit = self.events.append
        history = root / "history.jsonl" if root else None
        self.calls = Calls(state, emit, line)
        self.meter = Meter(state, emit)
        self.prompts = Prompts(state, emit, self._prompt_begins, line, history)
        self.stamp: str | None = None
        self.bad_time = False
        self.place = (0, 0)
        self.kinds: Mapping[str, Callable[[Payload], str | None]] = {
            "session_meta": self._session_meta,
            "turn_context": self._turn_context,
            "response_item": self._response_item,
            "event_msg": self._event,
            "token_usage_record": self._usage,
        }
        self.event_kinds: Mapping[str, Callable[[Payload], None]] = {
            "user_message": self._user_message,
            "token_count": self._token_count,
            "task_started": self._turn_started,
            "turn_started": self._turn_started,
            "task_complete": self._turn_complete,
            "turn_complete": self._turn_complete,
            "turn_aborted": self._turn_aborted,
            "patch_apply_end": self._patch_applied,
            "exec_command_end": self._command_ended,
            "thread_rolled_back": self._rolled_back,
            "undo_completed": self._undone,
            "error": self._error,
        }

    def take(self, line: Line, bare: Payload | None, offset: int, end: int) -> str | None:
        """Takes one line in; the name of its kind when that is not known.

        ``bare`` is the line as a record of its own, for files without envelopes.
        """
        state = self.state
        self.place = (offset, end)
        stamp = line.timestamp
        self.stamp = stamp
        if stamp is not None and len(stamp) <= len("2026-01-01T00:00:00.000000000+00:00"):
            state.last = stamp
        if bare is not None:
            return self._bare(bare)
        kind = line.type or ""
        if line.ordinal is not None and line.ordinal < state.skip_below:
            return None
        take = self.kinds.get(kind)
        if take is None:
            known = kind in _OTHER_LINES or kind.startswith("inter_agent_communication")
            return None if known else kind or "nameless"
        if line.payload is None:
            raise msgspec.ValidationError("a line without its payload")
        return take(line.payload)

    def _bare(self, payload: Payload) -> str | None:
        if payload.record_type is not None:
            return None
        if payload.type is None and payload.id is not None:
            return self._session_meta(payload)
        return self._response_item(payload)

    # -- where a record stands -----------------------------------------------------------

    def _at(self) -> int | None:
        if self.state.copying and self.state.turn_ms is not None:
            return self.state.turn_ms  # copies are stamped anew; the turn's id is not
        if self.stamp is None:
            return None
        at_ms = ms_of(self.stamp)
        if at_ms is None:
            self.bad_time = True
        return at_ms

    def _here(self, turn_id: str | None = None) -> Here:
        state = self.state
        if state.copying:
            self._still_copied(turn_id)
        same = turn_id is None or turn_id == state.turn_id
        turn = state.turn if same or turn_id is None else self._turn_key(turn_id)
        return Here(turn or state.owner, self._at(), turn, state.copying, *self.place)

    def _turn_key(self, turn_id: str) -> str:
        if turn_id == self.state.turn_id and self.state.turn:
            return self.state.turn
        return turn_id if is_global(turn_id) else f"{self.state.owner}:{turn_id[:LONGEST_ID]}"

    def _still_copied(self, turn_id: str | None) -> None:
        """Looks whether a fork's own part begins here."""
        state = self.state
        if not state.copying:
            return
        if turn_id is None:
            copied = state.turn_ids or self._in_burst()
        else:
            copied = self._is_parents(turn_id)
        if not copied:
            self.prompts.release()
            self.calls.close()
            state.copying, state.owner = False, state.thread
            state.turn, state.turn_id, state.turn_ms, state.turn_open = None, None, None, False
            state.turns, state.texts = 0, {}

    def _is_parents(self, turn_id: str) -> bool:
        state = self.state
        made, started = made_ms(turn_id), made_ms(state.thread)
        if made is not None and started is not None:
            state.turn_ids = True
            return made < started
        known = turns_of(state.parent or state.owner, self.path)
        state.turn_ids = known is not None
        return self._in_burst() if known is None else turn_id in known

    def _in_burst(self) -> bool:
        at_ms, first_ms = self._time_of_line(), self.state.first_ms
        return at_ms is None or first_ms is None or at_ms <= first_ms + BURST_MS

    def _time_of_line(self) -> int | None:
        return ms_of(self.stamp) if self.stamp else None

    def _session_meta(self, payload: Payload) -> str | None:
        begin(self.state, payload, self.stamp, self.path.name)
        return None

    def session(self) -> Session:
        """The session's facts as far as they are known."""
        return session_of(self.state)

    # -- turns ---------------------------------------------------------------------------

    def _open(self, turn_id: str | None) -> None:
        self._still_copied(turn_id)
        self._open_at(turn_id, self._at())

    def _open_at(self, turn_id: str | None, at_ms: int | None) -> None:
        state = self.state
        if turn_id is not None and state.turn_open and state.turn_id is None:
            state.turn_id = turn_id[:LONGEST_ID]  # the turn's name comes after its start
            return
        if turn_id is None:
            state.turns += 1
        key = f"{state.owner}#{state.turns}" if turn_id is None else self._turn_key(turn_id)
        if key == state.turn:
            return
        self.calls.close()
        state.turn, state.turn_ms = key, made_ms(turn_id)
        state.turn_id = turn_id[:LONGEST_ID] if turn_id else None
        state.turn_open, state.content = True, True
        state.trigger, state.delegated = None, False
        state.refused = state.failed = False
        state.texts = {}
        self.events.append(
            Turn(
                session=state.thread,
                key=key,
                at_ms=state.turn_ms if state.copying and state.turn_ms else at_ms,
                copied=state.copying,
            )
        )

    def _prompt_begins(self, at_ms: int | None) -> Here:
        """The turn of a prompt; a file that names no turns has one for each prompt.

        ``at_ms`` is the time of the prompt's own line, which may be an earlier one.
        """
        state = self.state
        if not state.turn_open:
            self._open_at(None, at_ms)
            state.turn_open = False
        if state.copying and state.turn_ms is not None:
            at_ms = state.turn_ms
        turn = state.turn or state.owner
        return Here(turn, at_ms, state.turn, state.copying, *self.place)

    def _turn_started(self, payload: Payload) -> None:
        if payload.turn_id is None:
            self.state.turn_open = False
        self._open(payload.turn_id)
        said = payload.turn_attribution
        if said is not None:
            self.state.trigger = said.turn_trigger and said.turn_trigger[:LONGEST_ID]
            self.state.delegated = said.parent_turn_id is not None

    def _turn_context(self, payload: Payload) -> None:
        state = self.state
        if payload.turn_id is not None:
            self._open(payload.turn_id)
        state.model = payload.model[:LONGEST_ID] if payload.model else state.model
        state.cwd = payload.cwd[:LONGEST_PATH] if payload.cwd else state.cwd
        settings = settings_of(payload, state.settings)
        settings.roots = [root[:LONGEST_PATH] for root in settings.roots[:8]]
        state.settings = settings
        if not state.copying:
            mode = mode_of(settings, payload)
            state.mode = state.mode if mode == "unknown" else mode

    def _turn_complete(self, payload: Payload) -> None:
        self.prompts.release()
        self._close(payload.turn_id, "error" if self.state.failed else "finished")

    def _turn_aborted(self, payload: Payload) -> None:
        self.prompts.release()
        here = self._here(payload.turn_id)
        if payload.reason == "review_ended":
            self._close(payload.turn_id, "finished")
        elif self.calls.broken_off(here):
            self._close(payload.turn_id, "asked")
        elif not self.state.copying:  # a sub-agent's copy ends its parent's turn in this way
            self._close(payload.turn_id, "interrupted")

    def _close(self, turn_id: str | None, ended: TurnEnd) -> None:
        here = self._here(turn_id)
        if here.turn is not None:
            self.events.append(
                Turn(
                    session=self.state.thread,
                    key=here.turn,
                    at_ms=None,
                    copied=here.copied,
                    ended_ms=here.at_ms,
                    ended=ended,
                )
            )
        if here.turn == self.state.turn:
            self.calls.close()
            self.state.turn_open = False

    def _error(self, payload: Payload) -> None:
        del payload
        self.state.failed = True

    # -- what happens in a turn ----------------------------------------------------------

    def _agent_works(self) -> None:
        state = self.state
        if state.waiting:
            self.prompts.release()
        state.echo, state.refused, state.failed = None, False, False
        state.content = True

    def _response_item(self, payload: Payload) -> str | None:
        kind = payload.type or ""
        if kind == "message" or (not kind and payload.role is not None):
            if payload.role == "assistant":
                self._agent_works()
            elif payload.role == "user":
                self._message(payload)
        elif kind in CALLS:
            self._agent_works()
            self.calls.begin(payload, self._here())
        elif kind in OUTPUTS:
            self.calls.end(payload, self._here())
        elif kind == "reasoning":
            self._agent_works()
        elif kind not in ITEMS:
            return f"response_item.{kind}"
        return None

    def _message(self, payload: Payload) -> None:
        if not self.state.prompt_events:
            self._still_copied(None)
            self.prompts.message(payload, self._time_of_line(), *self.place)
            self.state.content = True

    def _event(self, payload: Payload) -> str | None:
        self.state.events = True
        kind = payload.type or ""
        take = self.event_kinds.get(kind)
        if take is not None:
            take(payload)
        elif kind == "item_completed":
            return self._finished(payload)
        elif kind in _AGENT_EVENTS:
            self._agent_works()
        elif kind not in _OTHER_EVENTS:
            return f"event_msg.{kind}"
        return None

    def _finished(self, payload: Payload) -> str | None:
        item = payload.item
        if item is None:
            raise msgspec.ValidationError("an item event without its item")
        if item.type == "UserMessage":
            if payload.turn_id is not None:
                self._open(payload.turn_id)
            self.state.content = True
            self.prompts.item(item, self._at(), *self.place)
        elif item.type == "FileChange":
            self.calls.changed(item, self._here(payload.turn_id))
        elif item.type == "CommandExecution":
            self.calls.ran(item, self._here(payload.turn_id))
        elif item.type not in FINISHED:
            return f"item_completed.{item.type}"
        return None

    def _user_message(self, payload: Payload) -> None:
        self._still_copied(payload.turn_id)
        self.state.content = True
        self.prompts.event(payload, self._at(), *self.place)

    def _patch_applied(self, payload: Payload) -> None:
        self.calls.changed(item_of(payload), self._here(payload.turn_id))

    def _command_ended(self, payload: Payload) -> None:
        self.calls.ran(item_of(payload), self._here(payload.turn_id))

    def _token_count(self, payload: Payload) -> None:
        if self.state.waiting:
            self.prompts.release()
        here = self._here()
        if here.copied and here.turn is None and turns_of(here.scope, self.path) is not None:
            return  # nothing ties it to the answer in the parent's file, which has it too
        self.meter.count(payload, here)

    def _usage(self, payload: Payload) -> None:
        self.meter.record(payload, self._here(payload.turn_id))

    def _rolled_back(self, payload: Payload) -> None:
        self.prompts.roll_back(payload.num_turns or 0)

    def _undone(self, payload: Payload) -> None:
        if payload.success is not False:
            self.calls.undo(self._here())

    def pause(self) -> None:
        """A reading ends here: what is under way is written as far as it is known."""
        if not self.state.events:
            self.prompts.release()
        self.calls.pause()
