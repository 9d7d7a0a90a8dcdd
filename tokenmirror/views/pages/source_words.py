"""What the Sources page says of each source: words and cells, no widgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tokenmirror.language import DASH, clock, day, mark, number, percent, size, tr, tr_n
from tokenmirror.measures.coverage import Strip
from tokenmirror.sources.source import Source
from tokenmirror.store.readings import FileProblem, Repository, SourceReading
from tokenmirror.views.models.rows import Cell, Row
from tokenmirror.views.reading_card import source_icon
from tokenmirror.views.widgets.marks import Days, DayState, Icons, Signals, SignalState

UNDERSTOOD_WELL = 0.98
SIGNALS = {
    "S1": mark("Prompts"),
    "S2": mark("Turns"),
    "S3": mark("Proposals"),
    "S4": mark("Decisions"),
    "S5": mark("Steps"),
    "S6": mark("Usage"),
    "S7": mark("Session facts"),
}
SIGNAL_STATES = {"full": mark("full"), "partly": mark("partly"), "none": mark("not recorded")}
REASONS = {
    "not_json": mark("is not valid JSON"),
    "torn": mark("ends in the middle of a record"),
    "unknown_kind": mark("is of an unknown kind"),
    "bad_type": mark("holds a value of the wrong kind"),
    "bad_time": mark("has a time that cannot be"),
    "too_long": mark("is too long to be read"),
    "locked": mark("is locked by another program"),
    "encrypted": mark("is encrypted"),
    "unreadable": mark("cannot be opened"),
    "bug": mark("could not be read because of a fault in TokenMirror"),
}
REPOSITORY_STATES = {
    "ok": mark("readable"),
    "empty": mark("no commits yet"),
    "missing": mark("not found at its place"),
    "not_yours": mark("belongs to another user of this computer"),
    "shallow": mark("history is cut off"),
    "partial": mark("history is incomplete"),
    "unreadable": mark("cannot be read"),
}
NO_IDENTITY = mark("no address is known to be yours: tick yours below")
LANDING_FROM = {
    "chosen": mark("chosen by you"),
    "remote_head": mark("as the remote has it"),
    "remote_name": mark("by its name at the remote"),
    "local_name": mark("by its name"),
    "single": mark("the only branch"),
}


@dataclass(frozen=True)
class SourceState:
    """Everything the page knows of one source; ``since_ms`` is ``None`` when not allowed."""

    source: Source
    since_ms: int | None
    reading: SourceReading | None
    days: Days
    problems: tuple[FileProblem, ...] = ()
    unknown: tuple[tuple[str, int], ...] = ()
    places: tuple[str, ...] = field(default=())

    @property
    def allowed(self) -> bool:
        """Whether it is switched on."""
        return self.since_ms is not None


@dataclass(frozen=True)
class When:
    """How instants are written: the person's zone and the civil day it is."""

    zone: ZoneInfo
    today: date

    def at(self, at_ms: int | None) -> str:
        """An instant as "today, 14:01", "yesterday, 09:00" or "12 Oct"; a dash for never."""
        if at_ms is None:
            return DASH
        moment = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self.zone)
        if moment.date() == self.today:
            return tr("today, {time}", time=clock(moment))
        if moment.date() == self.today - timedelta(days=1):
            return tr("yesterday, {time}", time=clock(moment))
        return day(moment.date(), year=moment.year != self.today.year)

    def day(self, at_ms: int | None) -> str:
        """The day of an instant, "14 Aug"; a dash for never."""
        if at_ms is None:
            return DASH
        moment = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self.zone)
        return day(moment.date(), year=moment.year != self.today.year)


def source_rows(
    states: tuple[SourceState, ...],
    repositories: tuple[Repository, ...],
    when: When,
    no_access: frozenset[str] = frozenset(),
) -> list[Row]:
    """The rows of the table of sources, git as the last one."""
    rows = [_source_row(state, when, no_access) for state in states]
    if repositories:
        rows.append(_git_row(repositories, when))
    return rows


def _source_row(state: SourceState, when: When, no_access: frozenset[str]) -> Row:
    reading = state.reading
    words, tone = state_words(state, state.source.key in no_access)
    strip = state.days
    signals = Signals(signal_states(state.source))
    return Row(
        state.source.key,
        (
            Cell(state.source.name, drawing=Icons((source_icon(state.source.key),))),
            Cell(words, tone=tone),
            Cell(when.day(state.since_ms), sort=state.since_ms or 0, tone="text2"),
            Cell(
                when.at(reading.read_ms if reading else None),
                sort=reading.read_ms if reading and reading.read_ms else 0,
                tone="text2",
            ),
            Cell(drawing=strip, sort=strip.states.count("read"), said=strip.spoken),
            Cell(_understood(reading), sort=_share(reading) or 0.0, right=True),
            Cell(drawing=signals, sort=state.source.key, said=signals.spoken),
        ),
    )


def _git_row(repositories: tuple[Repository, ...], when: When) -> Row:
    n = len(repositories)
    readable = sum(repository.state == "ok" for repository in repositories)
    read_ms = max((r.scanned_ms for r in repositories if r.scanned_ms), default=None)
    return Row(
        "git",
        (
            Cell(tr_n("Git, {n} repository", "Git, {n} repositories", n), drawing=Icons(("git",))),
            Cell(
                tr("reading on") if readable == n else tr("{n} readable", n=number(readable)),
                tone=None if readable == n else "caution",
            ),
            Cell(DASH, tone="text2"),
            Cell(when.at(read_ms), sort=read_ms or 0, tone="text2"),
            Cell(),
            Cell(percent(readable / n), sort=readable / n, right=True),
            Cell(tr("see Repositories"), tone="text2"),
        ),
    )


def state_words(state: SourceState, no_access: bool = False) -> tuple[str, str | None]:
    """The state of a source in words, and its tone."""
    if not state.allowed:
        return (tr("not allowed"), "text2") if state.places else (tr("not found here"), "text3")
    if no_access:
        return tr("may not be opened"), "caution"
    if not state.places:
        return tr("not found any more"), "caution"
    if state.reading is None or not state.reading.records:
        return tr("nothing read yet"), "text2"
    share = _share(state.reading)
    if share is not None and share < UNDERSTOOD_WELL:
        return tr("partly understood"), "caution"
    return tr("reading on"), None


def day_states(source: Source, strip: Strip | None, length: int, *, allowed: bool) -> Days:
    """The strip of days; before a tool's first record its own deletion may have been at work."""
    if strip is None:
        return Days(("nothing" if allowed else "not_allowed",) * length)
    early: DayState = "nothing" if source.keeps_days is None else "gone"
    states: dict[str, DayState] = {"read": "read", "before": early}
    return Days(tuple(states.get(state, "nothing") for _, state in strip.days))


def signal_states(source: Source) -> tuple[SignalState, ...]:
    """What the tool records of each signal, S1 first."""
    return tuple(
        "full" if key in source.full else "partly" if key in source.partly else "none"
        for key in SIGNALS
    )


def _share(reading: SourceReading | None) -> float | None:
    return reading.understood / reading.records if reading and reading.records else None


def _understood(reading: SourceReading | None) -> str:
    share = _share(reading)
    if share is None:
        return DASH
    if share in {0.0, 1.0}:
        return percent(share)
    return tr("{n} %", n=number(min(99.9, 100 * share), 1))


def summary(state: SourceState, when: When) -> str:
    """Places, files, bytes, oldest record, versions: one line under the source's name."""
    reading = state.reading
    if reading is None:
        places = tr_n("{n} place", "{n} places", len(state.places))
        return tr("{places} found, nothing read.", places=places) if state.places else ""
    parts = [
        tr(
            "{places}, {files}, {size}.",
            places=tr_n("{n} place", "{n} places", len(state.places)),
            files=tr_n("{n} file", "{n} files", reading.files),
            size=size(reading.bytes),
        )
    ]
    if reading.first_ms is not None:
        parts.append(tr("Oldest record {day}.", day=when.day(reading.first_ms)))
    if reading.versions:
        first, last = reading.versions[0], reading.versions[-1]
        seen = first if first == last else tr("{first} to {last}", first=first, last=last)
        parts.append(tr("Versions seen: {versions}.", versions=seen))
    return " ".join(parts)


def facts(state: SourceState, when: When) -> list[tuple[str, str]]:
    """Label and sentence of what is worth knowing of a source."""
    rows = [(tr("Place"), place) for place in state.places]
    reading = state.reading
    if reading is not None and reading.gone:
        gone = tr_n(
            "{n} file is no longer on disk; what it said is kept.",
            "{n} files are no longer on disk; what they said is kept.",
            reading.gone,
        )
        rows.append((tr("Archive"), gone))
    if state.source.keeps_days is not None:
        rows.append(
            (
                tr("Tool"),
                tr("Deletes its own logs after about {n} days.", n=number(state.source.keeps_days)),
            )
        )
    if state.unknown:
        kinds = ", ".join(f"{kind} ({number(n)})" for kind, n in state.unknown[:6])
        left_out = tr_n(
            "{n} record of an unknown kind was left out: {kinds}.",
            "{n} records of unknown kinds were left out: {kinds}.",
            sum(n for _, n in state.unknown),
            kinds=kinds,
        )
        rows.append((tr("Left out"), left_out))
    return rows


def problem_rows(problems: tuple[FileProblem, ...]) -> list[Row]:
    """A row per place that could not be read: file, position, reason."""
    rows = []
    for place, problem in enumerate(problems):
        at = DASH if problem.offset is None else tr("byte {n}", n=number(problem.offset))
        rows.append(
            Row(
                str(place),
                (
                    Cell(problem.path.rsplit("/", 1)[-1], tip=problem.path),
                    Cell(at, sort=problem.offset or 0, tone="text2"),
                    Cell(tr(REASONS.get(problem.reason, problem.reason))),
                ),
            )
        )
    return rows


def repository_state(repository: Repository) -> str:
    """What could be read of a repository, in words."""
    if repository.reason == "no_identity":
        return tr(NO_IDENTITY)
    return tr(REPOSITORY_STATES.get(repository.state, repository.state))


def repository_rows(repositories: tuple[Repository, ...], when: When) -> list[Row]:
    """A row per repository: name, state, main line, commits, last look, place."""
    rows = []
    for repository in repositories:
        ok = repository.state == "ok" and repository.reason != "no_identity"
        state = repository_state(repository)
        if not repository.followed:
            state = tr("not followed")
        line = (repository.landing_ref or "").removeprefix("refs/heads/")
        line = line.removeprefix("refs/remotes/")
        how = LANDING_FROM.get(repository.landing_from or "")
        rows.append(
            Row(
                repository.common_dir,
                (
                    Cell(repository.name, strong=False, drawing=Icons(("git",))),
                    Cell(state, tone=None if ok and repository.followed else "caution"),
                    Cell(line or DASH, tip=tr(how) if how else ""),
                    Cell(number(repository.commits_mine), sort=repository.commits_mine, right=True),
                    Cell(
                        when.day(repository.last_commit_ms),
                        sort=repository.last_commit_ms or 0,
                        tone="text2",
                    ),
                    Cell(
                        when.at(repository.scanned_ms),
                        sort=repository.scanned_ms or 0,
                        tone="text2",
                    ),
                    Cell(repository.common_dir, tone="text2", tip=repository.common_dir),
                ),
            )
        )
    return rows


def by_key(states: tuple[SourceState, ...]) -> Mapping[str, SourceState]:
    """The states by the keys of their sources."""
    return {state.source.key: state for state in states}
