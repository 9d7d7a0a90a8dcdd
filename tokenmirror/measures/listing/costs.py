"""What sessions cost, for the rows: stated by the log, else at list price."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tokenmirror.measures.listing.rows import Reader

STATED = """
select u.session_id, sum(u.cost_nusd)
from usage u
where :sessions is null or u.session_id in (select value from json_each(:sessions))
group by u.session_id
"""


def by_session(db: Reader, sessions: Iterable[int] | None = None) -> dict[int, int | None]:
    """Nano-dollars by session, for those with any usage record.

    ``None`` when no token of a session has a price; a part without a price adds nothing.
    """
    chosen = None if sessions is None else json.dumps(sorted(set(sessions)))
    return dict(db.execute(STATED, {"sessions": chosen}).fetchall())


def usd(nusd: int | None) -> float | None:
    """Nano-dollars as dollars; ``None`` stays unknown."""
    return None if nusd is None else nusd / 1e9
