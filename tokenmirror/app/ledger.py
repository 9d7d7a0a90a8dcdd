"""The ledger of past figures as a reading uses it: quick to say that nothing is due."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from tokenmirror import __version__, paths
from tokenmirror.app.start import days
from tokenmirror.ingest.reckoned import Stage
from tokenmirror.repos import scan
from tokenmirror.settings import Settings
from tokenmirror.store import derived, ledger
from tokenmirror.store.connection import immediately
from tokenmirror.store.days import Days
from tokenmirror.tasks.origins import thresholds

RULES = ("rules", "exclusions", "landing_days", "origins")
PRICES = "select * from own_prices order by model, first"


@dataclass(frozen=True)
class Ledger:
    """Reckons by the person's settings; the program's figures are loaded when any is due."""

    settings: Settings
    _days: list[Days] = field(default_factory=list)

    def rules_moved(self, db: sqlite3.Connection) -> bool:
        """Whether counting rules are not those of the last reckoning."""
        before, now = ledger.last(db), self._rules()
        return before is not None and any(before.made_with.get(name) != now[name] for name in RULES)

    def settle(self, db: sqlite3.Connection, now_ms: int, stage: Stage) -> bool:
        """Reckon what is due at this stage; says whether a past figure moved."""
        before = ledger.last(db)
        made_with = self._made_with(db, before)
        if before is None and stage != "read":
            return False
        if not ledger.due(db, now_ms, made_with):
            with immediately(db):
                ledger.forget(db, now_ms, ledger.WHYS if stage == "read" else ledger.SAID)
            return False
        from tokenmirror.measures import ledger as figures  # late: most readings do without
        from tokenmirror.measures.measure import Scope

        cut = self._cut()
        today = cut.day_of(now_ms)
        scope = Scope(today, today, today, cut.zone, cut.day_start_min, cut.week_start)
        made_with["day"] = f"{cut.zone} {cut.day_start_min}"
        newest = ledger.newest(db)
        figures.settle(db, scope, made_with, now_ms, stage)
        return ledger.newest(db) != newest

    def _cut(self) -> Days:
        if not self._days:
            self._days.append(days(self.settings))
        return self._days[0]

    def _made_with(self, db: sqlite3.Connection, before: ledger.Reckoning | None) -> dict[str, str]:
        return {
            "program": __version__,
            "prices": _prices(db),
            "day": self._day(before),
            **self._rules(),
        }

    def _rules(self) -> Mapping[str, str]:
        settings = self.settings
        limits = thresholds(settings)
        return {
            "rules": f"{derived.RULES_VERSION}.{scan.RULES_VERSION}",
            "exclusions": _digest(json.dumps(settings.excluded)),
            "landing_days": str(settings.landing_days),
            "origins": _digest(json.dumps([limits.rules, *limits.numbers()])),
        }

    def _day(self, before: ledger.Reckoning | None) -> str:
        """How days are cut; the computer's own zone is taken as unchanged until one is due.

        To ask for it takes Babel, which a reading does without.
        """
        settings = self.settings
        if settings.zone or before is None:
            return f"{settings.zone or 'UTC'} {settings.day_start_min}"
        zone = before.made_with.get("day", "").partition(" ")[0]
        return f"{zone} {settings.day_start_min}"


def _prices(db: sqlite3.Connection) -> str:
    """What costs rest on: the bundled list and the person's own prices, as a digest."""
    own = repr([tuple(row)[:-1] for row in db.execute(PRICES)])
    return _digest(own, paths.resource("prices.json").read_bytes())


def _digest(text: str, more: bytes = b"") -> str:
    return hashlib.blake2b(text.encode() + more, digest_size=8).hexdigest()
