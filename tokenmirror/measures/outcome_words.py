"""How tasks ended, in words: the sentences of F2 and F3."""

from __future__ import annotations

from collections.abc import Mapping

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import history, phrases


def _beside_words(apart: Mapping[str, int]) -> str:
    n = apart
    said = [
        tr_n(mark("{n} on an open branch"), mark("{n} on open branches"), n["on_branch"]),
        tr_n(mark("{n} in progress"), mark("{n} in progress"), n["in_progress"]),
        tr_n(mark("{n} without code"), mark("{n} without code"), n["no_code"]),
        tr_n(mark("{n} unknown"), mark("{n} unknown"), n["unknown"]),
        tr_n(mark("{n} too early to tell"), mark("{n} too early to tell"), n["too_early"]),
        tr_n(mark("{n} taken out by me"), mark("{n} taken out by me"), n["taken_out"]),
    ]
    kept = [words for words, count in zip(said, n.values(), strict=True) if count]
    return tr(mark("Not counted: {tasks}."), tasks=language.listing(kept)) if kept else ""


def done(
    hits: int,
    trials: int,
    interval: tuple[float, float] | None,
    place: history.Place | None,
    apart: Mapping[str, int],
) -> str:
    """The sentence of F3."""
    if not trials:
        waiting = apart["on_branch"] + apart["in_progress"] + apart["unknown"]
        none = tr(mark("No change tasks in this period."))
        open_ones = tr(mark("No change task of this period is settled."))
        return phrases.joined(open_ones if waiting else none, _beside_words(apart))
    share = phrases.in_brackets(phrases.task_share(hits, trials, interval))
    words = tr_n(
        mark("{done} of {n} change task was completed{share}{usual}."),
        mark("{done} of {n} change tasks were completed{share}{usual}."),
        trials, done=language.number(hits), share=share, usual=history.usual_words(place),
    )  # fmt: skip
    return phrases.joined(words, _beside_words(apart))


def done_note(
    hits: int, trials: int, interval: tuple[float, float] | None, place: history.Place | None
) -> str:
    """What a card says under the answer of F3."""
    share = phrases.task_share(hits, trials, interval)
    missed = trials - hits
    left = tr_n(mark("{n} left no lasting change."), mark("{n} left no lasting change."), missed)
    return phrases.joined(
        f"{share}." if share else "", phrases.usual_note(place), left if missed else ""
    )


def outcomes(found: Mapping[str, int], n: int, stated: int) -> str:
    """The sentence of F2; ``stated`` of the ``n`` tasks are told by the person's word."""
    if not n:
        return tr(mark("No tasks in this period."))
    said = {
        "shipped": mark("{count} shipped"),
        "no_lasting_change": mark("{count} left no lasting change"),
        "on_branch": mark("{count} on open branches"),
        "in_progress": mark("{count} in progress"),
        "no_code": mark("{count} needed no code"),
        "unknown": mark("{count} unknown"),
        "set_aside": mark("{count} set aside on purpose"),
    }
    kept = _counts(said, found)
    words = tr_n(
        mark("Of {n} task: {ends}."), mark("Of {n} tasks: {ends}."), n, ends=language.listing(kept)
    )
    own = tr_n(mark("{n} of them as stated by me."), mark("{n} of them as stated by me."), stated)
    return phrases.joined(words, own if stated else "")


def week(found: Mapping[str, int]) -> str:
    """How the tasks of a week ended."""
    said = {
        "shipped": mark("{count} shipped"),
        "on_branch": mark("{count} on a branch"),
        "no_lasting_change": mark("{count} without lasting change"),
        "in_progress": mark("{count} in progress"),
        "no_code": mark("{count} without code"),
        "unknown": mark("{count} unknown"),
        "set_aside": mark("{count} set aside on purpose"),
    }
    kept = _counts(said, found)
    return ", ".join(kept) if kept else tr(mark("no tasks"))


def _counts(said: Mapping[str, str], found: Mapping[str, int]) -> list[str]:
    """The words of each way to end that occurs."""
    return [
        tr(words, count=language.number(found[key])) for key, words in said.items() if found[key]
    ]
