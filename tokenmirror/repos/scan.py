"""One repository's commits, claims and links, in steps that can each be stored at once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from tokenmirror.repos import history, messages
from tokenmirror.repos.claims import Standing, Verdict, verdict
from tokenmirror.repos.commons import Commons
from tokenmirror.repos.copies import Copies
from tokenmirror.repos.excluded import Excluded
from tokenmirror.repos.git import Git, Reader, ids, reader
from tokenmirror.repos.history import DAY_MS, Head
from tokenmirror.repos.identity import Me, assistant_named
from tokenmirror.repos.landing import (
    AFTER_MS,
    LANDING_DAYS,
    NEVER_MS,
    FileMatch,
    Index,
    SealedFile,
    sealed,
)
from tokenmirror.repos.matching import Matching, Moves
from tokenmirror.repos.nouns import (
    Claim,
    Finding,
    Known,
    Landed,
    Link,
    Place,
    Pool,
    RepoFacts,
    ScannedCommit,
    State,
    Step,
)
from tokenmirror.repos.passing import Passing
from tokenmirror.repos.patches import Patch, patches
from tokenmirror.repos.plan import Plan, names_me, plan
from tokenmirror.repos.reach import Waiting
from tokenmirror.repos.records import Records, recorded, sessions_of
from tokenmirror.seal import Sealer, Seen

RULES_VERSION = 3
STEP_COMMITS = 200
# landings taken through one part of the work together: what that part looks up stays at hand
BATCH_COMMITS = 50
BATCH_LINES = 20_000
READABLE: frozenset[State] = frozenset({"ok", "shallow", "partial"})


def scan(
    git: Git,
    place: Place,
    facts: RepoFacts,
    known: Known,
    pool: Pool,
    me: Me,
    excluded: Excluded,
    sealer: Sealer,
    stopped: Callable[[], bool],
    *,
    window_days: int = 7,
) -> Iterator[Step]:
    """Read what is new, find the pool's lines in it, and give it in steps.

    First the person's commits off the chain, then the chain.  ``pool`` is brought up to date
    before each step is given.  Ends early, between two commits, once ``stopped()``; what the
    given steps hold stays true.  There is at least one step, unless stopped at once or the
    repository cannot be read at all.
    """
    if facts.state not in READABLE or facts.object_format is None or stopped():
        return
    opened = reader(git, place, facts.object_format)
    work = plan(opened, place, facts, known, pool, me)
    side = sorted((*work.side, *work.again), key=lambda head: head.order)
    noted = recorded(git, opened, place, facts.roots, (*work.side, *work.chain))
    _load(pool, work, known)
    passing = Passing(opened, work, known, excluded)
    copies = Copies(opened, excluded)
    run = _Run(work, known, pool, sealer, window_days, facts.state, passing, noted, copies)
    with contextlib.closing(_read(opened, side, work, excluded)) as found:
        yield from run.side(found, stopped)
    if work.chain and not run.stopped:
        with contextlib.closing(_read(opened, work.chain, work, excluded)) as found:
            yield from run.chain(found, stopped)


def unreachable(
    git: Git, place: Place, facts: RepoFacts, oids: Iterable[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Of these commits, those that no branch contains any more: still there, and gone."""
    wanted = frozenset(oids)
    if facts.state not in READABLE or facts.object_format is None or not wanted:
        return frozenset(), frozenset()
    opened = reader(git, place, facts.object_format)
    there = frozenset(history.commits_among(opened, sorted(wanted)))
    tips = history.commits_among(opened, sorted(set(facts.refs.values())))
    listed = opened.ask("rev-list", "--stdin", feed=ids([*there, *(f"^{oid}" for oid in tips)]))
    adrift = frozenset(listed.out.decode("ascii", "replace").split()) if there else frozenset()
    return there & adrift, wanted - there


def attributes(git: Git, place: Place, facts: RepoFacts) -> tuple[tuple[str, str], ...]:
    """(folder, text) of each ``.gitattributes`` at the main line's tip, for ``Excluded``."""
    tip = facts.landing_tip
    if facts.state not in READABLE or facts.object_format is None or tip is None:
        return ()
    return history.attributes(reader(git, place, facts.object_format), tip)


def skipped(git: Git, place: Place, facts: RepoFacts) -> frozenset[str]:
    """Commits that the main line's tip tells a blame to skip: their lines are born earlier."""
    if facts.state not in READABLE or facts.object_format is None:
        return frozenset()
    return messages.ignored(reader(git, place, facts.object_format), facts.landing_tip)


def _load(pool: Pool, work: Plan, known: Known) -> None:
    """Have the edits there that the commits to be read may hold."""
    if pool.load is not None:
        heads = (*work.side, *work.chain)
        first_ms = min((head.earliest_ms for head in heads), default=NEVER_MS)
        held = {edit for edits in known.claimed.values() for edit in edits}
        pool.load(pool, first_ms - LANDING_DAYS * DAY_MS, held if heads else ())


@dataclass(slots=True)
class _Draft:
    """A step in the making."""

    commits: list[ScannedCommit] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    landed: list[Landed] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)
    findings: list[tuple[str, Finding]] = field(default_factory=list)


class _Judged(NamedTuple):
    """What a commit was found to hold."""

    found: Verdict
    standing: Standing
    matches: list[FileMatch]
    moves: Moves


class _Landing(NamedTuple):
    """A landing that was judged; ``contained`` commits came in it by ancestry."""

    head: Head
    patch: Patch
    files: list[SealedFile]
    at_ms: int
    judged: _Judged
    contained: list[str]


def _read(
    opened: Reader, heads: Sequence[Head], work: Plan, excluded: Excluded
) -> Generator[tuple[Head, Patch], None, None]:
    """These commits with their differences, in their order."""
    readable = [head.oid for head in heads if head.oid not in work.edge]
    with contextlib.closing(patches(opened, readable, excluded)) as found:
        for head in heads:
            # at a shallow repository's edge the difference would be the whole tree
            yield head, Patch(head.oid, None) if head.oid in work.edge else next(found)


def _batch(found: Iterator[tuple[Head, Patch]], most: int) -> list[tuple[Head, Patch]]:
    """The next few landings; a large one ends it."""
    batch: list[tuple[Head, Patch]] = []
    lines = 0
    for head, patch in islice(found, min(most, BATCH_COMMITS)):
        batch.append((head, patch))
        lines += patch.added + patch.removed
        if lines > BATCH_LINES:
            break
    return batch


class _Run:
    """One scan under way: what it has learnt, and how far it came."""

    def __init__(
        self,
        work: Plan,
        known: Known,
        pool: Pool,
        sealer: Sealer,
        window_days: int,
        state: State,
        passing: Passing,
        noted: Records,
        copies: Copies,
    ) -> None:
        self._passing = passing
        self._copies = copies
        self._plan = work
        self._noted = noted
        self._claimed = {oid: set(edits) for oid, edits in known.claimed.items()}
        self._pool = pool
        self._sealer = sealer
        self._seen = Seen(sealer)
        self._window_days = window_days
        self._state: State = "partial" if work.broken else state
        self._index = Index(pool)
        self._waiting = Waiting()
        self._commons = Commons(known.commons)
        self._again = frozenset(head.oid for head in work.again)
        self._renames = dict(known.renames)
        self._tips = known.tips
        self._chain_tip = known.chain_tip
        self._chain_ms = known.chain_ms
        self._news = (work.new_emails, work.authors)
        self._contained: dict[str, list[str]] = {}
        for oid, landing in sorted(work.ancestors.items()):
            self._contained.setdefault(landing, []).append(oid)
        self.stopped = False

    def side(
        self, found: Iterable[tuple[Head, Patch]], stopped: Callable[[], bool]
    ) -> Iterator[Step]:
        """Commits off the chain; after the last one all branches are read up to now."""
        draft = _Draft()
        for head, patch in found:
            if self._stops(stopped):
                yield self._step(draft)
                return
            self._beside(draft, head, patch)
            if len(draft.commits) == STEP_COMMITS:
                yield self._step(draft)
                draft = _Draft()
        self._tips = self._plan.tips
        if draft.commits or not self._plan.chain:
            yield self._step(draft)

    def chain(
        self, found: Iterator[tuple[Head, Patch]], stopped: Callable[[], bool]
    ) -> Iterator[Step]:
        """Landings, oldest first."""
        draft = _Draft()
        while batch := _batch(found, STEP_COMMITS - len(draft.commits)):
            self._land(draft, batch, stopped)
            if self.stopped:
                break
            if len(draft.commits) == STEP_COMMITS:
                yield self._step(draft)
                draft = _Draft()
        if draft.commits or draft.landed:
            yield self._step(draft)

    def _stops(self, stopped: Callable[[], bool]) -> bool:
        self.stopped = self.stopped or stopped()
        return self.stopped

    def _beside(self, draft: _Draft, head: Head, patch: Patch) -> None:
        files = self._sealed(patch)
        if head.oid in self._again:
            self._expect(head, files)
            return
        judged = self._judged(head, files, None)
        found = judged.found
        if not found.mine:
            return
        self._expect(head, files)
        self._claimed[head.oid] = {one.edit for one in found.claims if one.edit is not None}
        draft.commits.append(self._commit(head, patch, files, judged))
        draft.claims += found.claims
        draft.links += found.links
        self._note(draft, head, found)

    def _note(self, draft: _Draft, head: Head, found: Verdict) -> None:
        draft.findings += ((head.oid, one) for one in found.findings)
        draft.touched.update(one.edit for one in found.findings)

    def _expect(self, head: Head, files: list[SealedFile]) -> None:
        """Remember a commit of the person's until its contents land."""
        self._waiting.add(head, files)
        if head.oid in self._plan.ancestors:
            self._passing.brought.add(head.oid, files)

    def _land(
        self, draft: _Draft, batch: Sequence[tuple[Head, Patch]], stopped: Callable[[], bool]
    ) -> None:
        landings: list[_Landing] = []
        for head, patch, files in [(*read, self._sealed(read[1])) for read in batch]:
            if self._stops(stopped):
                break
            landings.append(self._landing(draft, head, patch, files))
        for one in landings:
            self._passing.land(
                one.head,
                one.patch,
                one.at_ms,
                one.judged.found,
                one.files,
                one.judged.matches,
                one.contained,
            )
        for one in landings:
            self._copies.land(one.head, one.patch, one.files, one.judged.found.owners)

    def _landing(
        self, draft: _Draft, head: Head, patch: Patch, files: list[SealedFile]
    ) -> _Landing:
        self._chain_tip = head.oid
        self._chain_ms = max(self._chain_ms or head.committed_ms, head.committed_ms)
        self._note_renames(head, files)
        landed = self._waiting.landed_in(head, files, self._contained.get(head.oid, ()))
        judged = self._judged(head, files, self._chain_ms, brings=landed)
        found = judged.found
        for file in files:
            self._commons.note(file.path, file.proof_added)
        links = {link.session: link for link in found.links}
        known = patch.files is not None and not patch.bulk
        for one in landed:
            for session in self._plan.agents.get(one.oid, ()) if one.held or not known else ():
                links[session] = Link(head.oid, session, "agent_made", ships=True)
        draft.commits.append(self._commit(head, patch, files, judged))
        draft.claims += found.claims
        draft.links += (links[session] for session in sorted(links))
        draft.landed += landed
        self._note(draft, head, found)
        contained = [one.oid for one in landed if one.how == "ancestor"]
        return _Landing(head, patch, files, self._chain_ms, judged, contained)

    def _sealed(self, patch: Patch) -> list[SealedFile]:
        if patch.missing:
            self._state = "partial"
        return sealed(patch.files or (), self._sealer, self._seen)

    def _note_renames(self, head: Head, files: Iterable[SealedFile]) -> None:
        until_ms = head.committed_ms + AFTER_MS
        for file in files:
            source = file.source
            if source and (source in self._renames or self._index.was_edited(source, until_ms)):
                self._renames[file.path] = source

    def _judged(
        self,
        head: Head,
        files: Sequence[SealedFile],
        mono_ms: int | None,
        *,
        brings: Sequence[Landed] = (),
    ) -> _Judged:
        standing = Standing(
            self._plan.placed[head.oid],
            mono_ms,
            self._plan.person.is_me(head.email),
            names_me(self._plan.person, head),
            bool(brings),
            self._plan.agents.get(head.oid, ()),
            head.earliest_ms - self._window_days * DAY_MS,
        )
        matching = Matching(
            self._index,
            head,
            self._pool.linked,
            self._sealer,
            on_chain=mono_ms is not None,
            window_days=self._window_days,
            brings={edit for one in brings for edit in self._claimed.get(one.oid, ())},
        )
        records = self._recorded(head, files)
        # off the chain a file's own commit tells its name before: what else is known of names
        # depends on what was read until now
        renames = self._renames if mono_ms is not None else {}
        moves, whoever = Moves(files), bool(standing.agents)
        matches = matching.match(files, renames, records, moves=moves, whoever=whoever)
        proof = sum(len(file.proof_added) for file in files)
        commons = self._commons if mono_ms is not None else None
        found = verdict(head, standing, matches, proof, self._index, self._pool, records, commons)
        return _Judged(found, standing, matches, moves)

    def _recorded(
        self, head: Head, files: Sequence[SealedFile]
    ) -> dict[str, tuple[int | None, ...]]:
        """Sessions that tools recorded for the added lines of a commit that a branch holds."""
        ranges = self._noted.ranges.get(head.oid)
        if not ranges or head.oid in self._plan.unreachable:
            return {}
        return {
            file.path: sessions_of(file.numbers, ranges[file.path], self._pool.sessions)
            for file in files
            if file.path in ranges
        }

    def _commit(
        self,
        head: Head,
        patch: Patch,
        files: Sequence[SealedFile],
        judged: _Judged,
    ) -> ScannedCommit:
        found, standing = judged.found, judged.standing
        on_chain = standing.mono_ms is not None
        known = patch.files is not None and not patch.bulk
        added, removed, proof = _counts(files, judged.moves) if known else (None, None, None)
        return ScannedCommit(
            head.oid,
            head.parents,
            head.authored_ms,
            head.committed_ms,
            standing.placed_ms,
            head.utc_offset_min,
            found.mine,
            on_chain,
            standing.mono_ms,
            head.oid if on_chain else None,
            "ancestor" if on_chain else None,
            added,
            removed,
            proof,
            patch.bulk,
            assistant_named(head.trailers, (head.name, head.committer))
            or self._noted.hints.get(head.oid),
            head.subject,
            head.oid not in self._plan.unreachable,
        )

    def _step(self, draft: _Draft) -> Step:
        (emails, authors), self._news = self._news, ((), ())
        return Step(
            tuple(draft.commits),
            self._copies.told(draft.claims),
            tuple(draft.links),
            tuple(draft.landed),
            tuple(sorted(draft.touched)),
            self._tips,
            self._chain_tip,
            self._chain_ms,
            dict(self._renames),
            self._state,
            emails,
            authors,
            self._passing.taken(self._chain_ms),
            tuple(draft.findings),
            self._commons.taken(),
        )


def _counts(files: Sequence[SealedFile], moves: Moves) -> tuple[int, int, int]:
    """Added and removed lines that are not moved ones, and added ones that prove something."""
    moved = moves.lines()
    added = sum(len(file.added) for file in files)
    removed = sum(len(file.removed) for file in files)
    proof = sum(len(file.proof_added) for file in files)
    return added - moved, removed - moved, proof - moved
