"""The sample's repositories, made by ``git fast-import`` with an identity of their own.

The only place where the program writes through git, and it does so in a folder that it has
made for the purpose; the person's configuration is not read.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from tokenmirror import paths
from tokenmirror.app.sample import words
from tokenmirror.app.sample.plan import MAIN
from tokenmirror.app.sample.story import Commit, Story, Tag
from tokenmirror.errors import UserError

SECONDS = 60


def make(story: Story, home: Path, offset: timedelta, git: Path) -> dict[int, str]:
    """Make every project's repository under ``home``; gives object ids by mark.

    Raises ``UserError`` when git does not do it.
    """
    ids: dict[int, str] = {}
    for project in words.projects():
        folder = home / "work" / project.name
        folder.mkdir(parents=True)
        mine = [commit for commit in story.commits if commit.project == project.name]
        tags = [tag for tag in story.tags if tag.project == project.name]
        ids |= _import(git, folder, mine, tags, offset)
        for path, content in story.drafts.get(project.name, {}).items():
            _write(folder / path, content)
    return ids


def identity(home: Path) -> None:
    """Write who the made-up person is, where git looks for it."""
    person = words.listed()["person"]
    text = f"[user]\n\tname = {person['name']}\n\temail = {person['email']}\n"
    _write(home / ".gitconfig", text)


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8", newline="\n")


def _import(
    git: Path, folder: Path, commits: Sequence[Commit], tags: Sequence[Tag], offset: timedelta
) -> dict[int, str]:
    marks = folder.with_suffix(".marks")
    _run(git, folder, "init", "--quiet", "--template=", "--initial-branch=main")
    stream = b"".join([*_stream(commits, offset), *_tagged(tags, offset)])
    _run(git, folder, "fast-import", "--quiet", f"--export-marks={marks}", stdin=stream)
    _run(git, folder, "reset", "--quiet", "--hard", "main")
    found = [line.split() for line in marks.read_text(encoding="ascii").splitlines()]
    marks.unlink()
    return {int(mark[1:]): oid for mark, oid in found}


def _run(git: Path, folder: Path, *arguments: str, stdin: bytes = b"") -> None:
    env = paths.child_env() | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
    env = {name: value for name, value in env.items() if name not in {"GIT_DIR", "GIT_WORK_TREE"}}
    plain = ("-c", f"core.hooksPath={os.devnull}", "-c", "core.autocrlf=false")
    try:
        subprocess.run(
            [str(git), "-C", str(folder), *plain, *arguments],
            input=stdin,
            env=env,
            check=True,
            capture_output=True,
            timeout=SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UserError(
            "Git could not make the sample's repositories.",
            "The sample works without them: shipped changes and outcomes are missing.",
        ) from error


def _stream(commits: Iterable[Commit], offset: timedelta) -> Iterator[bytes]:
    tips: dict[str, int] = {}
    for commit in commits:
        stamp = _stamp("person" if commit.mine else "colleague", commit.at_ms, offset)
        message = commit.message.encode()
        yield f"commit {commit.ref}\nmark :{commit.mark}\n".encode()
        yield f"author {stamp}\ncommitter {stamp}\ndata {len(message)}\n".encode()
        yield message + b"\n"
        parent = tips.get(commit.ref, tips.get(MAIN))
        if parent is not None:
            yield f"from :{parent}\n".encode()
        if commit.merges is not None:
            yield f"merge :{commit.merges}\n".encode()
        for path, content in sorted(commit.files.items()):
            data = content.encode()
            yield f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n"
        yield b"\n"
        tips[commit.ref] = commit.mark


def _tagged(tags: Iterable[Tag], offset: timedelta) -> Iterator[bytes]:
    for tag in tags:
        message = f"Release {tag.name}".encode()
        yield f"tag {tag.name}\nfrom :{tag.mark}\n".encode()
        yield f"tagger {_stamp('person', tag.at_ms, offset)}\ndata {len(message)}\n".encode()
        yield message + b"\n"


def _stamp(person: str, at_ms: int, offset: timedelta) -> str:
    who = words.listed()[person]
    return f"{who['name']} <{who['email']}> {at_ms // 1000} {_zone(offset)}"


def _zone(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02d}{rest:02d}"
