"""What a reading asks of the ledger of past figures, which reckons with measures above it."""

from __future__ import annotations

import sqlite3
from typing import Literal, Protocol

Stage = Literal["said", "rule", "read"]


class Ledger(Protocol):
    """Tells what moved of past figures, stage by stage, so that causes are told apart.

    ``said``: before anything is read; ``rule``: after counting rules were applied to the
    facts as they stood; ``read``: at the end of a reading that was not stopped.
    """

    def rules_moved(self, db: sqlite3.Connection) -> bool:
        """Whether counting rules are not those of the last reckoning."""

    def settle(self, db: sqlite3.Connection, now_ms: int, stage: Stage) -> bool:
        """Reckon what is due at this stage, in transactions of its own; whether any moved."""


class NoLedger:
    """Keeps no past figures."""

    def rules_moved(self, db: sqlite3.Connection) -> bool:
        """Nothing is known of rules."""
        return False

    def settle(self, db: sqlite3.Connection, now_ms: int, stage: Stage) -> bool:
        """Nothing is reckoned."""
        return False
