"""Histories in which the writer of every line is known, written as one stream into git.

Truth by construction: a file is a list of cells, each with its writer, and a commit brings
what is new among them.  The text that git stores comes from the same cells, so that truth
needs no matching of its own.
"""

from __future__ import annotations

import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.repos.making import COLLEAGUE, ME, Making

HAND = 0  # the person, by hand; a session has a positive number
THEIRS = -1  # a colleague


@dataclass(slots=True, eq=False)
class Cell:
    """One line of a file with its writer."""

    text: str
    by: int
    new: bool = True


@dataclass
class Truth:
    """Lines by (commit, path, session), and the pairs of commit and session that belong.

    ``added`` counts all lines that the person's commits bring, by commit.
    """

    lines: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    links: set[tuple[str, int]] = field(default_factory=set)
    added: Counter[str] = field(default_factory=Counter)


class Written:
    """A work tree in the making, with the commits made of it so far."""

    def __init__(self, folder: Path) -> None:
        self.repo = Making(folder)
        self.files: defaultdict[str, list[Cell]] = defaultdict(list)
        self.crlf: set[str] = set()
        self._changed: dict[str, str | None] = {}
        # beside the work tree: a long history would not fit into memory
        self._stream = (folder / ".git" / "stream").open("w+b")
        self._new: dict[int, Counter[tuple[str, int]]] = {}
        self._heads: dict[str, int] = {}
        self._count = 0

    def put(self, path: str, at: int, texts: Iterable[str], by: int) -> list[Cell]:
        """New lines into a file, in front of line ``at``."""
        cells = [Cell(text, by) for text in texts]
        self.files[path][at:at] = cells
        self.mark(path)
        return cells

    def mark(self, path: str) -> None:
        """Say that a file is to be written again."""
        self._changed.setdefault(path, None)

    def take(self, path: str, cells: Sequence[Cell]) -> None:
        """Take lines out of a file."""
        gone = set(map(id, cells))
        self.files[path] = [cell for cell in self.files[path] if id(cell) not in gone]
        self.mark(path)

    def rename(self, old: str, new: str) -> None:
        """Give a file another name; its lines stay who they are."""
        self.files[new] = self.files.pop(old)
        self._changed[new] = self._changed.pop(old, None) or old

    def commit(
        self,
        message: str = "Change",
        who: tuple[str, str] | None = None,
        branch: str = "main",
        *,
        merged: str | None = None,
    ) -> int:
        """Write what changed to a branch; gives the commit's number in the stream."""
        self._count += 1
        name, email = who or ME
        stamp = f"{name} <{email}> {self.repo.now_ms // 1000} +0200\n".encode()
        text = message.encode()
        out = [f"commit refs/heads/{branch}\nmark :{self._count}\n".encode()]
        out.append(b"author " + stamp + b"committer " + stamp)
        out.append(b"data %d\n%s\n" % (len(text), text))
        if merged is not None:
            out.append(f"merge :{self._heads[merged]}\n".encode())
        self._heads[branch] = self._count
        new: Counter[tuple[str, int]] = Counter()
        for path, old in self._changed.items():
            out += self._file(path, old)
            for cell in self.files.get(path, ()):
                if cell.new and cell.text.strip():
                    new[path, cell.by] += 1
                cell.new = False
        self._stream.writelines(out)
        self._new[self._count] = new
        self._changed.clear()
        self.repo.later(1000)
        return self._count

    def _file(self, path: str, old: str | None) -> list[bytes]:
        if path not in self.files:
            return [f"D {path}\n".encode()]
        end = "\r\n" if path in self.crlf else "\n"
        text = "".join(cell.text + end for cell in self.files[path]).encode()
        moved = [f"R {old} {path}\n".encode()] if old else []
        return [*moved, f"M 100644 inline {path}\ndata {len(text)}\n".encode(), text, b"\n"]

    def finish(self) -> tuple[Making, Truth]:
        """Hand the stream to git; gives the repository and what is true of it."""
        marks = self.repo.folder / ".git" / "marks"
        command = ["git", "fast-import", "--quiet", f"--export-marks={marks}"]
        self._stream.seek(0)
        subprocess.run(command, cwd=self.repo.folder, stdin=self._stream, check=True, timeout=1800)
        self._stream.close()
        (self.repo.folder / ".git" / "stream").unlink()
        lines = marks.read_text().splitlines()
        oids = {int(mark[1:]): oid for mark, oid in (line.split() for line in lines)}
        marks.unlink()
        truth = Truth()
        for mark, new in self._new.items():
            oid = oids[mark]
            for (path, by), count in new.items():
                if by != THEIRS:
                    truth.added[oid] += count
                if by > 0:
                    truth.lines[oid, path, by] += count
                    truth.links.add((oid, by))
        return self.repo, truth


__all__ = ["COLLEAGUE", "HAND", "THEIRS", "Cell", "Truth", "Written"]
