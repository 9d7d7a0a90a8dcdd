"""Relate facts: origins, proposed changes, shipped changes, tasks and their outcomes.

All of it is derived and can be made again; proposed changes only for sessions that were
touched or whose edits fared otherwise since.  The rest is told in full, since one new session
can change how others belong together, and written where it differs.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tokenmirror import seal
from tokenmirror.repos.excluded import Excluded
from tokenmirror.store import (
    derived,
    facts,
    following,
    landed,
    moved,
    news,
    oddities,
    relabel,
    slots,
    sums,
)
from tokenmirror.store.connection import immediately
from tokenmirror.store.derived import ProposalRow, TaskRow
from tokenmirror.store.facts import Links
from tokenmirror.store.news import News
from tokenmirror.tasks import deliveries, grouping, origins, outcome, proposals
from tokenmirror.tasks.grouping import SessionFacts
from tokenmirror.tasks.origins import OriginOf, Thresholds
from tokenmirror.tasks.proposals import Proposal

MAX_FILE_BYTES = 1 << 20
ENOUGH_LINES = 3
MAIN_LINES = frozenset({"main", "master", "trunk", "develop", "HEAD"})


@dataclass
class Relater:
    """Makes the derived tables.

    ``trees`` are working trees on this disk by repository; ``locate`` says where a log's
    path lies, given its session's folder; ``committed`` gives a file as checked out.
    """

    db: sqlite3.Connection
    sealer: seal.Sealer
    patterns: tuple[str, ...]
    trees: Mapping[int, Path]
    locate: Callable[[str, str | None], tuple[int, str] | None]
    committed: Callable[[int, str], bytes | None]
    now_ms: int
    thresholds: Thresholds = field(default_factory=Thresholds)

    def run(self, touched: Iterable[int], changed: Mapping[int, News]) -> None:
        """Relate what these sessions and repositories brought, in one transaction.

        Repositories that changed in an earlier reading which was cut short come along.
        """
        with immediately(self.db):
            touched = set(touched)
            whole = news.unrelated(self.db) - {r for r, one in changed.items() if not one.whole}
            some = [one for repo, one in changed.items() if repo not in whole]
            touched |= self._odd(touched)
            others = derived.write_origins(self.db, self._origins())
            relabel.remember(self.db, self.thresholds)
            stale = touched | others
            slots.refresh(self.db, stale)
            relabel.repeated(self.db, stale)
            driven = facts.unattended_sessions(self.db)
            sums.mark_drivers(self.db, driven)
            around = self._around(driven)
            rest = facts.sessions_of_repositories(self.db, whole)
            rest |= facts.sessions_of_edits(self.db, (e for one in some for e in one.suggestions))
            outdated = touched | self._overtaken(rest - touched, around)
            stood = moved.stood(self.db, outdated)
            self._proposals(outdated, around)
            landed.refresh(self.db, whole)
            landed.refresh_some(self.db, (c for one in some for c in one.landings))
            self._deliveries()
            self._tasks(driven)
            moved.note(self.db, stood, others - touched)
            news.end(self.db)

    def _odd(self, touched: Iterable[int]) -> set[int]:
        """Mark facts that contradict themselves; gives the sessions in which a mark changed."""
        anew = oddities.told_otherwise(self.db)
        some = facts.all_sessions(self.db) if anew else touched
        return oddities.refresh(self.db, some, self.now_ms)

    def _origins(self) -> list[OriginOf]:
        return origins.origins(facts.prompts(self.db), self.thresholds)

    def _around(self, driven: frozenset[int]) -> _Surroundings:
        return _Surroundings(
            readable=facts.readable_repositories(self.db),
            exclusions=_Exclusions(self.patterns, following.attributes(self.db)),
            folders=dict(following.folders(self.db)),
            driven=driven,
        )

    def _overtaken(self, sessions: Iterable[int], around: _Surroundings) -> set[int]:
        """Of these sessions, whose edits are as they were, those that are told otherwise now.

        What is stored of each proposed change is held against all that decides it: so it is
        no matter what moved it, nor whether an earlier reading was cut short.
        """
        stored = derived.proposals(self.db, sessions)
        fates = facts.fates(self.db, [part for row in stored for part in row.proposal.suggestions])
        return {
            row.proposal.session
            for row in stored
            if not row.proposal.suggestions or row != self._proposal(row.proposal, fates, around)
        }

    def _proposals(self, stale: Iterable[int], around: _Surroundings) -> None:
        sessions = sorted(stale)
        found = proposals.proposals(facts.edits(self.db, sessions))
        suggestions = [one for proposal in found for one in proposal.suggestions]
        fates = facts.fates(self.db, suggestions)
        rows = [self._proposal(one, fates, around) for one in found]
        derived.write_proposals(self.db, sessions, rows)
        sums.refresh_changes(self.db, sessions)
        derived.mark_unattended(self.db, around.driven)

    def _proposal(
        self, one: Proposal, fates: Mapping[int, facts.Fate], around: _Surroundings
    ) -> ProposalRow:
        mine = [fates[suggestion] for suggestion in one.suggestions if suggestion in fates]
        place = (mine[0].repo, mine[0].path) if mine else None
        if place is None:  # refused, open, or outside every repository
            place = self.locate(one.path, around.folders.get(one.session))
        repo, path = place or (None, one.path.replace("\\", "/").rsplit("/", 1)[-1])
        landed = min(one.accepted, sum(fate.landed for fate in mine))
        times = [fate.landed_ms for fate in mine if fate.landed_ms is not None]
        shipped = [fate.shipped_ms for fate in mine if fate.shipped_ms is not None]
        living = [fate.living for fate in mine if fate.living is not None]
        on_main = min(landed, sum(fate.shipped for fate in mine))
        return ProposalRow(
            proposal=one,
            unattended=one.session in around.driven,
            followed=repo in around.readable,
            excluded=around.exclusions.of(repo).is_excluded(path),
            landed=landed,
            shipped=on_main,
            landed_ms=min(times, default=None),
            shipped_ms=min(shipped, default=None),
            living=min(on_main, sum(living)) if living else None,
            landed_exact=min(landed, sum(fate.landed_exact for fate in mine)),
            shipped_exact=min(on_main, sum(fate.shipped_exact for fate in mine)),
            noted=min(landed, sum(min(fate.landed_exact, fate.noted) for fate in mine)),
        )

    def _deliveries(self) -> None:
        begin_ms = facts.data_begin_ms(self.db)
        for repo in facts.repositories(self.db):
            chain = facts.landings(self.db, repo, begin_ms)
            derived.write_deliveries(self.db, repo, deliveries.deliveries(chain))

    def _tasks(self, driven: frozenset[int]) -> None:
        known = _Known(
            links=facts.links(self.db),
            prompts=facts.prompt_counts(self.db),
            intended=facts.intended_sessions(self.db),
            followed=facts.followed_sessions(self.db),
            branches=facts.branch_names(self.db),
        )
        rows = [
            self._task(group, known)
            for group in grouping.tasks(facts.session_facts(self.db, driven))
            if any(one.id in known.prompts or one.files for one in group)
            or any(one.id in known.links for one in group)
        ]
        derived.write_tasks(self.db, rows)

    def _task(self, group: Sequence[SessionFacts], known: _Known) -> TaskRow:
        ids = [one.id for one in group]
        first = group[0]
        counts = [known.prompts[one] for one in ids if one in known.prompts]
        began = _first(
            [own for _n, own, _any in counts],
            [earliest for _n, _own, earliest in counts],
            [one.started_ms for one in group],
        )
        intended = any(one in known.intended for one in ids)
        ending = self._ending(ids, known, began, intended=intended)
        verdict, why = outcome.outcome(ending, self.now_ms)
        title, title_from = _title(ids, known)
        return TaskRow(
            key=f"{first.source}:{first.key}",
            sessions=tuple(ids),
            project=next((one.project for one in group if one.project is not None), None),
            source=first.source,
            title=title,
            title_from=title_from,
            began_ms=began,
            ended_ms=max((one.ended_ms for one in group if one.ended_ms is not None), default=None),
            outcome=verdict,
            why=why,
            unattended=all(one.unattended for one in group),
            own_prompts=sum(n for n, _own, _any in counts),
            intended=intended,
        )

    def _ending(
        self, ids: Sequence[int], known: _Known, began: int | None, *, intended: bool
    ) -> outcome.Ending:
        linked = [known.links[one] for one in ids if one in known.links]
        landed = any(link.landed for link in linked)
        young = began is None or self.now_ms - began < outcome.RIPE_MS
        return outcome.Ending(
            began_ms=began,
            intended=intended,
            ships=any(link.ships for link in linked),
            landed=landed,
            branch_ms=max(
                (link.branch_ms for link in linked if link.branch_ms is not None), default=None
            ),
            # a young task is in progress anyway: no file needs to be opened for it
            uncommitted=intended and not landed and not young and self._uncommitted(ids),
            followed=any(one in known.followed for one in ids),
        )

    def _uncommitted(self, sessions: Sequence[int]) -> bool:
        """Whether lines of edits that never landed stand in the working tree now."""
        by_file: dict[tuple[int, str], set[int]] = defaultdict(set)
        for session in sessions:
            for repo, path, lines in facts.unlanded_edits(self.db, session):
                by_file[repo, path].update(_proofs(lines))
        for (repo, path), wanted in by_file.items():
            if not wanted or repo not in self.trees:
                continue
            standing = wanted & self._standing(self.trees[repo] / path)
            enough = min(ENOUGH_LINES, (len(wanted) + 1) // 2)
            if len(standing) < enough:
                continue
            committed = self.committed(repo, path)
            if committed is None:
                continue
            # lines that are committed too are somebody's, or everyday ones: no open work
            if len(standing - self._hashes(committed)) >= enough:
                return True
        return False

    def _standing(self, file: Path) -> set[int]:
        """Hashes of the lines of a file of the working tree; none where it cannot be read."""
        try:
            if file.is_symlink() or not file.is_file() or file.stat().st_size > MAX_FILE_BYTES:
                return set()
            return self._hashes(file.read_bytes())
        except OSError:
            return set()

    def _hashes(self, content: bytes) -> set[int]:
        text = content.decode("utf-8", "surrogateescape")
        return set(_proofs(self.sealer.lines(text.split("\n"))))


@dataclass(frozen=True)
class _Surroundings:
    """What a proposed change is judged by besides its own edits."""

    readable: frozenset[int]
    exclusions: _Exclusions
    folders: Mapping[int, str]
    driven: frozenset[int]


@dataclass
class _Exclusions:
    """What is left out, by repository; ``None`` for files that lie in none."""

    patterns: tuple[str, ...]
    attributes: Mapping[int, tuple[tuple[str, str], ...]]
    _made: dict[int | None, Excluded] = field(default_factory=dict)

    def of(self, repo: int | None) -> Excluded:
        """The rules of a repository, made once."""
        if repo not in self._made:
            attributes = self.attributes.get(repo, ()) if repo is not None else ()
            self._made[repo] = Excluded(self.patterns, attributes)
        return self._made[repo]


@dataclass(frozen=True)
class _Known:
    """What the archive says per session, read once."""

    links: Mapping[int, Links]
    prompts: Mapping[int, tuple[int, int | None, int | None]]
    intended: frozenset[int]
    followed: frozenset[int]
    branches: Mapping[int, str]


def _proofs(lines: seal.SealedLines) -> list[int]:
    """Hashes of added lines that prove something."""
    skip = seal.REMOVED | seal.TRIVIAL | seal.IMPORT
    pairs = zip(lines.hashes, lines.flags, strict=True)
    return [line_hash for line_hash, flag in pairs if not flag & skip]


def _first(*choices: Sequence[int | None]) -> int | None:
    """The earliest of the first choice that holds any."""
    for choice in choices:
        known = [value for value in choice if value is not None]
        if known:
            return min(known)
    return None


def _title(ids: Sequence[int], known: _Known) -> tuple[str | None, str]:
    """First commit subject, else branch name, else the day; the first two only where kept."""
    for one in ids:
        link = known.links.get(one)
        if link is not None and link.subject:
            return link.subject, "subject"
    for one in ids:
        branch = known.branches.get(one)
        if branch is not None and branch not in MAIN_LINES:  # those say nothing of the task
            return branch, "branch"
    return None, "day"
