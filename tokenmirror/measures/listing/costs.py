"""What sessions cost, for the rows: stated by the log, else at list price."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable

from tokenmirror.measures.listing.rows import Reader
from tokenmirror.measures.prices import PriceList, Tokens, bundled

DAY_MS = 86_400_000

# prices change at midnight UTC at the earliest, so tokens of one such day have one price
USAGE = """
select u.session_id, m.name, coalesce(u.at_ms, s.started_ms, 0) / 86400000 as day,
  sum(u.cost_nusd), u.cost_nusd is null as unstated,
  sum(coalesce(u.input_tokens, 0)), sum(coalesce(u.cache_read_tokens, 0)),
  sum(coalesce(u.cache_write_5m_tokens, 0)), sum(coalesce(u.cache_write_1h_tokens, 0)),
  sum(coalesce(u.output_tokens, 0))
from usage u
join sessions s on s.id = u.session_id
left join models m on m.id = u.model_id
where :sessions is null or u.session_id in (select value from json_each(:sessions))
group by u.session_id, u.model_id, day, unstated
"""


def by_session(
    db: Reader, sessions: Iterable[int] | None = None, prices: PriceList | None = None
) -> dict[int, int | None]:
    """Nano-dollars by session, for those with any usage record.

    ``None`` when no token of a session has a price; a part without a price adds nothing.
    What a log states itself wins over the list.
    """
    chosen = None if sessions is None else json.dumps(sorted(set(sessions)))
    listed = prices or bundled()
    known: dict[int, list[int]] = defaultdict(list)
    for session, model, day, stated, unstated, *counts in db.execute(USAGE, {"sessions": chosen}):
        parts = known[session]
        if not unstated:
            parts.append(stated)
            continue
        price, tokens = listed.price(model, day * DAY_MS), Tokens(*counts)
        if price is not None and tokens.total:
            parts.append(price.cost_nusd(tokens))
    return {session: sum(parts) if parts else None for session, parts in known.items()}


def usd(nusd: int | None) -> float | None:
    """Nano-dollars as dollars; ``None`` stays unknown."""
    return None if nusd is None else nusd / 1e9
