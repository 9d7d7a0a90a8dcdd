"""What editors built on VS Code share: user-data folders, workspaces, state databases.

A product keeps everything in one user-data folder, whose part for the person is ``User``:
``User/globalStorage``, ``User/workspaceStorage/<hash>``, ``User/profiles/<id>``.  The same
layout lies under a home folder that an editor reaches over SSH, in WSL or in a container
(``~/.vscode-server/data``), and where the editor runs in a browser (code-server).
JSON found there keeps no promise about its shape: ``at`` and its kin read it carefully.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tokenmirror.sources import lines
from tokenmirror.sources.source import Machine, path_of_uri

MAX_SMALL_BYTES = 1024 * 1024
_DRIVE = re.compile(r"^/[A-Za-z]:")
# JavaScript writes half a character where a text was cut inside a pair.
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}"
    r"|(?P<half>u[dD][89a-fA-F][\da-fA-F]{2})|.)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Product:
    """An editor by the names of its folders; empty where it has none."""

    folder: str
    server: str = ""
    flatpak: str = ""


VSCODE = Product("Code", ".vscode-server", "com.visualstudio.code")
INSIDERS = Product("Code - Insiders", ".vscode-server-insiders", "com.visualstudio.code.insiders")
VSCODIUM = Product("VSCodium", ".vscodium-server", "com.vscodium.codium")
OSS = Product("Code - OSS", ".vscode-server-oss")
CURSOR = Product("Cursor", ".cursor-server")
KIRO = Product("Kiro", ".kiro-server")
WINDSURF = Product("Windsurf", ".windsurf-server")
WINDSURF_NEXT = Product("Windsurf - Next", ".windsurf-server-next")
TRAE = Product("Trae", ".trae-server")
TRAE_CN = Product("Trae CN", ".trae-cn-server")
ANTIGRAVITY = Product("Antigravity")
ANTIGRAVITY_IDE = Product("Antigravity IDE")
POSITRON = Product("Positron", ".positron-server")
BOB = Product("IBM Bob", ".bob-server")
BOB_IDE = Product("Bob-IDE")
MICROSOFT = (VSCODE, INSIDERS, VSCODIUM, OSS)

FORKS = (
    CURSOR,
    KIRO,
    WINDSURF,
    WINDSURF_NEXT,
    TRAE,
    TRAE_CN,
    ANTIGRAVITY,
    ANTIGRAVITY_IDE,
    POSITRON,
)


def user_folders(machine: Machine, products: tuple[Product, ...]) -> tuple[Path, ...]:
    """The ``User`` folders that products may have on a machine, there or not, in order."""
    homes = machine.config_homes()
    found = [home / product.folder / "User" for product in products for home in homes]
    for product in products:
        if product.flatpak and "linux" in machine.platforms:
            sandbox = machine.home / ".var" / "app" / product.flatpak
            found.append(sandbox / "config" / product.folder / "User")
        if product.server:
            found.append(machine.home / product.server / "data" / "User")
    if VSCODE in products:
        portable = machine.variable("VSCODE_PORTABLE")
        found += [portable / "user-data" / "User"] if portable else []
        found.append(_data_home(machine) / "code-server" / "User")
    found += [folder / "User" for folder in machine.user_data if _keeps(folder, products)]
    return tuple(dict.fromkeys(found))


def _keeps(user_data: Path, products: tuple[Product, ...]) -> bool:
    """Whether a user-data folder may be one of these products'.

    A portable editor keeps it beside its program, or above; where no fork of VS Code has
    its name there, it is VS Code's.
    """
    near = (user_data, *user_data.parents[:2])
    names = {name.lower() for folder in near for name in (folder.name, *_names(folder))}
    stems = {name.partition(".")[0] for name in names}
    forks = [product for product in FORKS if product.folder.lower() in stems]
    return any(product in (forks or MICROSOFT) for product in products)


def _names(folder: Path) -> list[str]:
    try:
        return [child.name for child in folder.iterdir()]
    except OSError:
        return []


def _data_home(machine: Machine) -> Path:
    return machine.variable("XDG_DATA_HOME") or machine.home / ".local" / "share"


def on_server(user: Path) -> bool:
    """Whether a ``User`` folder belongs to the far half of an editor, beside the files.

    Its addresses name the near half's way to this very machine, so only their paths count.
    """
    return user.parent.name == "code-server" or user.parent.parent.name.endswith(
        ("-server", "-server-insiders", "-server-oss")
    )


def global_folders(user: Path) -> Iterator[Path]:
    """``globalStorage`` of the default profile and of the named ones, where they are."""
    places = [user, *_folders(user / "profiles")]
    yield from (place / "globalStorage" for place in places if (place / "globalStorage").is_dir())


def workspaces(user: Path) -> Iterator[Path]:
    """The folders under ``workspaceStorage``, by name; links are not followed."""
    yield from _folders(user / "workspaceStorage")


def extension_folder(storage: Path, extension: str) -> Path | None:
    """An extension's own folder in a storage folder, whatever the case of its name."""
    return next((f for f in _folders(storage) if f.name.lower() == extension.lower()), None)


def _folders(root: Path) -> list[Path]:
    try:
        with os.scandir(root) as entries:
            return sorted(Path(e.path) for e in entries if e.is_dir(follow_symlinks=False))
    except OSError:
        return []


def workspace_folder(workspace: Path, server: bool = False) -> str | None:
    """The one folder that a workspace shows; ``None`` for several, for none, or unstated."""
    told = document(workspace / "workspace.json")
    folder = text_at(told, "folder")
    return path_of(folder, server) if folder else None


def path_of(address: object, server: bool = False) -> str | None:
    """The path that an address names: a text, or an object with scheme, authority and path.

    Remote addresses keep scheme and host in front, except in logs of the far half
    (``server``); a Windows drive loses the slash before it.
    """
    if isinstance(address, str):
        try:
            return _near(path_of_uri(address), server) if ":" in address else address or None
        except ValueError:
            return None
    scheme, path = text_at(address, "scheme"), text_at(address, "path")
    if not path:
        return None
    host = text_at(address, "authority") or ""
    if scheme in (None, "file"):
        return path[1:] if _DRIVE.match(path) else f"//{host}{path}" if host else path
    return _near(f"{scheme}://{host}{path}", server)


def _near(path: str | None, server: bool) -> str | None:
    if path and server and path.startswith("vscode-remote://"):
        host, slash, rest = path.removeprefix("vscode-remote://").partition("/")
        return slash + rest if host else path
    return path


def document(path: Path, limit: int = MAX_SMALL_BYTES) -> object:
    """A small JSON file as plain data; ``None`` when missing, large or not JSON."""
    file = lines.log_file(path)
    if file is None or file.size > limit:
        return None
    try:
        return decoded(lines.whole(file))
    except lines.Unreadable:
        return None


def decoded(data: bytes) -> object:
    """JSON as plain data, wrong characters in texts replaced; ``None`` when it is not JSON."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        pass
    mended = _ESCAPE.sub(_paired, data.decode("utf-8", "replace"))
    try:
        return msgspec.json.decode(mended)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None


def _paired(escape: re.Match[str]) -> str:
    return r"\ufffd" if escape.lastgroup == "half" else escape.group()


def state_value(database: Path, key: str) -> bytes | None:
    """A value of a ``state.vscdb``; ``None`` when the key is not there.

    Raises ``Unreadable``.
    """
    with lines.sqlite_copy(database) as db:
        row = db.execute("select value from ItemTable where key = ?", (key,)).fetchone()
    if row is None or row[0] is None:
        return None
    return row[0] if isinstance(row[0], bytes) else str(row[0]).encode("utf-8", "replace")


@dataclass(frozen=True)
class ChatTab:
    """A chat of 2023 and 2024: its id, when it was sent to last, and what was asked.

    ``asked`` has the place of each prompt among the tab's ``messages``.
    """

    name: str
    sent_ms: int | None
    messages: int
    asked: tuple[tuple[int, str], ...]


def chat_tabs(told: object) -> list[ChatTab]:
    """The chats under ``...aichat.chatdata`` in a workspace's state, where there are any."""
    found = []
    for tab in list_at(told, "tabs"):
        name, bubbles = text_at(tab, "tabId"), list_at(tab, "bubbles")
        asked = []
        for nth, bubble in enumerate(bubbles):
            text = text_at(bubble, "rawText") or text_at(bubble, "text")
            if text_at(bubble, "type") == "user" and text and text.strip():
                asked.append((nth, text))
        if name and bubbles:
            sent = number_at(tab, "lastSendTime") or None
            found.append(ChatTab(name, sent, len(bubbles), tuple(asked)))
    return found


def at(value: object, *steps: str | int) -> object:
    """What lies at a path of keys and indexes; ``None`` where the path breaks off."""
    for step in steps:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and 0 <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def text_at(value: object, *steps: str | int) -> str | None:
    """The text at a path; ``None`` for anything else."""
    found = at(value, *steps)
    return found if isinstance(found, str) else None


def number_at(value: object, *steps: str | int) -> int | None:
    """The whole number at a path, from 0 to 2^53; ``None`` for anything else."""
    found = at(value, *steps)
    if isinstance(found, float) and found.is_integer():
        found = int(found)
    if isinstance(found, bool) or not isinstance(found, int):
        return None
    return found if 0 <= found <= 1 << 53 else None


def tokens_at(value: object, *steps: str | int) -> int | None:
    """The count of tokens at a path, within 2^53; ``None`` for anything else.

    One below zero contradicts itself: it is kept as it stands, and marked in the archive.
    """
    found = at(value, *steps)
    if isinstance(found, float) and found.is_integer():
        found = int(found)
    if isinstance(found, bool) or not isinstance(found, int):
        return None
    return found if abs(found) <= 1 << 53 else None


def instant_at(value: object, *steps: str | int) -> int | None:
    """UTC milliseconds of the ISO text (without zone: UTC) or of the number at a path."""
    found = at(value, *steps)
    if not isinstance(found, str):
        return number_at(value, *steps)
    if found.isascii() and found.isdigit():
        return int(found) if len(found) < 16 else None
    try:
        moment = datetime.fromisoformat(found)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return number_at([round(aware.timestamp() * 1000)], 0)
    except (ValueError, OverflowError):
        return None


def list_at(value: object, *steps: str | int) -> list[object]:
    """The list at a path; an empty one for anything else."""
    found = at(value, *steps)
    return found if isinstance(found, list) else []


def dict_at(value: object, *steps: str | int) -> dict[str, object]:
    """The object at a path; an empty one for anything else."""
    found = at(value, *steps)
    return found if isinstance(found, dict) else {}
