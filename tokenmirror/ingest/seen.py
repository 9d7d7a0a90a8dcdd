"""Which repositories the allowed logs name, before they are read: nothing is written.

Opens the newest files of each source, the first records of each, in memory.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenmirror import paths
from tokenmirror.events import Session
from tokenmirror.ingest.folders import Folders, absolute
from tokenmirror.ingest.follow import git_of
from tokenmirror.ingest.preview import log_files
from tokenmirror.repos import discover
from tokenmirror.repos.nouns import Place
from tokenmirror.sources.lines import Unreadable
from tokenmirror.sources.source import Cursor, LogFile, Machine, Source

MAX_FILES = 60  # per source
MAX_REPOSITORIES = 40


@dataclass(frozen=True)
class SeenRepository:
    """A repository that a log names; ``root`` is its working tree, if it has one."""

    name: str
    root: Path | None
    common_dir: Path


@dataclass(frozen=True)
class Seen:
    """Repositories by name, and the addresses that their git configuration gives."""

    repositories: tuple[SeenRepository, ...] = ()
    emails: tuple[str, ...] = ()
    no_git: str = ""


def seen(
    machine: Machine,
    sources: Iterable[Source],
    places: paths.Places,
    home: Path | None = None,
    others: Sequence[Machine] = (),
) -> Seen:
    """What the newest logs of these sources name; asks git who its user is there."""
    every = (machine, *others)
    folders = {folder for source in sources for folder in _folders(every, source)}
    places_of = Folders(
        home=machine.home,
        copied=home is not None,
        others=tuple(other.home for other in others),
    )
    found = {}
    for folder in sorted(folders):
        path = absolute(folder, None)
        lies_in = places_of.repository(path) if path else None
        if lies_in is not None:
            found[lies_in[0].common_dir] = lies_in[0]
    several = list(found.values())[:MAX_REPOSITORIES]
    git, no_git = git_of(places, home)
    emails: set[str] = set()
    if git is not None:
        for place in several:
            emails |= set(discover.facts(git, place).emails)
    rows = [SeenRepository(_name(place), place.root, place.common_dir) for place in several]
    rows.sort(key=lambda row: (row.name.casefold(), str(row.common_dir)))
    return Seen(tuple(rows), tuple(sorted(emails)), no_git)


def _folders(machines: Sequence[Machine], source: Source) -> Iterator[str]:
    newest = sorted(log_files(machines, source), key=lambda file: -file.mtime_ns)[:MAX_FILES]
    for file in newest:
        try:
            yield from _first_folders(source, file)
        except Unreadable:
            continue


def _first_folders(source: Source, file: LogFile) -> Iterator[str]:
    for batch in itertools.islice(source.read(file, Cursor()), 1):
        for event in batch.events:
            if isinstance(event, Session) and event.folder:
                yield event.folder


def _name(place: Place) -> str:
    return place.root.name if place.root is not None else place.common_dir.name
