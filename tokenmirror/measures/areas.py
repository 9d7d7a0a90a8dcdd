"""I7, I8: where AI lines are, and commits that hold none."""

from __future__ import annotations

from collections import defaultdict

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import lives_of, own_commits
from tokenmirror.measures.figures import Column, Rate, Table, Unknown
from tokenmirror.measures.intervals import wilson
from tokenmirror.measures.measure import Export, Measure, Reader, Scope
from tokenmirror.measures.scoped import absent, no_repository
from tokenmirror.tasks.languages import language_of

LEVELS = 2
FEW_LINES = 20


def by_area(db: Reader, scope: Scope) -> Table | Unknown:
    """I7: AI lines of own lines that reached the main line, by folder and by language."""
    missing = lives_of.unknown(db, scope)
    if missing:
        return missing
    ai: dict[tuple[str, str], int] = defaultdict(int)
    every: dict[tuple[str, str], int] = defaultdict(int)
    ai_lines, others = lives_of.by_path(db, scope)
    for path in sorted({*ai_lines, *others}):
        for area in _areas(path):
            ai[area] += ai_lines.get(path, 0)
            every[area] += ai_lines.get(path, 0) + others.get(path, 0)
    if not every:
        return Unknown("no_activity", tr(mark("No lines of yours reached the main line here.")))
    columns = (
        Column("kind", tr(mark("By")), "text"),
        Column("area", tr(mark("Area")), "text"),
        Column("ai", tr(mark("AI lines")), "lines"),
        Column("lines", tr(mark("Lines")), "lines"),
        Column("share", tr(mark("AI share")), "percent"),
    )
    # sorted with care for small numbers: one of one never stands above 45 of 50
    ordered = sorted(every, key=lambda area: (area[0], -wilson(ai[area], every[area])[0], area[1]))
    kinds = {"folder": tr(mark("Folder")), "language": tr(mark("Language"))}
    rows = tuple(
        (
            f"{kind}:{name}",
            (
                kinds[kind],
                name,
                ai[kind, name],
                every[kind, name],
                100 * ai[kind, name] / every[kind, name]
                if every[kind, name] >= FEW_LINES
                else None,
            ),
        )
        for kind, name in ordered
    )
    lines = sum(count for (kind, _), count in every.items() if kind == "folder")
    words = tr_n(
        mark("Where AI wrote, of {n} line of yours on the main line."),
        mark("Where AI wrote, of {n} lines of yours on the main line."),
        lines,
    )
    return Table(columns, rows, words)


def _areas(path: str) -> list[tuple[str, str]]:
    folders = path.split("/")[:-1][:LEVELS]
    return [
        ("folder", "/".join(folders) or "."),
        ("language", language_of(path) or tr(mark("Other"))),
    ]


def without_ai(db: Reader, scope: Scope) -> Rate | Unknown:
    """I8: own commits in which no AI line was found."""
    missing = absent(db, scope) or no_repository(db)
    if missing:
        return missing
    some = own_commits.of_period(db, scope)
    if not len(some):
        return Unknown("no_activity", tr(mark("No commits of yours in this period.")))
    hits = int((some.exact + some.close == 0).sum())
    words = tr_n(
        mark("In {hits} of {n} commit of yours no AI line was found."),
        mark("In {hits} of {n} commits of yours no AI line was found."),
        len(some), hits=language.number(hits),
    )  # fmt: skip
    return Rate(hits, len(some), "count", words, n=len(some))


I7 = Measure(
    id="I7",
    term="AI share by area",
    title=mark("Where you lean most"),
    means=mark("Which areas of the code AI writes for you."),
    how=mark("AI lines of your lines on the main line, by two levels of folders and by language."),
    left_out=mark("Lines of others; a share of fewer than 20 lines."),
    bias=mark("Not recognised as AI does not mean typed by hand."),
    unit=f"% low{language.DASH}high",
    needs=frozenset({"S3", "S8"}),
    windows=("P",),
    interval_unit="task",
    beside=("E4",),
    export=Export.TICKED,
    compute=by_area,
    reads=frozenset({"births", "commits", "tasks", "sessions"}),
)
I8 = Measure(
    id="I8",
    term="commits without AI lines",
    title=mark("Commits without AI lines"),
    means=mark("In how many of your commits no AI line was found."),
    how=mark("Your commits without a match, of all; work that was squashed stands in its landing."),
    left_out=mark("Merges; commits too large to read."),
    bias=mark("Neither direction is better."),
    unit="n of n",
    needs=frozenset({"S3", "S8"}),
    windows=("P",),
    interval_unit="",
    beside=("D6",),
    export=Export.TICKED,
    compute=without_ai,
    reads=frozenset({"commits", "claims"}),
)

MEASURES = (I7, I8)
