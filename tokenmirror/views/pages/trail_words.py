"""A task from prompt to the lines still there, in words; no widgets."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tokenmirror.language import clock, day, mark, money, number, tr, tr_n
from tokenmirror.measures.listing.detail import TaskCommit, TaskDetail, TaskSession
from tokenmirror.measures.listing.trail import FileTrail, Gone, TaskDelivery, Trail, Undone
from tokenmirror.repos.fates import Cause, Killer

FILES, COMMITS = 12, 8  # shown; how many more there are is said
SHORT = 7
CAUSES: dict[Cause, str] = {
    "changed": mark("{n} changed {who}"),
    "deleted": mark("{n} removed {who}"),
    "with_file": mark("{n} went with the whole file {who}"),
    "reverted": mark("{n} reverted {who}"),
    "removed_whole": mark("{n} removed with the whole change {who}"),
}
WHO: dict[Killer, str] = {
    "mine": mark("by you by hand"),
    "ai": mark("by AI in your sessions"),
    "other": mark("by someone else"),
}
LANDED = {
    "direct": mark("on the main line {day}"),
    "ancestor": mark("merged {day}"),
    "patch": mark("on the main line {day}, the same change under another id"),
    "content": mark("on the main line {day}, found again by its lines"),
}
EVIDENCE = {
    "noted": mark("noted {n}"),
    "exact": mark("exact {n}"),
    "close": mark("close {n}"),
}


@dataclass(frozen=True)
class IdWords:
    """A thing with an id: ``short`` to show, ``id`` to copy, what is said, and its name aloud."""

    id: str
    short: str
    words: str
    spoken: str


@dataclass(frozen=True)
class FileWords:
    """A file's name and its story; ``counts`` are (accepted, shipped, living) for its bar."""

    path: str
    words: str
    counts: tuple[int, int, int | None] | None


@dataclass(frozen=True)
class TrailWords:
    """All words of the trail; each group may be empty, ``more_*`` counts what is not shown."""

    sessions: tuple[IdWords, ...]
    files: tuple[FileWords, ...]
    commits: tuple[IdWords, ...]
    changes: tuple[str, ...]
    undone: tuple[str, ...]
    no_files: str
    more_files: str
    more_commits: str


def trail_words(
    detail: TaskDetail, zone: ZoneInfo, source_name: Callable[[str], str]
) -> TrailWords:
    """The words of a task's trail."""
    trail = detail.trail
    files = sorted(trail.files, key=lambda file: (-file.accepted, -file.proposed, file.path))
    more_files, more_commits = len(files) - FILES, len(detail.commits) - COMMITS
    return TrailWords(
        sessions=tuple(_session(one, detail, zone, source_name) for one in detail.sessions),
        files=tuple(_file(one, zone) for one in files[:FILES]),
        commits=tuple(_commit(one, trail, zone) for one in detail.commits[:COMMITS]),
        changes=tuple(_change(one, zone) for one in trail.deliveries),
        undone=tuple(_undone(one, zone) for one in trail.undone),
        no_files="" if files else tr("No edit was proposed."),
        more_files=tr_n("{n} more file", "{n} more files", more_files) if more_files > 0 else "",
        more_commits=tr_n("{n} more commit", "{n} more commits", more_commits)
        if more_commits > 0
        else "",
    )


def stood_words(trail: Trail) -> str:
    """What is said of the lines over time, or why nothing can be."""
    if not any(file.shipped for file in trail.files):
        return tr("Nothing of it is on the main line yet, so there is nothing to watch.")
    if len(trail.stood) <= 1:
        return tr("Too early to tell how long the lines last.")
    last = trail.stood[-1]
    return tr(
        "After {days} days {alive} of {known} lines were still there.",
        days=number(last.days), alive=number(last.alive), known=number(last.known),
    )  # fmt: skip


def _session(
    one: TaskSession, detail: TaskDetail, zone: ZoneInfo, source_name: Callable[[str], str]
) -> IdWords:
    tool = source_name(one.tool)
    said = tool
    if one.started_ms is not None:
        began = _at(one.started_ms, zone)
        said = f"{tool}, {day(began.date())}, {clock(began)}"
    inside = [
        prompt
        for prompt in detail.prompts
        if prompt.origin != "delegated" and _within(prompt.at_ms, one)
    ]
    prompts = tr_n("{n} prompt", "{n} prompts", len(inside))
    if len(detail.sessions) == 1:
        own = [prompt for prompt in detail.prompts if prompt.origin != "delegated"]
        prompts = tr_n("{n} prompt", "{n} prompts", len(own))
    return IdWords(
        id=one.id,
        short=one.id[:8],
        words=f"{said}, {prompts}",
        spoken=tr("Copy the id of the session of {when}", when=said),
    )


def _within(at_ms: int | None, one: TaskSession) -> bool:
    if at_ms is None or one.started_ms is None:
        return False
    return one.started_ms <= at_ms <= (one.ended_ms or at_ms)


def _file(one: FileTrail, zone: ZoneInfo) -> FileWords:
    if one.turned_down:
        refused = tr_n(
            "{n} line proposed, turned down.", "{n} lines proposed, turned down.", one.proposed
        )
        return FileWords(one.path, refused, None)
    steps = [
        tr("{n} proposed", n=number(one.proposed)),
        tr("{n} accepted", n=number(one.accepted)),
    ]
    if one.landed is None or one.shipped is None:
        outside = tr("It lies in no repository that could be read.")
        return FileWords(one.path, f"{', '.join(steps)}. {outside}", None)
    further = (
        (one.landed, mark("{n} committed"), mark("none committed")),
        (one.shipped, mark("{n} on the main line"), mark("none on the main line")),
        (one.living, mark("{n} still there"), mark("none still there")),
    )
    for lines, some, none in further if one.accepted else ():
        if lines is None:
            break
        steps.append(tr(some, n=number(lines)) if lines else tr(none))
        if not lines:
            break
    said = [f"{', '.join(steps)}."]
    if one.shipped and one.living is None:
        said.append(tr("Not known if they are still there."))
    known = [tr(words, n=number(one.evidence[key])) for key, words in EVIDENCE.items()
             if one.evidence.get(key)]  # fmt: skip
    if known:
        said.append(tr("Recognised: {parts}.", parts=", ".join(known)))
    gone = gone_words(one.gone, zone)
    if gone:
        said.append(tr("Gone: {parts}.", parts="; ".join(gone)))
    return FileWords(one.path, " ".join(said), (one.accepted, one.shipped, one.living))


def gone_words(gone: Sequence[Gone], zone: ZoneInfo) -> list[str]:
    """How lines ended, by cause and who did it, with the days; what came back is said apart."""
    lines: Counter[tuple[Cause, Killer, int | None]] = Counter()
    days: dict[tuple[Cause, Killer, int | None], list[int]] = defaultdict(list)
    for one in gone:
        key = (one.cause, one.by, one.back_ms)
        lines[key] += one.lines
        days[key].append(one.at_ms)
    said = []
    for cause, by, back_ms in lines:
        key = (cause, by, back_ms)
        words = tr(CAUSES[cause], n=number(lines[key]), who=tr(WHO[by]))
        when = _days(days[key], zone)
        if back_ms is None:
            said.append(f"{words}, {when}")
        else:
            back = day(_at(back_ms, zone).date())
            said.append(tr("{words}, {when}, back since {back}", words=words, when=when, back=back))
    return said


def _days(instants: Sequence[int], zone: ZoneInfo) -> str:
    first, last = (_at(at_ms, zone).date() for at_ms in (min(instants), max(instants)))
    if first == last:
        return day(first)
    return tr("{first} to {last}", first=day(first), last=day(last))


def _commit(one: TaskCommit, trail: Trail, zone: ZoneInfo) -> IdWords:
    said = []
    if one.lines:
        said.append(tr_n("{n} line of this task", "{n} lines of this task", one.lines))
    if one.landed_ms is not None:
        when = day(_at(one.landed_ms, zone).date())
        said.append(tr(LANDED.get(one.how or "", LANDED["content"]), day=when))
    else:
        said.append(tr("on a branch"))
    if one.released_ms is not None:
        said.append(tr("released {day}", day=day(_at(one.released_ms, zone).date())))
    if one.named:
        said.append(tr("its message names an assistant"))
    undone = {end.oid for end in trail.undone if end.back_ms is None}
    if {one.oid, one.landing} & undone:
        said.append(tr("undone later"))
    name = f"{one.subject}: " if one.subject else ""
    return IdWords(
        id=one.oid,
        short=one.oid[:SHORT],
        words=f"{name}{', '.join(said)}",
        spoken=tr("Copy the id of commit {id}", id=one.oid[:SHORT]),
    )


def _change(one: TaskDelivery, zone: ZoneInfo) -> str:
    when = day(_at(one.landed_ms, zone).date())
    commits = tr_n("{n} commit", "{n} commits", one.commits)
    lines = tr_n("{n} AI line", "{n} AI lines", one.ai_lines)
    if one.cost_nusd is None:
        return tr("{day}: {commits}, {lines}, cost not known", day=when, commits=commits,
                  lines=lines)  # fmt: skip
    cost = money(one.cost_nusd)
    if one.at_least:
        cost = tr("at least {money}", money=cost)
    said = tr("{day}: {commits}, {lines}, direct cost {cost}", day=when, commits=commits,
              lines=lines, cost=cost)  # fmt: skip
    if one.own_nusd == one.cost_nusd:
        return said
    own = money(one.own_nusd) if one.own_nusd is not None else tr("nothing known")
    return tr("{said}, {own} of it by this task", said=said, own=own)


def _undone(one: Undone, zone: ZoneInfo) -> str:
    when = day(_at(one.at_ms, zone).date())
    words = {
        "message": mark("{id} was reverted {day} by {by}"),
        "removed_whole": mark("{id} was removed whole {day} by {by}, without a word"),
    }[one.how]
    said = tr(words, id=one.oid[:SHORT], by=one.by_oid[:SHORT], day=when)
    if one.back_ms is None:
        return f"{said}."
    back = day(_at(one.back_ms, zone).date())
    return tr("{said}, and brought back {day}.", said=said, day=back)


def _at(at_ms: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone)
