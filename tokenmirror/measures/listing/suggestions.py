"""The rows of ``tokenmirror suggestions``: one per edit call, completion or command."""

from __future__ import annotations

from collections import defaultdict
from pathlib import PurePosixPath

from tokenmirror.measures.listing.rows import (
    ALL,
    NOT_RECORDED,
    Reader,
    Row,
    Rows,
    dicts,
    instant,
    missing,
)

# a change is named after its first edit; an edit that belongs to no proposal (a failed
# one) joins the others of its turn and file
SUGGESTIONS = """
with changes as (
  select g.id, c.path as proposal_path, first_value(g.log_key) over (
    partition by g.session_id,
      case when c.id is not null then 'c' || c.id
        when g.turn_key is not null and g.path is not null then 't' || g.turn_key || g.path
        else 'g' || g.id end
    order by g.at_ms, g.id) as change
  from suggestions g
  left join proposal_suggestions ps on ps.suggestion_id = g.id
  left join proposals c on c.id = ps.proposal_id
  where g.kind <> 'command'
)
select g.log_key, s.key as session, s.source, s.folder, s.project_id, p.key as root, g.at_ms,
  g.kind, g.path, c.proposal_path, g.lines_added, g.lines_removed, g.decision, g.how,
  g.decided_ms, c.change
from suggestions g
join sessions s on s.id = g.session_id
left join projects p on p.id = s.project_id
left join changes c on c.id = g.id
where (:since is null or g.at_ms >= :since)
  and (:until is null or g.at_ms < :until)
  and (:sources is null or s.source in (select value from json_each(:sources)))
  and (:projects is null or s.project_id in (select value from json_each(:projects)))
order by g.at_ms, s.source, s.key, g.log_key
"""
ROOTS = """
select p.id, w.root
from projects p join worktrees w on w.repo_id = p.repo_id
"""


def suggestions(db: Reader, rows: Rows = ALL) -> list[Row]:
    """One row per suggestion, in the shape of ``cli.md``; by time, tool, session and id."""
    roots: dict[object, list[str]] = defaultdict(list)
    for project, root in db.execute(ROOTS):
        roots[project].append(root)
    return [
        _row(found, roots.get(found["project_id"], []))
        for found in dicts(db, SUGGESTIONS, rows.values())
    ]


def _row(found: Row, roots: list[str]) -> Row:
    file = _file(found, roots)
    is_edit = found["kind"] != "command"
    return {
        "id": found["log_key"],
        "change": found["change"],
        "session": found["session"],
        "tool": found["source"],
        "at": instant(found["at_ms"]),
        "kind": found["kind"],
        "file": file,
        "lines_added": found["lines_added"],
        "lines_removed": found["lines_removed"],
        "decision": found["decision"],
        "how": found["how"],
        "decided_at": instant(found["decided_ms"]),
        "missing": missing(
            {
                "at": NOT_RECORDED if found["at_ms"] is None else None,
                "file": NOT_RECORDED if is_edit and file is None else None,
                "decided_at": _why_undated(found),
            }
        ),
    }


def _file(found: Row, roots: list[str]) -> str | None:
    # the path of a proposal has been made relative to its repository already
    path = found["proposal_path"]
    if isinstance(path, str) and not is_absolute(path):
        return path
    if not isinstance(found["path"], str):
        return None
    own = [str(found["root"])] if found["root"] else []
    return relative(found["path"], str(found["folder"] or ""), (*roots, *own))


def _why_undated(found: Row) -> str | None:
    undated = found["decided_ms"] is None and found["decision"] != "undecided"
    return NOT_RECORDED if undated else None


def relative(path: str, folder: str, roots: tuple[str, ...]) -> str:
    """A path as the log has it, made relative to its project, with ``/``.

    The longest root that holds it counts, else the session's folder; a file outside keeps
    its whole path.
    """
    whole = path.replace("\\", "/")
    if not is_absolute(whole):
        if not folder:
            return whole
        whole = f"{folder.replace(chr(92), '/').rstrip('/')}/{whole}"
    whole = _plain(whole)
    for root in (*sorted(roots, key=len, reverse=True), folder):
        base = root.replace("\\", "/").rstrip("/")
        if base and _within(whole, base):
            return whole[len(base) + 1 :]
    return whole


def is_absolute(path: str) -> bool:
    """Whether a path with ``/`` names a place of its own: rooted, a drive, or an address."""
    return path.startswith("/") or path[1:3] == ":/" or "://" in path


def _plain(path: str) -> str:
    if "/." not in path:
        return path
    parts: list[str] = []
    for part in PurePosixPath(path).parts:
        if part == ".." and len(parts) > 1:
            parts.pop()
        elif part != "..":
            parts.append(part)
    return str(PurePosixPath(*parts))


def _within(path: str, base: str) -> bool:
    # a drive letter is the mark of a system that folds case
    if base[1:2] == ":":
        return path[: len(base) + 1].lower() == f"{base}/".lower()
    return path.startswith(f"{base}/")
