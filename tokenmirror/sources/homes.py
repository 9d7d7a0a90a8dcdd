r"""Further homes: where else on this computer tools may keep logs, besides the plain home.

- Sandboxes of the person's own: Snap gives a program ``~/snap/<app>/current`` as its home,
  Flatpak gives ``~/.var/app/<id>`` with its own config and data folders.  They are looked
  into together with the home.
- The other half of a Windows computer: inside WSL the drives of Windows are mounted
  (``/mnt/c/Users/<name>``); from Windows a distribution is ``\\wsl.localhost\<name>``, or
  ``\\wsl$\<name>`` on older systems.  Other people may use them too, and a look into a
  distribution starts it: they are offered, and looked into once the person adds them.
- Whatever folder the person adds: a home, the root of a system with the homes in it, the
  user-data folder of a portable editor, the folder of a Flatpak program.

Everything asked of the computer comes in as ``Surroundings``; nothing here opens a log.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from tokenmirror.sources.source import Machine, Platform

ALL_PLATFORMS: tuple[Platform, ...] = ("linux", "macos", "windows")
Neighbour = Literal["windows", "wsl"]

_NOBODY = frozenset(
    [
        *["all users", "default", "default user", "defaultapppool", "public", "shared"],
        *["defaultaccount", "wdagutilityaccount", "lost+found"],
    ]
)
_REGISTERED = r"Software\Microsoft\Windows\CurrentVersion\Lxss"
_HELPERS = re.compile(r"docker-desktop|rancher-desktop|podman-machine", re.IGNORECASE)
_ROOTS = ({"etc", "usr"}, {"windows", "users"}, {"system", "library", "users"})
_OF_ALL = frozenset([".ecryptfs", ".snapshots", ".localized", ".trashes"])


@dataclass(frozen=True)
class Surroundings:
    """What a computer says of itself.

    ``mounts`` is the text of ``/proc/mounts``; ``distributions`` are the names of those that
    WSL has installed, ``shares`` the folder through which Windows reaches them.
    """

    mounts: str = ""
    distributions: tuple[str, ...] = ()
    shares: Path | None = None


@dataclass(frozen=True)
class Offer:
    """A further home, or a system with homes in it, that the person may add."""

    path: Path
    kind: Neighbour


# -- what is offered -------------------------------------------------------------------------


def offers(around: Surroundings) -> tuple[Offer, ...]:
    """Homes in the other half of a Windows computer, in order; nothing in them is opened.

    A distribution of WSL is not even looked at: that would start it.
    """
    found = [
        Offer(home, "windows")
        for drive in _windows_drives(around.mounts)
        for home in _people(drive / "Users")
        if (home / "AppData").is_dir()
    ]
    if around.shares is not None:
        found += [
            Offer(around.shares / name, "wsl")
            for name in sorted(around.distributions)
            if not _HELPERS.match(name)
        ]
    return tuple(found)


def surroundings() -> Surroundings:
    """Those of the computer we are on."""
    if sys.platform == "win32":
        return Surroundings(distributions=_installed(), shares=Path("//wsl.localhost"))
    try:
        return Surroundings(mounts=Path("/proc/mounts").read_text("utf-8", "replace"))
    except OSError:
        return Surroundings()


def _installed() -> tuple[str, ...]:
    """Names of the distributions of WSL, as the registry has them; they are not started."""
    names: list[str] = []
    if sys.platform == "win32":
        import winreg  # late: there on Windows alone

        here = winreg.HKEY_CURRENT_USER
        with suppress(OSError), winreg.OpenKey(here, _REGISTERED) as every:  # or no WSL
            for number in range(winreg.QueryInfoKey(every)[0]):
                with winreg.OpenKey(every, winreg.EnumKey(every, number)) as one:
                    names.append(str(winreg.QueryValueEx(one, "DistributionName")[0]))
    return tuple(names)


def _windows_drives(mounts: str) -> list[Path]:
    """Where the drives of Windows are mounted inside WSL."""
    found = []
    for line in mounts.splitlines():
        parts = line.split(" ")
        if len(parts) < 4:
            continue
        source, folder, kind, options = (_unescaped(part) for part in parts[:4])
        if kind in ("drvfs", "9p", "virtiofs") and _of_windows(source, kind, options):
            found.append(Path(folder))
    return found


def _of_windows(source: str, kind: str, options: str) -> bool:
    """Whether a mount is a drive of Windows, in the words of WSL 1 or 2."""
    return (
        kind == "drvfs"
        or "drvfs" in source
        or "aname=drvfs" in options
        or re.fullmatch(r"[A-Za-z]:\\?", source) is not None
    )


def _unescaped(field: str) -> str:
    r"""A field of the table of mounts; blanks and backslashes stand there as ``\040``."""
    return re.sub(r"\\([0-7]{3})", lambda code: chr(int(code.group(1), 8)), field)


# -- what is looked into ---------------------------------------------------------------------


def machines(here: Machine, added: Mapping[str, str]) -> tuple[Machine, ...]:
    """The machine itself, then its sandboxes and the homes that the person added.

    ``added`` are paths with their kind: ``home``, ``export`` (handed to this machine as
    named), or another, which is passed over.
    """
    exports = tuple(Path(path) for path, kind in added.items() if kind == "export")
    found = [replace(here, named=(*here.named, *exports)), *sandboxes(here.home)]
    for path, kind in added.items():
        if kind == "home":
            for machine in homes_in(Path(path)):
                found += [machine, *sandboxes(machine.home)]
    return tuple(found)


def sandboxes(home: Path) -> tuple[Machine, ...]:
    """Homes that Snap and Flatpak give to programs of this home's owner, by name."""
    snaps = [folder / "current" for folder in _folders(home / "snap")]
    kept = [Machine(snap, ("linux",)) for snap in snaps if snap.is_dir()]
    return (*kept, *map(_flatpak, _folders(home / ".var" / "app")))


def _flatpak(folder: Path) -> Machine:
    moved = {"XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data", "XDG_CACHE_HOME": "cache"}
    state = {"XDG_STATE_HOME": str(folder / ".local" / "state")}
    environ = {name: str(folder / part) for name, part in moved.items()} | state
    return Machine(folder, ("linux",), environ)


def homes_in(folder: Path) -> tuple[Machine, ...]:
    """The homes that an added folder stands for: itself, or those of a system's root.

    Logs are looked for in the layouts of all systems, and exports of chats in the folder.
    """
    homes = _homes_of_a_system(folder)
    if homes:
        return tuple(_copied(home) for home in homes)
    return (_added(folder),)


def _homes_of_a_system(folder: Path) -> list[Path]:
    names = {child.name.lower() for child in _folders(folder)}
    if folder.name.lower() in ("home", "users"):
        # somebody's own home may be called so; it has hidden folders of its own
        lived_in = any(name.startswith(".") for name in names - _OF_ALL)
        return [] if lived_in else _people(folder)
    if not any(kept <= names for kept in _ROOTS):
        return []
    found = [home for child in ("home", "Users") for home in _people(folder / child)]
    return [*found, folder / "root"] if found and (folder / "root").is_dir() else found


def _added(folder: Path) -> Machine:
    user_data = tuple(
        place
        for place in (folder, folder / "user-data", folder / "data" / "user-data")
        if (place / "User").is_dir()
    )
    if folder.parent.name == "app" and folder.parent.parent.name == ".var":
        return replace(_flatpak(folder), named=(folder,))
    return replace(_copied(folder), user_data=user_data)


def _copied(home: Path) -> Machine:
    return Machine(home, ALL_PLATFORMS, {}, named=(home,))


def _people(folder: Path) -> list[Path]:
    return [home for home in _folders(folder) if home.name.lower() not in _NOBODY]


def _folders(folder: Path) -> list[Path]:
    """Folders in a folder by name, links to folders not followed; none where it is not there."""
    try:
        with os.scandir(folder) as entries:
            return sorted(Path(e.path) for e in entries if e.is_dir(follow_symlinks=False))
    except OSError:
        return []


# -- paths in logs of further homes ----------------------------------------------------------


def seen_from_here(path: str, homes: Iterable[Path]) -> list[Path]:
    r"""Where a path that a log of a further home names may lie here, likeliest first.

    ``C:/Users/kim/app`` of the home ``/mnt/c/Users/kim`` is ``/mnt/c/Users/kim/app``;
    ``/srv/app`` of ``\\wsl.localhost\U\home\kim`` is ``\\wsl.localhost\U\srv\app``.
    """
    found = []
    drive, rest = (path[0].lower(), path[3:]) if path[1:3] == ":/" else ("", path.lstrip("/"))
    for home in homes:
        root = system_root(home)
        if root is None or root == Path(root.anchor) == Path("/"):
            continue
        if drive == (root.name.lower() if len(root.name) == 1 else ""):
            found.append(root / rest)
    return found


def system_root(home: Path) -> Path | None:
    """The folder that a home's system calls its root or drive; ``None`` for a home alone."""
    if home.parent.name.lower() in ("home", "users"):
        return home.parent.parent
    return home.parent if home.name == "root" else None
