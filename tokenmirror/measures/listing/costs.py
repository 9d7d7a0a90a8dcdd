"""What sessions cost, for the rows: stated by the log, else at list price."""

from __future__ import annotations

from collections.abc import Iterable

from tokenmirror.measures import spending
from tokenmirror.measures.listing.rows import Reader
from tokenmirror.measures.prices import PriceList


def by_session(
    db: Reader, sessions: Iterable[int] | None = None, prices: PriceList | None = None
) -> dict[int, int | None]:
    """Nano-dollars by session, for those with any usage record.

    ``None`` when no token of a session has a price; a part without a price adds nothing.
    What a log states itself wins over the list.
    """
    found = spending.by_session(db, sessions, prices)
    return {session: cost.nusd if cost.known else None for session, cost in found.items()}


def usd(nusd: int | None) -> float | None:
    """Nano-dollars as dollars; ``None`` stays unknown."""
    return None if nusd is None else nusd / 1e9
