"""A work tree, and a home whose transcripts speak of it, read by the whole program."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

from tests.claude_logs import transcript
from tests.making import read_home
from tests.repos.making import DAY, HOUR, ME, MINUTE, Making
from tests.repos.styles import Style, a_block


class Work(Making):
    """A repository in a home; sessions leave transcripts, ``outcomes`` reads all of it."""

    def __init__(self, folder: Path, style: Style, seed: int = 0) -> None:
        super().__init__(folder / "home" / "work" / "app")
        self.home, self.data = folder / "home", folder / "data"
        self.style = style
        self.rng = random.Random(f"{seed} {style.name}")
        self.a, self.b = f"src/a.{style.suffix}", f"src/b.{style.suffix}"
        self.git("config", "user.email", ME[1])
        self.append(self.a, self.block())
        self.append(self.b, self.block())
        self.commit("Begin")
        self.later(DAY)

    def block(self, statements: int = 6) -> list[str]:
        """Lines that no other block has, among such that many have."""
        return a_block(self.rng, self.style, statements)

    def session(
        self,
        name: str,
        path: str,
        lines: list[str],
        *,
        decision: str = "accept",
        kept: bool = True,
    ) -> list[str]:
        """A tool adds lines at a file's end; they are in the file if they were ``kept``."""
        old = self.read(path)
        self.log(name, path, old, [*old, *lines], decision)
        if decision == "accept" and kept:
            self.write(path, [*old, *lines])
        return lines

    def log(
        self, name: str, path: str, old: list[str], new: list[str], decision: str = "accept"
    ) -> None:
        """The transcript of a session with one edit; the file is left alone."""
        texts = ["".join(f"{line}\n" for line in lines) for lines in (old, new)]
        edits = [(path, *texts)]
        transcript(self.home, name, self.folder, self.now_ms, edits, decision=decision)
        self.later(5 * MINUTE)

    def read_all(self, days_later: int = 40, data: Path | None = None) -> sqlite3.Connection:
        """The archive after a reading, some days after the last thing that happened."""
        return read_home(self.home, data or self.data, now_ms=self.now_ms + days_later * DAY)

    def outcomes(self, days_later: int = 40) -> dict[str, str]:
        """Each session's outcome."""
        db = self.read_all(days_later)
        rows = db.execute("select key, outcome from tasks").fetchall()
        db.close()
        return {key.rpartition(":")[2]: outcome for key, outcome in rows}

    def topic(self, name: str = "topic") -> None:
        """Begin a branch."""
        self.git("checkout", "-q", "-b", name, "main")

    def main(self) -> None:
        """Back to the main line."""
        self.git("checkout", "-q", "main")
        self.later(HOUR)
