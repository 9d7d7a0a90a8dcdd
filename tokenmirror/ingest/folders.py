"""From a path in a log to a folder here: moved homes, named repositories, retired worktrees.

A log names paths of the machine and the time it was written on.  A path is looked up as it
is; under the home that is being read, if it names somebody's home folder; and under the
root of a repository that the person named, if the last parts agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tokenmirror.repos import discover
from tokenmirror.repos.nouns import Place
from tokenmirror.sources.homes import seen_from_here, system_root

_DRIVE_HOME = re.compile(r"^[A-Za-z]:")
_HOMES = re.compile(r"^(?:/home/[^/]+|/root|/Users/[^/]+|[A-Za-z]:/Users/[^/]+)(?=/|$)")
_WSL = re.compile(r"^vscode-remote://wsl\+([^/]+)(?=/)", re.IGNORECASE)
_ABSOLUTE = re.compile(r"^(?:/|[A-Za-z]:/)")


def absolute(path: str, folder: str | None) -> str | None:
    """A log's path with ``/``, made absolute by its session's folder where it is relative."""
    path = path.replace("\\", "/")
    if "://" in path:
        return path
    if _ABSOLUTE.match(path):
        return _plain(path)
    return None if folder is None else _plain(f"{folder.replace(chr(92), '/')}/{path}")


def _plain(path: str) -> str:
    """Without ``.`` and ``..`` parts and doubled slashes."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and len(parts) > 1:
            parts.pop()
        elif part not in ("", ".", "..") or not parts:
            parts.append(part)
    return "/".join(parts) or "/"


@dataclass
class Folders:
    """Looks folders up, each once.

    ``home`` is the home being read, ``copied`` when it stands for one that logs name
    otherwise; ``others`` are further homes; ``named`` are repositories the person named;
    ``roots`` are working-tree roots met before, deleted ones included, with their common
    folder.
    """

    home: Path | None = None
    copied: bool = False
    others: tuple[Path, ...] = ()
    named: tuple[Place, ...] = ()
    roots: dict[str, Path] = field(default_factory=dict)
    _places: dict[str, tuple[Place, str] | None] = field(default_factory=dict)

    def repository(self, folder: str) -> tuple[Place, str] | None:
        """The repository a folder of a log lies in, and its root as the log would write it.

        ``None`` when it lies in none that can be found here.
        """
        folder = folder.rstrip("/") or "/"
        if folder not in self._places:
            self._places[folder] = self._looked_up(folder)
        return self._places[folder]

    def _looked_up(self, folder: str) -> tuple[Place, str] | None:
        retired = self._retired(folder)
        if retired is not None:
            return retired
        for here in self._candidates(folder):
            found = self._nearest(here)
            if found is not None and found.root is not None:
                root = _log_root(folder, here, found.root)
                if root is not None:
                    return found, root
        return self._by_name(folder)

    def _retired(self, folder: str) -> tuple[Place, str] | None:
        """A root seen before that is not there any more, but whose repository is."""
        for root in _upwards(folder):
            common = self.roots.get(root)
            if common is not None and common.is_dir() and not Path(root).is_dir():
                return Place(common, None), root
        return None

    def _candidates(self, folder: str) -> Iterable[Path]:
        far = _WSL.match(folder)  # the near half of an editor names a folder inside WSL
        if "://" in folder and far is None:
            return
        folder = folder[far.end() :] if far else folder
        if far is None or not _DRIVE_HOME.match(str(self.home)):
            yield Path(folder)
        match = _HOMES.match(folder)
        if match is not None:
            name, rest = match.group().rsplit("/", 1)[-1], folder[match.end() :].lstrip("/")
            yield from (home / rest for home in self._homes(name))
        yield from seen_from_here(folder, self.others)

    def _homes(self, name: str) -> Iterable[Path]:
        """Homes that may be the one a log names so: the copied one, and others of that name."""
        if self.copied and self.home is not None:
            yield self.home
        for home in self.others:
            if home.name == name or system_root(home) is None:
                yield home

    def _nearest(self, here: Path) -> Place | None:
        """The repository of the nearest folder that is there.

        A folder that is gone lay in a repository around it only if that is no repository of
        the whole home: settings are often kept in one, and it says nothing of projects.
        """
        for folder in (here, *here.parents):
            try:
                if not folder.is_dir():
                    continue
            except OSError:
                return None
            found = discover.repository_of(folder)
            return found if folder == here or not self._holds_home(found) else None
        return None

    def _holds_home(self, place: Place | None) -> bool:
        if place is None or place.root is None or self.home is None:
            return False
        return self.home.is_relative_to(place.root)

    def _by_name(self, folder: str) -> tuple[Place, str] | None:
        """A repository the person named, if a part of the path is called like its root.

        Of several such parts the outermost counts below which the same folder is there: a
        package is often called like its repository.
        """
        for place in self.named:
            if place.root is None:
                continue
            alike = [
                root
                for root in _upwards(folder)
                if root.rsplit("/", 1)[-1] == place.root.name and not Path(root).is_dir()
            ]
            for root in reversed(alike):
                if (place.root / folder[len(root) :].lstrip("/")).is_dir():
                    return place, root
            if alike:
                return place, alike[0]
        return None


def _upwards(folder: str) -> Iterable[str]:
    while folder and folder != "/":
        yield folder
        folder = folder.rpartition("/")[0]  # nothing above a drive


def _log_root(folder: str, here: Path, root: Path) -> str | None:
    """The root as the log would write it: the log's folder less what lies below the root."""
    below = _below(here, root)
    if below is None:
        return None
    parts = folder.split("/")
    return "/".join(parts[: len(parts) - len(below)]) or "/"


def _below(here: Path, root: Path) -> tuple[str, ...] | None:
    for inner, outer in ((here, root), (here.resolve(), root.resolve())):
        if inner.is_relative_to(outer):
            return inner.relative_to(outer).parts
    return None
