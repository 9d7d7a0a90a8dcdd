"""What every start of the program needs: its places, settings, log and words."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tokenmirror import language, paths, settings
from tokenmirror.app import log
from tokenmirror.errors import UserError
from tokenmirror.settings import Settings
from tokenmirror.sources import homes
from tokenmirror.sources.homes import ALL_PLATFORMS
from tokenmirror.sources.source import Machine, Platform
from tokenmirror.store import connection, own, reader, schema
from tokenmirror.store.days import Days

Reader = sqlite3.Connection
PLATFORMS: dict[str, Platform] = {"darwin": "macos", "win32": "windows"}


@dataclass(frozen=True)
class Wanted:
    """The options that every command takes; ``home`` is a copied home to be read."""

    data_dir: Path | None = None
    home: Path | None = None
    json: bool = False
    quiet: bool = False
    verbose: bool = False


@dataclass(frozen=True)
class Started:
    """Places and settings in use; ``note`` is a sentence to tell once, "" mostly."""

    wanted: Wanted
    places: paths.Places
    settings: Settings
    note: str


def start(wanted: Wanted) -> Started:
    """Make the places, load the settings, begin the log and speak the person's language.

    Raises ``UserError`` when a place cannot be made.
    """
    places = paths.places(wanted.data_dir)
    log.begin(places.log_file, verbose=wanted.verbose)
    chosen, note = settings.load(places.settings)
    if chosen.locale != language.speech().locale:
        language.use(chosen.locale)
    return Started(wanted, places, chosen, note)


def machine(home: Path | None, folders: Sequence[Path] = ()) -> Machine:
    """The computer we are on; or a copied home: all platforms, no variables."""
    if home is not None:
        return Machine(home, ALL_PLATFORMS, {}, tuple(folders), named=(home,))
    here = PLATFORMS.get(sys.platform, "linux")
    return Machine(Path.home(), (here,), dict(os.environ), tuple(folders))


def added(started: Started) -> dict[str, str]:
    """Folders and exports that the person added, by path with their kind.

    None where the archive cannot be read: whoever needs it says what is wrong with it.
    """
    if not started.places.database.exists():
        return {}
    try:
        return own.Own(started.places.database).folders()
    except UserError:
        return {}


def machines(started: Started) -> tuple[Machine, ...]:
    """Where this start looks for logs: this computer first, then its further homes."""
    return homes.machines(machine(started.wanted.home), added(started))


@contextmanager
def archive(started: Started) -> Iterator[Reader]:
    """The archive to read from, closed afterwards; there must be one.

    Raises ``UserError`` for what SQLite finds wrong with it, at once or while it is read.
    """
    path = started.places.database
    db = reader.connect(path)
    try:
        yield db
    except sqlite3.OperationalError as error:
        raise connection.said(error) from error
    except sqlite3.DatabaseError as error:
        raise schema.damaged(path) from error
    finally:
        db.close()


def days(settings: Settings) -> Days:
    """How the person's settings cut time into days.

    Raises ``UserError`` for a zone that this machine does not know.
    """
    return Days(
        settings.zone or local_zone(),
        settings.day_start_min,
        settings.week_start,
        settings.year_start,
    )


def local_zone() -> str:
    """The IANA name of this computer's zone; "UTC" where it has none."""
    from babel.localtime import get_localzone  # late: 20 ms, and only dates need it

    try:
        zone = get_localzone()
    except LookupError:
        return "UTC"
    return str(getattr(zone, "key", "UTC"))


def now() -> datetime:
    """The clock, in the zone of this computer."""
    return datetime.now().astimezone()
