"""Tokens of a session, from the one layer that its build writes.

``session.usage_record`` tells each model call; the store beside it repeats the same calls in
the same order, so that both have the call's number in its session, or in its sub-agent's
work, as their key.  Without
them a clean end tells sums, and older answers their output alone: both have the key of
their stretch, so that the sum replaces what was told before it.
"""

from __future__ import annotations

from tokenmirror.events import Usage
from tokenmirror.sources.copilot_cli.calls import count_at
from tokenmirror.sources.copilot_cli.memory import State, Totals
from tokenmirror.sources.editors import at, dict_at, number_at, text_at, tokens_at


def call_key(owner: str, number: int) -> str:
    """The key of a model call: its session or sub-agent, and its number there, from 1 on."""
    return f"{owner}:{number}"


def recorded(usage: object, agent: str | None, state: State, at_ms: int | None) -> Usage:
    """One model call, told by itself; ``agent`` is the sub-agent that made it."""
    source = text_at(usage, "accounting", "sourceSessionId") or state.session
    owner = agent or source
    counted = state.recorded.get(owner, 0) + 1
    state.recorded[owner] = counted
    number = number_at(usage, "accounting", "sequence") or counted
    read, written = number_at(usage, "cacheReadTokens"), number_at(usage, "cacheWriteTokens")
    cost = at(usage, "cost")
    priced = isinstance(cost, int | float) and not isinstance(cost, bool) and cost >= 0
    return Usage(
        session=state.session,
        key=call_key(owner, number),
        at_ms=at_ms,
        copied=agent is None and source != state.session,
        model=text_at(usage, "model") or state.model,
        input_tokens=uncached(tokens_at(usage, "inputTokens"), read, written),
        cache_read_tokens=read,
        cache_write_5m_tokens=written,
        output_tokens=tokens_at(usage, "outputTokens"),
        reasoning_tokens=tokens_at(usage, "reasoningTokens"),
        # premium requests; a call on a key of one's own is none
        credits=float(cost) if priced and at(usage, "isByok") is not True else None,  # type: ignore[arg-type]
    )


def uncached(sent: int | None, read: int | None, written: int | None) -> int | None:
    """Input without what was read from or written to the cache, which the tool includes."""
    if sent is None:
        return None
    cached = (read or 0) + (written or 0)
    return sent - cached if cached <= sent else sent


def ended(shutdown: object, state: State, at_ms: int | None) -> list[Usage]:
    """The sums of a clean end, which go on over resumes."""
    metrics = dict_at(shutdown, "modelMetrics")
    sums = {model: _totals(dict_at(told, "usage")) for model, told in metrics.items()}
    if any(sums[model].out < known.out for model, known in state.totals.items() if model in sums):
        state.stretch += 1
        state.sums_ms = None
        state.totals.clear()
    state.totals.update(sums)
    state.since.clear()
    state.sums_ms = state.sums_ms or at_ms
    return [_sum(model, state) for model in sums]


def answered(answer: object, state: State, at_ms: int | None) -> list[Usage]:
    """The output of one answer, added to the sums so far."""
    output = number_at(answer, "outputTokens")
    if output is None:
        return []
    model = text_at(answer, "model") or state.model or ""
    state.since[model] = state.since.get(model, 0) + output
    state.sums_ms = state.sums_ms or at_ms
    return [_sum(model, state)]


def _totals(usage: dict[str, object]) -> Totals:
    read, written = count_at(usage, "cacheReadTokens"), count_at(usage, "cacheWriteTokens")
    sent = uncached(count_at(usage, "inputTokens"), read, written) or 0
    out = count_at(usage, "outputTokens")
    return Totals(sent, read, written, out, number_at(usage, "reasoningTokens"))


def _sum(model: str, state: State) -> Usage:
    known, since = state.totals.get(model), state.since.get(model, 0)
    return Usage(
        session=state.session,
        key=f"{state.session}:sum:{state.stretch}:{model}",
        at_ms=state.sums_ms,
        model=model or None,
        input_tokens=known.fresh if known else None,
        cache_read_tokens=known.read if known else None,
        cache_write_5m_tokens=known.written if known else None,
        output_tokens=(known.out if known else 0) + since,
        reasoning_tokens=known.reasoning if known and not since else None,
    )
