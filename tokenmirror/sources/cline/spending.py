"""Tokens of a task's requests, and of requests that left its history.

``api_req_started`` is rewritten in place until its request has ended.  When a checkpoint is
restored, the requests behind it go and one ``deleted_api_reqs`` takes over their sum; what
was read of them before must then not be counted twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from tokenmirror.sources.editors import at, number_at

# Roo Code 3.29.5 (2025-11-01) made tokensIn the whole prompt, cache included, for every
# provider; before, that held for OpenAI's protocol alone.
WHOLE_PROMPT_SINCE_MS = 1_761_955_200_000
MAX_COST_USD = 1_000_000


class Spent(NamedTuple):
    """Tokens and cost of one record; ``None`` where it does not say."""

    tokens_in: int | None
    tokens_out: int | None
    cache_reads: int | None
    cache_writes: int | None
    cost_nusd: int | None

    @property
    def cached(self) -> int:
        """Tokens read from a cache or written to one."""
        return (self.cache_reads or 0) + (self.cache_writes or 0)

    def known(self) -> bool:
        """Whether a request has told its tokens; it does so when it ends."""
        return bool(self.tokens_in or self.tokens_out or self.cached)


@dataclass(slots=True)
class Request:
    """One record of spending in a task, in order; ``deleted`` for a sum of gone requests."""

    key: str
    at_ms: int | None
    model: str | None
    turn: str | None
    spent: Spent
    protocol: str | None = None
    deleted: bool = False


@dataclass(slots=True)
class Ledger:
    """All spending of a task, made of kinds that never overlap."""

    cache_inside: bool
    requests: list[Request] = field(default_factory=list)

    def fresh(self) -> list[Request]:
        """The requests with ``tokens_in`` reduced to uncached input, where it holds more."""
        if not self.cache_inside:
            return self.requests
        contradicted = any(
            (r.spent.tokens_in or 0) < r.spent.cached
            for r in self.requests
            if r.protocol != "openai" and not r.deleted
        )
        for request in self.requests:
            if request.spent.tokens_in is not None and _inside(request, contradicted):
                left = max(0, request.spent.tokens_in - request.spent.cached)
                request.spent = request.spent._replace(tokens_in=left)
        return self.requests


def _inside(request: Request, contradicted: bool) -> bool:
    """Whether ``tokensIn`` holds the cached tokens too.

    A task with one request of fewer input than cached tokens was written by a version that
    keeps them apart.
    """
    if (request.spent.tokens_in or 0) < request.spent.cached:
        return False
    if request.protocol == "openai":
        return True
    late = request.at_ms is not None and request.at_ms >= WHOLE_PROMPT_SINCE_MS
    return request.protocol == "anthropic" and late and not contradicted


def spent_in(told: object) -> Spent:
    """Tokens and cost as a message's JSON tells them."""
    return Spent(
        number_at(told, "tokensIn"),
        number_at(told, "tokensOut"),
        number_at(told, "cacheReads"),
        number_at(told, "cacheWrites"),
        nano_dollars(at(told, "cost")),
    )


def nano_dollars(cost: object) -> int | None:
    """A cost in dollars; ``None`` for 0 too, which is written where no price is known."""
    if isinstance(cost, bool) or not isinstance(cost, int | float):
        return None
    return round(cost * 1e9) if 0 < cost < MAX_COST_USD else None


def settled(requests: list[Request], seen: dict[str, Spent]) -> dict[str, Spent]:
    """What each record adds to the archive, by key, given what was read of the task before.

    A new sum of gone requests counts only for those that were never read one by one.
    """
    here = {request.key: request.spent for request in requests}
    gone = [spent for key, spent in seen.items() if key not in here]
    left = [sum(spent[i] or 0 for spent in gone) for i in range(5)]
    for request in requests:
        if request.deleted and request.key in seen:
            here[request.key] = seen[request.key]
            left = [
                n - (was or 0) + (net or 0)
                for n, was, net in zip(left, request.spent, seen[request.key], strict=True)
            ]
    left = [max(0, n) for n in left]
    for request in requests:
        if request.deleted and request.key not in seen:
            net = [
                None if n is None else max(0, n - k)
                for n, k in zip(request.spent, left, strict=True)
            ]
            left = [max(0, k - (n or 0)) for n, k in zip(request.spent, left, strict=True)]
            here[request.key] = Spent(*net)
    return here
