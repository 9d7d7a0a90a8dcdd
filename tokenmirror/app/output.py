"""What the command line prints: one JSON document, a CSV file, or a table for the eye."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from tokenmirror.language import DASH, mark, tr

Format = Literal["table", "json", "csv"]
Row = Mapping[str, Any]

# the columns of a table for the eye; JSON and CSV have all fields
COLUMNS: dict[str, tuple[tuple[str, str], ...]] = {
    "sessions": (
        ("started", mark("Started")),
        ("tool", mark("Tool")),
        ("project", mark("Project")),
        ("origin", mark("Origin")),
        ("prompts", mark("Prompts")),
        ("suggestions.accepted", mark("Edits taken")),
        ("lines.accepted", mark("Lines")),
        ("lines.shipped", mark("Shipped")),
        ("cost_list_price", mark("Cost $")),
        ("id", mark("Id")),
    ),
    "prompts": (
        ("at", mark("At")),
        ("tool", mark("Tool")),
        ("origin", mark("Origin")),
        ("basis", mark("Basis")),
        ("words", mark("Words")),
        ("session", mark("Session")),
        ("text", mark("Text")),
    ),
    "suggestions": (
        ("at", mark("At")),
        ("tool", mark("Tool")),
        ("kind", mark("Kind")),
        ("decision", mark("Decision")),
        ("how", mark("How")),
        ("lines_added", mark("Added")),
        ("lines_removed", mark("Removed")),
        ("file", mark("File")),
    ),
    "commits": (
        ("author_time", mark("Written")),
        ("repository", mark("Repository")),
        ("hash", mark("Commit")),
        ("mine", mark("Mine")),
        ("added", mark("Added")),
        ("ai_lines.low", mark("AI lines, at least")),
        ("ai_lines.high", mark("At most")),
        ("on_default_branch", mark("On main line")),
        ("subject", mark("Subject")),
    ),
    "tasks": (
        ("began", mark("Began")),
        ("title", mark("Title")),
        ("project", mark("Project")),
        ("outcome", mark("Outcome")),
        ("outcome_stated", mark("You say")),
        ("own_prompts", mark("Prompts")),
        ("lines.accepted", mark("Lines")),
        ("lines.landed", mark("Committed")),
        ("lines.shipped", mark("Shipped")),
        ("cost_list_price", mark("Cost $")),
    ),
    "recounts": (
        ("at", mark("Recounted")),
        ("title", mark("Figure")),
        ("month", mark("Month")),
        ("old", mark("Before")),
        ("new", mark("Now")),
        ("difference", mark("Difference")),
        ("unit", mark("Unit")),
        ("words", mark("Why")),
    ),
    "contradictions": (
        ("at", mark("At")),
        ("tool", mark("Tool")),
        ("kind", mark("Kind")),
        ("what", mark("What")),
        ("session", mark("Session")),
        ("file", mark("File")),
    ),
    "sources": (
        ("id", mark("Id")),
        ("name", mark("Name")),
        ("state", mark("State")),
        ("files", mark("Files")),
        ("bytes", mark("Bytes")),
        ("newest", mark("Newest")),
        ("sessions", mark("Sessions")),
        ("understood_percent", mark("Understood %")),
        ("keeps_days", mark("Keeps days")),
    ),
    "measures": (
        ("group", mark("Group")),
        ("id", mark("Id")),
        ("name", mark("Measure")),
        ("value", mark("Value")),
        ("unit", mark("Unit")),
        ("n", mark("n")),
        ("of", mark("of")),
        ("interval", mark("Likely between")),
        ("missing_reason", mark("Missing")),
    ),
}


def document(name: str, body: Row, now: datetime) -> dict[str, object]:
    """A document of the public contract: its schema, when it was made, then its fields."""
    made = now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"schema": f"tokenmirror/{name}@1", "generated": made, **body}


def as_json(document: Row) -> str:
    """A document as indented JSON with one line end; fields keep their order."""
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def rows_as(form: Format, name: str, rows: Sequence[Row], now: datetime) -> str:
    """Rows in the form asked for; JSON has them under the command's name."""
    if form == "json":
        return as_json(document(name, {name: list(rows)}, now))
    return as_csv(rows) if form == "csv" else as_table(rows, COLUMNS[name])


def reading_as_text(body: Row) -> str:
    """What a reading did, or would do, in lines for the eye; problems by file and place."""
    lines = []
    for part in body["sources"]:
        if not (part["files_read"] or part["problems"]):
            continue  # most tools left nothing here
        lines += [_source_line(part)]
        lines += [f"  {p['file']} {_seen(p['offset'])}: {p['why']}" for p in part["problems"]]
    for repo in body["repositories"]:
        found = repo["problem"] or tr("{n} commits read", n=repo["commits_read"])
        lines.append(f"{repo['path']}: {found}")
    files = body["files"]
    lines.append(
        tr("{read} of {found} files to read.", **files)
        if body.get("dry_run")
        else tr("{read} of {found} files read, {unchanged} unchanged, {failed} failed.", **files)
    )
    return "".join(f"{line}\n" for line in lines)


def _source_line(part: Row) -> str:
    counts = tr("{n} files", n=part["files_read"])
    if "prompts" in part:
        counts += tr(
            ", {sessions} sessions, {prompts} prompts, {suggestions} suggestions,"
            " {bad} records not understood",
            sessions=part["sessions"],
            prompts=part["prompts"],
            suggestions=part["suggestions"],
            bad=part["records_bad"],
        )
    return f"{part['id']}: {counts}"


def as_csv(rows: Iterable[Row]) -> str:
    """Rows as CSV: nested fields joined by a dot, lists by a semicolon, unknown ones empty.

    Text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    flat = [_flat(row) for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    if names:
        writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in flat)
    return out.getvalue()


def _flat(row: Row, front: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, value in row.items():
        if name in {"missing", "by_tool", "parts"} and isinstance(value, Mapping):
            flat[front + name] = [f"{key}={part}" for key, part in value.items()]
        elif isinstance(value, Mapping):
            flat.update(_flat(value, f"{front}{name}."))
        else:
            flat[front + name] = value
    return flat


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    text = "; ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def as_table(rows: Sequence[Row], columns: Sequence[tuple[str, str]]) -> str:
    """Rows as aligned columns with a heading; columns that no row has are left out."""
    if not rows:
        return tr("Nothing to list.") + "\n"
    flat = [_flat(row) for row in rows]
    used = [column for column in columns if any(column[0] in row for row in flat)]
    numeric = [all(_is_number(row.get(key)) for row in flat) for key, _ in used]
    lines = [[tr(title) for _, title in used]]
    lines += [[_seen(row.get(key)) for key, _ in used] for row in flat]
    widths = [max(len(line[place]) for line in lines) for place in range(len(used))]
    return "".join(_line(line, widths, numeric) for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    parts = [
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(cells, widths, numeric, strict=True)
    ]
    return "  ".join(parts).rstrip() + "\n"


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _seen(value: object) -> str:
    if value is None:
        return DASH
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, list):
        return " … ".join(map(_seen, value))
    text = str(value)
    # an instant to the minute is enough for the eye
    if len(text) == 24 and text[10] == "T" and text.endswith("Z"):
        return f"{text[:10]} {text[11:16]}"
    # control characters of foreign text must not reach the terminal
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
