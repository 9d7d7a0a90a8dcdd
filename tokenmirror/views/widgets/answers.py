"""What a StatCard says: answers made from figures, one builder for each kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tokenmirror.language import DASH, listing, money, number, percent, tr, tr_n
from tokenmirror.measures.figures import Dots, Rate, Total, Unit, Unknown
from tokenmirror.views.widgets.interval_strip import Strip

FEW = 5  # below this, cases are listed one by one
_STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Answer:
    """The words and the strip of one card.

    ``answer`` is the large figure ("21 of 25"), ``about`` what it counts, ``note`` the
    sentence below; ``action`` is offered where the figure cannot be known.
    """

    label: str
    answer: str
    about: str
    note: str
    strip: Strip | None = None
    action: str = ""

    @property
    def spoken(self) -> str:
        """Name, value and note as one description."""
        said = " ".join(part for part in (self.answer, self.about) if part)
        strip = self.strip.spoken if self.strip else ""
        parts = [f"{self.label}: {said}.", self.note, f"{strip}." if strip else ""]
        return " ".join(part for part in parts if part)


def rate_answer(label: str, about: str, rate: Rate) -> Answer:
    """A rate as "21 of 25" over a strip of 0 to 100 %; fewer than five are only counted."""
    answer = tr("{hits} of {trials}", hits=number(rate.hits), trials=number(rate.trials))
    if rate.trials == 0:
        return Answer(label, DASH, tr("none in this period"), rate.sentence)
    if rate.trials < FEW:
        strip = Strip(
            top=rate.trials,
            top_label=number(rate.trials),
            zero_label=number(0),
            cases=(float(rate.hits),),
            spoken=answer,
        )
        return Answer(label, answer, about, rate.sentence, strip)
    share = rate.hits / rate.trials
    strip = Strip(
        top=1.0,
        top_label=percent(1.0),
        zero_label=percent(0.0),
        value=share,
        low=rate.low,
        high=rate.high,
        usual=rate.usual,
        spoken=_spoken(share, rate.low, rate.high, rate.usual, percent),
    )
    return Answer(label, answer, about, rate.sentence, strip)


def dots_answer(label: str, about: str, dots: Dots) -> Answer:
    """One figure for each completed task ("about $3.10"), or the few cases themselves."""
    say = speaker(dots.unit)
    if dots.per is None or dots.n < FEW:
        return _few_dots(label, dots, say)
    top = top_of(_known(dots.per, dots.high, dots.usual))
    strip = Strip(
        top=top,
        top_label=whole(dots.unit, top),
        zero_label=whole(dots.unit, 0),
        value=dots.per,
        low=dots.low,
        high=dots.high,
        usual=dots.usual,
        spoken=_spoken(dots.per, dots.low, dots.high, dots.usual, say),
    )
    word = tr("at least {value}") if dots.at_least else tr("about {value}")
    return Answer(label, word.format(value=say(dots.per)), about, dots.sentence, strip)


def total_answer(label: str, about: str, total: Total) -> Answer:
    """One number with its unit; a strip only where it has an interval or a usual range."""
    say = speaker(total.unit)
    answer = say(total.value)
    if total.at_least:
        answer = tr("at least {value}", value=answer)
    elif total.basis == "estimated":
        answer = tr("about {value}", value=answer)
    if total.low is None and total.usual is None:
        return Answer(label, answer, about, total.sentence)
    top = top_of(_known(total.value, total.high, total.usual))
    strip = Strip(
        top=top,
        top_label=whole(total.unit, top),
        zero_label=whole(total.unit, 0),
        value=total.value,
        low=total.low,
        high=total.high,
        usual=total.usual,
        spoken=_spoken(total.value, total.low, total.high, total.usual, say),
    )
    return Answer(label, answer, about, total.sentence, strip)


def unknown_answer(label: str, unknown: Unknown, action: str = "") -> Answer:
    """A dash, the reason in words, and perhaps what can be done about it."""
    about = {
        "too_early": tr("too early to tell"),
        "too_few": tr("too few to tell"),
        "no_activity": tr("none in this period"),
        "nothing_read": tr("nothing read yet"),
        "no_repository": tr("no repository"),
        "no_git": tr("git was not found"),
        "no_prices": tr("no prices"),
    }.get(unknown.reason, tr("not recorded"))
    early = unknown.reason == "too_early"
    strip = Strip(top=1, top_label="", zero_label="", early=True) if early else None
    return Answer(label, DASH, about, unknown.sentence, strip, action)


def answer_of(
    label: str, about: str, figure: Rate | Dots | Total | Unknown, action: str = ""
) -> Answer:
    """The answer for a figure of any of the kinds a card can show."""
    if isinstance(figure, Rate):
        return rate_answer(label, about, figure)
    if isinstance(figure, Dots):
        return dots_answer(label, about, figure)
    if isinstance(figure, Total):
        return total_answer(label, about, figure)
    return unknown_answer(label, figure, action)


def speaker(unit: Unit) -> Callable[[float], str]:
    """How a value of that unit is written, with its precision."""
    if unit == "usd":
        return lambda dollars: money(round(dollars * 1e9))
    if unit == "percent":
        return lambda points: percent(points / 100)
    return lambda value: number(value, 0 if value == round(value) else 1)


def whole(unit: Unit, value: float) -> str:
    """An end of an axis: a round value without needless decimals ("$5", "100 %")."""
    text = speaker(unit)(value)
    if unit == "usd" and value == round(value):
        return text.removesuffix("00").rstrip(".,") if value < 100 else text
    return text


def top_of(value: float) -> float:
    """The end of an axis from 0 on that holds the value: the next of 1, 2, 5, 10, 20 …."""
    if value <= 0:
        return 1.0
    power = 1.0
    while power > value:
        power /= 10
    while power * 10 < value:
        power *= 10
    return next((step * power for step in _STEPS if step * power >= value), 10 * power)


def _few_dots(label: str, dots: Dots, say: Callable[[float], str]) -> Answer:
    values = [dot.value for dot in dots.dots if dot.done]
    if not values:
        return Answer(label, DASH, tr("none completed in this period"), dots.sentence)
    top = top_of(max(values))
    strip = Strip(
        top=top,
        top_label=whole(dots.unit, top),
        zero_label=whole(dots.unit, 0),
        cases=tuple(values),
        spoken=listing([say(value) for value in values]),
    )
    answer = tr_n("{n} task", "{n} tasks", len(values))
    return Answer(label, answer, tr("completed so far"), dots.sentence, strip)


def _known(value: float, high: float | None, usual: tuple[float, float, float] | None) -> float:
    return max(value, high or 0, usual[2] if usual else 0)


def _spoken(
    value: float,
    low: float | None,
    high: float | None,
    usual: tuple[float, float, float] | None,
    say: Callable[[float], str],
) -> str:
    parts = [say(value)]
    if low is not None and high is not None:
        parts.append(tr("likely between {low} and {high}", low=say(low), high=say(high)))
    if usual is not None:
        parts.append(tr("usual {low} to {high}", low=say(usual[0]), high=say(usual[2])))
    return ", ".join(parts)


def with_note(answer: Answer, note: str) -> Answer:
    """The same answer with another sentence below it."""
    return replace(answer, note=note)
