"""What became of one task's lines: by file, by shipped change, day by day, and what it cost."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tokenmirror.measures.listing import costs
from tokenmirror.measures.listing.rows import Reader, dicts
from tokenmirror.measures.listing.suggestions import is_absolute, relative
from tokenmirror.measures.survival_curve import HORIZON_DAYS, WATCHED_SHARE
from tokenmirror.repos.fates import Cause, Killer, Reversed
from tokenmirror.store.lives import Life, Undoing, lives, undoings

PROPOSALS = """
select p.id, p.path, p.proposed, p.chosen + p.allowed + p.applied as accepted, p.followed,
  min(p.landed, p.chosen + p.allowed + p.applied) as landed,
  min(p.shipped, p.landed, p.chosen + p.allowed + p.applied) as shipped, p.living,
  p.decision, s.folder
from proposals p join sessions s on s.id = p.session_id
where not p.excluded and p.session_id in (select value from json_each(:sessions))
order by p.at_ms, p.id
"""
EDITS = """
select ps.suggestion_id, ps.proposal_id, f.path
from proposals p
join proposal_suggestions ps on ps.proposal_id = p.id
left join follows f on f.suggestion_id = ps.suggestion_id
where p.session_id in (select value from json_each(:sessions))
order by ps.suggestion_id
"""
CLAIMS = """
select k.suggestion_id, k.evidence, sum(k.lines) as lines, c.on_chain, c.placed_ms, c.oid
from claims k join commits c on c.id = k.commit_id
where c.reachable and k.session_id in (select value from json_each(:sessions))
group by k.suggestion_id, k.evidence, c.id
order by c.on_chain desc, c.placed_ms, c.oid
"""
DELIVERIES = """
select d.id, d.key, d.at_ms, d.landed_ms, d.commits, d.added, d.removed, d.ai, d.ai_lines
from task_deliveries td join deliveries d on d.id = td.delivery_id
where td.task_id = ?
order by d.at_ms, d.key
"""
OIDS = "select id, oid from commits where id in (select value from json_each(?))"
LANDINGS = """
select coalesce(case when c.on_chain then c.id end, (
    select l.id from commits l where l.repo_id = c.repo_id and l.oid = c.landed_oid))
from links k join commits c on c.id = k.commit_id
where c.reachable and k.session_id in (select value from json_each(:sessions))
"""

# A3: how surely a committed line was recognised, in the words people read
WORDS = {"record": "noted", "own_commit": "noted", "exact": "exact", "near": "close",
         "moved": "close"}  # fmt: skip


@dataclass(frozen=True)
class Gone:
    """Lines that ended in the same way: cause and who did it as in ``store.lives``.

    ``back_ms`` is when they came back, ``None`` if they have not.
    """

    lines: int
    cause: Cause
    by: Killer
    at_ms: int
    back_ms: int | None = None


@dataclass(frozen=True)
class FileTrail:
    """A file the task changed; non-blank lines by step of the chain.

    ``landed``, ``shipped``, ``living``: ``None`` outside of repositories that could be read,
    ``living`` also where nobody watched.  ``evidence`` counts committed lines: noted, exact,
    close.  ``turned_down`` tells that nothing of it was accepted.
    """

    path: str
    proposed: int
    accepted: int
    landed: int | None
    shipped: int | None
    living: int | None
    evidence: dict[str, int]
    gone: tuple[Gone, ...] = ()
    turned_down: bool = False


@dataclass(frozen=True)
class TaskDelivery:
    """A shipped change this task had a part in; ``ai`` is with, without or unknown.

    ``cost_nusd`` is its direct cost over all sessions linked to it, ``own_nusd`` what this
    task's sessions bore of that; ``None`` when no session's cost is known.  ``at_least``: a
    session's cost is not known.
    """

    key: str
    at_ms: int
    landed_ms: int
    commits: int
    added: int | None
    removed: int | None
    ai: str
    ai_lines: int
    cost_nusd: int | None = None
    own_nusd: int | None = None
    at_least: bool = False


@dataclass(frozen=True)
class Undone:
    """A landing of the task that a later one undid; ``back_ms`` when that was taken back."""

    oid: str
    by_oid: str
    at_ms: int
    how: Reversed
    back_ms: int | None


@dataclass(frozen=True)
class Stood:
    """Of ``known`` lines that were watched for so many days, ``alive`` were there then."""

    days: int
    alive: int
    known: int


@dataclass(frozen=True)
class Trail:
    """Files by name, shipped changes and what undid them by time, and how the lines stood."""

    files: tuple[FileTrail, ...] = ()
    deliveries: tuple[TaskDelivery, ...] = ()
    undone: tuple[Undone, ...] = ()
    stood: tuple[Stood, ...] = ()


def trail(db: Reader, task: int, sessions: Sequence[int]) -> Trail:
    """What became of the lines of these sessions, which are all those of the task."""
    values: dict[str, object] = {"sessions": json.dumps(sorted(sessions))}
    found = lives(db, claimed=True, sessions=sessions)
    return Trail(
        files=_files(db, values, found),
        deliveries=_deliveries(db, task, sessions),
        undone=_undone(db, values, found),
        stood=_stood(found),
    )


def _stood(found: Sequence[Life]) -> tuple[Stood, ...]:
    """Day by day since landing, as far as a fifth of the lines was watched."""
    lines = sum(life.lines for life in found)
    days = []
    for day in range(HORIZON_DAYS + 1):
        standing = [life.after(day) for life in found]
        known = sum(one.known for one in standing)
        if not lines or known < WATCHED_SHARE * lines:
            break
        days.append(Stood(day, sum(one.alive for one in standing), known))
    return tuple(days)


def evidence_by_edit(db: Reader, values: Mapping[str, object]) -> dict[int, dict[str, int]]:
    """Committed lines of each edit by class of evidence, each line once.

    A line stands in a branch's commit and again in the landing that brought it: it is
    counted where it landed, else in the first commit.
    """
    counts: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    place: dict[int, str] = {}
    for row in dicts(db, CLAIMS, values):
        edit, oid = row["suggestion_id"], row["oid"]
        if row["on_chain"] or place.setdefault(edit, oid) == oid:
            place.setdefault(edit, oid)
            counts[edit][row["evidence"]] += row["lines"]
    return {edit: dict(found) for edit, found in counts.items()}


def _files(
    db: Reader, values: Mapping[str, object], found: Sequence[Life]
) -> tuple[FileTrail, ...]:
    edits: dict[int, list[int]] = defaultdict(list)
    inside: dict[int, str] = {}
    for edit, proposal, path in db.execute(EDITS, values):
        edits[proposal].append(edit)
        if path is not None:
            inside[proposal] = path
    proven = evidence_by_edit(db, values)
    of_edit: dict[int, list[Life]] = defaultdict(list)
    for life in found:
        if life.suggestion is not None:
            of_edit[life.suggestion].append(life)
    by_path: dict[str, list[FileTrail]] = defaultdict(list)
    for row in dicts(db, PROPOSALS, values):
        path = inside.get(row["id"]) or _shown(row["path"], row["folder"])
        mine = edits[row["id"]]
        by_path[path].append(
            FileTrail(
                path=path,
                proposed=row["proposed"],
                accepted=row["accepted"],
                landed=row["landed"] if row["followed"] else None,
                shipped=row["shipped"] if row["followed"] else None,
                living=_living(row),
                evidence=_in_words(proven[edit] for edit in mine if edit in proven),
                gone=_gone(life for edit in mine for life in of_edit[edit]),
                turned_down=row["decision"] in {"rejected", "undone"},
            )
        )
    return tuple(_together(path, by_path[path]) for path in sorted(by_path))


def _shown(path: str, folder: str | None) -> str:
    return relative(path, folder, ()) if folder and is_absolute(path) else path


def _living(row: Mapping[str, int | None]) -> int | None:
    if not row["followed"]:
        return None
    shipped, living = row["shipped"] or 0, row["living"]
    if living is None:
        return None if shipped else 0
    return min(living, shipped)


def _in_words(found: Iterable[Mapping[str, int]]) -> dict[str, int]:
    counts = dict.fromkeys(WORDS.values(), 0)
    for one in found:
        for evidence, lines in one.items():
            counts[WORDS[evidence]] += lines
    return {word: n for word, n in counts.items() if n}


def _gone(found: Iterable[Life]) -> tuple[Gone, ...]:
    return _joined(
        Gone(end.lines, end.cause, end.by, end.at_ms, end.until_ms)
        for life in found
        for end in life.ends
    )


def _joined(found: Iterable[Gone]) -> tuple[Gone, ...]:
    """Ends of one cause, killer and moment as one, by time."""
    lines: dict[tuple[int, Cause, Killer, int | None], int] = defaultdict(int)
    for one in found:
        lines[one.at_ms, one.cause, one.by, one.back_ms] += one.lines
    ordered = sorted(lines, key=lambda key: (key[0], key[1], key[2], key[3] or 0))
    return tuple(Gone(lines[key], key[1], key[2], key[0], key[3]) for key in ordered)


def _together(path: str, some: Sequence[FileTrail]) -> FileTrail:
    def summed(counts: Iterable[int | None]) -> int | None:
        known = list(counts)
        return None if None in known else sum(n for n in known if n is not None)

    return FileTrail(
        path=path,
        proposed=sum(one.proposed for one in some),
        accepted=sum(one.accepted for one in some),
        landed=summed(one.landed for one in some),
        shipped=summed(one.shipped for one in some),
        living=summed(one.living for one in some),
        evidence=_summed(one.evidence for one in some),
        gone=_joined(gone for one in some for gone in one.gone),
        turned_down=all(one.turned_down for one in some),
    )


def _summed(found: Iterable[Mapping[str, int]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in found:
        for word, lines in one.items():
            counts[word] = counts.get(word, 0) + lines
    return counts


def _deliveries(db: Reader, task: int, sessions: Sequence[int]) -> tuple[TaskDelivery, ...]:
    rows = db.execute(DELIVERIES, (task,)).fetchall()
    direct = costs.by_change(db, [row[0] for row in rows])
    own = frozenset(sessions)
    found = []
    for change, *row in rows:
        parts = direct.get(change, {})
        known = {session: nusd for session, nusd in parts.items() if nusd is not None}
        mine = [nusd for session, nusd in known.items() if session in own]
        found.append(
            replace(
                TaskDelivery(*row),
                cost_nusd=sum(known.values()) if known else None,
                own_nusd=sum(mine) if mine else None,
                at_least=len(known) < len(parts),
            )
        )
    return tuple(found)


def _undone(db: Reader, values: Mapping[str, object], found: Sequence[Life]) -> tuple[Undone, ...]:
    mine = {life.commit for life in found}
    mine |= {row[0] for row in db.execute(LANDINGS, values) if row[0] is not None}
    some: list[Undoing] = [one for one in undoings(db) if one.commit in mine]
    ids = {commit for one in some for commit in (one.commit, one.by_commit)}
    oids = {row[0]: row[1] for row in db.execute(OIDS, (json.dumps(sorted(ids)),))}
    return tuple(
        Undone(oids[one.commit], oids[one.by_commit], one.at_ms, one.how, one.undone_ms)
        for one in some
    )
