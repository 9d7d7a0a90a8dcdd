"""Errors that are the environment's fault and are told to the person as they are."""

from __future__ import annotations


class UserError(Exception):
    """Something the person can act on: one plain sentence and one thing to do."""

    def __init__(self, what: str, advice: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice

    def __str__(self) -> str:
        """Both sentences in one line."""
        return f"{self.what} {self.advice}".strip()
