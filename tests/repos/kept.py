"""Scans written to an archive, as the program does it, and read back as figures do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.repos.making import SEALER, Making, Scanner
from tokenmirror.repos import labels, scan
from tokenmirror.repos.excluded import Excluded
from tokenmirror.repos.nouns import Pool
from tokenmirror.store import connection, following, lasting, lives, matches
from tokenmirror.store.news import News

TABLES = (
    "select oid, mine, landed_oid, released_ms from commits order by oid",
    "select number, c.oid, path, suggestion_id, session_id, b.mine, lines, b.proof_lines, born_ms"
    " from births b join commits c on c.id = b.commit_id order by number",
    "select number, at_ms, until_ms, d.lines, cause, c.oid, killer from deaths d"
    " join births b on b.id = d.birth_id join commits c on c.id = d.commit_id"
    " order by 1, 2, 5, 7, 3, 4",
    "select number, at_ms, z.lines from censored z join births b on b.id = z.birth_id"
    " order by 1, 2",
    "select c.oid, k.oid, at_ms, how, share, undone_ms from reversals r"
    " join commits c on c.id = r.commit_id join commits k on k.id = r.by_commit_id order by 1, 2",
    "select path, labels from track_files order by path",
    "select c.oid, at_ms, lines from graves g join commits c on c.id = g.commit_id order by 1",
)


@dataclass
class Kept:
    """One repository's archive."""

    folder: Path
    scanner: Scanner
    pool: Pool = field(default_factory=lambda: Pool(()))

    def __post_init__(self) -> None:
        self.db = connection.connect(self.folder / "mirror.db")
        self.db.execute("insert into machines values (1, 'm', 'here')")

    def read(
        self, repo: Making, stopped: Callable[[], bool] = lambda: False, now_ms: int | None = None
    ) -> list[lives.Life]:
        """Read what is new in the repository."""
        place, facts = self.scanner.facts(repo.folder)
        repo_id = following.repository(self.db, 1, place)
        row = following.stored(self.db)[repo_id][1]
        known = following.known(self.db, row, self.scanner.since_ms)
        known = replace(known, remembered=lasting.remembered(self.db, repo_id))
        before = self.pool
        self.pool = Pool(tuple(repo.edits), repo.agent_commits, before.linked, before.follows)
        excluded = Excluded((), scan.attributes(self.scanner.git, place, facts))
        for step in scan.scan(
            self.scanner.git, place, facts, known, self.pool, self.scanner.person, excluded,
            SEALER, stopped,
        ):  # fmt: skip
            with connection.immediately(self.db):
                told = News()
                matches.write_step(self.db, repo_id, step, self.pool, told, titles=False)
                lasting.write(self.db, repo_id, step.fates, told)
        lasting.note_observed(self.db, repo_id, now_ms or repo.now_ms)
        return self.lives()

    def lives(self) -> list[lives.Life]:
        return lives.lives(self.db)

    def tables(self) -> list[list[tuple[object, ...]]]:
        return [self.db.execute(query).fetchall() for query in TABLES]

    def carried(self) -> Counter[int]:
        """Living lines by birth, counted in the files' labels."""
        found: Counter[int] = Counter()
        for (blob,) in self.db.execute("select labels from track_files"):
            found += labels.carried(labels.unpack(blob))
        return found

    def causes(self) -> Counter[str]:
        """Lines that are dead now, by cause."""
        found: Counter[str] = Counter()
        for cause, lines in self.db.execute(
            "select cause, lines from deaths where until_ms is null"
        ):
            found[cause] += lines
        return found

    def undoings(self) -> list[lives.Undoing]:
        return lives.undoings(self.db)
