"""Facts out of the archive, for the pure rules of ``tasks``."""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tokenmirror import seal
from tokenmirror.store.oddities import sound
from tokenmirror.tasks.deliveries import Landing
from tokenmirror.tasks.grouping import SessionFacts
from tokenmirror.tasks.origins import PromptFacts
from tokenmirror.tasks.proposals import Edit
from tokenmirror.tasks.repeats import DAY_MS, Asked

ENOUGH_PROOF = 3  # shipped.md 1, outcome 2


@dataclass(frozen=True, slots=True)
class Links:
    """What git says of one session's work.

    ``ships``: strongly linked to a landing.  ``landed``: linked to any commit.
    ``branch_ms``: last move of a branch that holds such a commit which has not landed.
    """

    ships: bool
    landed: bool
    branch_ms: int | None
    subject: str | None


def prompts(db: sqlite3.Connection) -> list[PromptFacts]:
    """All prompts, with the end of the turn before each in its session."""
    ends: dict[int, list[int]] = defaultdict(list)
    for session, ended in db.execute(
        "select session_id, ended_ms from turns where ended_ms is not null order by ended_ms"
    ):
        ends[session].append(ended)
    rows = db.execute(
        "select p.id, p.session_id, s.source, coalesce(s.folder, ''), p.at_ms, p.author, p.basis,"
        " s.entry, p.text_hash, p.words from prompts p join sessions s on s.id = p.session_id"
        " order by p.session_id, p.at_ms, p.id"
    )
    return [
        PromptFacts(
            id=row[0],
            session=row[1],
            stream=(row[2], row[3]),
            at_ms=row[4],
            author=row[5],
            basis=row[6],
            entry=row[7],
            text_hash=row[8],
            words=row[9],
            answered_ms=_last_before(ends.get(row[1], []), row[4]),
        )
        for row in rows
    ]


def _last_before(ends: Sequence[int], at_ms: int | None) -> int | None:
    if at_ms is None:
        return None
    place = bisect_right(ends, at_ms)
    return ends[place - 1] if place else None


def asked_around(
    db: sqlite3.Connection, sessions: Iterable[int]
) -> Iterator[tuple[int, list[Asked]]]:
    """Own prompts of these sessions' projects, from a day before them to a day after.

    Per project, with the instant from which repeats have to be told again.
    """
    spans: dict[tuple[str, int], tuple[int, int]] = {}
    for session in sessions:
        project, first, last = db.execute(
            "select s.project_id, min(p.at_ms), max(p.at_ms) from sessions s"
            " left join prompts p on p.session_id = s.id where s.id = ?",
            (session,),
        ).fetchone()
        if first is not None:
            key = ("id", session) if project is None else ("project_id", project)
            known = spans.get(key, (first, last))
            spans[key] = (min(first, known[0]), max(last, known[1]))
    for (column, number), (first, last) in spans.items():
        rows = db.execute(  # column is one of two constants
            "select p.id, s.project_id, p.session_id, p.at_ms, p.text_hash, p.sketch,"  # noqa: S608
            " (select count(*) from turns t where t.session_id = p.session_id"
            "  and t.ended = 'error' and t.at_ms < p.at_ms)"
            " from sessions s join prompts p on p.session_id = s.id"
            " left join origins o on o.prompt_id = p.id"
            f" where s.{column} = ? and p.at_ms between ? and ?"
            " and coalesce(o.origin, 'unknown') in ('own', 'unknown') and p.words > 0",
            (number, first - DAY_MS, last + DAY_MS),
        )
        yield first, [Asked(*row) for row in rows]


def unattended_sessions(db: sqlite3.Connection) -> frozenset[int]:
    """Sessions that only a program drove; a sub-agent is as its parent is."""
    own: set[int] = set()
    driven: set[int] = set()
    for session, origin in db.execute(
        "select distinct p.session_id, o.origin from prompts p join origins o on o.prompt_id = p.id"
    ):
        if origin in ("own", "unknown"):
            own.add(session)
        elif origin == "unattended":
            driven.add(session)
    driven -= own
    children = db.execute(
        "select c.id, p.id from sessions c join sessions p"
        " on p.source = c.source and p.key = c.parent where c.relation = 'subagent'"
    ).fetchall()
    headless = {
        row[0]
        for row in db.execute(
            "select id from sessions where entry = 'headless'"
            " and id not in (select session_id from prompts)"
        )
    }
    driven |= headless
    for _depth in range(8):  # agents start agents, a few levels deep
        more = {child for child, parent in children if parent in driven} - driven - own
        if not more:
            break
        driven |= more
    return frozenset(driven)


def edits(db: sqlite3.Connection, sessions: Iterable[int]) -> list[Edit]:
    """All edits of these sessions that name a file."""
    return [
        Edit(
            id=row[0],
            session=session,
            turn=row[1],
            path=row[2],
            at_ms=row[3],
            decision=row[4],
            how=row[5],
            added=row[6],
            whole=bool(row[7]),
            lines=seal.unpack(row[8]) if row[8] else None,
        )
        for session in sessions
        for row in db.execute(
            "select s.id, s.turn_key, s.path, s.at_ms, s.decision, s.how, s.added, s.whole,"  # noqa: S608
            " l.lines from suggestions s"
            " left join suggestion_lines l on l.suggestion_id = s.id"
            " where s.session_id = ? and s.path is not null and s.kind <> 'command'"
            f" and {sound('suggestions', 's.id', 'future')}",
            (session,),
        )
    ]


def sessions_of_repositories(db: sqlite3.Connection, repos: Iterable[int]) -> set[int]:
    """Sessions with accepted edits in these repositories."""
    found: set[int] = set()
    for repo in repos:
        found.update(
            row[0]
            for row in db.execute(
                "select distinct s.session_id from follows f"
                " join suggestions s on s.id = f.suggestion_id where f.repo_id = ?",
                (repo,),
            )
        )
    return found


def sessions_of_edits(db: sqlite3.Connection, suggestions: Iterable[int]) -> set[int]:
    """Sessions of these edits."""
    rows = db.execute(
        "select distinct session_id from suggestions where id in (select value from json_each(?))",
        (json.dumps(list(suggestions)),),
    )
    return {row[0] for row in rows}


def all_sessions(db: sqlite3.Connection) -> set[int]:
    """Every session."""
    return {row[0] for row in db.execute("select id from sessions")}


@dataclass(frozen=True, slots=True)
class Fate:
    """Where an edit lies and what became of its lines.

    ``living``: lines on the main line that were there when it was last read.
    ``landed_exact`` and ``shipped_exact`` are those recognised exactly or by a record;
    ``noted`` are as many landed lines as the record of one commit tells of.
    """

    repo: int
    path: str
    landed: int
    shipped: int
    landed_ms: int | None
    shipped_ms: int | None
    living: int | None
    noted: int
    landed_exact: int
    shipped_exact: int


def fates(db: sqlite3.Connection, suggestions: Iterable[int]) -> dict[int, Fate]:
    """The fate of these edits, where a repository was found for them."""
    rows = db.execute(
        "select suggestion_id, repo_id, path, landed_lines, shipped_lines, landed_ms, shipped_ms,"
        " (select sum(b.lines"
        "    - coalesce((select sum(d.lines) from deaths d"
        "        where d.birth_id = b.id and d.until_ms is null), 0)"
        "    - coalesce((select sum(z.lines) from censored z where z.birth_id = b.id), 0))"
        "  from births b where b.suggestion_id = f.suggestion_id),"
        " coalesce((select sum(c.lines) as found from claims c"
        "  where c.suggestion_id = f.suggestion_id and c.evidence in ('record', 'own_commit')"
        "  group by c.commit_id order by found desc limit 1), 0),"
        " landed, shipped, exact"
        " from follows f where suggestion_id in (select value from json_each(?))",
        (json.dumps(list(suggestions)),),
    )
    found = {}
    for suggestion, *told, landed, shipped, exact in rows:
        exactly = int.from_bytes(exact, "little")
        on_both = [int.from_bytes(bits, "little") & exactly for bits in (landed, shipped)]
        found[suggestion] = Fate(*told, *(bits.bit_count() for bits in on_both))
    return found


def readable_repositories(db: sqlite3.Connection) -> frozenset[int]:
    """Repositories whose history could be read."""
    rows = db.execute(
        "select id from repos where state in ('ok', 'shallow', 'partial')"
        " and coalesce(reason, '') <> 'no_identity'"
        " and refs_digest is not null"
    )
    return frozenset(row[0] for row in rows)


def landings(db: sqlite3.Connection, repo_id: int, since_ms: int | None) -> list[Landing]:
    """The landings of a repository that were read, in the order of the chain.

    ``since_ms`` is when the data begin: before it nobody can tell which lines are AI lines.
    """
    brings: dict[str, list[int]] = defaultdict(list)
    for commit, landing in db.execute(
        "select id, landed_oid from commits where repo_id = ? and on_chain = 0 and mine = 1"
        " and landed_oid is not null order by committed_ms, oid",
        (repo_id,),
    ):
        brings[landing].append(commit)
    sessions: dict[int, set[int]] = defaultdict(set)
    for commit, session in db.execute(
        "select l.commit_id, l.session_id from links l join commits c on c.id = l.commit_id"
        " where c.repo_id = ? and c.on_chain = 1",
        (repo_id,),
    ):
        sessions[commit].add(session)
    lines = dict(
        db.execute(
            "select k.commit_id, sum(k.lines) from claims k join commits c on c.id = k.commit_id"
            " where c.repo_id = ? and c.on_chain = 1 group by k.commit_id",
            (repo_id,),
        )
    )
    rows = db.execute(
        "select id, oid, placed_ms, coalesce(mono_ms, committed_ms), mine, added, removed, bulk,"
        " parents from commits where repo_id = ? and on_chain = 1"
        " order by coalesce(mono_ms, committed_ms), id",
        (repo_id,),
    )
    return [
        Landing(
            commit=row[0],
            oid=row[1],
            at_ms=row[2],
            landed_ms=row[3],
            mine=bool(row[4]),
            brings=tuple(brings.get(row[1], ())),
            sessions=frozenset(sessions.get(row[0], ())),
            ai_lines=int(lines.get(row[0], 0)),
            added=row[5],
            removed=row[6],
            told=not row[7] and since_ms is not None and row[3] >= since_ms,
            merge=" " in row[8],
        )
        for row in rows
    ]


def data_begin_ms(db: sqlite3.Connection) -> int | None:
    """The earliest instant of any edit or prompt."""
    row = db.execute(
        "select min(first_ms) from (select min(at_ms) as first_ms from prompts"
        " union all select min(at_ms) from suggestions)"
    ).fetchone()
    return None if row[0] is None else int(row[0])


def repositories(db: sqlite3.Connection) -> list[int]:
    """All repositories."""
    return [row[0] for row in db.execute("select id from repos order by id")]


def session_facts(db: sqlite3.Connection, unattended: frozenset[int]) -> list[SessionFacts]:
    """All sessions with the files their edits name."""
    touched: dict[int, set[str]] = defaultdict(set)
    for session, path in db.execute(
        "select distinct session_id, path from suggestions"
        " where path is not null and decision <> 'failed' and kind <> 'command'"
    ):
        touched[session].add(path)
    rows = db.execute(
        "select id, source, key, project_id, branch, started_ms, ended_ms, parent from sessions"
    )
    return [
        SessionFacts(
            id=row[0],
            source=row[1],
            key=row[2],
            project=row[3],
            branch=row[4],
            started_ms=row[5],
            ended_ms=row[6],
            parent=row[7],
            unattended=row[0] in unattended,
            files=frozenset(touched[row[0]]),
        )
        for row in rows
    ]


def links(db: sqlite3.Connection) -> dict[int, Links]:
    """Per session: whether its work is linked to commits, and which way."""
    found = {}
    for row in db.execute(
        "select l.session_id, max(l.ships and c.on_chain),"
        " max(case when c.landed_oid is null and c.on_chain = 0 then c.branch_ms end)"
        " from links l join commits c on c.id = l.commit_id group by l.session_id"
    ):
        found[row[0]] = Links(bool(row[1]), landed=True, branch_ms=row[2], subject=None)
    for session in _merged_unread(db):
        found[session] = replace(found[session], ships=True)
    for session, subject in db.execute(
        "select l.session_id, c.subject from links l join commits c on c.id = l.commit_id"
        " where c.subject is not null and c.subject <> ''"
        " order by c.committed_ms desc, c.oid desc"
    ):
        found[session] = replace(found[session], subject=subject)
    return found


def _merged_unread(db: sqlite3.Connection) -> set[int]:
    """Sessions whose commit reached the main line in a landing that could not be read.

    Where it was read, its own links rule: what was taken out again before the merge is in a
    commit that landed, and never was on the main line.  Strong enough are a commit that the
    tool made, three lines of proof, or half of what the session had accepted.
    """
    rows = db.execute(
        "select l.session_id, l.how, coalesce(sum(k.proof_lines), 0), coalesce(sum(k.lines), 0),"
        " (select coalesce(sum(g.added), 0) from suggestions g"
        "  where g.session_id = l.session_id and g.decision = 'accepted')"
        " from links l join commits c on c.id = l.commit_id"
        " left join claims k on k.commit_id = c.id and k.session_id = l.session_id"
        " join commits d on d.repo_id = c.repo_id and d.oid = c.landed_oid"
        " where c.on_chain = 0 and c.landed_how in ('ancestor', 'patch') and d.added is null"
        " group by l.commit_id, l.session_id"
    )
    return {
        session
        for session, how, proof, lines, accepted in rows
        if how == "agent_made" or proof >= ENOUGH_PROOF or (lines and 2 * lines >= accepted)
    }


def prompt_counts(db: sqlite3.Connection) -> dict[int, tuple[int, int | None, int | None]]:
    """Per session: own prompts (unknown ones too), the first such, the first of any origin."""
    rows = db.execute(
        "select p.session_id, sum(o.origin in ('own', 'unknown')),"
        " min(case when o.origin in ('own', 'unknown') then p.at_ms end), min(p.at_ms)"
        " from prompts p join origins o on o.prompt_id = p.id group by p.session_id"
    )
    return {row[0]: (int(row[1]), row[2], row[3]) for row in rows}


def intended_sessions(db: sqlite3.Connection) -> frozenset[int]:
    """Sessions with an accepted or undecided edit, or a commit that the tool made."""
    rows = db.execute(
        "select session_id from suggestions where decision in ('accepted', 'undecided')"
        " and path is not null and kind <> 'command'"
        " union select session_id from links where how = 'agent_made'"
    )
    return frozenset(row[0] for row in rows)


def followed_sessions(db: sqlite3.Connection) -> frozenset[int]:
    """Sessions with an edit in a repository whose history could be read."""
    rows = db.execute(
        "select distinct s.session_id from follows f join suggestions s on s.id = f.suggestion_id"
        " join repos r on r.id = f.repo_id"
        " where r.state in ('ok', 'shallow', 'partial') and r.refs_digest is not null"
        " and coalesce(r.reason, '') <> 'no_identity'"
    )
    return frozenset(row[0] for row in rows)


def unlanded_edits(db: sqlite3.Connection, session: int) -> list[tuple[int, str, seal.SealedLines]]:
    """Edits of a session that have not landed: repository, path, lines."""
    rows = db.execute(
        "select f.repo_id, f.path, l.lines from follows f"
        " join suggestions s on s.id = f.suggestion_id"
        " join suggestion_lines l on l.suggestion_id = s.id"
        " where s.session_id = ? and f.landed_lines = 0",
        (session,),
    )
    return [(row[0], row[1], seal.unpack(row[2])) for row in rows]


def branch_names(db: sqlite3.Connection) -> dict[int, str]:
    """Branch names, where the person keeps them."""
    return dict(db.execute("select id, branch_name from sessions where branch_name is not null"))


def untold_sessions(db: sqlite3.Connection) -> set[int]:
    """Sessions with edits that no proposed change was made of: a reading was cut short."""
    rows = db.execute(
        "select distinct session_id from suggestions where path is not null"
        " and kind <> 'command' and decision <> 'failed'"
        " and id not in (select suggestion_id from proposal_suggestions)"
    )
    return {row[0] for row in rows}
