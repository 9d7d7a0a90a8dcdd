"""The course of one conversation: facts of its session, and its turns one after another."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from tokenmirror.events import AnyEvent, Session, Turn
from tokenmirror.sources.claude_code.files import has_transcript, is_agent
from tokenmirror.sources.claude_code.memory import Facts, OpenTurn, State
from tokenmirror.sources.claude_code.records import MODES, Line, Message, entry_of

FINISHED = frozenset(["end_turn", "stop_sequence", "max_tokens", "refusal"])


class Here(Struct, gc=False):
    """Where and when a line stands; ``copied`` is true in the part that a fork repeats."""

    file: str
    session: str
    at_ms: int | None
    offset: int
    copied: bool

    @property
    def place(self) -> str:
        """A key for a line without an id."""
        return f"{self.file}:{self.offset}"


class Course:
    """Session and turn in progress, kept in the cursor's state.

    A sub-agent's file belongs to the session and turn of its parent: it adds to the
    session's end, and to its folder only where the parent's file is gone.
    """

    def __init__(self, path: Path, state: State) -> None:
        self._path = path
        self._state = state
        self._agent = is_agent(path)
        self._shape: tuple[str | None, ...] = ()
        self._sent: list[AnyEvent] = []
        self._facts_changed = self._turn_changed = False

    def news(self) -> list[AnyEvent]:
        """What changed since the last time: sessions and turns, as they stand now."""
        if self._turn_changed:
            self._send_turn()
        if self._facts_changed:
            self._send_facts()
        self._turn_changed = self._facts_changed = False
        sent, self._sent = self._sent, []
        return sent

    # -- the session ------------------------------------------------------------------------

    def note(self, line: Line, here: Here, *, begins: bool) -> None:
        """Takes the session's facts from a line of its own part.

        Only a line that ``begins`` one makes a session: a file of titles is none.
        """
        facts = self._state.facts
        if facts is None or facts.id != here.session:
            if not begins:
                return
            if self._facts_changed:
                self._send_facts()
            facts = self._state.facts = Facts(here.session)
            if not self._agent:
                facts.mode = MODES.get(self._state.permission_mode or "", facts.mode)
            self._shape = ()
        self._facts_changed = True
        at_ms = here.at_ms
        if at_ms is not None:
            if facts.ended_ms is None or at_ms > facts.ended_ms:
                facts.ended_ms = at_ms
            if facts.at_ms is None or at_ms < facts.at_ms:
                facts.at_ms = at_ms
        shape = (line.cwd, line.git_branch, line.version, line.entrypoint, line.permission_mode)
        if shape != self._shape:
            self._shape = shape
            self._learn(facts, line)
        if self._agent and line.prompt_id:
            self._state.turn = OpenTurn(line.prompt_id, here.session, row=False)

    def _learn(self, facts: Facts, line: Line) -> None:
        if line.permission_mode:
            self.mode_is(line.permission_mode)
        # what a sub-agent's file says holds for that agent: its worktree, mode and build
        if self._agent and has_transcript(self._path, facts.id):
            return
        facts.folder = facts.folder or line.cwd
        if line.git_branch and line.git_branch != "HEAD":  # HEAD: on no branch
            facts.branch = line.git_branch
        facts.version = line.version or facts.version
        if facts.entry == "unknown":
            facts.entry = entry_of(line.entrypoint)

    def mode_is(self, mode: str | None) -> None:
        """Takes in the permission mode that holds from here on."""
        self._state.permission_mode = mode
        facts = self._state.facts
        if facts is not None and not self._agent:
            facts.mode = MODES.get(mode or "", facts.mode)
            self._facts_changed = True

    def _send_facts(self) -> None:
        facts = self._state.facts
        if facts is None:
            return
        self._sent.append(
            Session(
                session=facts.id,
                key=facts.id,
                at_ms=facts.at_ms,
                ended_ms=facts.ended_ms,
                folder=facts.folder,
                branch=facts.branch,
                tool_version=facts.version,
                entry=facts.entry,
                mode=facts.mode,
                parent=self._state.fork_of,
                relation="fork" if self._state.fork else None,
            )
        )

    # -- its turns --------------------------------------------------------------------------

    def turn_of(self, here: Here) -> OpenTurn | None:
        """The turn that a line belongs to; copies belong to turns of their source."""
        return None if here.copied else self._state.turn

    def begin_turn(self, line: Line, here: Here, *, row: bool) -> str | None:
        """Opens a turn and gives its id; without ``row`` for one that no prompt began."""
        if here.copied:
            return None
        self._close_turn()
        key = line.prompt_id or line.uuid or here.place
        if key in self._state.turn_ids:  # a fork stamps one id on all prompts it copies
            key = line.uuid or here.place
        self._state.turn_ids.append(key)
        self._state.turn = OpenTurn(key, here.session, here.at_ms, row=row)
        self._turn_changed = True
        return key

    def _close_turn(self) -> None:
        turn = self._state.turn
        if turn is not None:
            turn.ended_ms = turn.last_ms if turn.ended_ms is None else turn.ended_ms
            self._send_turn()

    def _send_turn(self) -> None:
        turn = self._state.turn
        if turn is not None and turn.row:
            self._sent.append(
                Turn(
                    session=turn.session,
                    key=turn.key,
                    at_ms=turn.at_ms,
                    ended_ms=turn.ended_ms,
                    ended=turn.ended,
                )
            )

    def goes_on(self, line: Line, answer: Message, here: Here) -> None:
        """Takes in an answer: the turn's last one, until another follows."""
        turn = self.turn_of(here)
        if turn is None or line.is_sidechain:
            return
        turn.last_ms = here.at_ms
        turn.refused = False
        self._turn_changed = True
        if turn.ended in {"interrupted", "error"}:
            return
        if line.is_api_error_message:
            turn.ended, turn.ended_ms = "error", here.at_ms
        elif line.is_aborted_mid_stream:
            turn.ended, turn.ended_ms = "interrupted", here.at_ms
        elif answer.stop_reason in FINISHED:
            turn.ended, turn.ended_ms = "finished", here.at_ms

    def took(self, line: Line, here: Here) -> None:
        """Takes in a ``system`` line; ``turn_duration`` ends a turn."""
        turn = self.turn_of(here)
        if turn is None or line.subtype != "turn_duration":
            return
        if turn.ended in {"unknown", "finished"}:
            turn.ended, turn.ended_ms = "finished", here.at_ms
            self._turn_changed = True

    def decided(self, here: Here, *, refused: bool) -> None:
        """Remembers whether the person refused the last call."""
        turn = self.turn_of(here)
        if turn is not None:
            turn.refused = refused

    def stopped(self, here: Here, *, for_tool_use: bool) -> None:
        """The person stopped the agent; after a refusal the same mark is no interruption."""
        turn = self.turn_of(here)
        if turn is not None:
            turn.ended = "asked" if for_tool_use and turn.refused else "interrupted"
            turn.ended_ms = here.at_ms
            self._turn_changed = True
