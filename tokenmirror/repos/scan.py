"""One repository's commits, claims and links, in steps that can each be stored at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tokenmirror.repos.excluded import Excluded
from tokenmirror.repos.git import Git
from tokenmirror.repos.identity import Me
from tokenmirror.repos.nouns import Known, Place, Pool, RepoFacts, Step
from tokenmirror.seal import Sealer

RULES_VERSION = 1
STEP_COMMITS = 200


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
    given steps hold stays true.  There is at least one step unless stopped at once.
    """
    raise NotImplementedError


def continues(git: Git, place: Place, facts: RepoFacts, known: Known) -> bool:
    """Whether the chain still holds the last landing read; if not, all is scanned again."""
    raise NotImplementedError


def unreachable(git: Git, place: Place, facts: RepoFacts, oids: Iterable[str]) -> frozenset[str]:
    """Of these commits, the ones that no branch contains any more."""
    raise NotImplementedError


def attributes(git: Git, place: Place, facts: RepoFacts) -> tuple[tuple[str, str], ...]:
    """(folder, text) of each ``.gitattributes`` at the main line's tip, for ``Excluded``."""
    raise NotImplementedError
