"""The declarations of A1 to A7: what each says, how it is counted, what misleads."""

from __future__ import annotations

from tokenmirror.language import mark
from tokenmirror.measures.coverage import (
    covered_days,
    data_start,
    evidence,
    followed_lines,
    horizon,
    understood,
    unpriced,
)
from tokenmirror.measures.measure import EVERY, TOOL, Export, Measure

A1 = Measure(
    id="A1",
    term="data coverage",
    title=mark("Days covered"),
    means=mark("On how many of your active days the logs could be read."),
    how=mark(
        "Days with at least one readable record, of the days on which any tool or a commit of"
        " yours shows activity, since the first record."
    ),
    left_out=mark("Days on which unattended runs alone were recorded."),
    bias=mark("A tool you did not use looks like a gap."),
    unit="days of days",
    needs=frozenset({"S1", "S6", "S8"}),
    windows=("P",),
    interval_unit="",
    beside=("A4",),
    export=Export.FOOTNOTE,
    compute=covered_days,
    reads=frozenset({"files", "prompts", "suggestions", "usage", "day_totals", "commits"}),
)

A2 = Measure(
    id="A2",
    term="linkage coverage",
    title=mark("Lines that could be followed"),
    means=mark("How much of what was proposed could be followed to the end."),
    how=mark("Proposed lines whose project maps to a readable repository, of all proposed."),
    left_out=mark("Excluded files and unattended sessions."),
    bias=mark("Private or deleted clones drop out."),
    unit="% of lines",
    needs=frozenset({"S3", "S8"}),
    windows=("P",),
    interval_unit="task",
    beside=("A1",),
    export=Export.FOOTNOTE,
    compute=followed_lines,
    reads=frozenset({"proposals", "sessions", "projects", "tasks"}),
    splits=EVERY,
)

A3 = Measure(
    id="A3",
    term="attribution confidence",
    title=mark("How sure is this?"),
    means=mark("How surely a committed line was recognised as coming from a proposal."),
    how=mark(
        "Noted: the tool's own record or commit says so. Exact: the same line in the same file"
        " or its rename. Close: nearly the same, or moved. A commit that merely names an"
        " assistant is counted and claims no line."
    ),
    left_out=mark("Excluded files and unattended sessions."),
    bias=mark("Common lines match by chance, so they count inside a matched run alone."),
    unit="% of lines",
    needs=frozenset({"S3", "S8"}),
    windows=("P",),
    interval_unit="task",
    beside=("D1",),
    export=Export.FOOTNOTE,
    compute=evidence,
    reads=frozenset({"suggestions", "follows", "claims", "commits", "proposals", "tasks"}),
    splits=EVERY,
)

A4 = Measure(
    id="A4",
    term="retention horizon",
    title=mark("Oldest record and log expiry"),
    means=mark("How far back each tool's own logs still reach, and when it removes them."),
    how=mark("The earliest record still on disk, and the days the tool keeps it by itself."),
    left_out=mark("Settings of yours that make a tool keep its logs for longer or shorter."),
    bias=mark("What has been read stays here, whatever the tool removes."),
    unit="date, days",
    needs=frozenset({"file times"}),
    windows=("now",),
    interval_unit="",
    beside=("A1",),
    export=Export.NEVER,
    compute=horizon,
    reads=frozenset({"files"}),
    splits=TOOL,
)

A5 = Measure(
    id="A5",
    term="unpriced share",
    title=mark("Tokens without a price"),
    means=mark("How much of the tokens has no known price."),
    how=mark("Tokens of models that the dated price list does not hold, of all tokens."),
    left_out=mark("Tokens that the tools do not record."),
    bias=mark("A cost next to it is a lower bound."),
    unit="% of tokens",
    needs=frozenset({"S6"}),
    windows=("P",),
    interval_unit="",
    beside=("G1",),
    export=Export.FOOTNOTE,
    compute=unpriced,
    reads=frozenset({"usage", "models", "sessions", "tasks", "own_prices"}),
    splits=EVERY,
)

A6 = Measure(
    id="A6",
    term="parse coverage",
    title=mark("Records understood"),
    means=mark("How much of what was read the program knows the meaning of."),
    how=mark("Records understood, of records read, by tool."),
    left_out=mark("Records left out on purpose count as understood."),
    bias=mark("A new version of a tool brings new records."),
    unit="% of records",
    needs=frozenset({"reader counts"}),
    windows=("per source",),
    interval_unit="",
    beside=("A1",),
    export=Export.FOOTNOTE,
    compute=understood,
    reads=frozenset({"files"}),
    splits=TOOL,
)

A7 = Measure(
    id="A7",
    term="data start",
    title=mark("Data begin here"),
    means=mark("The first day from which a tool has records."),
    how=mark("The earliest record of each tool; what lies before is not recorded."),
    left_out=mark("Logs that the tool had removed before they were first read."),
    bias=mark("An early single record makes the data look longer than they are."),
    unit="instant",
    needs=frozenset({"reader"}),
    windows=("all",),
    interval_unit="",
    beside=("A1",),
    export=Export.FOOTNOTE,
    compute=data_start,
    reads=frozenset({"files", "sessions", "day_totals"}),
    splits=TOOL,
)

MEASURES = (A1, A2, A3, A4, A5, A6, A7)
