"""I7, I8: where AI lines are, and commits that hold none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import chosen, columns, lives_of, own_commits
from tokenmirror.measures.columns import Bools, Ints
from tokenmirror.measures.figures import Column, Rate, Table, Unknown
from tokenmirror.measures.intervals import wilson
from tokenmirror.measures.measure import Export, Measure, Reader, Scope
from tokenmirror.measures.memo import lasting
from tokenmirror.measures.scoped import absent, no_repository
from tokenmirror.tasks.languages import language_of

LEVELS = 2
FEW_LINES = 20
BIRTHS = """
select born_ms, coalesce(session_id, 0), repo_id, lines, path from births
where session_id is not null or mine = 1
"""
Areas = Counter[tuple[str, str]]  # lines by kind and name
KINDS = {"folder": mark("Folder"), "language": mark("Language")}


@dataclass(frozen=True)
class _Births:
    """Lines that reached a main line, by file and landing: columns of the shape (births,).

    ``session`` is a place in ``columns.Sessions``; ``own`` lines of the person's have none.
    ``path`` numbers the files, of which ``areas`` tells by kind, empty where nothing is told.
    """

    born_ms: Ints
    session: Ints
    own: Bools
    repo: Ints
    lines: Ints
    path: Ints
    areas: dict[str, list[str]]


@lasting
def _births(db: Reader) -> _Births:
    import numpy as np  # late: 100 ms

    *rows, paths = columns.fields(db.execute(BIRTHS), 5)
    born_ms, session, repo, lines = np.array(rows, dtype=np.int64)
    files = columns.coded(paths)
    areas = {
        "folder": [_folder(path) for path in files.words],
        "language": [language_of(path) or "" for path in files.words],
    }
    place = columns.places(columns.sessions(db).id, session)
    return _Births(born_ms, place, session == 0, repo, lines, files.code, areas)


def _folder(path: str) -> str:
    return "/".join(path.split("/")[:-1][:LEVELS]) or "."


def _of_scope(db: Reader, scope: Scope) -> tuple[Ints, Ints]:
    """Which lines reached a main line in the period: those of AI, and others of yours."""
    import numpy as np  # late: 100 ms

    births = _births(db)
    from_ms, until_ms = scope.days.bounds_ms(scope.first, scope.last)
    dated = (births.born_ms >= from_ms) & (births.born_ms < until_ms)
    ai = np.flatnonzero(dated & (births.session >= 0))
    ai = ai[chosen.sessions(db, scope)[births.session[ai]]]
    project, repo = columns.repositories(db)
    if scope.projects is not None:
        repo = repo[np.isin(project, list(scope.projects))]
    own = np.flatnonzero(dated & births.own)
    return ai, own[np.isin(births.repo[own], repo)]


def by_area(db: Reader, scope: Scope) -> Table | Unknown:
    """I7: AI lines of own lines that reached the main line, by folder and by language."""
    missing = lives_of.unknown(db, scope)
    if missing:
        return missing
    ai, every = _lines(db, scope)
    if not every:
        return Unknown("no_activity", tr(mark("No lines of yours reached the main line here.")))
    shown = (
        Column("kind", tr(mark("By")), "text"),
        Column("area", tr(mark("Area")), "text"),
        Column("ai", tr(mark("AI lines")), "lines"),
        Column("lines", tr(mark("Lines")), "lines"),
        Column("share", tr(mark("AI share")), "percent"),
    )
    # sorted with care for small numbers: one of one never stands above 45 of 50
    ordered = sorted(every, key=lambda area: (area[0], -wilson(ai[area], every[area])[0], area[1]))
    rows = tuple(
        (
            f"{kind}:{name}",
            (
                tr(KINDS[kind]),
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
    return Table(shown, rows, words)


def _lines(db: Reader, scope: Scope) -> tuple[Areas, Areas]:
    """AI lines and all lines of each area that has any of the period."""
    import numpy as np  # late: 100 ms

    births = _births(db)
    ai, others = _of_scope(db, scope)
    both = np.concatenate((ai, others))
    files = len(births.areas["folder"])
    of_ai, of_both = (
        columns.added(births.lines[rows], births.path[rows], files).tolist() for rows in (ai, both)
    )
    ai_lines, every = Areas(), Areas()
    for path in np.flatnonzero(np.bincount(births.path[both], minlength=files)).tolist():
        for kind, areas in births.areas.items():
            area = kind, areas[path] or tr(mark("Other"))
            ai_lines[area] += of_ai[path]
            every[area] += of_both[path]
    return ai_lines, every


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
