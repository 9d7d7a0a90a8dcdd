"""Tokens: one record for each answer, from the best layer that the file has of it.

A ``token_usage_record`` is one answer.  A ``token_count`` repeats itself and is one answer
only when the thread's sum changed; where a turn has records its counts say nothing new.
The sum itself is never used as such: a fork may begin with its parent's.
"""

from __future__ import annotations

from collections.abc import Callable

from tokenmirror.events import AnyEvent, Usage
from tokenmirror.sources.codex_cli.records import Payload, TokenInfo, Tokens
from tokenmirror.sources.codex_cli.state import Here, State


class Meter:
    """The token counts of one thread."""

    def __init__(self, state: State, emit: Callable[[AnyEvent], None]) -> None:
        self.state = state
        self.emit = emit

    def record(self, payload: Payload, here: Here) -> None:
        """One answer, as the newest builds write it."""
        if payload.usage is None:
            return
        self.state.totals = payload.thread_token_usage or self.state.totals
        self.state.record_turn = here.turn
        name = payload.response_id or f"{self.state.totals and self.state.totals.name()}"
        foreign = payload.thread_id is not None and payload.thread_id != self.state.thread
        self._use(f"{here.scope}/{name}", payload.usage, here, foreign)

    def count(self, payload: Payload, here: Here) -> None:
        """A count of the thread so far, with or without its last answer."""
        if payload.info is not None:
            tokens = self._new(payload.info)
            if tokens is not None and not self._is_recorded(here):
                total = payload.info.total_token_usage
                name = (
                    f"{total.name() if total else ''}-{tokens.input_tokens}.{tokens.output_tokens}"
                )
                self._use(f"{here.scope}/{name}", tokens, here)
        elif payload.output_tokens is not None or payload.input_tokens is not None:
            # The oldest shape: the answer itself, in the event.
            tokens = Tokens(
                payload.input_tokens,
                payload.cached_input_tokens,
                payload.cache_write_input_tokens,
                payload.output_tokens,
                payload.reasoning_output_tokens,
            )
            self.state.counts += 1
            self._use(f"{here.scope}/n{self.state.counts}-{tokens.name()}", tokens, here)

    def _is_recorded(self, here: Here) -> bool:
        return self.state.record_turn is not None and self.state.record_turn == here.turn

    def _new(self, info: TokenInfo) -> Tokens | None:
        """The answer that a count tells of for the first time."""
        state, total, last = self.state, info.total_token_usage, info.last_token_usage
        if total is None:
            repeated = last == state.last_tokens
            state.last_tokens = last
            return None if repeated else last
        if total == state.totals:
            return None
        before, state.totals = state.totals, total
        begins_with_parents = before is None and state.parent is not None and not state.copying
        if last is not None:
            # A fork may repeat its parent's count before anything happened in it.
            repeats = begins_with_parents and state.turn is None and total != last
            return None if repeats else last
        if before is None:
            return None if begins_with_parents else total
        return total.since(before)

    def _use(self, key: str, tokens: Tokens, here: Here, foreign: bool = False) -> None:
        inside = (tokens.cached_input_tokens or 0) + (tokens.cache_write_input_tokens or 0)
        fresh = tokens.input_tokens
        self.emit(
            Usage(
                session=self.state.thread,
                key=key,
                at_ms=here.at_ms,
                copied=here.copied or foreign,
                model=self.state.model,
                # below zero where the log contradicts itself: more cached than was read
                input_tokens=None if fresh is None else fresh - inside,
                cache_read_tokens=tokens.cached_input_tokens,
                cache_write_5m_tokens=tokens.cache_write_input_tokens,
                output_tokens=tokens.output_tokens,
                reasoning_tokens=tokens.reasoning_output_tokens,
            )
        )
