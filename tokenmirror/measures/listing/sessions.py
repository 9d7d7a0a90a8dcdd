"""The rows of ``tokenmirror sessions``: one per conversation of a tool."""

from __future__ import annotations

from collections import defaultdict

from tokenmirror.measures.listing import costs
from tokenmirror.measures.listing.rows import (
    ALL,
    NO_PRICES,
    NO_REPOSITORY,
    NOT_RECORDED,
    SURVIVING,
    Reader,
    Row,
    Rows,
    dicts,
    instant,
    missing,
    surviving,
)
from tokenmirror.store.oddities import sound

SESSIONS = """
select s.id, s.key, s.source, s.tool_version, m.label as machine, p.name as project,
  s.started_ms, s.ended_ms, s.parent, s.relation, s.entry, t.key as task
from sessions s
join machines m on m.id = s.machine_id
left join projects p on p.id = s.project_id
left join task_sessions ts on ts.session_id = s.id
left join tasks t on t.id = ts.task_id
where (:since is null or s.started_ms >= :since)
  and (:until is null or s.started_ms < :until)
  and (:sources is null or s.source in (select value from json_each(:sources)))
  and (:projects is null or s.project_id in (select value from json_each(:projects)))
order by s.started_ms, s.source, s.key
"""
PROMPTS = """
select p.session_id, coalesce(o.origin, 'unknown') as origin,
  coalesce(o.basis, 'unknown') as basis, count(*) as n
from prompts p left join origins o on o.prompt_id = p.id
group by 1, 2, 3
"""
TURNS = """
select session_id, count(*) as turns, sum(ended = 'interrupted') as interrupted
from turns
group by session_id
"""
# a command is proposed too, but it is no edit; ``undone`` is a refusal after the fact
SUGGESTIONS = """
select session_id, count(*) as proposed, sum(decision = 'accepted') as accepted,
  sum(decision in ('rejected', 'undone')) as rejected, sum(decision = 'undecided') as undecided
from suggestions
where kind <> 'command'
group by session_id
"""
LINES = f"""
select session_id, sum(proposed) as proposed, sum(chosen + allowed + applied) as accepted,
  sum(case when followed then landed end) as landed,
  sum(case when followed then shipped end) as shipped,{SURVIVING}
from proposals
where not excluded
group by session_id
"""  # noqa: S608 (constant parts)
TOKENS = f"""
select session_id, sum(input_tokens) as input, sum(output_tokens) as output,
  sum(cache_read_tokens) as cache_read,
  sum(coalesce(cache_write_5m_tokens, 0) + coalesce(cache_write_1h_tokens, 0))
    filter (where cache_write_5m_tokens is not null or cache_write_1h_tokens is not null)
    as cache_write,
  sum(reasoning_tokens) as reasoning
from usage
where {sound("usage", "id")}
group by session_id
"""  # noqa: S608 (constant parts)
MODELS = """
select distinct u.session_id, m.name
from usage u join models m on m.id = u.model_id
order by m.name
"""

ORIGINS = ("own", "unknown", "unattended", "delegated")
BASES = ("you", "stated", "inferred", "unknown")
TOKEN_KINDS = ("input", "output", "cache_read", "cache_write", "reasoning")


def sessions(db: Reader, rows: Rows = ALL) -> list[Row]:
    """One row per session, in the shape of ``cli.md``; by start, tool and id.

    ``suggestions`` counts edits as the log records them, failed ones among the proposed.
    """
    facts = _Facts(db)
    return [facts.row(session) for session in dicts(db, SESSIONS, rows.values())]


class _Facts:
    """What is counted of all sessions, by session; read once for a listing."""

    def __init__(self, db: Reader) -> None:
        self.origins: dict[object, dict[tuple[str, str], int]] = defaultdict(dict)
        for session, origin, basis, n in db.execute(PROMPTS):
            self.origins[session][origin, basis] = n
        self.turns = _by_session(db, TURNS)
        self.suggestions = _by_session(db, SUGGESTIONS)
        self.lines = _by_session(db, LINES)
        self.tokens = _by_session(db, TOKENS)
        self.models: dict[object, list[str]] = defaultdict(list)
        for session, name in db.execute(MODELS):
            self.models[session].append(name)
        self.costs = costs.by_session(db)

    def row(self, session: Row) -> Row:
        key = session["id"]
        found = self.origins.get(key, {})
        prompts = sum(n for (origin, _), n in found.items() if origin != "delegated")
        turns = self.turns.get(key)
        lines, why_lines = lines_of(self.lines.get(key))
        tokens = {kind: self.tokens.get(key, {}).get(kind) for kind in TOKEN_KINDS}
        cost = self.costs.get(key)
        origin, basis = origin_of(found, session)
        has_turns = turns is not None or not prompts
        return {
            "id": session["key"],
            "tool": session["source"],
            "tool_version": session["tool_version"],
            "machine": session["machine"],
            "project": session["project"],
            "started": instant(session["started_ms"]),
            "ended": instant(session["ended_ms"]),
            "origin": origin,
            "basis": basis,
            "parent": session["parent"],
            "models": self.models.get(key, []),
            "prompts": prompts,
            "turns": turns["turns"] if turns else 0 if has_turns else None,
            "interrupted": turns["interrupted"] if turns else 0 if has_turns else None,
            "suggestions": _counts(self.suggestions.get(key)),
            "lines": lines,
            "tokens": tokens,
            "cost_list_price": costs.usd(cost),
            "task": session["task"],
            "missing": missing(
                {
                    "tool_version": _unless(session["tool_version"]),
                    "project": _unless(session["project"]),
                    "started": _unless(session["started_ms"]),
                    "ended": _unless(session["ended_ms"]),
                    "turns": None if has_turns else NOT_RECORDED,
                    "interrupted": None if has_turns else NOT_RECORDED,
                    "cost_list_price": None if cost is not None else _why_no_cost(tokens),
                    **why_lines,
                    **{f"tokens.{kind}": _unless(tokens[kind]) for kind in TOKEN_KINDS},
                }
            ),
        }


def _by_session(db: Reader, query: str) -> dict[object, Row]:
    return {row["session_id"]: row for row in dicts(db, query, {})}


def _unless(value: object) -> str | None:
    return NOT_RECORDED if value is None else None


def _why_no_cost(tokens: Row) -> str:
    return NOT_RECORDED if all(count is None for count in tokens.values()) else NO_PRICES


def _counts(row: Row | None) -> Row:
    names = ("proposed", "accepted", "rejected", "undecided")
    return {name: row[name] if row else 0 for name in names}


def lines_of(row: Row | None) -> tuple[Row, dict[str, str]]:
    """Lines by step of the chain, and why some are unknown; no proposal at all gives zeros."""
    steps: Row = {
        name: row[name] if row else 0 for name in ("proposed", "accepted", "landed", "shipped")
    }
    living, why = surviving(row)
    reasons = {
        f"lines.{name}": NO_REPOSITORY for name in ("landed", "shipped") if steps[name] is None
    }
    return {**steps, "surviving": living}, {**reasons, **({"lines.surviving": why} if why else {})}


def origin_of(found: dict[tuple[str, str], int], session: Row) -> tuple[str, str]:
    """Origin of a session with its basis: own if any prompt of it is.

    Without a prompt: a sub-agent's session is delegated, a headless one unattended.
    """
    if found:
        origin = min((origin for origin, _ in found), key=ORIGINS.index)
        basis = min((basis for o, basis in found if o == origin), key=BASES.index)
        return origin, basis
    if session["relation"] == "subagent":
        return "delegated", "stated"
    if session["entry"] == "headless":
        return "unattended", "stated"
    return "unknown", "unknown"
