"""The person's own rows: consents, statements about tasks, identities, choices.

Small writes by the window or the command line, each its own transaction; each returns what
stood there before, so that it can be undone by writing that back.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tokenmirror.store import connection, entered, ledger, reader, relabel, schema
from tokenmirror.store.entered import Some
from tokenmirror.tasks.origins import Origin, Thresholds

Stated = Literal["done", "useful_without_code", "set_aside", "did_not_work_out"]
SessionKey = tuple[str, str]  # source, session id as the tool has it


@dataclass(frozen=True)
class Consent:
    """A source that was switched on or off, with the places seen then."""

    source: str
    allowed: bool
    places: tuple[str, ...]
    edited_ms: int


@dataclass(frozen=True)
class Label:
    """What the person says of the task that a session is part of."""

    outcome: Stated | None = None
    hidden: bool = False


@dataclass(frozen=True)
class Identity:
    """A mail address that commits may carry; ``is_me`` counts them as the person's."""

    email: str
    origin: str
    is_me: bool


@dataclass(frozen=True)
class Own:
    """The person's rows of one archive file."""

    path: Path

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with connection.transaction(self.path) as db:
            yield db

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        db = reader.connect(self.path)
        try:
            yield db
        finally:
            db.close()

    def consents(self) -> dict[str, Consent]:
        """All consents by source."""
        with self._reading() as db:
            rows = db.execute("select source, allowed, places, edited_ms from consents")
            return {
                row[0]: Consent(row[0], bool(row[1]), tuple(json.loads(row[2])), row[3])
                for row in rows
            }

    def consent(self, source: str, *, allowed: bool, places: Sequence[str]) -> Consent | None:
        """Switch a source on or off; gives the consent before."""
        before = self.consents().get(source)
        with self._writing() as db:
            db.execute(
                "insert into consents values (?, ?, ?, ?) on conflict(source) do update set"
                " allowed = excluded.allowed, places = excluded.places,"
                " edited_ms = excluded.edited_ms",
                (source, int(allowed), json.dumps(sorted(places)), now_ms()),
            )
        return before

    def labels(self, sessions: Sequence[SessionKey]) -> dict[SessionKey, Label]:
        """What was said of these sessions' tasks, where anything was."""
        found = {}
        with self._reading() as db:
            for source, session in sessions:
                row = db.execute(
                    "select outcome, hidden from labels where source = ? and session = ?",
                    (source, session),
                ).fetchone()
                if row:
                    found[source, session] = Label(row[0], bool(row[1]))
        return found

    def label(self, labels: Mapping[SessionKey, Label]) -> dict[SessionKey, Label]:
        """Say something of tasks, through their sessions; gives what was said before.

        The derived task rows take it over at once, so that no reading is needed.
        """
        before = self.labels(list(labels))
        with self._writing() as db:
            for (source, session), label in labels.items():
                db.execute(
                    "insert into labels values (?, ?, ?, ?, ?) on conflict(source, session)"
                    " do update set outcome = excluded.outcome, hidden = excluded.hidden,"
                    " edited_ms = excluded.edited_ms",
                    (source, session, label.outcome, int(label.hidden), now_ms()),
                )
                db.execute(
                    "update tasks set stated = ?, hidden = ? where id = (select task_id from"
                    " task_sessions join sessions on sessions.id = task_sessions.session_id"
                    " where source = ? and sessions.key = ?)",
                    (label.outcome, int(label.hidden), source, session),
                )
                said = db.execute(
                    "select id from sessions where source = ? and key = ?", (source, session)
                )
                ledger.note(db, [row[0] for row in said], "you", "tasks", None)
        return {key: before.get(key, Label()) for key in labels}

    def identities(self) -> tuple[Identity, ...]:
        """Known addresses by name."""
        with self._reading() as db:
            rows = db.execute("select email, origin, is_me from identities order by email")
            return tuple(Identity(row[0], row[1], bool(row[2])) for row in rows)

    def identity(self, email: str, *, is_me: bool, origin: str = "typed") -> Identity | None:
        """Say whether an address is the person's; gives what stood there before."""
        before = {entry.email: entry for entry in self.identities()}.get(email.lower())
        with self._writing() as db:
            db.execute(
                "insert into identities values (?, ?, ?, ?) on conflict(email) do update set"
                " is_me = excluded.is_me, origin = excluded.origin,"
                " edited_ms = excluded.edited_ms",
                (email.lower(), origin, int(is_me), now_ms()),
            )
            ledger.note(db, [ledger.EVERYTHING], "you", "identities", None)
        return before

    def folders(self) -> dict[str, str]:
        """Folders named by hand, with their kind (``home``, ``repository`` or ``export``)."""
        with self._reading() as db:
            return dict(db.execute("select path, kind from added_folders order by path"))

    def add_folder(self, path: Path, kind: Literal["home", "repository", "export"]) -> None:
        """Look in this folder too; an export is a file that the person handed over."""
        with self._writing() as db:
            db.execute(
                "insert into added_folders values (?, ?, ?) on conflict(path) do nothing",
                (str(path), kind, now_ms()),
            )

    def remove_folder(self, path: Path) -> None:
        """Look there no more; what was read stays."""
        with self._writing() as db:
            db.execute("delete from added_folders where path = ?", (str(path),))

    def entries(self, kind: type[Some]) -> tuple[Some, ...]:
        """All the person entered of a kind."""
        with self._reading() as db:
            return entered.every(db, kind)

    def put(self, entry: Some) -> Some | None:
        """Keep an entry; gives what stood under its key.

        Raises ``UserError`` for one that cannot be meant.
        """
        with self._writing() as db:
            return entered.put(db, entry)

    def take(self, entry: Some) -> Some | None:
        """Take an entry away; gives what stood under its key."""
        with self._writing() as db:
            return entered.take(db, entry)

    def restore(self, entry: Some, before: Some | None) -> None:
        """Undo ``put`` or ``take`` of an entry with what it gave."""
        if before is None:
            self.take(entry)
        else:
            self.put(before)

    def tell_origins(self, limits: Thresholds) -> None:
        """Tell who wrote the prompts again, by these thresholds."""
        with self._writing() as db:
            relabel.again(db, limits)

    def wrote(
        self, labels: Mapping[int, Origin | None], limits: Thresholds
    ) -> dict[int, Origin | None]:
        """Say who wrote prompts, by their keys; gives what was said before.

        ``None`` leaves it to the log and the rules.
        """
        with self._writing() as db:
            return relabel.label(db, labels, limits, now_ms())

    def repo_choice(
        self, common_dir: str, *, followed: bool, landing_ref: str | None = None
    ) -> tuple[bool, str | None]:
        """Follow a repository or not, and choose its main line; gives the choice before."""
        with self._writing() as db:
            row = db.execute(
                "select followed, landing_ref from repo_choices where common_dir = ?",
                (common_dir,),
            ).fetchone()
            db.execute(
                "insert into repo_choices values (?, ?, ?, ?) on conflict(common_dir)"
                " do update set followed = excluded.followed,"
                " landing_ref = excluded.landing_ref, edited_ms = excluded.edited_ms",
                (common_dir, int(followed), landing_ref, now_ms()),
            )
            ledger.note(db, [ledger.EVERYTHING], "you", "repositories", None)
        return (bool(row[0]), row[1]) if row else (True, None)

    def baselines(self) -> dict[str, str]:
        """Days (ISO) at which the usual range begins anew, with the reasons."""
        with self._reading() as db:
            return dict(db.execute("select day, why from baselines order by day"))

    def baseline(self, day: str, why: str | None) -> str | None:
        """Mark a day as a new beginning, or take the mark off (``None``); the reason before."""
        before = self.baselines().get(day)
        with self._writing() as db:
            if why is None:
                db.execute("delete from baselines where day = ?", (day,))
            else:
                db.execute(
                    "insert into baselines values (?, ?, ?) on conflict(day) do update set"
                    " why = excluded.why, edited_ms = excluded.edited_ms",
                    (day, why, now_ms()),
                )
        return before

    def answer(self, question: str, answer: str) -> str | None:
        """Note the answer to a question that is asked once; gives the one before."""
        with self._writing() as db:
            row = db.execute(
                "select answer from answers where question = ?", (question,)
            ).fetchone()
            db.execute(
                "insert into answers values (?, ?, ?) on conflict(question) do update set"
                " answer = excluded.answer, edited_ms = excluded.edited_ms",
                (question, answer, now_ms()),
            )
        return row[0] if row else None


def now_ms() -> int:
    """The clock, in UTC epoch milliseconds: own rows carry when they were written."""
    return time.time_ns() // 1_000_000


def opened(path: Path) -> Own:
    """The person's rows of an archive, which is made where it is missing.

    Raises ``UserError`` as ``schema.create`` does.
    """
    schema.create(path)
    return Own(path)
