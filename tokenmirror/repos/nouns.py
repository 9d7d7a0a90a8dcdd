"""The nouns of git and of matching: what a scan is given and what it gives.

Conventions: ``*_ms`` UTC epoch milliseconds; ``oid`` a full object id in lower-case hex;
``path`` relative to the repository with ``/``; a line is a non-blank line of a file that is
not excluded; a *proof line* is one that is not trivial.  No text of a file is in any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from tokenmirror.repos.fates import Fates, Remembered
from tokenmirror.seal import SealedLines

SHIP_LINES = 3  # proof lines of a session in one landing, or in one change, that ship its task
State = Literal["ok", "empty", "missing", "not_yours", "shallow", "partial", "unreadable"]
# why a repository is not in the state ``ok``, or has no main line; the words stand elsewhere
StateReason = Literal[
    "gone",  # missing: its folder is not there
    "owner",  # not_yours: git refuses a repository that belongs to another account
    "no_commits",  # empty
    "no_main_line",  # ok: no branch could be taken for the main line
    "cut_history",  # shallow: commits below its edge are not there
    "missing_objects",  # partial: some contents are not on this disk
    "damaged",  # unreadable: git cannot make sense of it
    "slow",  # unreadable: git gave no answer in time
]
LandingFrom = Literal["chosen", "remote_head", "remote_name", "local_name", "single"]
LandedHow = Literal["ancestor", "patch", "content"]
Evidence = Literal["record", "own_commit", "exact", "near", "moved"]
LinkHow = Literal["agent_made", "lines", "removals"]


class Owner(NamedTuple):
    """Whose an added line is found to be; ``edit`` is ``None`` where no edit holds it."""

    edit: int | None
    session: int
    how: Evidence


@dataclass(frozen=True, slots=True)
class Place:
    """A repository on disk, as seen from one of its folders.

    ``common_dir`` is the one folder that all its worktrees share.  ``root`` is the top of
    the working tree that was looked from, ``None`` for a bare repository.
    """

    common_dir: Path
    root: Path | None


@dataclass(frozen=True, slots=True)
class RepoFacts:
    """What git says of a repository without reading its history.

    ``refs`` are local and remote-tracking branches by full name, in name order;
    ``tags`` are tags in the same form, not peeled.  ``refs_digest`` changes whenever a branch
    or a tag moves, comes or goes.  ``roots`` are the
    tops of its working trees on this disk, deleted ones included while git knows them.
    ``emails`` and ``names`` are the person's in the configuration that holds there.
    """

    state: State
    reason: StateReason | None = None
    object_format: str | None = None
    landing_ref: str | None = None
    landing_from: LandingFrom | None = None
    refs: Mapping[str, str] = field(default_factory=dict)
    refs_digest: bytes = b""
    roots: tuple[Path, ...] = ()
    emails: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def landing_tip(self) -> str | None:
        """The newest landing, ``None`` without a main line."""
        return self.refs.get(self.landing_ref) if self.landing_ref else None


@dataclass(frozen=True, slots=True)
class Edit:
    """One accepted edit of one file; ``lines`` are its added and removed non-blank lines.

    ``whole`` marks a written file whose old text is not known: every line stands as added.
    """

    id: int
    session: int
    path: str
    at_ms: int
    lines: SealedLines
    whole: bool = False


class Finding(NamedTuple):
    """Lines of one edit (bits) that one commit holds: as they are, elsewhere, changed, removed.

    ``gone`` counts removed lines that prove something, the others added ones.
    """

    edit: int
    exact: int = 0
    moved: int = 0
    close: int = 0
    gone: int = 0


@dataclass(slots=True)
class Follow:
    """What became of an edit's added non-blank lines; bit n of a number is line n.

    ``exact`` are the landed lines, ``shipped_exact`` the shipped ones, that were recognised
    exactly or by a tool's own record; the others were so by their tokens or at another path.
    ``spent`` are lines that cannot land again: those shipped as they are, at whatever path.
    ``gone`` are removed lines that prove something (bit n is the n-th of these) and were
    removed on the main line.  ``shipped`` and ``exact`` are never more than ``landed``,
    ``shipped_exact`` and ``spent`` never more than ``shipped``.
    """

    landed: int = 0
    shipped: int = 0
    exact: int = 0
    landed_ms: int | None = None
    shipped_ms: int | None = None
    shipped_exact: int = 0
    spent: int = 0
    gone: int = 0

    @property
    def landed_lines(self) -> int:
        """Lines found in a commit of the person's."""
        return self.landed.bit_count()

    @property
    def shipped_lines(self) -> int:
        """Lines found on the main line."""
        return self.shipped.bit_count()

    @property
    def exact_lines(self) -> int:
        """Of the landed lines, those recognised exactly or by a tool's own record."""
        return self.exact.bit_count()

    @property
    def shipped_exact_lines(self) -> int:
        """The same of the shipped lines."""
        return self.shipped_exact.bit_count()

    def mark(self, one: Finding, at_ms: int, placed_ms: int, mono_ms: int | None) -> None:
        """Take in what a commit holds of the edit, which was made at ``at_ms``.

        ``mono_ms`` is the commit's landing time, ``None`` off the chain.
        """
        bits = one.exact | one.moved | one.close
        self.landed |= bits
        self.exact |= one.exact
        if bits:
            # an amended commit keeps its author's date, which may lie before the edit
            landed_ms = max(placed_ms, at_ms)
            self.landed_ms = min(self.landed_ms or landed_ms, landed_ms)
        if mono_ms is None:
            return
        self.shipped |= bits
        self.shipped_exact |= one.exact
        self.spent |= one.exact | one.moved
        self.gone |= one.gone
        if bits:
            shipped_ms = max(mono_ms, at_ms)
            self.shipped_ms = min(self.shipped_ms or shipped_ms, shipped_ms)


@dataclass(frozen=True, slots=True)
class AgentCommit:
    """A commit that an assistant's log says it made; ``at_ms`` is the time of the call."""

    session: int
    at_ms: int | None


@dataclass(slots=True)
class Pool:
    """Accepted edits of one repository, and what is known of them so far; a scan adds to it.

    ``edits`` in any order.  ``follows`` by edit id: empty before a first scan, what was
    stored before a further one.  ``linked``: when each session was first linked to a commit
    of the person's.  ``agent_commits`` by id, full or abbreviated (7 digits or more), the
    sessions that name it.  ``sessions`` by the id that their tool gave them, where one id
    means one session.

    ``load`` fills in edits made since an instant, and the ones with these ids, with their
    follows: a scan asks for those its commits may hold.  Then ``first_ms`` tells when each
    path was first edited.  Without it, all edits are there.
    """

    edits: tuple[Edit, ...]
    agent_commits: Mapping[str, tuple[AgentCommit, ...]] = field(default_factory=dict)
    linked: dict[int, int] = field(default_factory=dict)
    follows: dict[int, Follow] = field(default_factory=dict)
    sessions: Mapping[str, int] = field(default_factory=dict)
    first_ms: Mapping[str, int] = field(default_factory=dict)
    load: Callable[[Pool, int, Collection[int]], None] | None = None


@dataclass(frozen=True, slots=True)
class ScannedCommit:
    """A commit that was read: a row of ``commits``.

    Lines that a commit only moves count neither as added nor as removed.  ``added``,
    ``removed`` and ``proof_lines`` are ``None`` where its difference could not be
    read, or was too large to take part (``bulk``).  ``mono_ms`` only on the chain.
    ``reachable`` is false for one that only an assistant's log still names.
    """

    oid: str
    parents: tuple[str, ...]
    authored_ms: int
    committed_ms: int
    placed_ms: int
    utc_offset_min: int
    mine: bool
    on_chain: bool
    mono_ms: int | None = None
    landed_oid: str | None = None
    landed_how: LandedHow | None = None
    added: int | None = None
    removed: int | None = None
    proof_lines: int | None = None
    bulk: bool = False
    trailer: str | None = None
    subject: str = ""
    reachable: bool = True


@dataclass(frozen=True, slots=True)
class Claim:
    r"""These lines of this commit come from that edit: a row of ``claims``.

    ``edit`` is ``None`` where the session is known and no edit of it holds the lines.
    ``path`` is the file's name in the commit, with bytes that are no text written ``\xNN``.
    ``copied`` of the lines repeat code that the repository held (``copies``); ``None`` where
    that is not known, or the commit is no landing.
    """

    oid: str
    edit: int | None
    session: int
    path: str
    evidence: Evidence
    lines: int
    proof_lines: int
    removed_lines: int = 0
    copied: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A session is linked to a commit: a row of ``links``.

    ``ships`` only on the chain, by the stricter rule for a task that is shipped.
    """

    oid: str
    session: int
    how: LinkHow
    ships: bool


@dataclass(frozen=True, slots=True)
class Landed:
    """A commit of the person's, read now or before, is contained in that landing.

    ``held``: the landing's own difference has its lines too.
    """

    oid: str
    landing: str
    how: LandedHow
    held: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """How far earlier scans came; ``Known(since_ms=…)`` alone asks for a first scan.

    Ask ``onward.onward`` before going on from here: what is new may be older than what was
    read, and some of that has to be taken back first.
    ``since_ms``: first accepted edit, a day before; older commits are not read.
    ``tips``, ``chain_tip``, ``chain_ms``, ``renames``: as the last stored ``Step`` gave them.
    ``oids``: commits that are stored already, on the chain or off it.
    ``waiting``: of those, the person's that have not landed; their contents are read again
    so that a squash or a rebase of them is found.  ``claimed``: the edits found in each.
    ``adrift``: commits to be read anew that no branch contains any more.  ``commons``: what
    the steps so far gave as such (``commons.Commons``).
    ``remembered``: labels of files and what else the pass over the chain needs.
    """

    since_ms: int
    tips: tuple[str, ...] = ()
    chain_tip: str | None = None
    chain_ms: int | None = None
    renames: Mapping[str, str] = field(default_factory=dict)
    oids: Container[str] = frozenset()
    waiting: tuple[str, ...] = ()
    claimed: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    remembered: Remembered = field(default_factory=Remembered)
    adrift: tuple[str, ...] = ()
    commons: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """What to write in one transaction (up to 200 commits), with the position after it.

    A commit comes with its claims and links in one step, and all of them replace what was
    stored of it (it may have moved onto the chain since).  ``landed`` also names commits of
    earlier steps and scans.  ``touched`` are the edits whose ``Follow`` in
    the pool changed, ``findings`` what each commit holds of edits.  ``emails`` are new
    addresses of the person's, seen as author of commits that an assistant made; ``authors``
    are (name, email) of all commits met, for ``identity.suggestions``; both in the first step
    only.  ``fates`` are the births and deaths of lines on the chain, ``commons`` notes of lines
    that several files have, in a form of its own.  ``state`` is ``partial``
    from the step on in which contents turned out to be missing.
    """

    commits: tuple[ScannedCommit, ...]
    claims: tuple[Claim, ...]
    links: tuple[Link, ...]
    landed: tuple[Landed, ...]
    touched: tuple[int, ...]
    tips: tuple[str, ...]
    chain_tip: str | None
    chain_ms: int | None
    renames: Mapping[str, str]
    state: State
    emails: tuple[str, ...] = ()
    authors: tuple[tuple[str, str], ...] = ()
    fates: Fates = field(default_factory=Fates)
    findings: tuple[tuple[str, Finding], ...] = ()
    commons: bytes = b""
