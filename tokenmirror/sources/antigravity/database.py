"""The database of one conversation: facts, steps and tokens, all in protobuf."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from tokenmirror.events import Usage
from tokenmirror.sources import editors
from tokenmirror.sources.antigravity import wire
from tokenmirror.sources.antigravity.steps import DONE, FAILED, OPEN, Asked, Step
from tokenmirror.sources.antigravity.wire import Fields, inner

USER_INPUT, PLANNER = 14, 15
# Statuses of a step that goes on: pending, running, generating, waiting, queued.
GOING_ON = frozenset((1, 2, 8, 9, 11))
ERROR = 7
FORKS = frozenset((2, 6))
# Where the text lies that a tool gave back: a step's own field, then the way inside it.
RESULTS = ((28, 21, 1), (28, 21, 2), (28, 19, 1), (34, 11), (34, 8), (140, 2, 1), (31, 3), (31, 2))
_GRADE = re.compile(r"\s*\(.*\)$")
_VENDORS = ("gemini", "claude", "gpt")


@dataclass(frozen=True)
class Told:
    """What a conversation's database says of it."""

    folder: str | None = None
    began_ms: int | None = None
    parent: str | None = None
    delegated: bool = False
    copied_until: int = -1


def tables(db: sqlite3.Connection) -> set[str]:
    """The names of the tables."""
    return {str(row[0]) for row in db.execute("select name from sqlite_master where type='table'")}


def _column(db: sqlite3.Connection, table: str, name: str) -> list[tuple[int, object]]:
    columns = {str(row[1]) for row in db.execute(f"pragma table_info({table})")}
    if name not in columns:
        return []
    order = "idx" if "idx" in columns else "0"
    query = f"select {order}, {name} from {table} order by 1"  # noqa: S608 (names of ours)
    return [(nth if isinstance(nth, int) else 0, value) for nth, value in db.execute(query)]


def told(db: sqlite3.Connection, session: str) -> Told:
    """Folder, beginning and parent of a conversation."""
    rows = _column(db, "trajectory_metadata_blob", "data")
    facts = wire.fields(rows[0][1]) if rows else {}
    folders = [wire.text(wire.fields(part), 1) for part in wire.messages(facts, 1)]
    folders += [wire.text({1: [part]}, 1) for part in wire.messages(facts, 7)]
    named = [folder for folder in folders if folder]
    began = wire.instant_ms(wire.fields(next(iter(wire.messages(facts, 2)), b"")))
    folder = editors.path_of(named[0]) if named else None
    above = wire.text(facts, 5)
    if above:
        return Told(folder, began, above, delegated=True)
    for _, data in reversed(_column(db, "parent_references", "data")):
        reference = wire.fields(data)
        other = wire.text(reference, 6)
        if other and other != session and wire.number(reference, 5) in FORKS:
            return Told(folder, began, other, copied_until=wire.number(reference, 2) or 0)
    return Told(folder, began)


def steps(db: sqlite3.Connection) -> Iterator[Step]:
    """The steps, in order; those of kinds without a meaning here are left out."""
    for index, payload in _column(db, "steps", "step_payload"):
        found = wire.fields(payload)
        step = _step(index, found, payload)
        if step is not None:
            yield step


def _step(index: int, found: Fields, payload: object) -> Step | None:
    facts = inner(payload, 5)
    at_ms = wire.instant_ms(wire.fields(next(iter(wire.messages(facts, 1)), b"")))
    if at_ms is not None:
        at_ms -= at_ms % 1000  # the transcript tells the same step to the second
    kind = wire.number(found, 1)
    if kind == USER_INPUT:
        return Step(index, at_ms, prompt=_prompt(inner(payload, 19)))
    if kind == PLANNER:
        calls = tuple(_asked(call) for call in wire.messages(inner(payload, 20), 7))
        return Step(index, at_ms, calls=calls) if calls else None
    ran = wire.messages(facts, 4)
    if not ran:
        return None
    texts = (wire.text(inner(payload, *path[:-1]), path[-1]) for path in RESULTS)
    status = wire.number(found, 4) or 0
    state = OPEN if status in GOING_ON else FAILED if status == ERROR else DONE
    call = wire.text(wire.fields(ran[0]), 1)
    return Step(
        index, at_ms, result=next((text for text in texts if text), ""), call=call, state=state
    )


def _prompt(told: Fields) -> str | None:
    parts = [wire.text(wire.fields(item), 1) for item in wire.messages(told, 3)]
    text = "".join(part for part in parts if part)
    return text or wire.text(told, 2) or wire.text(told, 1)


def _asked(call: bytes) -> Asked:
    found = wire.fields(call)
    args = wire.text(found, 3)
    return Asked(
        wire.text(found, 2) or "unknown",
        editors.decoded(args.encode()) if args else None,
        wire.text(found, 1),
    )


def usage(db: sqlite3.Connection, session: str) -> Iterator[Usage]:
    """Tokens of each answer; an answer has an id of its own, which forks keep."""
    times = {
        index: wire.instant_ms(inner(payload, 5, 1))
        for index, payload in _column(db, "steps", "step_payload")
    }
    for index, data in _column(db, "gen_metadata", "data"):
        chat = inner(data, 1)
        counts = wire.fields(next(iter(wire.messages(chat, 4)), b""))
        read, written = wire.number(counts, 2), wire.number(counts, 3)
        if written is None:
            parts = [wire.number(counts, 9), wire.number(counts, 10)]
            known = [part for part in parts if part is not None]
            written = sum(known) if known else None
        if not read and not written:
            continue
        yield Usage(
            session=session,
            key=wire.text(counts, 11) or f"{session}/{index}",
            at_ms=next((times[n] for n in _indexes(data) if times.get(n) is not None), None),
            model=_model(chat),
            input_tokens=read,
            cache_read_tokens=wire.number(counts, 5),
            cache_write_5m_tokens=wire.number(counts, 4),
            output_tokens=written,
            reasoning_tokens=wire.number(counts, 9),
        )


def _indexes(data: object) -> Iterator[int]:
    """The steps that an answer belongs to."""
    packed = next(iter(wire.messages(wire.fields(data), 2)), b"")
    place = 0
    while 0 <= place < len(packed):
        index, place = wire.varint(packed, place)
        if place > 0:
            yield index


def _model(chat: Fields) -> str | None:
    """The model by its shown name, without its grade; else by its inner name."""
    shown = _GRADE.sub("", wire.text(chat, 21) or "").strip().lower().replace(" ", "-")
    return shown if shown.startswith(_VENDORS) else wire.text(chat, 19)
