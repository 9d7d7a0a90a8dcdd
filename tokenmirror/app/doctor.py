"""What surrounds the program and what needs attention, fit to paste in a report.

No content: no prompt, project, repository or mail address; the home folder is written ``~``.
"""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import stat
import subprocess
import sys
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from tokenmirror import __version__, paths
from tokenmirror.app import sources
from tokenmirror.app.start import Started, archive
from tokenmirror.errors import UserError
from tokenmirror.ingest.preview import FoundSource
from tokenmirror.language import tr
from tokenmirror.measures import listing
from tokenmirror.store import schema

PACKAGES = ("PySide6_Essentials", "pyqtgraph", "numpy", "msgspec", "sqlite-utils", "click", "Babel")
LITTLE_ROOM_BYTES = 500_000_000
SOON_DAYS = 7
GIT_SECONDS = 10


def examine(started: Started, now: datetime) -> dict[str, Any]:
    """Environment, places, archive, sources, and what needs attention.

    ``attention`` is a list of sentences, each with something to do; empty when all is well.
    """
    now_ms = round(now.timestamp() * 1000)
    found = sources.found(started, sources.loaded())
    homes = sources.further_homes(started)
    attention: list[str] = []
    store = _archive(started, attention)
    for key, fault in sources.faults():
        attention.append(
            tr(
                "The source {name} of another package could not be loaded: {fault}.",
                name=key,
                fault=fault,
            )
        )
    # consents stand in the archive: one that cannot be read has none
    on = sources.switched_on(started) if store["sound"] else frozenset()
    return {
        "program": _program(),
        "git": _git(attention),
        "places": _places(started, attention),
        "archive": store,
        "further_homes": [{"kind": kind, "added": added} for _, kind, added in homes],
        "sources": [_source(one, now_ms, attention, on=one.key in on) for one in found],
        "attention": attention,
    }


def _program() -> dict[str, Any]:
    return {
        "version": __version__,
        "frozen": bool(getattr(sys, "frozen", False)),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "packages": {name: _version(name) for name in PACKAGES},
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _git(attention: list[str]) -> dict[str, Any]:
    program = paths.git_program()
    if program is None:
        attention.append(
            tr("Git was not found: shipped changes stay unknown. Install git, then read again.")
        )
        return {"program": None, "version": None}
    try:
        said = subprocess.run(
            [str(program), "version"],
            env=paths.child_env(),
            capture_output=True,
            text=True,
            timeout=GIT_SECONDS,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        attention.append(tr("Git does not start: try “git version” in a terminal."))
        said = ""
    return {"program": shown(program), "version": said.removeprefix("git version ") or None}


def _places(started: Started, attention: list[str]) -> list[dict[str, Any]]:
    places = started.places
    rows: list[dict[str, Any]] = []
    for name in ("data", "archive", "config", "log"):
        folder: Path = getattr(places, name)
        mode = stat.S_IMODE(folder.stat().st_mode)
        free = shutil.disk_usage(folder).free
        if os.name == "posix" and mode & 0o077:
            attention.append(
                tr("Others may look into {folder}: run chmod 700 on it.", folder=shown(folder))
            )
        if not os.access(folder, os.W_OK):
            attention.append(tr("{folder} may not be written.", folder=shown(folder)))
        rows.append(
            {"name": name, "path": shown(folder), "mode": f"{mode:04o}", "free_bytes": free}
        )
    if min(row["free_bytes"] for row in rows) < LITTLE_ROOM_BYTES:
        attention.append(tr("There is little room left on the disk: make some before reading."))
    return rows


def _archive(started: Started, attention: list[str]) -> dict[str, Any]:
    path = started.places.database
    facts: dict[str, Any] = {"bytes": None, "version": None, "sound": None, "repositories": {}}
    if not path.exists():
        attention.append(tr("Nothing has been read yet: open the window, or run “import”."))
        return facts
    facts["bytes"] = path.stat().st_size
    try:
        facts["version"] = schema.version_of(path)
        with archive(started) as db:
            facts["sound"] = listing.is_sound(db)
            facts["repositories"] = listing.repositories_by_state(db)
            facts["contradictions"] = len(listing.contradictions(db))
            facts["recounts"] = len(listing.recounts(db))
            facts["read"] = {key: _read(read) for key, read in listing.read_so_far(db).items()}
    except UserError as error:
        attention.append(str(error))
        return {**facts, "sound": False}
    if not facts["sound"]:
        attention.append(str(schema.damaged(path)))
    return facts


def _read(read: listing.ReadSoFar) -> dict[str, Any]:
    return {
        "files": read.files,
        "records": read.records,
        "understood": read.understood,
        "problems": read.problems,
    }


def _source(found: FoundSource, now_ms: int, attention: list[str], *, on: bool) -> dict[str, Any]:
    state = sources.state(found, on=on)
    if state == "no_permission":
        attention.append(tr("{name}: its folder may not be read.", name=found.name))
    left = found.days_left(now_ms)
    if state == "off" and left is not None and left <= SOON_DAYS:
        attention.append(
            tr(
                "{name} removes logs after {days} days, and its oldest ones go soon. What is"
                " read before stays.",
                name=found.name,
                days=found.keeps_days,
            )
        )
    return {
        "id": found.key,
        "state": state,
        "files": found.files,
        "bytes": found.bytes,
        "keeps_days": found.keeps_days,
        "days_left": left,
    }


def shown(path: Path) -> str:
    """A path without the name of the home folder."""
    home = Path.home()
    return f"~/{path.relative_to(home).as_posix()}" if path.is_relative_to(home) else str(path)


def as_text(body: dict[str, Any]) -> str:
    """The examination in lines, what needs attention last."""
    program, git, archive = body["program"], body["git"], body["archive"]
    lines = [
        f"TokenMirror {program['version']}, Python {program['python']}, {program['system']}",
        ", ".join(f"{name} {version}" for name, version in program["packages"].items()),
        f"SQLite {program['sqlite']}, git {git['version']} ({git['program']})",
    ]
    lines += [
        f"{row['name']}: {row['path']} {row['mode']}, {row['free_bytes']:,} bytes free"
        for row in body["places"]
    ]
    lines += [
        f"further home ({row['kind']}): {'added' if row['added'] else 'not added'}"
        for row in body["further_homes"]
    ]
    lines.append(f"archive: {archive['bytes']} bytes, version {archive['version']}")
    lines += [
        f"{row['id']}: {row['state']}, {row['files']} files, {row['bytes']:,} bytes"
        for row in body["sources"]
    ]
    lines += body["attention"] or [tr("Nothing needs attention.")]
    return "".join(f"{line}\n" for line in lines)
