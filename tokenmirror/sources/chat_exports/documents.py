"""Exports as files: found by name, told apart by their first bytes, read whole."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

import msgspec

from tokenmirror.events import AnyEvent, Problem
from tokenmirror.sources import editors, lines
from tokenmirror.sources.source import BATCH_EVENTS, Batch, Cursor, LogFile

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

Kind = Literal["chatgpt", "claude-ai"]

DEPTH = 2
SNIFFED_BYTES = 64 * 1024
_NAME = re.compile(r"conversations(-\d{1,6})?\.json", re.IGNORECASE)
_SHAPE = re.compile(rb'"(mapping|chat_messages)"\s*:')
_KINDS: dict[bytes, Kind] = {b"mapping": "chatgpt", b"chat_messages": "claude-ai"}


@dataclass
class Told:
    """What one conversation says: its events, and how many of its messages are understood."""

    events: list[AnyEvent] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    records: int = 0
    understood: int = 0
    unknown: Counter[str] = field(default_factory=Counter)


Teller = Callable[[object, Told], None]


class Counts(msgspec.Struct):
    """What was counted of a file so far, so that a newer one under its name adds the rest."""

    records: int = 0
    understood: int = 0
    unknown: dict[str, int] = {}


# -- finding ---------------------------------------------------------------------------------


def exports(named: Iterable[Path], kind: Kind) -> Iterator[LogFile]:
    """Exports of that kind among the files named, and in the folders named."""
    seen = set()
    for place in named:
        for file in _candidates(place):
            if file.path not in seen and _kind_of(file.path, file.size, file.mtime_ns) == kind:
                seen.add(file.path)
                yield file


def is_export(path: Path) -> bool:
    """Whether a file is an export of a kind that is read here."""
    file = lines.log_file(path)
    return file is not None and _kind_of(path, file.size, file.mtime_ns) is not None


def _candidates(place: Path) -> Iterator[LogFile]:
    file = lines.log_file(place)
    if file is not None:
        yield file
        return
    for file in lines.walk(place, (".json", ".zip"), DEPTH):
        if file.path.suffix == ".zip" or _NAME.fullmatch(file.path.name):
            yield file


@lru_cache(maxsize=512)
def _kind_of(path: Path, size: int, mtime_ns: int) -> Kind | None:
    """What a file is, by its first bytes; asked again only when it changed."""
    try:
        if _is_archive(path):
            return _kind_inside(path)
        with lines.opened(path) as handle:
            return _shape(os.read(handle, SNIFFED_BYTES))
    except lines.Unreadable:
        # named like one: given to a source all the same, whose reading says what is wrong
        if not _NAME.fullmatch(path.name):
            return None
        return "claude-ai" if path.with_name("users.json").exists() else "chatgpt"


def _shape(head: bytes) -> Kind | None:
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] not in (b"[", b"{"):
        return None
    found = _SHAPE.search(head)
    return _KINDS[found.group(1)] if found else None


def _is_archive(path: Path) -> bool:
    with lines.opened(path) as handle:
        return os.read(handle, 4) == b"PK\x03\x04"


def _kind_inside(path: Path) -> Kind | None:
    with lines.opened(path) as handle, os.fdopen(os.dup(handle), "rb") as stream:
        try:
            archive = _archive(stream)
            for member in _members(archive):
                if member.flag_bits & 1:
                    names = {name.rsplit("/", 1)[-1] for name in archive.namelist()}
                    return "claude-ai" if "users.json" in names else "chatgpt"
                kind = _shape(_content(archive, member, SNIFFED_BYTES))
                if kind is not None:
                    return kind
        except lines.Unreadable:
            pass
    return None


# -- reading ---------------------------------------------------------------------------------


def read(tell: Teller, file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """Events of an export, conversation by conversation; raises ``Unreadable``."""
    before = _counts(cursor.state)
    told = Told()
    for document in _documents(file):
        _tell_all(tell, document, told)
        while len(told.events) > BATCH_EVENTS:
            yield Batch(tuple(told.events[:BATCH_EVENTS]), cursor)
            del told.events[:BATCH_EVENTS]
    now = Counts(told.records, told.understood, dict(told.unknown.most_common(200)))
    new = told.unknown - Counter(before.unknown)
    records = max(0, now.records - before.records)
    yield Batch(
        events=tuple(told.events),
        cursor=lines.reread(file, now.records, msgspec.msgpack.encode(now)),
        problems=tuple(told.problems[:1_000]),
        records=records,
        understood=min(records, max(0, now.understood - before.understood)),
        unknown=dict(new.most_common(200)),
    )


def _counts(state: bytes) -> Counts:
    try:
        return msgspec.msgpack.decode(state, type=Counts) if state else Counts()
    except msgspec.MsgspecError:
        return Counts()


def _tell_all(tell: Teller, document: bytes, told: Told) -> None:
    conversations = _conversations(document)
    if conversations is None:
        told.problems.append(Problem(None, "not_json"))
        told.records += 1
        return
    for conversation in conversations:
        tell(conversation, told)


def _conversations(document: bytes) -> Iterable[object] | None:
    """The conversations of a document, decoded one at a time; ``None`` when it is not JSON."""
    try:
        raw = msgspec.json.decode(document, type=list[msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError, ValueError):
        whole = editors.decoded(document)  # half characters, or one conversation alone
        if isinstance(whole, dict):
            return [whole]
        return whole if isinstance(whole, list) else None
    return (editors.decoded(bytes(one)) for one in raw)


def _documents(file: LogFile) -> Iterator[bytes]:
    if not _is_archive(file.path):
        yield lines.whole(file)
        return
    with lines.opened(file.path) as handle, os.fdopen(os.dup(handle), "rb") as stream:
        archive = _archive(stream)
        for member in _members(archive):
            if member.flag_bits & 1:
                raise lines.Unreadable("encrypted")
            if member.file_size > lines.MAX_DOCUMENT_BYTES:
                raise lines.Unreadable("too_long")
            yield _content(archive, member, lines.MAX_DOCUMENT_BYTES).removeprefix(b"\xef\xbb\xbf")


def _archive(stream: IO[bytes]) -> ZipFile:
    import zipfile  # late: 10 ms at every start, for files that few have

    try:
        return zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise lines.Unreadable("unreadable") from error


def _members(archive: ZipFile) -> list[ZipInfo]:
    found = [i for i in archive.infolist() if _NAME.fullmatch(i.filename.rsplit("/", 1)[-1])]
    return sorted(found, key=lambda member: member.filename)


def _content(archive: ZipFile, member: ZipInfo, limit: int) -> bytes:
    import zipfile  # late, as above
    import zlib

    try:
        with archive.open(member) as stream:
            return stream.read(limit)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise lines.Unreadable("unreadable") from error
    except (
        RuntimeError,
        NotImplementedError,
        ValueError,
    ) as error:  # packed otherwise
        raise lines.Unreadable("encrypted" if "ncrypt" in str(error) else "unreadable") from error
