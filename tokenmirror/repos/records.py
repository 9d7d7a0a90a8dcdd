"""Who wrote which lines, as tools recorded it beside the commits.

Two published formats, neither trusted over the text of the lines (``shipped.md`` 4.5):

- authorship logs of git-ai 3.x, notes under ``refs/notes/ai``: per file, lines of ``key
  ranges``, then ``---`` and JSON that says which session a key is.  Keys ``s_…::t_…`` are
  looked up in ``sessions`` by their first part, ``h_…`` are people, others are ``prompts``;
- Agent Trace records (0.1 and 1.0), a line of JSON each in ``.agent-trace/traces.jsonl`` of
  a working tree: a commit and, per file, ranges by conversation.

Ranges hold line numbers of the file in that commit.  Notes are read as objects through our
own reader, so nothing of the repository's runs; all of it is input of strangers and bounded.
Formats as published in May 2026.
"""

from __future__ import annotations

import json
import re
import stat
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, NamedTuple

from tokenmirror.repos.git import OID, Git, Reader, ids
from tokenmirror.repos.history import Head
from tokenmirror.repos.identity import assistant_called
from tokenmirror.repos.nouns import Place

NOTES_REF = "refs/notes/ai"
HINTS_REF = "refs/notes/ai-attribution"
TRACES = Path(".agent-trace") / "traces.jsonl"
NOTE_BYTES = 8 << 20
TRACES_BYTES = 64 << 20
TRACE_BYTES = 1 << 20
MOST_RANGES = 20_000  # of one record
KEY_CHARS = (8, 200)  # of a session's id: a shorter one could be anything
# a record made at a commit; one made later counts lines of the work that followed
TRACE_LATE_MS = 60_000
_RANGE = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?\Z")
_SESSION_IN_URL = re.compile(r"([^/\\?#]+?)(?:\.jsonl?|\.txt)?(?:[?#].*)?\Z")
_SESSION_FIELDS = ("session_id", "conversation_id", "sessionId", "conversationId")


class Range(NamedTuple):
    """Lines of a file, both ends included, and the ids their session may have in its tool."""

    first: int
    last: int
    sessions: tuple[str, ...]


Ranges = dict[str, list[Range]]  # by path


@dataclass(slots=True)
class Records:
    """What was recorded, by commit; ``hints`` are tools that a note names without lines."""

    ranges: dict[str, Ranges] = field(default_factory=dict)
    hints: dict[str, str] = field(default_factory=dict)

    def add(self, oid: str, ranges: Mapping[str, Iterable[Range]]) -> None:
        """Put what another record says of a commit beside what is there."""
        known = self.ranges.setdefault(oid, {})
        for path, found in ranges.items():
            known.setdefault(path, []).extend(found)


def recorded(
    git: Git, reader: Reader, place: Place, roots: Iterable[Path], heads: Iterable[Head]
) -> Records:
    """What tools recorded of these commits."""
    wanted = {head.oid: head for head in heads}
    found = Records()
    if not wanted:
        return found
    tips = _tips(git, place)
    for oid, note in _notes(reader, tips.get(NOTES_REF), wanted):
        found.add(oid, authorship(note))
    for oid, note in _notes(reader, tips.get(HINTS_REF), wanted):
        found.hints[oid] = _generator(note)
    for root in sorted({*roots, *([place.root] if place.root else [])}):
        for line in _trace_lines(root / TRACES):
            trace = traced(line)
            head = wanted.get(trace.oid) if trace else None
            if trace and head and trace.at_ms <= head.committed_ms + TRACE_LATE_MS:
                found.add(trace.oid, trace.ranges)
    return found


def sessions_of(
    numbers: Sequence[int], ranges: Iterable[Range], sessions: Mapping[str, int]
) -> tuple[int | None, ...]:
    """The known session that is recorded for each of these lines; the last record wins.

    ``numbers`` ascend.
    """
    found: list[int | None] = [None] * len(numbers)
    for one in ranges:
        session = next((sessions[name] for name in one.sessions if name in sessions), None)
        if session is not None:
            begin, end = bisect_left(numbers, one.first), bisect_right(numbers, one.last)
            found[begin:end] = [session] * (end - begin)
    return tuple(found)


def _tips(git: Git, place: Place) -> dict[str, str]:
    """The newest commit of each ref that notes are kept under."""
    form = "--format=%(objectname) %(refname)"
    answer = git.ask(place, "for-each-ref", form, NOTES_REF, HINTS_REF)
    rows = (line.split(" ", 1) for line in answer.out.decode("utf-8", "replace").splitlines())
    return {name: oid for oid, name in rows if OID.match(oid)}


def _notes(
    reader: Reader, tip: str | None, wanted: Mapping[str, object]
) -> Iterator[tuple[str, str]]:
    """Notes on these commits, with the commit; a path is its id, cut anywhere by slashes."""
    if tip is None:
        return
    listed = reader.ask("ls-tree", "-r", "-z", "--end-of-options", tip)
    blobs: dict[str, str] = {}
    for entry in listed.out.split(b"\0"):
        facts, _, path = entry.partition(b"\t")
        oid = path.replace(b"/", b"").decode("ascii", "replace")
        if oid in wanted and facts.startswith(b"100"):
            blobs[oid] = facts.split()[2].decode("ascii", "replace")
    if not blobs:
        return
    with reader.stream("cat-file", "--batch", feed=ids(blobs.values())) as stream:
        for oid in blobs:
            note = _blob(stream.out)
            if note is None:
                return
            if note:
                yield oid, note


def _blob(out: IO[bytes]) -> str | None:
    """The next object's text: empty for one that is missing or too large, ``None`` at the end."""
    header = out.readline(1 << 10).split()
    if not header:
        return None
    if len(header) != 3 or not header[2].isdigit():
        return ""
    size = int(header[2])
    kept = out.read(min(size, NOTE_BYTES))
    left = size - len(kept) + 1  # and the line end behind it
    while left > 0:
        part = out.read(min(left, 1 << 16))
        if not part:
            return None
        left -= len(part)
    return kept.decode("utf-8", "replace") if size <= NOTE_BYTES else ""


def authorship(note: str) -> Ranges:
    """Ranges of an authorship log; empty for a note of any other form."""
    above, mark, below = note.partition("\n---\n")
    sessions = _sessions(below) if mark else {}
    found: Ranges = {}
    path, left = "", MOST_RANGES
    for line in above.split("\n"):
        if line and not line[0].isspace():
            quoted = len(line) > 1 and line[0] == line[-1] == '"'
            path = line[1:-1] if quoted else line
            continue
        key, _, spans = line.strip().partition(" ")
        session = sessions.get(key.partition("::")[0])
        for span in spans.split(",") if path and session else ():
            part = _RANGE.match(span.strip())
            if part and left and session:
                left -= 1
                first = int(part[1])
                found.setdefault(path, []).append(Range(first, int(part[2] or first), (session,)))
    return found


def _sessions(text: str) -> dict[str, str]:
    """The tool's session id behind each key of an authorship log."""
    said = _object(text)
    if not str(said.get("schema_version", "")).startswith("authorship/3."):
        return {}
    found: dict[str, str] = {}
    for part in ("prompts", "sessions"):
        for key, one in _items(said.get(part)):
            agent = one.get("agent_id") if isinstance(one, dict) else None
            session = _session(agent.get("id")) if isinstance(agent, dict) else None
            if session and not key.startswith("h_"):
                found[key] = session
    return found


class Trace(NamedTuple):
    """An Agent Trace record: the commit its ranges refer to, and when it was made."""

    oid: str
    at_ms: int
    ranges: Ranges


def traced(line: str) -> Trace | None:
    """One Agent Trace record; ``None`` for one without a commit, a time or lines of a tool."""
    said = _object(line)
    vcs = said.get("vcs")
    oid = vcs.get("revision") if isinstance(vcs, dict) and vcs.get("type") == "git" else None
    at_ms = _instant(said.get("timestamp"))
    if not isinstance(oid, str) or not OID.match(oid) or at_ms is None:
        return None
    everywhere = _named(said.get("metadata"))
    found: Ranges = {}
    left = MOST_RANGES
    for file in _list(said.get("files")):
        path = file.get("path")
        for talk in _list(file.get("conversations")) if isinstance(path, str) else ():
            sessions = (*_linked(talk), *everywhere)
            for span in _list(talk.get("ranges")) if sessions else ():
                first, last = span.get("start_line"), span.get("end_line")
                if (
                    _is_tool(span, talk)
                    and isinstance(first, int)
                    and isinstance(last, int)
                    and left
                ):
                    left -= 1
                    found.setdefault(str(path), []).append(Range(first, last, sessions))
    return Trace(oid, at_ms, found) if found else None


def _is_tool(span: dict[str, object], talk: dict[str, object]) -> bool:
    """Whether lines are said to be a tool's alone; a range may say so for itself."""
    for one in (span.get("contributor"), talk.get("contributor")):
        if isinstance(one, dict):
            return one.get("type") == "ai"
    return False


def _linked(talk: dict[str, object]) -> tuple[str, ...]:
    """Session ids in a conversation's addresses: the last part of each."""
    urls = [talk.get("url"), *(one.get("url") for one in _list(talk.get("related")))]
    found = []
    for url in urls:
        part = _SESSION_IN_URL.search(url) if isinstance(url, str) and len(url) < 4096 else None
        session = _session(part[1]) if part else None
        if session:
            found.append(session)
    return tuple(found)


def _named(metadata: object) -> tuple[str, ...]:
    if not isinstance(metadata, dict):
        return ()
    found = (_session(metadata.get(name)) for name in _SESSION_FIELDS)
    return tuple(session for session in found if session)


def _trace_lines(file: Path) -> Iterator[str]:
    """Lines of a trace file that is an ordinary one and not over-large."""
    try:
        facts = file.lstat()
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > TRACES_BYTES:
            return
        if file.parent.is_symlink():
            return
        with file.open("rb") as lines:
            while line := lines.readline(TRACE_BYTES):
                yield line.decode("utf-8", "replace")
    except OSError:
        return


def _generator(note: str) -> str:
    said = _object(note).get("generator")
    return assistant_called(said) if isinstance(said, str) else "other"


def _object(text: str) -> dict[str, object]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _items(said: object) -> Iterable[tuple[str, object]]:
    return said.items() if isinstance(said, dict) else ()


def _list(said: object) -> list[dict[str, object]]:
    return [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []


def _session(said: object) -> str | None:
    shortest, longest = KEY_CHARS
    return said if isinstance(said, str) and shortest <= len(said) <= longest else None


def _instant(said: object) -> int | None:
    if not isinstance(said, str):
        return None
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return None
    return int(at.timestamp() * 1000) if at.tzinfo else None
