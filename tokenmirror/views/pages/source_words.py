"""What the Sources page says of each source: words and cells, no widgets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tokenmirror.ingest.preview import FoundSource
from tokenmirror.language import DASH, clock, day, listing, mark, number, percent, size, tr, tr_n
from tokenmirror.measures.coverage import Strip
from tokenmirror.sources.source import Source
from tokenmirror.store.formats import VersionReading
from tokenmirror.store.readings import FileProblem, Repository, SourceReading
from tokenmirror.views.models.rows import Cell, Row
from tokenmirror.views.reading_card import source_icon
from tokenmirror.views.widgets.marks import Days, DayState, Icons, Signals, SignalState

UNDERSTOOD_WELL = 0.98
SOON_DAYS = 7
PLACES_TOLD = 4
VERSIONS_TOLD = 6
# of whole files, what is said first
FAILURES = {
    "bug": mark("partly read"),
    "encrypted": mark("encrypted"),
    "locked": mark("locked"),
    "unreadable": mark("may not be opened"),
    "too_long": mark("partly read"),
}
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
    """Everything the page knows of one source; ``since_ms`` is ``None`` when not allowed.

    ``places`` are there, ``missed`` were looked for and are not; ``found`` is what lies on the
    disk, where that was looked at; ``failed`` counts whole files that could not be read, by
    reason.
    """

    source: Source
    since_ms: int | None
    reading: SourceReading | None
    days: Days
    problems: tuple[FileProblem, ...] = ()
    unknown: tuple[tuple[str, int], ...] = ()
    places: tuple[str, ...] = field(default=())
    missed: tuple[str, ...] = ()
    found: FoundSource | None = None
    versions: tuple[VersionReading, ...] = ()
    failed: Mapping[str, int] = field(default_factory=dict)

    @property
    def allowed(self) -> bool:
        """Whether it is switched on."""
        return self.since_ms is not None

    @property
    def here(self) -> bool:
        """Whether there is anything to tell of it on this computer."""
        return bool(self.places) or self.allowed or self.reading is not None


@dataclass(frozen=True)
class When:
    """How instants are written: the person's zone and the civil day it is."""

    zone: ZoneInfo
    today: date
    now_ms: int = 0

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
            Cell(drawing=strip, sort=strip.states.count("read"), said=strip.spoken)
            if state.here
            else Cell(sort=-1),
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
        return _unread_words(state)
    if no_access:
        return tr("may not be opened"), "caution"
    if state.found is not None and state.found.fault:
        return tr("a fault in its package"), "caution"
    if not state.places:
        return tr("not found any more"), "caution"
    for reason, words in FAILURES.items():
        if state.failed.get(reason):
            return tr(words), "caution"
    if state.reading is None or not state.reading.records:
        return tr("nothing read yet"), "text2"
    share = _share(state.reading)
    if share is not None and share < UNDERSTOOD_WELL:
        return tr("partly understood"), "caution"
    return tr("reading on"), None


def _unread_words(state: SourceState) -> tuple[str, str | None]:
    if not state.places:
        return tr("not found here"), "text3"
    if state.found is not None and state.found.fault:
        return tr("a fault in its package"), "caution"
    if state.found is not None and not state.found.files:
        return tr("nothing found"), "text3"
    return (tr("not allowed any more"), "text2") if state.reading else (tr("not allowed"), "text2")


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
    return DASH if share is None else _shown(share)


def _shown(share: float) -> str:
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
    if state.missed:
        rows.append((tr("Not there"), listed(state.missed, PLACES_TOLD)))
    reading = state.reading
    if reading is not None and reading.gone:
        gone = tr_n(
            "{n} file is no longer on disk; what it said is kept.",
            "{n} files are no longer on disk; what they said is kept.",
            reading.gone,
        )
        rows.append((tr("Archive"), gone))
    rows += _keeping(state, when)
    rows += [(tr("Not recorded"), tr(sentence)) for sentence in state.source.unsaid]
    if len(state.versions) > 1:
        rows += [(tr("Understood"), _version(row)) for row in state.versions[-VERSIONS_TOLD:]]
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


def _keeping(state: SourceState, when: When) -> list[tuple[str, str]]:
    """How long the tool keeps its logs, when the next ones go, and what would keep them."""
    source, found = state.source, state.found
    if source.keeps_days is None:
        return []
    days = tr_n(
        "Deletes its own logs after about {n} day.",
        "Deletes its own logs after about {n} days.",
        source.keeps_days,
    )
    rows = [(tr("Tool"), f"{days} {_expiry(state, when)}".rstrip())]
    if source.keeps_setting:
        words = tr(
            "{setting} would keep them longer; it is yours to set.", setting=source.keeps_setting
        )
        rows.append((tr("Setting"), words))
    elif found is not None and found.files:
        rows.append((tr("Setting"), tr("No setting is known that would keep them longer.")))
    return rows


def _expiry(state: SourceState, when: When) -> str:
    found = state.found
    left = found.days_left(when.now_ms) if found is not None else None
    if found is None or left is None:
        return ""
    oldest = when.day(found.oldest_ms)
    if state.allowed:
        return tr("The oldest one here is from {day}; what was read stays.", day=oldest)
    if left == 0:
        return tr("The oldest one here, from {day}, may go any day.", day=oldest)
    return tr_n(
        "The oldest one here, from {day}, may go in {n} day.",
        "The oldest one here, from {day}, may go in {n} days.",
        left,
        day=oldest,
    )


def expiring(states: Iterable[SourceState], when: When) -> str:
    """A sentence on unread logs that their tools remove soon; "" when there are none."""
    soon = []
    for state in states:
        left = state.found.days_left(when.now_ms) if state.found is not None else None
        if not state.allowed and left is not None and left <= SOON_DAYS:
            soon.append(state.source.name)
    if not soon:
        return ""
    return tr(
        "The oldest logs of {names} will be deleted by the tool soon. They are not read yet.",
        names=listing(soon),
    )


def _version(row: VersionReading) -> str:
    share = _shown(row.understood / row.records)
    if row.several:
        version = tr("files with several versions")
    else:
        version = row.version or tr("no version stated")
    return tr_n(
        "{version}: {share} of {n} record",
        "{version}: {share} of {n} records",
        row.records,
        version=version,
        share=share,
    )


def listed(names: Sequence[str], most: int) -> str:
    """Some names, and how many more there are."""
    more = len(names) - most
    shown = ", ".join(names[:most])
    return tr("{names} and {n} more", names=shown, n=number(more)) if more > 0 else shown


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
