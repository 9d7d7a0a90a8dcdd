"""What sessions cost, for the rows: stated by the log, else at list price."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tokenmirror.measures import spending
from tokenmirror.measures.listing.rows import Reader
from tokenmirror.measures.prices import PriceList

# claimed lines that prove something, by session and shipped change: in landings, and beside
LINKED = """
select l.session_id, dc.delivery_id, c.on_chain, sum(coalesce((
    select sum(k.proof_lines) from claims k
    where k.commit_id = l.commit_id and k.session_id = l.session_id), 0)) as weight
from links l
join commits c on c.id = l.commit_id
join delivery_commits dc on dc.commit_id = c.id
where c.reachable and l.session_id in (
  select m.session_id from links m join delivery_commits d on d.commit_id = m.commit_id
  where d.delivery_id in (select value from json_each(?)))
group by 1, 2, 3
order by 1, 2, 3
"""


def by_session(
    db: Reader, sessions: Iterable[int] | None = None, prices: PriceList | None = None
) -> dict[int, int | None]:
    """Nano-dollars by session, for those with any usage record.

    ``None`` when no token of a session has a price; a part without a price adds nothing.
    What a log states itself wins over the list.
    """
    found = spending.by_session(db, sessions, prices)
    return {session: cost.nusd if cost.known else None for session, cost in found.items()}


def by_change(
    db: Reader, changes: Iterable[int], prices: PriceList | None = None
) -> dict[int, dict[int, int | None]]:
    """Direct cost of shipped changes (rows of ``deliveries``), by session that is linked to them.

    A session's cost is split over all its shipped changes by claimed weight; a link without
    lines weighs 1.  The parts of a session add up to its cost, to the nano-dollar; ``None``
    where that is not known.
    """
    wanted = set(changes)
    weights: dict[int, dict[int, int]] = defaultdict(dict)
    # what landed weighs; commits of a merged branch count where the landing itself has no lines
    for session, change, on_chain, weight in db.execute(LINKED, (json.dumps(sorted(wanted)),)):
        if (on_chain and weight) or not weights[session].get(change):
            weights[session][change] = weight
    known = by_session(db, weights, prices)
    found: dict[int, dict[int, int | None]] = defaultdict(dict)
    for session, parts in weights.items():
        cost = known.get(session)
        heavy = {change: weight or 1 for change, weight in parts.items()}
        split = None if cost is None else split_by(cost, heavy)
        for change in wanted & heavy.keys():
            found[change][session] = None if split is None else split[change]
    return dict(found)


def split_by(total: int, weights: Mapping[int, int]) -> dict[int, int]:
    """A whole number in parts by weight that add up to it exactly; weights are positive.

    What rounding leaves goes to the largest remainders, then to the first keys.
    """
    whole = sum(weights.values())
    parts = {key: total * weight // whole for key, weight in weights.items()}
    left = total - sum(parts.values())
    by_rest: Sequence[int] = sorted(weights, key=lambda key: (-(total * weights[key] % whole), key))
    for key in by_rest[:left]:
        parts[key] += 1
    return parts


def usd(nusd: int | None) -> float | None:
    """Nano-dollars as dollars; ``None`` stays unknown."""
    return None if nusd is None else nusd / 1e9
