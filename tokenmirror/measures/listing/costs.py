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
select u.session_id, m.name, u.slot / 96 as day, u.tier, u.stated, sum(u.cost_nusd),
  sum(u.input_tokens), sum(u.cache_read_tokens), sum(u.cache_write_5m_tokens),
  sum(u.cache_write_1h_tokens), sum(u.output_tokens)
from usage_slots u
left join models m on m.id = u.model_id
where :sessions is null or u.session_id in (select value from json_each(:sessions))
group by u.session_id, u.model_id, day, u.tier, u.stated
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
    rows = db.execute(USAGE, {"sessions": chosen})
    for session, model, day, tier, stated, stated_nusd, *counts in rows:
        parts = known[session]
        if stated:
            parts.append(stated_nusd)
            continue
        price, tokens = listed.price(model, day * DAY_MS), Tokens(*counts)
        if price is not None and tokens.total:
            parts.append(price.cost_nusd(tokens, tier))
    return {session: sum(parts) if parts else None for session, parts in known.items()}


def usd(nusd: int | None) -> float | None:
    """Nano-dollars as dollars; ``None`` stays unknown."""
    return None if nusd is None else nusd / 1e9
