"""The only place that starts git: safe environment, safe flags, time limits, one door.

A repository's own configuration can make plain reads run programs, and a missing object go
to the network (``shipped.md`` 7).  So only a few harmless questions are put to the
repository itself (``Git.ask``); its history is read through a bare repository of our own
that borrows its objects (``Reader``).
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, cast

from tokenmirror.errors import UserError
from tokenmirror.paths import child_env, make_private
from tokenmirror.repos.nouns import Place

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

OLDEST = (2, 32)  # the first that knows GIT_CONFIG_GLOBAL
ASK_SECONDS = 20.0
IDLE_SECONDS = 60.0
END_SECONDS = 2.0
PIPE_BYTES = 1 << 20  # git goes on while what came is worked on
OID = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")
DIFF_FLAGS = (
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--submodule=short",
    "--no-indent-heuristic",
)

_SAFE = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}
_READER_CONFIG = """\
[core]
\trepositoryformatversion = {version}
\tbare = true
\tbigFileThreshold = 1m
\tquotePath = false
\tfsmonitor = false
\thooksPath = {null}
\tattributesFile = {null}
[diff]
\trenameLimit = 400
\talgorithm = myers
[log]
\tshowSignature = false
[gc]
\tauto = 0
[protocol]
\tallow = never
"""


class Answer(NamedTuple):
    """What a short-lived git gave; ``status`` is ``None`` when it took too long."""

    status: int | None
    out: bytes
    err: str


@dataclass(frozen=True)
class Git:
    """A git that can be used, and the folder of our own bare repositories.

    ``env`` is for every call; ``home_env`` for the one that reads the person's own
    configuration.
    """

    program: Path
    reader_dir: Path
    env: Mapping[str, str]
    home_env: Mapping[str, str]

    def ask(self, place: Place, *args: str) -> Answer:
        """Put a question to a repository itself: only such that run nothing of its own."""
        return self._ask(place, args, self.env)

    def ask_person(self, place: Place, *args: str) -> Answer:
        """The same, with the person's own configuration in force."""
        return self._ask(place, args, self.home_env)

    def _ask(self, place: Place, args: tuple[str, ...], env: Mapping[str, str]) -> Answer:
        folder = place.common_dir
        quiet = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
        command = [str(self.program), "--no-pager", *quiet, *args]
        # a folder that is no repository must not answer for the one around it, and a
        # submodule whose working tree is gone (core.worktree) must answer all the same
        bounded = {
            **env,
            "GIT_CEILING_DIRECTORIES": str(folder.parent),
            "GIT_WORK_TREE": str(folder),
        }
        return _answer(command, folder, bounded, b"")


@dataclass(frozen=True)
class Reader:
    """A repository's objects, seen through a bare repository that is our own."""

    program: Path
    folder: Path
    env: Mapping[str, str]
    idle_seconds: float = IDLE_SECONDS

    def ask(self, *args: str, feed: bytes = b"") -> Answer:
        """Run a short-lived git and give all it says."""
        return _answer([str(self.program), "--no-pager", *args], self.folder, self.env, feed)

    @contextlib.contextmanager
    def stream(self, *args: str, feed: bytes = b"") -> Iterator[Stream]:
        """Run a git whose output is read as it comes; it is ended when the block is left."""
        command = [str(self.program), "--no-pager", *args]
        try:
            child = _start(command, self.folder, self.env, subprocess.DEVNULL)
        except OSError as error:
            raise _cannot_start(self.program, error) from error
        stream = Stream(child, self.idle_seconds)
        try:
            stream.feed(feed)
            yield stream
        finally:
            stream.close()


class Stream:
    """Output of a running git, which is ended (``hung``) when it gives no byte for a minute."""

    def __init__(self, child: subprocess.Popen[bytes], idle_seconds: float) -> None:
        assert child.stdout is not None
        self._child = child
        _widen(child.stdout)
        self._pipe = _Watched(cast("io.RawIOBase", child.stdout))
        self._over = threading.Event()
        self._idle_seconds = idle_seconds
        self.hung = False
        self.out: IO[bytes] = io.BufferedReader(self._pipe, 1 << 17)
        self._watch = threading.Thread(target=self._guard, name="git watch", daemon=True)
        self._watch.start()

    def feed(self, text: bytes) -> None:
        """Write all of the standard input; git reads it before it answers."""
        assert self._child.stdin is not None
        self._pipe.since = time.monotonic()
        rest = memoryview(text)
        with contextlib.suppress(OSError):  # it died; its status says so
            while rest:
                rest = rest[self._child.stdin.write(rest) :]
        with contextlib.suppress(OSError):
            self._child.stdin.close()
        self._pipe.since = None

    def ended_well(self) -> bool:
        """Whether git came to its end by itself and without complaint; after the last byte."""
        try:
            return self._child.wait(END_SECONDS) == 0
        except subprocess.TimeoutExpired:
            return False

    def close(self) -> None:
        """End the child if it still runs."""
        self._over.set()
        _end(self._child)
        self._watch.join()
        self.out.close()

    def _guard(self) -> None:
        while not self._over.wait(min(1.0, self._idle_seconds / 4)):
            since = self._pipe.since
            if since is not None and time.monotonic() - since > self._idle_seconds:
                self.hung = True
                _end(self._child)
                return


class _Watched(io.RawIOBase):
    """A pipe that knows since when somebody waits for its next byte."""

    def __init__(self, pipe: io.RawIOBase) -> None:
        self._pipe = pipe
        self.since: float | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        self.since = time.monotonic()
        count: int | None = self._pipe.readinto(buffer)
        self.since = None
        return count

    def close(self) -> None:
        super().close()
        self._pipe.close()


def found(program: Path | None, reader_dir: Path, home: Path | None = None) -> Git:
    """The git to use; ``home`` is where the person's own configuration is looked for.

    Raises ``UserError`` when there is none, when it cannot be started, or when it is older
    than 2.32.
    """
    if program is None or _is_stub(program):
        raise UserError(
            "Git was not found on this machine, so commits cannot be read.",
            "Everything else works. Install git and read again.",
        )
    plain = {name: value for name, value in child_env().items() if not name.startswith("GIT_")}
    env = {**plain, **_SAFE, "GIT_CONFIG_GLOBAL": os.devnull}
    home_env = {**plain, **_SAFE}
    if home is not None:
        home_env |= {"HOME": str(home), "USERPROFILE": str(home)}
        home_env["XDG_CONFIG_HOME"] = str(home / ".config")
    try:
        answer = _answer([str(program), "--version"], program.parent, env, b"")
    except OSError as error:
        raise _cannot_start(program, error) from error
    version = re.search(rb"(\d+)\.(\d+)", answer.out)
    if answer.status != 0 or version is None:
        raise UserError(f"{program} does not answer as git does.", "Commits are left out.")
    if (int(version[1]), int(version[2])) < OLDEST:
        text = version[0].decode()
        raise UserError(
            f"Git {text} is too old to be run safely on any repository.",
            "Commits are left out, everything else works. Install git 2.32 or newer.",
        )
    return Git(program, reader_dir, env, home_env)


def reader(git: Git, place: Place, object_format: str) -> Reader:
    """A reader of a repository's objects; ``object_format`` is ``sha1`` or ``sha256``.

    Raises ``UserError`` when our own bare repository cannot be written.
    """
    assert object_format in ("sha1", "sha256")
    folder = git.reader_dir / object_format
    _write_own(folder, object_format)
    env = {**git.env, "GIT_DIR": str(folder)}
    env["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = quoted(place.common_dir / "objects")
    shallow = place.common_dir / "shallow"
    if shallow.is_file():
        env["GIT_SHALLOW_FILE"] = str(shallow)
    return Reader(git.program, folder, env)


def quoted(folder: Path) -> str:
    """An objects folder as git wants it in a list of such folders."""
    text = str(folder)
    if not any(mark in text for mark in ':;"'):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def ids(oids: Iterable[str]) -> bytes:
    """Object ids as lines for a standard input; anything else is a bug of ours."""
    lines = list(oids)
    assert all(OID.match(oid.removeprefix("^")) for oid in lines), "not a full object id"
    return "".join(f"{oid}\n" for oid in lines).encode("ascii")


def _write_own(folder: Path, object_format: str) -> None:
    version = 0 if object_format == "sha1" else 1
    config = _READER_CONFIG.format(version=version, null=os.devnull)
    if version:
        config += f"[extensions]\n\tobjectFormat = {object_format}\n"
    wanted = {"config": config, "HEAD": "ref: refs/heads/none\n"}
    try:
        for own in (folder.parent, folder, folder / "objects", folder / "refs"):
            make_private(own)
        for name, text in wanted.items():
            file = folder / name
            if not file.is_file() or file.read_text(encoding="utf-8") != text:
                draft = folder / f"{name}.{os.getpid()}"
                draft.write_text(text, encoding="utf-8", newline="\n")
                draft.chmod(0o600)
                draft.replace(file)
    except OSError as error:
        raise UserError(
            f"The folder {folder} cannot be written: {error.strerror or error}.",
            "Make room and allow writing there, then read again.",
        ) from error


def _is_stub(program: Path) -> bool:
    """Whether this is the Mac's placeholder, which would offer to install tools."""
    on_mac = sys.platform == "darwin"
    if not on_mac or program != Path("/usr/bin/git"):
        return False
    chosen = ["/usr/bin/xcode-select", "-p"]
    return subprocess.run(chosen, capture_output=True, check=False).returncode != 0


def _cannot_start(program: Path, error: OSError) -> UserError:
    return UserError(
        f"{program} cannot be started: {error.strerror or error}.",
        "Commits are left out; everything else works.",
    )


def _start(
    command: list[str], folder: Path, env: Mapping[str, str], errors: int
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        cwd=folder,
        env=dict(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        bufsize=0,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _widen(pipe: IO[bytes]) -> None:
    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):  # more than this system allows: it stays as it is
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _answer(command: list[str], folder: Path, env: Mapping[str, str], feed: bytes) -> Answer:
    with _start(command, folder, env, subprocess.PIPE) as child:
        try:
            out, err = child.communicate(feed, ASK_SECONDS)
        except subprocess.TimeoutExpired:
            _end(child)
            return Answer(None, b"", "")
    return Answer(child.returncode, out, err.decode("utf-8", "replace"))


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
