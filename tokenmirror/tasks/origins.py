"""Who wrote a prompt: the rules of ``measures.md`` 3.

The log's own statement per prompt comes first, then the session's entry point, then three
rules over prompts that nothing states: (a) repeated text, (b) a clock's rhythm, (c) answers
faster than a person types.  Thresholds have not been validated on real gamed logs.
"""

from __future__ import annotations

import itertools
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from tokenmirror.events import Author, Basis, Entry
from tokenmirror.settings import Settings

Origin = Literal["own", "delegated", "unattended", "unknown"]
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@dataclass(frozen=True)
class Thresholds:
    """When unstated prompts look automatic; the person may move these.

    ``rules`` are the ones in use, of a, b and c.
    """

    rules: str = "abc"
    repeats: int = 5
    repeat_words: int = 4
    repeat_ms: int = DAY_MS
    rhythm_prompts: int = 12
    rhythm_variation: float = 0.10
    chain_prompts: int = 20
    chain_gap_ms: int = 3_000

    def numbers(self) -> tuple[float, ...]:
        """All thresholds, in the order of their names."""
        return (
            self.repeats, self.repeat_words, self.repeat_ms, self.rhythm_prompts,
            self.rhythm_variation, self.chain_prompts, self.chain_gap_ms,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PromptFacts:
    """A prompt as stored; ``stream`` groups what one client sends to one project.

    ``answered_ms`` is the end of the turn before it in its session, if known.
    """

    id: int
    session: int
    stream: tuple[str, str]
    at_ms: int | None
    author: Author
    basis: Basis
    entry: Entry
    text_hash: bytes
    words: int
    answered_ms: int | None = None


@dataclass(frozen=True, slots=True)
class OriginOf:
    """The origin of one prompt, how it is known, and the rule that fired (a, b, c)."""

    prompt: int
    origin: Origin
    basis: Basis
    rule: str | None = None


def thresholds(settings: Settings) -> Thresholds:
    """The thresholds that the person set."""
    return Thresholds(
        rules="".join(rule for rule in "abc" if rule in settings.origin_rules),
        repeats=settings.repeats,
        repeat_words=settings.repeat_words,
        repeat_ms=settings.repeat_hours * HOUR_MS,
        rhythm_prompts=settings.rhythm_prompts,
        rhythm_variation=settings.rhythm_percent / 100,
        chain_prompts=settings.chain_prompts,
        chain_gap_ms=settings.chain_seconds * 1000,
    )


def origins(prompts: Sequence[PromptFacts], thresholds: Thresholds | None = None) -> list[OriginOf]:
    """The origin of every prompt, in the order given."""
    limits = thresholds or Thresholds()
    unstated = [prompt for prompt in prompts if _stated(prompt) is None]
    automatic: dict[int, str] = {}
    for rule, found in (
        ("a", _repeated(unstated, limits)),
        ("b", _rhythmic(unstated, limits)),
        ("c", _instant(unstated, limits)),
    ):
        for prompt_id in found if rule in limits.rules else ():
            automatic.setdefault(prompt_id, rule)
    return [_origin(prompt, automatic) for prompt in prompts]


def _stated(prompt: PromptFacts) -> Origin | None:
    by_author: dict[Author, Origin] = {
        "person": "own",
        "program": "unattended",
        "agent": "delegated",
    }
    if prompt.author in by_author:
        return by_author[prompt.author]
    return "unattended" if prompt.entry == "headless" else None


def _origin(prompt: PromptFacts, automatic: dict[int, str]) -> OriginOf:
    stated = _stated(prompt)
    if stated is not None:
        basis: Basis = prompt.basis if prompt.author != "unknown" else "stated"
        return OriginOf(prompt.id, stated, basis)
    if prompt.id in automatic:
        return OriginOf(prompt.id, "unattended", "inferred", automatic[prompt.id])
    if prompt.entry == "interactive":
        return OriginOf(prompt.id, "own", "inferred")
    return OriginOf(prompt.id, "unknown", "unknown")


def _repeated(prompts: Iterable[PromptFacts], limits: Thresholds) -> set[int]:
    """Rule (a): the same text at least five times within a day; short ones are talk."""
    by_text: dict[bytes, list[PromptFacts]] = defaultdict(list)
    for prompt in prompts:
        if prompt.words >= limits.repeat_words and prompt.at_ms is not None:
            by_text[prompt.text_hash].append(prompt)
    found: set[int] = set()
    for same in by_text.values():
        same.sort(key=_when)
        for start in range(len(same) - limits.repeats + 1):
            window = same[start : start + limits.repeats]
            if _when(window[-1]) - _when(window[0]) <= limits.repeat_ms:
                found.update(prompt.id for prompt in window)
    return found


def _rhythmic(prompts: Iterable[PromptFacts], limits: Thresholds) -> set[int]:
    """Rule (b): twelve prompts in a row whose gaps hardly vary."""
    by_stream: dict[tuple[str, str], list[PromptFacts]] = defaultdict(list)
    for prompt in prompts:
        if prompt.at_ms is not None:
            by_stream[prompt.stream].append(prompt)
    found: set[int] = set()
    for stream in by_stream.values():
        stream.sort(key=_when)
        for start in range(len(stream) - limits.rhythm_prompts + 1):
            window = stream[start : start + limits.rhythm_prompts]
            gaps = [_when(b) - _when(a) for a, b in itertools.pairwise(window)]
            mean = statistics.fmean(gaps)
            if mean > 0 and statistics.pstdev(gaps) / mean < limits.rhythm_variation:
                found.update(prompt.id for prompt in window)
    return found


def _instant(prompts: Iterable[PromptFacts], limits: Thresholds) -> set[int]:
    """Rule (c): a long chain sent as soon as the agent has finished."""
    by_session: dict[int, list[PromptFacts]] = defaultdict(list)
    for prompt in prompts:
        if prompt.at_ms is not None and prompt.answered_ms is not None:
            by_session[prompt.session].append(prompt)
    found: set[int] = set()
    for chain in by_session.values():
        gaps = [_when(prompt) - (prompt.answered_ms or 0) for prompt in chain]
        if len(chain) >= limits.chain_prompts and statistics.median(gaps) < limits.chain_gap_ms:
            found.update(prompt.id for prompt in chain)
    return found


def _when(prompt: PromptFacts) -> int:
    return prompt.at_ms or 0
