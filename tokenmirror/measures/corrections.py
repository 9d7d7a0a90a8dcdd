"""I2: prompts that push back after an edit; estimated from a list of phrases."""

from __future__ import annotations

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import phrases
from tokenmirror.measures.courses import course, marked, shares
from tokenmirror.measures.figures import Rate, Unknown
from tokenmirror.measures.intervals import ratio_interval, seed
from tokenmirror.measures.measure import NO_MODEL, Export, Measure, Reader, Scope
from tokenmirror.measures.scoped import absent
from tokenmirror.store.courses import Mark


def corrections(db: Reader, scope: Scope) -> Rate | Unknown:
    """I2: own prompts that push back, of own prompts within two turns of an edit."""
    missing = absent(db, scope)
    if missing:
        return missing
    found = course(db, scope)
    told = marked(found, Mark.AFTER_EDIT | Mark.PUSHES_BACK_TOLD)
    unread = int(marked(found, Mark.AFTER_EDIT).sum() - told.sum())
    pairs = shares(found, told, marked(found, Mark.PUSHES_BACK))
    hits, trials = map(int, pairs.sum(axis=0))
    if not trials and unread:
        words = tr(mark("These prompts were read before corrections were looked for."))
        return Unknown("not_recorded", words)
    interval = ratio_interval(pairs, seed("I2@1", scope.first, scope.last, *scope.choices))
    words = tr_n(
        mark("{hits} of {n} prompt after an edit seems to push back{share} (estimated)."),
        mark("{hits} of {n} prompts after an edit seem to push back{share} (estimated)."),
        trials, hits=language.number(hits),
        share=phrases.in_brackets(phrases.line_share(hits, trials, interval, len(pairs))),
    )  # fmt: skip
    note = tr(mark("Told by a list of phrases, which misses some and takes others for it."))
    return Rate(
        hits,
        trials,
        "prompts",
        phrases.joined(words, note)
        if trials
        else tr(mark("No prompt of yours followed an edit in this period.")),
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        basis="estimated",
        n=len(pairs),
    )


I2 = Measure(
    id="I2",
    term="correction turns (estimated)",
    title=mark("Corrections"),
    means=mark("How often you pushed back after an edit."),
    how=mark(
        "Prompts of yours with a phrase of correction, within two turns of an edit, of all"
        " prompts there. Looked for while reading; the words are not kept."
    ),
    left_out=mark("Prompts of agents and programs; hidden tasks."),
    bias=mark("The list knows seven languages and no irony."),
    unit="%",
    needs=frozenset({"S1"}),
    windows=("P",),
    interval_unit="session",
    beside=("I1", "C7"),
    export=Export.NEVER,
    compute=corrections,
    reads=frozenset({"prompts", "origins", "suggestions", "sessions", "tasks"}),
    splits=NO_MODEL,
)

MEASURES = (I2,)
