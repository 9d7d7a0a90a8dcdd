"""The acceptance log of Continue in editors: one line an event, one file a kind.

Lines hold code and prompts; of them only what an event carries is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from tokenmirror.events import (
    AnyEvent,
    Decision,
    EditKind,
    How,
    Problem,
    Session,
    Suggestion,
    Usage,
)
from tokenmirror.sources import editors, lines
from tokenmirror.sources.changes import Changed, changed_lines, text_lines
from tokenmirror.sources.editors import at, number_at, text_at
from tokenmirror.sources.source import BATCH_BYTES, BATCH_EVENTS, Batch, Cursor, LogFile

Decided = tuple[Decision, How | None]
_LAST_MS = 253_402_300_800_000


class Record(NamedTuple):
    """One line with what tells it from others: its own id, or its place in its file."""

    told: object
    place: str
    at_ms: int | None

    @property
    def day(self) -> str:
        """The session that stands for a day of work beside the chat."""
        if self.at_ms is None:
            return "editor"
        return f"editor/{datetime.fromtimestamp(self.at_ms / 1000, UTC):%Y-%m-%d}"


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """Events of new lines; raises ``Unreadable``."""
    now, found = lines.appended(file, cursor)
    name = f"{file.path.parent.name}/{file.path.stem}"
    decode = EVENTS[file.path.stem]
    events: list[AnyEvent] = []
    problems: list[Problem] = []
    records = began = now.offset
    count = 0
    for line in found:
        records = line.end
        if line.problem is None and not line.text.strip():
            continue
        count += 1
        told = editors.decoded(line.text) if line.problem is None else None
        if not isinstance(told, dict):
            problems.append(line.problem or Problem(line.offset, "not_json"))
        else:
            at_ms = instant(at(told, "timestamp"))
            # the time too, since several machines and folders have files of one name
            events += decode(Record(told, f"{name}/{line.offset}/{at_ms}", at_ms))
        if len(events) >= BATCH_EVENTS or records - began > BATCH_BYTES:
            began = records
            now = replace(now, offset=records)
            yield Batch(tuple(events), now, tuple(problems), count, count - len(problems))
            events, problems, count = [], [], 0
    after = replace(now, offset=records)
    yield Batch(tuple(events), after, tuple(problems), count, count - len(problems))


def instant(value: object) -> int | None:
    """Epoch milliseconds of a time in ISO form or in milliseconds, as text or number."""
    if isinstance(value, str) and not value.isdigit():
        try:
            moment = datetime.fromisoformat(value)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            value = round(moment.timestamp() * 1000)
        except (ValueError, OverflowError, OSError):
            return None
    elif isinstance(value, str):
        value = int(value[:20])
    stamp = number_at(value)
    return stamp if stamp is not None and 0 < stamp < _LAST_MS else None


# -- kinds of event --------------------------------------------------------------------------


def _completion(record: Record) -> Iterator[AnyEvent]:
    told = record.told
    text = text_at(told, "completion")
    before = (text_at(told, "prefix") or "").rpartition("\n")[2]
    after = (text_at(told, "suffix") or "").partition("\n")[0]
    # A completion goes on a line that is there: the line as it then stands is what may land.
    added = tuple(text_lines(f"{before}{text}{after}")) if text else ()
    yield from _shown(record, "filepath", (added, ()))


def _next_edit(record: Record) -> Iterator[AnyEvent]:
    if at(record.told, "aborted") is not True:  # else it never came to the screen
        yield from _shown(
            record, "fileUri", _changed(record, "originalEditableRange", "completion")
        )


def _shown(record: Record, path: str, changed: Changed) -> Iterator[AnyEvent]:
    """A completion on screen; one not taken in time was passed by, which is no refusal."""
    taken = at(record.told, "accepted")
    if isinstance(taken, bool):
        decided: Decided = ("accepted", "chosen") if taken else ("undecided", None)
        yield from _suggestion(record, "inline", path, changed, decided)


def _edit(record: Record) -> Iterator[AnyEvent]:
    taken = at(record.told, "accepted")
    if isinstance(taken, bool):
        decision: Decision = "accepted" if taken else "rejected"
        changed = _changed(record, "previousCode", "newCode")
        yield from _suggestion(record, "edit", "filepath", changed, (decision, "chosen"))


def _changed(record: Record, before: str, after: str) -> Changed:
    old, new = text_at(record.told, before), text_at(record.told, after)
    return changed_lines(old, new) if old is not None and new is not None else ((), ())


def _suggestion(
    record: Record, kind: EditKind, path: str, changed: Changed, decided: Decided
) -> Iterator[AnyEvent]:
    identity = text_at(record.told, "completionId") if kind == "inline" else None
    decision, how = decided
    yield Session(
        session=record.day,
        key=record.day,
        at_ms=record.at_ms,
        ended_ms=record.at_ms,
        entry="interactive",
    )
    yield Suggestion(
        session=record.day,
        key=identity or record.place,
        at_ms=record.at_ms,
        kind=kind,
        path=editors.path_of(text_at(record.told, path)),
        added=changed[0],
        removed=changed[1],
        decision=decision,
        how=how,
        basis="stated",
        decided_ms=None if decision == "undecided" else record.at_ms,
    )


def _tokens(record: Record) -> Iterator[AnyEvent]:
    """Tokens of a call, counted by Continue; what of the prompt was cached is unknown."""
    output = number_at(record.told, "generatedTokens")
    if output is not None:
        yield Usage(
            session=record.day,
            key=record.place,
            at_ms=record.at_ms,
            model=text_at(record.told, "model"),
            output_tokens=output,
        )


def _chat(record: Record) -> Iterator[AnyEvent]:
    session = text_at(record.told, "sessionId")
    if session:
        yield Session(
            session=session,
            key=session,
            at_ms=record.at_ms,
            ended_ms=record.at_ms,
            entry="interactive",
        )


def _nothing(_: Record) -> Iterator[AnyEvent]:
    return iter(())


EVENTS: dict[str, Callable[[Record], Iterator[AnyEvent]]] = {
    "autocomplete": _completion,
    "nextEditOutcome": _next_edit,
    "editOutcome": _edit,
    "tokensGenerated": _tokens,
    "chatInteraction": _chat,
    "toolUsage": _nothing,
    "editInteraction": _nothing,
    "chatFeedback": _nothing,
    "quickEdit": _nothing,
}
