"""Folders and files of the program's own: nobody else builds these paths.

With ``--data-dir`` everything lies in that one folder; otherwise in the platform's places.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from tokenmirror.errors import UserError

APP = "tokenmirror"
PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Places:
    """Where the program keeps what is its own."""

    data: Path
    config: Path
    log: Path

    @property
    def archive(self) -> Path:
        """Folder of the archive; giving it away gives no key."""
        return self.data / "archive"

    @property
    def database(self) -> Path:
        """The one SQLite file."""
        return self.archive / "mirror.db"

    @property
    def line_key(self) -> Path:
        """The key of the line hashes, beside the archive and not in it."""
        return self.data / "line.key"

    @property
    def machine_id(self) -> Path:
        """The random id of this machine."""
        return self.data / "machine.id"

    @property
    def settings(self) -> Path:
        """The person's settings."""
        return self.config / "settings.json"

    @property
    def log_file(self) -> Path:
        """The program's own log, free of contents."""
        return self.log / "tokenmirror.log"

    @property
    def import_lock(self) -> Path:
        """Held while an import runs."""
        return self.data / "import.lock"

    @property
    def window_lock(self) -> Path:
        """Held while a window is open."""
        return self.data / "window.lock"

    @property
    def git_reader(self) -> Path:
        """Bare repositories of our own, through which foreign objects are read."""
        return self.data / "git"


def places(data_dir: Path | None = None) -> Places:
    """The program's places, made where they are missing (folders 0700).

    Raises ``UserError`` when a folder cannot be made.
    """
    if data_dir is not None:
        found = Places(data_dir, data_dir, data_dir / "log")
    else:
        import platformdirs  # late: 16 ms, and not needed with --data-dir

        found = Places(
            Path(platformdirs.user_data_dir(APP, appauthor=False)),
            Path(platformdirs.user_config_dir(APP, appauthor=False)),
            Path(platformdirs.user_log_dir(APP, appauthor=False)),
        )
    for folder in (found.data, found.config, found.log, found.archive):
        make_private(folder)
    return found


def make_private(folder: Path) -> None:
    """Make a folder that only this person may enter.

    Raises ``UserError`` when it cannot be made.
    """
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
    except OSError as error:
        raise UserError(
            f"The folder {folder} cannot be made: {error.strerror or error}.",
            "Choose another with --data-dir, or make room and allow writing there.",
        ) from error


def resource(name: str) -> Path:
    """A file of ``resources/``: inside an installed package, or beside it in a checkout."""
    inside = PACKAGE / "resources" / name
    return inside if inside.exists() else PACKAGE.parent / "resources" / name


def reader_program() -> list[str]:
    """The command that runs the reader, to which arguments are appended."""
    if getattr(sys, "frozen", False):
        suffix = ".exe" if sys.platform == "win32" else ""
        return [str(Path(sys.executable).with_name(APP + suffix))]
    return [sys.executable, "-m", APP]


def child_env() -> dict[str, str]:
    """The environment for a child that is not ours.

    A frozen program puts its own folder in front of the library path; a system program must
    not load our libraries.
    """
    env = dict(os.environ)
    for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FRAMEWORK_PATH"):
        original = env.pop(f"{name}_ORIG", None)
        if original is not None:
            env[name] = original
        elif getattr(sys, "frozen", False):
            env.pop(name, None)
    for name in list(env):
        if name.startswith("_PYI_") or name in {"PYTHONHOME", "PYTHONPATH", "QT_PLUGIN_PATH"}:
            del env[name]
    return env


def git_program() -> Path | None:
    """The ``git`` of this machine as an absolute path; ``None`` when there is none."""
    found = shutil.which("git")
    if found:
        return Path(found).absolute()
    return next((path for path in _usual_git_places() if path.is_file()), None)


def _usual_git_places() -> list[Path]:
    if sys.platform == "darwin":
        return [Path("/opt/homebrew/bin/git"), Path("/usr/local/bin/git")]
    if sys.platform == "win32":
        roots = (os.environ.get("PROGRAMFILES"), os.environ.get("LOCALAPPDATA"))
        tails = ("Git/cmd/git.exe", "Programs/Git/cmd/git.exe")
        return [Path(root) / tail for root in roots if root for tail in tails]
    return []
