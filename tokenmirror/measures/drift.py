"""How well each tool's format is known, as a report that a person may give away.

Free of content: no path, no name of a project, no text.  It says which tools in which
versions were read, how much of their records was understood, and what was not.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from tokenmirror.sources.source import Source
from tokenmirror.store import formats, readings
from tokenmirror.store.formats import VersionReading

# A kind is a name that a tool gave its records; a damaged log may have anything in its place.
_KIND = re.compile(r"(?:without a |role |sender )?[A-Za-z][\w.:-]{0,47}(?:/[A-Za-z][\w.:-]{0,47})?")
_VERSION = re.compile(r"v?\d[\w.+-]{0,39}")
HIDDEN = "not shown"
MAX_KINDS = 40


def drift(db: sqlite3.Connection | None, sources: Iterable[Source]) -> list[dict[str, Any]]:
    """A row per source that was ever read, in the order given; none without an archive."""
    if db is None:
        return []
    read = readings.source_readings(db)
    versions, unknown = formats.by_version(db), formats.unknown_kinds(db)
    problems = formats.problems(db)
    return [
        {
            "id": source.key,
            "source_version": source.version,
            "files": reading.files,
            "sessions": reading.sessions,
            "records": reading.records,
            "understood": reading.understood,
            "versions": [_version(row) for row in versions.get(source.key, ())],
            "unknown_kinds": _kinds(unknown.get(source.key, {})),
            "problems": dict(sorted(problems.get(source.key, {}).items())),
        }
        for source in sources
        if (reading := read.get(source.key)) is not None
    ]


def _version(row: VersionReading) -> dict[str, Any]:
    stated = row.version
    return {
        "version": HIDDEN if stated and not _VERSION.fullmatch(stated) else stated,
        "several": row.several,
        "files": row.files,
        "records": row.records,
        "understood": row.understood,
    }


def _kinds(unknown: Mapping[str, int]) -> list[dict[str, Any]]:
    shown: dict[str, int] = {}
    for kind, count in unknown.items():
        name = kind if _KIND.fullmatch(kind) else HIDDEN
        name = name if len(shown) < MAX_KINDS or name in shown else HIDDEN
        shown[name] = shown.get(name, 0) + count
    return [{"kind": kind, "count": count} for kind, count in shown.items()]


def as_text(rows: Iterable[Mapping[str, Any]], program: str) -> str:
    """The report in lines, in English for whoever keeps the sources; ends with a line end."""
    lines = [f"TokenMirror {program}: how well logs are understood"]
    for row in rows:
        lines.append(
            f"{row['id']} (source version {row['source_version']}): {row['files']} files,"
            f" {row['sessions']} sessions, {_share(row)}"
        )
        lines += [f"  {_named(version)}: {_share(version)}" for version in row["versions"]]
        lines += [f"  unknown kind {one['kind']}: {one['count']}" for one in row["unknown_kinds"]]
        lines += [f"  problem {reason}: {count}" for reason, count in row["problems"].items()]
    if len(lines) == 1:
        lines.append("Nothing has been read yet.")
    return "".join(f"{line}\n" for line in lines)


def _named(version: Mapping[str, Any]) -> str:
    if version["several"]:
        return "files with several versions"
    return f"version {version['version']}" if version["version"] else "no version stated"


def _share(row: Mapping[str, Any]) -> str:
    if not row["records"]:
        return "no records"
    share = 100 * row["understood"] / row["records"]
    shown = share if share in {0.0, 100.0} else min(99.9, max(0.1, share))
    return f"{row['records']} records, {shown:.1f} % understood"
