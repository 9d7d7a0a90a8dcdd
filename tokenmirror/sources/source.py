"""The contract between a log format and the rest: a source is a value, not a class.

A source says where an assistant's logs may lie (``places``), which log files are there now
(``find``) and what a file says (``read``).  It never writes, hashes, stores or guesses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Literal
from urllib.parse import unquote, urlsplit

from tokenmirror.events import AnyEvent, Problem, Signal

Platform = Literal["linux", "macos", "windows"]
BATCH_EVENTS = 5_000
BATCH_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Machine:
    """All that a source may know of the computer it runs on.

    ``platforms`` are the layouts to look for, several when a copied home is read;
    ``environ`` holds the tools' own variables, empty for a copied home; ``folders`` are
    the work trees known so far; ``named`` are files and folders that the person handed over,
    in which exports of chats are looked for; ``user_data`` are user-data folders of editors
    that lie elsewhere than an installed editor keeps them.
    """

    home: Path
    platforms: tuple[Platform, ...]
    environ: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[Path, ...] = ()
    named: tuple[Path, ...] = ()
    user_data: tuple[Path, ...] = ()

    def config_homes(self) -> tuple[Path, ...]:
        """Folders under which desktop programs keep their user data, by platform.

        Linux ``$XDG_CONFIG_HOME`` or ``~/.config``; macOS ``~/Library/Application
        Support``; Windows ``%APPDATA%`` or ``~/AppData/Roaming``.
        """
        homes: list[Path] = []
        if "linux" in self.platforms:
            homes.append(self.variable("XDG_CONFIG_HOME") or self.home / ".config")
        if "macos" in self.platforms:
            homes.append(self.home / "Library" / "Application Support")
        if "windows" in self.platforms:
            homes.append(self.variable("APPDATA") or self.home / "AppData" / "Roaming")
        return tuple(homes)

    def variable(self, name: str) -> Path | None:
        """The folder an environment variable names; ``None`` when unset or relative."""
        value = self.environ.get(name, "")
        path = Path(value).expanduser() if value else None
        return path if path is not None and path.is_absolute() else None


class LogFile:
    """A log file as a source found it; ``stamp`` changes whenever its content may have.

    ``size`` and ``mtime_ns`` cover the file itself; ``stamp`` joins in companions that are
    read with it (a write-ahead log, a state file).  A value: alike where all four are.
    It keeps the path as ``text``, because a look makes one of these for each of tens of
    thousands of files, and a ``Path`` costs more than all else about it.
    """

    __slots__ = ("mtime_ns", "size", "stamp", "text")

    def __init__(self, path: Path | str, size: int, mtime_ns: int, stamp: int = 0) -> None:
        self.text = str(path)
        self.size = size
        self.mtime_ns = mtime_ns
        self.stamp = stamp

    @property
    def path(self) -> Path:
        """Where it lies."""
        return Path(self.text)

    def stamped(self, stamp: int) -> LogFile:
        """The same file with another stamp."""
        return LogFile(self.text, self.size, self.mtime_ns, stamp)

    def _facts(self) -> tuple[str, int, int, int]:
        return self.text, self.size, self.mtime_ns, self.stamp

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LogFile) and self._facts() == other._facts()

    def __hash__(self) -> int:
        return hash(self._facts())

    def __repr__(self) -> str:
        return f"LogFile{self._facts()!r}"


@dataclass(frozen=True)
class Cursor:
    """How far a file has been read.

    ``head`` is a hash of the file's first bytes, so that a truncated or replaced file is
    seen; ``state`` (at most 64 KiB) is the source's own memory of what the next lines need.
    """

    offset: int = 0
    size: int = 0
    mtime_ns: int = 0
    head: bytes = b""
    state: bytes = b""


@dataclass(frozen=True)
class Batch:
    """A stretch of a file, decoded, with the cursor after it.

    ``records`` counts what was read, ``understood`` what the source knows the meaning of
    (skipped on purpose included); ``unknown`` counts kinds of record it does not know.
    ``replaces`` (first batch only) says that the file was rewritten and its records have no
    ids of their own, so that what it gave before must go.
    """

    events: tuple[AnyEvent, ...]
    cursor: Cursor
    problems: tuple[Problem, ...] = ()
    records: int = 0
    understood: int = 0
    unknown: Mapping[str, int] = field(default_factory=dict)
    replaces: bool = False


@dataclass(frozen=True)
class Source:
    """One assistant's logs.

    ``full`` and ``partly`` are the signals it gives; ``version`` is raised whenever decoding
    changes, so that files still on disk are read again.  ``keeps_days`` is how long the tool
    itself keeps its logs by default, ``None`` when it never removes them;
    ``keeps_setting`` names the exact setting that would keep them longer, file first, empty
    when there is none.  ``unsaid`` are marked sentences on what the tool does not record.
    A tool that was rewritten may have two sources with one key, in two packages: ``reads``
    tells a path of the one from those of the other, and the registry joins them.
    """

    key: str
    name: str
    version: int
    full: frozenset[Signal]
    partly: frozenset[Signal]
    places: Callable[[Machine], tuple[Path, ...]]
    find: Callable[[Machine], Iterator[LogFile]]
    read: Callable[[LogFile, Cursor], Iterator[Batch]]
    keeps_days: int | None = None
    keeps_setting: str = ""
    unsaid: tuple[str, ...] = ()
    work_trees: bool = False
    reads: Callable[[Path], bool] | None = None


def joined(parts: Sequence[Source]) -> Source:
    """One source of several that share a key; a signal is full where it is so in all.

    A file is read by the part whose ``reads`` takes it, else by the first part without.
    """
    first = parts[0]
    if len(parts) == 1:
        return first
    picky = [part for part in parts if part.reads is not None]
    rest = next((part for part in parts if part.reads is None), first)

    def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
        takes = (part for part in picky if part.reads is not None and part.reads(file.path))
        return next(takes, rest).read(file, cursor)

    full = frozenset.intersection(*(part.full for part in parts))
    given = frozenset[Signal]().union(*(part.full | part.partly for part in parts))
    return replace(
        first,
        version=sum(part.version for part in parts),
        full=full,
        partly=given - full,
        places=lambda machine: tuple(
            dict.fromkeys(chain.from_iterable(part.places(machine) for part in parts))
        ),
        find=lambda machine: chain.from_iterable(part.find(machine) for part in parts),
        read=read,
        keeps_days=min((p.keeps_days for p in parts if p.keeps_days is not None), default=None),
        keeps_setting=next((part.keeps_setting for part in parts if part.keeps_setting), ""),
        unsaid=tuple(dict.fromkeys(chain.from_iterable(part.unsaid for part in parts))),
        work_trees=any(part.work_trees for part in parts),
        reads=None,
    )


def path_of_uri(uri: str) -> str | None:
    """The path that an editor's address names; remote ones keep scheme and host in front.

    ``file:///c%3A/Users/x`` gives ``c:/Users/x``; ``file:///home/x`` gives ``/home/x``;
    ``vscode-remote://ssh-remote%2Bhost/x`` gives ``vscode-remote://ssh-remote+host/x``.
    """
    parts = urlsplit(uri)
    path = unquote(parts.path)
    if parts.scheme == "file":
        if len(path) > 2 and path[0] == "/" and path[2] == ":":
            return path[1:]
        return f"//{parts.netloc}{path}" if parts.netloc else path
    if not parts.scheme or not path:
        return path or None
    return f"{parts.scheme}://{unquote(parts.netloc)}{PurePosixPath(path)}"
