"""A made repository's edits in an archive, which the program then follows into git."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.repos.making import DAY, ME, Making
from tokenmirror import paths
from tokenmirror.events import Suggestion
from tokenmirror.ingest.report import Report
from tokenmirror.ingest.run import Request, run
from tokenmirror.settings import Settings
from tokenmirror.sources.source import Machine
from tokenmirror.store import connection, files, keys
from tokenmirror.store.connection import immediately
from tokenmirror.store.files import Position
from tokenmirror.store.writer import Counts, Writer

SOURCE = "claude-code"


class Archived:
    """An archive in a folder, told of a repository's edits; ``read`` follows them.

    ``numbers`` are the edits told of at first, all of them unless said otherwise.
    """

    def __init__(self, making: Making, folder: Path, numbers: Iterable[int] | None = None) -> None:
        self.making, self.folder = making, folder
        self.places = paths.places(folder)
        making.git("config", "user.email", ME[1])
        self._logs = 0
        self.tell(range(len(making.edits)) if numbers is None else numbers)

    def tell(self, numbers: Iterable[int]) -> None:
        """Read these edits from one more log."""
        db = connection.connect(self.places.database)
        try:
            self._tell(db, numbers)
        finally:
            db.close()

    def _tell(self, db: sqlite3.Connection, numbers: Iterable[int]) -> None:
        machine = keys.machine(db, self.places, "here")
        writer = Writer(db, machine, keys.sealer(self.places), "figures")
        events = [self._suggestion(number) for number in numbers]
        self._logs += 1
        with immediately(db):
            file_id = files.add(db, machine, SOURCE, f"made{self._logs}.jsonl", self.making.now_ms)
            first_ms, last_ms = writer.write(file_id, SOURCE, events, Counts())
            at = Position(1, 1, 0, 1, b"", b"", 1, first_ms=first_ms, last_ms=last_ms)
            files.advance(db, file_id, at, self.making.now_ms)

    def _suggestion(self, number: int) -> Suggestion:
        edit, (added, removed) = self.making.edits[number], self.making.texts[number]
        return Suggestion(
            session=f"s{edit.session}",
            key=f"e{edit.id}",
            at_ms=edit.at_ms,
            kind="edit",
            path=str(self.making.folder / edit.path),
            added=added,
            removed=removed,
            whole=edit.whole,
            decision="accepted",
            how="allowed",
            basis="stated",
        )

    def read(self, days_later: int = 40, stopped: Callable[[], bool] = lambda: False) -> Report:
        """Follow the edits into git; gives what was done."""
        home = self.folder / "home"
        machine = Machine(home, ("linux",))
        request = Request(machine, (), home=home, repos=(self.making.folder,))
        now_ms = self.making.now_ms + days_later * DAY
        return run(request, Settings(), self.places, lambda _said: None, stopped, now_ms)

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """Rows of the archive."""
        db = sqlite3.connect(self.places.database)
        try:
            return db.execute(query, values).fetchall()
        finally:
            db.close()

    def has(self, table: str) -> bool:
        """Whether the archive has a table of that name."""
        return bool(self.rows("select 1 from sqlite_master where name = ?", table))
