"""Follow accepted edits into the repositories they lie in.

Repositories are found through the logs: from each edit's file and each session's folder
upwards.  A repository whose refs have not moved and that got no new edits costs one look.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import logging
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tokenmirror import paths, seal
from tokenmirror.errors import UserError
from tokenmirror.ingest.folders import Folders, absolute
from tokenmirror.ingest.report import Report, RepositoryReport, Say, Stopped
from tokenmirror.repos import branches, discover, git, identity, onward, releases, scan
from tokenmirror.repos.excluded import Excluded
from tokenmirror.repos.landing import AFTER_MS
from tokenmirror.repos.nouns import Known, Place, RepoFacts
from tokenmirror.repos.reach import CLOCKS_MS
from tokenmirror.store import following, lasting, ledger, matches, news, rewinding, snapshots
from tokenmirror.store.connection import immediately
from tokenmirror.store.following import DAY_MS, Stored
from tokenmirror.store.news import News

log = logging.getLogger(__name__)


@dataclass
class Follower:
    """Reads repositories into the archive; ``changed`` are those whose rows moved, and how."""

    db: sqlite3.Connection
    machine_id: int
    sealer: seal.Sealer
    folders: Folders
    report: Report
    say: Say
    stopped: Stopped
    git: git.Git | None
    no_git: str
    titles: bool
    window_days: int
    patterns: tuple[str, ...]
    changed: dict[int, News] = field(default_factory=dict)
    trees: dict[int, Path] = field(default_factory=dict)
    _seen: dict[int, tuple[Place, RepoFacts]] = field(default_factory=dict)
    _known: dict[tuple[Path, str], int] = field(default_factory=dict)

    def run(self, *, read: bool) -> None:
        """Place new edits if any log was ``read``, then read what is new in each repository."""
        with immediately(self.db):
            if read or self.folders.named:
                following.withdraw(self.db)
                self._place_edits()
                self._place_sessions()
            for place in self.folders.named:
                self._repository(place, str(place.root or place.common_dir))
        rows = following.stored(self.db)
        for done, (place, row) in enumerate(rows.values()):
            if self.stopped():
                self.report.stopped = True
                return
            self.say({"state": "relating", "done": done, "total": len(rows), "source": "git"})
            self._read(place, row)

    def locate(self, path: str, folder: str | None) -> tuple[int, str] | None:
        """The repository a log's path lies in and the path inside it."""
        plain = absolute(path, folder)
        found = self.folders.repository(plain.rsplit("/", 1)[0]) if plain else None
        if plain is None or found is None:
            return None
        inside = discover.relative(plain, [found[1]])
        return None if inside is None else (self._repository(*found), inside)

    def committed(self, repo_id: int, path: str) -> bytes | None:
        """A file as the checked-out commit has it; empty where it has none.

        ``None`` when that cannot be told.
        """
        if self.git is None or repo_id not in self._seen:
            return None
        return branches.checked_out(self.git, *self._seen[repo_id], path)

    def _place_edits(self) -> None:
        """Where new edits lie."""
        found: list[tuple[int, int, str]] = []
        for edit in following.unplaced(self.db):
            place = self.locate(edit.path, edit.folder)
            if place is not None:
                found.append((edit.suggestion, *place))
        following.place_edits(self.db, found)
        following.note_late(self.db, [suggestion for suggestion, _repo, _path in found])

    def _repository(self, place: Place, root: str) -> int:
        key = (place.common_dir, root)
        if key not in self._known:
            repo_id = following.repository(self.db, self.machine_id, place)
            following.add_roots(self.db, repo_id, [root])
            if place.root is not None:
                self.trees.setdefault(repo_id, place.root)
            self._known[key] = repo_id
        return self._known[key]

    def _place_sessions(self) -> None:
        """The project of each session: its repository, else its folder."""
        projects: dict[int, tuple[str, int | None]] = {}
        for session, folder in following.folders(self.db):
            path = absolute(folder, None)
            place = self.folders.repository(path) if path else None
            if place is None:
                projects[session] = (path or folder, None)
            else:
                projects[session] = (str(place[0].common_dir), self._repository(*place))
        following.place_sessions(self.db, projects)

    def _read(self, place: Place, row: Stored) -> None:
        part = RepositoryReport(self.trees.get(row.id, place.common_dir))
        self.report.repositories.append(part)
        if self.git is None:
            part.problem = self.no_git
            return
        if not row.followed:
            return
        place = Place(place.common_dir, self.trees.get(row.id))
        facts = discover.facts(self.git, place, row.choice)
        part.problem = facts.reason if facts.state != "ok" else None
        with immediately(self.db):
            following.note_facts(self.db, row.id, facts, _now_ms())
            following.add_roots(self.db, row.id, [str(root) for root in facts.roots])
            following.add_identities(self.db, facts.emails, "git_config", _now_ms())
        if facts.state not in ("ok", "shallow", "partial"):
            return
        self._seen[row.id] = place, facts
        try:
            self._scan(place, row, facts, part)
            self._note_observed(row.id)
        except UserError as error:
            part.problem = str(error)
        mine, others = following.identities(self.db)
        if not mine - others:  # nobody's commits can be called the person's
            part.problem = part.problem or "no_identity"
            with immediately(self.db):
                following.note_no_identity(self.db, row.id)

    def _scan(
        self,
        place: Place,
        row: Stored,
        facts: RepoFacts,
        part: RepositoryReport,
        *,
        again: bool = False,
    ) -> None:
        """Read a repository's new commits, after taking back what they or new edits change."""
        first_ms = following.first_edit_ms(self.db, row.id)
        late_ms = following.late_ms(self.db, row.id)
        rules_hold = self._rules(row.id, facts) == row.rules_digest
        same_refs = facts.refs_digest == row.refs_digest
        if first_ms is None or (same_refs and rules_hold and late_ms is None and not again):
            return
        assert self.git is not None
        since_ms = first_ms - DAY_MS
        attributes = scan.attributes(self.git, place, facts)
        skipped = scan.skipped(self.git, place, facts)
        afresh = (
            again
            or not rules_hold
            or row.refs_digest is None
            or since_ms != row.since_ms
            or not lasting.heeds(self.db, row.id, skipped)
            or attributes != following.attributes(self.db).get(row.id)
        )
        with immediately(self.db):
            if row.id not in self.changed:
                self.changed[row.id] = news.begin(self.db, row.id, late_ms)
            self.changed[row.id].whole |= afresh
        known = self._going_on(place, row, facts, late_ms, since_ms, afresh=afresh)
        with immediately(self.db):
            lasting.note_skipped(self.db, row.id, skipped)
            following.note_attributes(self.db, row.id, attributes)
            following.note_since(self.db, row.id, since_ms)
        mine = following.identities(self.db)[0]
        with few_collections():
            authors = self._read_commits(place, row.id, facts, known, part)
        met = self._meet(facts, authors)
        if met or (not afresh and mine != following.identities(self.db)[0]):
            row = following.stored(self.db)[row.id][1]
            self._scan(place, row, facts, part, again=True)
        else:
            self._close(place, row.id, facts)

    def _going_on(
        self,
        place: Place,
        row: Stored,
        facts: RepoFacts,
        late_ms: int | None,
        since_ms: int,
        *,
        afresh: bool,
    ) -> Known:
        """Take back what no longer holds, and say where a scan goes on from."""
        assert self.git is not None
        mine, others = following.identities(self.db)
        person = identity.me(mine - others, facts.names)
        known = following.known(self.db, row, since_ms)
        new = onward.onward(self.git, place, facts, known, person)
        limit = rewinding.NOTHING if afresh else _limit(new, late_ms)
        adrift: frozenset[str] = frozenset()
        with immediately(self.db):
            snapshots.keep(self.db, row.id)
            if not rewinding.holds(self.db, row.id, limit):
                why = "rewritten" if new.rewritten else "anew" if afresh else "late"
                from_ms = None if afresh else min(limit.chain_ms, limit.side_ms)
                ledger.note(self.db, [-row.id], "repository", why, from_ms)
                side = rewinding.beside(self.db, row.id, limit.side_ms)
                adrift, gone = scan.unreachable(self.git, place, facts, side)
                self.changed[row.id].whole = True
                row = rewinding.rewind(
                    self.db, row, limit, lost=gone, keep_dates=new.rewritten and not afresh
                )
                known = following.known(self.db, row, since_ms, tuple(sorted(adrift)))
            # commits of a branch that are landings now are read as such
            moved = new.landings.intersection(rewinding.beside(self.db, row.id, -1))
            if moved:
                lost = rewinding.forget(self.db, row.id, moved)
                self.changed[row.id].suggestions |= lost
                known = following.known(self.db, row, since_ms, known.adrift)
        return known

    def _meet(self, facts: RepoFacts, authors: Sequence[tuple[str, str]]) -> bool:
        """Remember addresses to be confirmed; says whether one was found to be the person's.

        Where no configuration names any, the only author of a repository is the person.
        """
        mine, others = following.identities(self.db)
        known = mine - others
        people = {email.lower() for name, email in authors if not identity.is_bot(name, email)}
        if known:
            new = identity.suggestions(identity.me(known, facts.names), authors)
        else:
            new = tuple(sorted(people - others - {""}))
        alone = not known and len(new) == 1 and not people & others
        with immediately(self.db):
            origin = "only_author" if alone else "same_name" if known else "author"
            following.add_identities(self.db, new, origin, _now_ms(), is_me=alone)
        return alone

    def _read_commits(
        self, place: Place, repo_id: int, facts: RepoFacts, known: Known, part: RepositoryReport
    ) -> list[tuple[str, str]]:
        """Read and match commits; gives (name, address) of the authors met."""
        assert self.git is not None
        excluded = Excluded(self.patterns, following.attributes(self.db).get(repo_id, ()))
        known = replace(known, remembered=lasting.remembered(self.db, repo_id))
        pool = following.pool(self.db, repo_id, excluded.is_excluded)
        mine, others = following.identities(self.db)
        told = self.changed[repo_id]
        authors: list[tuple[str, str]] = []
        landings = 0  # since the last snapshot
        for step in scan.scan(
            self.git,
            place,
            facts,
            known,
            pool,
            identity.me(mine - others, facts.names),
            excluded,
            self.sealer,
            self.stopped,
            window_days=self.window_days,
        ):
            with immediately(self.db):
                matches.write_step(self.db, repo_id, step, pool, told, titles=self.titles)
                lasting.write(self.db, repo_id, step.fates, told)
                landings += sum(commit.on_chain for commit in step.commits)
                if landings >= snapshots.EVERY:
                    snapshots.keep(self.db, repo_id)
                    landings = 0
                following.add_identities(self.db, step.emails, "agent_commit", _now_ms())
            authors += step.authors
            part.commits_read += len(step.commits)
            if step.state != "ok" and part.problem is None:
                part.problem = step.state
        return authors

    def _close(self, place: Place, repo_id: int, facts: RepoFacts) -> None:
        if self.stopped():
            self.report.stopped = True
            return
        assert self.git is not None
        moved = branches.branch_moves(self.git, place, facts, matches.waiting(self.db, repo_id))
        chain = lasting.chain(self.db, repo_id) if releases.tags(facts) else []
        released = releases.released(self.git, place, facts, chain)
        with immediately(self.db):
            matches.settle_dates(self.db, repo_id)
            matches.settle_runs(self.db, repo_id)
            lasting.write_releases(self.db, repo_id, released)
            matches.note_branches(self.db, repo_id, moved)
            following.note_settled(self.db, repo_id, facts)
            # addresses that the scan itself found are known now: they change no rule
            following.note_rules(self.db, repo_id, self._rules(repo_id, facts))

    def _note_observed(self, repo_id: int) -> None:
        if not self.stopped():
            with immediately(self.db):
                lasting.note_observed(self.db, repo_id, _now_ms())

    def _rules(self, repo_id: int, facts: RepoFacts) -> bytes:
        """What decides a matching besides refs and edits: a change asks for a full one."""
        mine, others = following.identities(self.db)
        parts = (
            scan.RULES_VERSION,
            self.window_days,
            self.patterns,
            sorted(mine),
            sorted(others),
            facts.landing_ref,
            following.unlinked_named(self.db, repo_id),
        )
        return hashlib.blake2b(repr(parts).encode(), digest_size=12).digest()


@contextlib.contextmanager
def few_collections() -> Iterator[None]:
    """Look for garbage less often: following and relating make no cycles, and keep much.

    On 25,000 commits it took a sixth of the time and freed nothing.
    """
    before = gc.get_threshold()
    gc.freeze()  # what is there already is not looked through again
    gc.set_threshold(500_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _limit(new: onward.Onward, late_ms: int | None) -> rewinding.Limit:
    """Up to when neither a new edit nor a new commit can have been missed."""
    edits_ms = rewinding.FOREVER_MS if late_ms is None else late_ms - AFTER_MS
    commits_ms = rewinding.FOREVER_MS if new.late_ms is None else new.late_ms - CLOCKS_MS - 1
    chain = new.landings if new.rewritten else None
    return rewinding.Limit(min(edits_ms, commits_ms), edits_ms, chain)


def git_of(places: paths.Places, home: Path | None) -> tuple[git.Git | None, str]:
    """The git to use, or the reason why there is none."""
    try:
        return git.found(paths.git_program(), places.git_reader, home), ""
    except UserError as error:
        return None, str(error)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
