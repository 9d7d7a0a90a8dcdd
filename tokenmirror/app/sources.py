"""The sources as the command line lists them, and which of them a reading may open."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tokenmirror import __version__
from tokenmirror import sources as registry
from tokenmirror.app.start import Started, added, archive, machines
from tokenmirror.errors import UserError
from tokenmirror.events import Signal
from tokenmirror.ingest import preview
from tokenmirror.ingest.preview import FoundSource
from tokenmirror.language import tr
from tokenmirror.sources import homes
from tokenmirror.sources.source import Machine, Source
from tokenmirror.store import own

if TYPE_CHECKING:
    from tokenmirror.measures.listing import ReadSoFar

SIGNALS: tuple[Signal, ...] = ("S1", "S2", "S3", "S4", "S5", "S6", "S7")


def built_in() -> tuple[Source, ...]:
    """The program's own sources."""
    return tuple(e.source for e in registry.registered() if e.built_in and e.source is not None)


def faults() -> tuple[tuple[str, str], ...]:
    """Sources of other packages that could not be loaded, each with the name of its error."""
    return tuple((entry.key, entry.fault) for entry in registry.registered() if entry.fault)


def loaded() -> tuple[Source, ...]:
    """All sources that could be loaded, the built-in ones first."""
    return tuple(entry.source for entry in registry.registered() if entry.source is not None)


def of(keys: Collection[str]) -> tuple[Source, ...]:
    """The sources of these keys that there are; no others are loaded, if they are built in."""
    if all(map(registry.is_built_in, keys)):
        return registry.built_in(keys)
    return tuple(source for source in loaded() if source.key in keys)


def named(keys: Collection[str]) -> tuple[Source, ...]:
    """The sources of these keys; raises ``click.BadParameter`` for one that is none."""
    if all(map(registry.is_built_in, keys)):
        return registry.built_in(keys)
    known = {source.key: source for source in loaded()}
    for key in keys:
        if key not in known:
            listed = ", ".join(known)
            raise click.BadParameter(tr("“{key}” is none of {listed}.", key=key, listed=listed))
    return tuple(known[key] for key in known if key in keys)


def allowed(
    started: Started, keys: Collection[str], *, every: bool, also: Sequence[Path] = ()
) -> tuple[Source, ...]:
    """The sources to read: those named or all built in for this run, else those switched on.

    A file in ``also`` names its source by being of its kind.  Raises ``UserError`` for one
    that is of no kind known, and one that lists what was found when nothing was allowed.
    """
    handed = _handed(also)
    if every:  # of other packages only what was switched on or is named: it is foreign code
        mine = {source.key for source in built_in()}
        wanted = {*mine, *switched_on(started), *keys, *handed}
        return tuple(source for source in loaded() if source.key in wanted)
    if keys:
        return named({*keys, *handed})
    on = switched_on(started) | handed
    if not on:
        raise UserError(
            _nothing_allowed(started), tr("Name them with --source, or use --all-sources.")
        )
    return of(on)


def _handed(also: Sequence[Path]) -> frozenset[str]:
    """Keys of the sources that take the files handed over."""
    keys = set()
    for path in also:
        if path.is_dir():
            continue
        here = Machine(path.parent, (), named=(path,))
        takers = {
            source.key for source in loaded() if any(f.path == path for f in source.find(here))
        }
        if not takers:
            raise UserError(
                tr("{name} is no export of a chat site that can be read here.", name=path.name),
                tr("Name the .zip as it came, or the conversations.json in it."),
            )
        keys |= takers
    return frozenset(keys)


def switched_on(started: Started) -> frozenset[str]:
    """Keys of the sources that the person switched on in the window."""
    if not started.places.database.exists():
        return frozenset()
    consents = own.Own(started.places.database).consents()
    return frozenset(key for key, consent in consents.items() if consent.allowed)


def _nothing_allowed(started: Started) -> str:
    here = [one for one in found(started, loaded()) if one.files]
    if not here:
        return tr("No source is allowed to be read, and no logs of a known tool were found.")
    listed = ", ".join(f"{one.key} ({one.files})" for one in here)
    return tr("No source is allowed to be read. Found (files): {listed}.", listed=listed)


def found(started: Started, known: Sequence[Source]) -> list[FoundSource]:
    """What lies in the places of these sources, in all homes that are looked into."""
    here, *others = machines(started)
    return preview.found(here, known, others)


def rows(started: Started) -> list[dict[str, Any]]:
    """One row per source in the shape of ``cli.md``, in the order of the registry."""
    from tokenmirror.measures.listing import read_so_far  # late: a reading does without

    read: Mapping[str, ReadSoFar] = {}
    if started.places.database.exists():
        with archive(started) as db:
            read = read_so_far(db)
    versions = {row["id"]: row["versions"] for row in drift(started)}
    on, known, here_and_there = switched_on(started), loaded(), machines(started)
    now_ms = time.time_ns() // 1_000_000
    rows = []
    for source, here in zip(known, found(started, known), strict=True):
        row = _row(source, here, read.get(source.key), on=source.key in on)
        missing = row.pop("missing")
        row |= _kept(source, here, now_ms)
        row["looked_for"] = [
            str(p) for p in _looked_for(here_and_there, source) if p not in here.places
        ]
        row["versions"] = versions.get(source.key, [])
        rows.append({**row, "missing": missing})
    return rows


def further_homes(started: Started) -> list[tuple[Path, str, bool]]:
    """Homes in the other half of this computer: path, kind, and whether it was added.

    None where a copied home is read.
    """
    if started.wanted.home is not None:
        return []
    known = added(started)
    return [
        (offer.path, offer.kind, str(offer.path) in known)
        for offer in homes.offers(homes.surroundings())
    ]


def _looked_for(machines: Sequence[Machine], source: Source) -> list[Path]:
    """The places of a source on this computer itself, there or not."""
    return list(dict.fromkeys(source.places(machines[0])))


def _kept(source: Source, found: FoundSource, now_ms: int) -> dict[str, Any]:
    """How long the tool keeps its logs, and what it does not write down."""
    from tokenmirror.measures.listing import instant  # late: a reading does without

    return {
        "keeps_setting": source.keeps_setting or None,
        "oldest": instant(found.oldest_ms),
        "days_left": found.days_left(now_ms),
        "not_recorded": [tr(sentence) for sentence in source.unsaid],
    }


def drift(started: Started) -> list[dict[str, Any]]:
    """How well the logs of each source read so far are understood; free of content."""
    from tokenmirror.measures import drift as measured  # late: a reading does without

    if not started.places.database.exists():
        return []
    with archive(started) as db:
        return measured.drift(db, loaded())


def drift_as_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """The same in lines."""
    from tokenmirror.measures import drift as measured  # late, as above

    return measured.as_text(rows, __version__)


def _row(source: Source, found: FoundSource, read: ReadSoFar | None, *, on: bool) -> dict[str, Any]:
    from tokenmirror.measures.listing import instant  # late, as above

    row: dict[str, Any] = {
        "id": source.key,
        "name": source.name,
        "state": state(found, on=on),
        "roots": [str(place) for place in found.places],
        "files": found.files,
        "bytes": found.bytes,
        "newest": instant(found.newest_ms),
        "sessions": read.sessions if read else 0,
        "records": read.records if read else None,
        "understood": read.understood if read else None,
        "understood_percent": _percent(read),
        "unknown_kinds": [
            {"kind": kind, "count": count}
            for kind, count in (read.unknown_kinds if read else {}).items()
        ],
        "signals": {signal: _gives(source, signal) for signal in SIGNALS},
        "keeps_days": source.keeps_days,
    }
    reasons = {
        "newest": None if found.newest_ms else "not_found",
        **dict.fromkeys(
            ("records", "understood", "understood_percent"), None if read else "nothing_read"
        ),
    }
    row["missing"] = {name: reason for name, reason in reasons.items() if reason}
    return row


def kept(started: Started, ledger: str) -> list[dict[str, Any]]:
    """Rows of a ledger of the archive: ``recounts`` or ``contradictions``; none without one."""
    from tokenmirror.measures import listing  # late, as above

    if not started.places.database.exists():
        return []
    with archive(started) as db:
        rows = listing.recounts(db) if ledger == "recounts" else listing.contradictions(db)
        return [dict(row) for row in rows]


def _percent(read: ReadSoFar | None) -> float | None:
    if read is None or not read.records:
        return None
    share = 100 * read.understood / read.records
    return share if share == 100 else min(99.9, round(share, 1))


def state(found: FoundSource, *, on: bool) -> str:
    """Whether a source may be read and can be: on, off, not_found or no_permission."""
    if any(not may_enter(place) for place in found.places):
        return "no_permission"
    if not found.files:
        return "not_found"
    return "on" if on else "off"


def may_enter(place: Path) -> bool:
    """Whether a folder or file may be read by this person."""
    return os.access(place, os.R_OK | (os.X_OK if place.is_dir() else 0))


def _gives(source: Source, signal: Signal) -> str:
    if signal in source.full:
        return "yes"
    return "partly" if signal in source.partly else "no"
