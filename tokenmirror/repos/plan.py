"""Which commits a scan reads, in which order, and what is known of them beforehand."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenmirror.repos import history, reach
from tokenmirror.repos.git import OID, Reader
from tokenmirror.repos.history import DAY_MS, Head
from tokenmirror.repos.identity import Me, co_authors, is_bot
from tokenmirror.repos.nouns import AgentCommit, Known, Place, Pool, RepoFacts

AGENT_MS = DAY_MS  # a commit made by a call has about its time; logs may lack a time zone


@dataclass(frozen=True, slots=True)
class Plan:
    """The commits to read.

    ``side``: the person's and those that assistants made, off the chain; ``again``: earlier
    ones of the person's whose contents may land; both by time.  ``chain``: new landings,
    oldest first.  ``ancestors``: landings that contain commits by ancestry.  ``agents``:
    sessions whose log says that they made a commit.  ``unreachable``: in no branch.
    ``edge``: commits whose parents are cut off.  ``broken``: git could not list all.
    """

    person: Me
    new_emails: tuple[str, ...]
    authors: tuple[tuple[str, str], ...]
    side: tuple[Head, ...]
    again: tuple[Head, ...]
    chain: tuple[Head, ...]
    placed: Mapping[str, int]
    ancestors: Mapping[str, str]
    agents: Mapping[str, tuple[int, ...]]
    unreachable: frozenset[str]
    edge: frozenset[str]
    tips: tuple[str, ...]
    broken: bool


def plan(reader: Reader, place: Place, facts: RepoFacts, known: Known, pool: Pool, me: Me) -> Plan:
    """Find out what there is to read."""
    refs = set(facts.refs.values())
    asked = {*refs, *known.tips, *known.adrift, *known.waiting}
    there = frozenset(history.commits_among(reader, sorted(asked)))
    tips = tuple(sorted(there & refs))
    tip = facts.landing_tip if facts.landing_tip in tips else None
    lists = Lists(reader, tip, known.since_ms)
    named = history.resolved(reader, sorted(pool.agent_commits))
    made = {head.oid: head for head in lists.of(sorted(set(named.values())))}
    agents = _agents(named, pool, made)
    before = history.mailmapped(reader, me, tip)
    signed = [made[oid].email for oid in agents if not is_bot(made[oid].name, made[oid].email)]
    person = before.also(signed)
    chain = lists.chain(tip, known.chain_tip) if tip else []
    walked = lists.side(tips, sorted(there.intersection(known.tips)), person, agents)
    met = {head.oid for head in walked}
    loose = {head.oid: head for head in lists.of(sorted(there.intersection(known.adrift)))}
    loose |= {oid: made[oid] for oid in agents}
    adrift = {oid for oid in loose.keys() - met if oid not in known.oids}
    on_chain = {head.oid for head in chain}
    side = [
        head
        for head in (*walked, *(loose[oid] for oid in sorted(adrift)))
        if head.oid not in on_chain and head.oid not in known.oids and len(head.parents) < 2
    ]
    read = on_chain | {head.oid for head in side}
    again = lists.of(sorted(there.intersection(known.waiting) - read))
    return Plan(
        person,
        tuple(sorted({email.lower() for email in signed if not before.is_me(email)})),
        tuple(sorted(lists.authors)),
        tuple(sorted(side, key=lambda head: head.order)),
        tuple(sorted(again, key=lambda head: head.order)),
        tuple(chain),
        history.placed(reader, (*side, *chain), tip),
        _ancestors(reader, known, tip, chain, [head.oid for head in (*side, *again)]),
        agents,
        frozenset(adrift - on_chain),
        _edge(place.common_dir),
        tips,
        lists.broken,
    )


def names_me(person: Me, head: Head) -> bool:
    """Whether a co-author line of a commit names the person."""
    return any(person.is_me(email) for email in co_authors(head.trailers))


class Lists:
    """Lists of commits, as far as git can give them, and the authors met in them."""

    def __init__(self, reader: Reader, mailmap: str | None, since_ms: int) -> None:
        self._reader = reader
        self._mailmap = mailmap
        self._since_ms = since_ms
        self.authors: set[tuple[str, str]] = set()
        self.broken = False

    def chain(self, tip: str, below: str | None) -> list[Head]:
        """New landings, oldest first."""
        newest_first = list(self._walk([tip], [below] if below else [], first_parents=True))
        return newest_first[::-1]

    def side(
        self, tips: Iterable[str], below: Iterable[str], person: Me, agents: Container[str]
    ) -> list[Head]:
        """New commits in any branch that are, or may turn out to be, the person's."""
        return [
            head
            for head in self._walk(tips, below)
            if person.is_me(head.email) or head.oid in agents or names_me(person, head)
        ]

    def of(self, oids: Iterable[str]) -> list[Head]:
        """What these commits say of themselves."""
        found: list[Head] = []
        try:
            found += history.heads_of(self._reader, oids, self._mailmap)
        except history.HistoryEnded:
            self.broken = True
        return found

    def _walk(
        self, tips: Iterable[str], below: Iterable[str], *, first_parents: bool = False
    ) -> Iterator[Head]:
        try:
            for head in history.heads(
                self._reader,
                tips,
                below,
                since_ms=self._since_ms,
                mailmap=self._mailmap,
                first_parents=first_parents,
            ):
                self.authors.add((head.name, head.email))
                yield head
        except history.HistoryEnded:
            self.broken = True


def _agents(
    named: Mapping[str, str], pool: Pool, made: Mapping[str, Head]
) -> dict[str, tuple[int, ...]]:
    """Sessions that made a commit, by its full id.

    Somebody else's commit that an assistant picked or rebased is not its work.
    """
    found: dict[str, set[int]] = {}
    for name, oid in named.items():
        head = made.get(oid)
        if head is not None and (_signed(head) or is_bot(head.name, head.email)):
            calls = pool.agent_commits[name]
            sessions = {call.session for call in calls if _in_time(call, head)}
            if sessions:
                found.setdefault(oid, set()).update(sessions)
    return {oid: tuple(sorted(found[oid])) for oid in sorted(found)}


def _signed(head: Head) -> bool:
    return head.email.lower() == head.committer_email.lower()


def _in_time(call: AgentCommit, head: Head) -> bool:
    return call.at_ms is None or abs(call.at_ms - head.committed_ms) <= AGENT_MS


def _ancestors(
    reader: Reader, known: Known, tip: str | None, chain: Sequence[Head], own: Sequence[str]
) -> Mapping[str, str]:
    if tip is None or not own or not chain:
        return {}
    parents = history.graph(reader, tip, known.chain_tip, known.since_ms)
    return reach.contained([head.oid for head in chain], parents, own)


def _edge(common: Path) -> frozenset[str]:
    """Commits below which a shallow repository is cut off."""
    try:
        lines = (common / "shallow").read_text("ascii", "replace").split()
    except OSError:
        return frozenset()
    return frozenset(line for line in lines if OID.match(line))
