"""Parts of sentences that several measures share: shares with their interval, few, usual."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tokenmirror import language
from tokenmirror.language import mark, tr
from tokenmirror.measures.history import Place
from tokenmirror.measures.intervals import (
    FEW,
    MANY,
    Interval,
    clump,
    median,
    percent_step,
    quartiles,
)

TYPICAL_GAP = 0.10
BASIS_GAP = 0.05  # between exact matches alone and all of them

USUAL_NOTES = {
    -1: mark("Below your usual range."),
    0: mark("About your usual."),
    1: mark("Above your usual range."),
}


def task_share(hits: int, trials: int, interval: Interval | None) -> str:
    """A share over tasks: "84 %, likely between 65 and 94 %"; empty for fewer than five."""
    if trials < FEW or interval is None:
        return ""
    low, high = (language.number(round(100 * end)) for end in interval)
    return tr(
        mark("{share}, likely between {low} and {high} %"),
        share=language.percent(hits / trials), low=low, high=high,
    )  # fmt: skip


def line_share(hits: int, trials: int, interval: Interval | None, units: int) -> str:
    """A share over lines or changes, rounded as its interval allows; empty for few units.

    "63 %, likely between 55 and 70 %", "around 60 %, likely between 45 and 75 %".
    """
    if units < FEW or not trials:
        return ""
    if interval is None:
        return language.percent(hits / trials)
    step = percent_step(*interval)
    low, high = (language.number(round(100 * end / step) * step) for end in interval)
    words = mark("{share}, likely between {low} and {high} %")
    if step > 1:
        words = mark("around {share}, likely between {low} and {high} %")
    return tr(words, share=language.percent(hits / trials, step), low=low, high=high)


def exact_words(exact: int, hits: int, trials: int, interval: Interval | None, units: int) -> str:
    """What the share is by exact matches alone, where that is more than 5 points lower.

    Where units are too few for a share, the number of lines; empty for no such difference.
    """
    if not trials or (hits - exact) / trials <= BASIS_GAP:
        return ""
    if units < FEW:
        return tr(mark("By exact matches alone {n}."), n=language.number(exact))
    step = percent_step(*interval) if interval else 1
    words = (
        mark("By exact matches alone around {share}.")
        if step > 1
        else mark("By exact matches alone {share}.")
    )
    return tr(words, share=language.percent(exact / trials, step))


def spread(numbers: Sequence[float], say: Callable[[float], str]) -> str:
    """Values as their number allows (``measures.md`` 4.1).

    Fewer than five one by one; up to 19 the median with the lowest and the highest; from 20
    on with the middle half.
    """
    ordered = sorted(numbers)
    if len(ordered) < FEW:
        return language.listing([say(each) for each in ordered])
    low, high = ordered[0], ordered[-1]
    words = mark("{median} in the median ({low} to {high})")
    if len(ordered) >= MANY:
        low, high = quartiles(ordered)
        words = mark("{median} in the median (half of them {low} to {high})")
    return tr(words, median=say(median(ordered)), low=say(low), high=say(high))


def in_brackets(words: str) -> str:
    """Words in brackets after a space; nothing for nothing."""
    return f" ({words})" if words else ""


def from_units(units: int, interval: Interval | None) -> str:
    """How many tasks there are, where there are too few for an interval."""
    if interval is not None or not units:
        return ""
    return language.tr_n(mark("From {n} task."), mark("From {n} tasks."), units)


def clump_words(pairs: Sequence[tuple[float, float]]) -> str:
    """What is said when one task makes up much of it, or the typical task differs."""
    share = clump([trials for _, trials in pairs])
    if share is not None and len(pairs) >= FEW:
        return tr(mark("One task makes up {share} of it."), share=language.percent(share))
    own = [hits / trials for hits, trials in pairs if trials]
    below = sum(trials for _, trials in pairs)
    if len(own) < FEW or not below:
        return ""
    typical = median(own)
    if abs(typical - sum(hits for hits, _ in pairs) / below) <= TYPICAL_GAP:
        return ""
    return tr(mark("In the typical task it is {share}."), share=language.percent(typical))


def usual_note(place: Place | None) -> str:
    """How a figure lies to the usual, as a sentence; empty without enough history."""
    return tr(USUAL_NOTES[place.place]) if place else ""


def joined(*sentences: str) -> str:
    """Sentences in a row, empty ones left out."""
    return " ".join(sentence for sentence in sentences if sentence)


def capital(words: str) -> str:
    """The words with a capital at the start."""
    return words[:1].upper() + words[1:]
