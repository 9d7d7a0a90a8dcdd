"""The rows of ``tokenmirror prompts``: one per text that reached a tool from outside."""

from __future__ import annotations

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

# what an agent wrote for another agent is no prompt
PROMPTS = """
select p.log_key, s.key as session, s.source, p.at_ms, p.words, p.attachments, x.text,
  coalesce(o.origin, 'unknown') as origin, coalesce(o.basis, 'unknown') as basis
from prompts p
join sessions s on s.id = p.session_id
left join origins o on o.prompt_id = p.id
left join texts x on x.prompt_id = p.id
where coalesce(o.origin, 'unknown') <> 'delegated'
  and (:since is null or p.at_ms >= :since)
  and (:until is null or p.at_ms < :until)
  and (:sources is null or s.source in (select value from json_each(:sources)))
  and (:projects is null or s.project_id in (select value from json_each(:projects)))
order by p.at_ms, s.source, s.key, p.log_key
"""


def prompts(db: Reader, rows: Rows = ALL, *, text: bool = False) -> list[Row]:
    """One row per prompt, in the shape of ``cli.md``; by time, tool, session and id.

    ``text`` adds the text where the person keeps it, else ``None``.
    """
    return [_row(found, text=text) for found in dicts(db, PROMPTS, rows.values())]


def _row(found: Row, *, text: bool) -> Row:
    row: Row = {
        "id": found["log_key"],
        "session": found["session"],
        "tool": found["source"],
        "at": instant(found["at_ms"]),
        "origin": found["origin"],
        "basis": found["basis"],
        "words": found["words"],
        "attachments": found["attachments"],
    }
    if text:
        row["text"] = found["text"]
    row["missing"] = missing(
        {
            "at": NOT_RECORDED if found["at_ms"] is None else None,
            "attachments": NOT_RECORDED if found["attachments"] is None else None,
            "text": "not_kept" if text and found["text"] is None else None,
        }
    )
    return row
