"""The chain: of every line proposed, what was accepted, committed, shipped, and still there."""

from __future__ import annotations

from dataclasses import replace

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import changes, phrases, use
from tokenmirror.measures.acceptance import completions
from tokenmirror.measures.changes import Pick, Rows, Sums
from tokenmirror.measures.figures import Chain, Part, Step, Total, Unknown
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.shipped import followed, landed_of_accepted
from tokenmirror.measures.tasks import counted


def chain(db: Reader, scope: Scope) -> Chain | Unknown:
    """Of every line proposed, what was accepted, committed, shipped, and is still there.

    Ripe changes in followed projects; what lies outside is told in the first step's note.
    """
    some = followed(db, scope)
    if isinstance(some, Unknown):
        return some
    if not len(some):
        return Unknown("no_activity", tr(mark("No changes were proposed in this period.")))
    sums = changes.summed(some)
    day_totals = completions(db, scope)
    return Chain(
        steps=_steps(db, scope, some, sums),
        sentence=_sentence(sums),
        prompts=use.own_prompts(db, scope),
        tasks=len(counted(db, scope)),
        apart=phrases.joined(
            day_totals.sentence if isinstance(day_totals, Total) else "",
            "" if _watched(sums) else tr(mark("What shipped could not be watched since.")),
        ),
    )


def _watched(sums: Sums[int]) -> bool:
    """Whether it is known of any shipped line if it is still there; of nothing, it is."""
    return not sums.shipped or sums.unwatched < sums.shipped


def _sentence(sums: Sums[int]) -> str:
    counts = {
        "proposed": language.number(sums.proposed),
        "accepted": language.number(sums.accepted),
        "landed": language.number(sums.landed),
        "shipped": language.number(sums.shipped),
    }
    if not _watched(sums):
        return tr(
            mark(
                "Of {proposed} lines proposed, {accepted} were accepted, {landed} committed and"
                " {shipped} reached the main line."
            ),
            **counts,
        )
    return tr(
        mark(
            "Of {proposed} lines proposed, {accepted} were accepted, {landed} committed,"
            " {shipped} reached the main line and {living} are still there."
        ),
        **counts,
        living=language.number(sums.living),
    )


def _steps(db: Reader, scope: Scope, some: Rows, sums: Sums[int]) -> tuple[Step, ...]:
    proposed = Step("proposed", tr(mark("Proposed")), sums.proposed, note=_outside(db, scope))
    accepted = Step(
        "accepted",
        tr(mark("Accepted")),
        sums.accepted,
        loss=_turned_down(sums),
        parts=_accepted_parts(sums),
    )
    committed = Step(
        "committed",
        tr(mark("Committed")),
        sums.landed,
        loss=_loss(
            mark("{n} accepted line not committed"),
            mark("{n} accepted lines not committed"),
            sums.accepted - sums.landed,
        ),
    )
    main_line = Step(
        "on_main_line",
        tr(mark("On the main line")),
        sums.shipped,
        loss=_loss(mark("{n} on branches"), mark("{n} on branches"), sums.landed - sums.shipped),
    )
    still_there = Step(
        "still_there",
        tr(mark("Still there")),
        sums.living,
        loss=_gone(sums),
    )
    steps = (
        proposed,
        _with_share(accepted, some, scope, lambda s: (s.accepted, s.proposed)),
        _with_share(committed, some, scope, landed_of_accepted),
        _with_share(main_line, some, scope, lambda s: (s.shipped, s.landed)),
    )
    if not _watched(sums):  # a bar of no length would say that nothing is there
        return steps
    kept = _with_share(still_there, some, scope, lambda s: (s.living, s.shipped - s.unwatched))
    return (*steps, kept)


def _gone(sums: Sums[int]) -> str:
    said = [
        _loss(
            mark("{n} changed or removed"),
            mark("{n} changed or removed"),
            sums.shipped - sums.unwatched - sums.living,
        ),
        _loss(mark("{n} not watched"), mark("{n} not watched"), sums.unwatched),
    ]
    return ", ".join(words for words in said if words)


def _with_share(step: Step, some: Rows, scope: Scope, pick: Pick) -> Step:
    """The step with its share of the one before, and the interval over tasks."""
    hits, trials, _, interval = changes.rate(some, pick, scope, f"chain:{step.key}@1")
    low, high = interval or (None, None)
    return replace(step, share=hits / trials if trials else None, low=low, high=high)


def _accepted_parts(sums: Sums[int]) -> tuple[Part, ...]:
    names = {
        "chosen": mark("chosen by you"),
        "allowed": mark("allowed"),
        "applied": mark("applied"),
        "undecided": mark("undecided"),
    }
    return tuple(Part(key, tr(name), getattr(sums, key)) for key, name in names.items())


def _turned_down(sums: Sums[int]) -> str:
    said = [
        _loss(mark("{n} turned down"), mark("{n} turned down"), sums.rejected),
        _loss(mark("{n} undecided"), mark("{n} undecided"), sums.undecided),
    ]
    return ", ".join(words for words in said if words)


def _loss(one: str, many: str, n: int) -> str:
    return tr_n(one, many, n) if n > 0 else ""


def _outside(db: Reader, scope: Scope) -> str:
    """What the chain does not hold: lines elsewhere, and lines too young."""
    some = changes.rows(db, scope)
    young = changes.summed(some.where(some.followed & ~some.ripe)).proposed
    elsewhere = changes.summed(some.where(~some.followed)).proposed
    said = [
        _loss(
            mark("{n} more line lies outside of repositories that could be read."),
            mark("{n} more lines lie outside of repositories that could be read."),
            elsewhere,
        ),
        _loss(
            mark("For {n} more line it is too early to tell."),
            mark("For {n} more lines it is too early to tell."),
            young,
        ),
    ]
    return phrases.joined(*said)
