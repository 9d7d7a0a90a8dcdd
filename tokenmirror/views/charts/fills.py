"""Which fill a part of a figure has: one meaning each, the same in every chart."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor

from tokenmirror.views.theme import Fill, FillStyle, current

_STYLED: dict[str, tuple[str, FillStyle]] = {
    # prompts: grey on purpose, volume is context
    "own": ("categoryOther", "solid"),
    "unattended": ("categoryOther", "outline"),
    # decisions
    "chosen": ("chain.accepted", "solid"),
    "allowed": ("chain.accepted", "dense"),
    "applied": ("chain.accepted", "dense"),
    "let_through": ("chain.accepted", "dense"),
    "undecided": ("borderStrong", "soft"),
    # shipped changes
    "with": ("chain.shipped", "solid"),
    "without": ("chain.shipped", "outline"),
    "cannot_tell": ("borderStrong", "hatch"),
    # who redid lines soon after they shipped
    "by_mine": ("chain.committed", "solid"),
    "by_ai": ("chain.committed", "dense"),
    "by_other": ("chain.committed", "outline"),
    "redone": ("chain.shipped", "dense"),
}
_STEPS = {"accepted": "accepted", "committed": "committed", "on_main_line": "shipped"}
_OUTCOMES = (
    "shipped", "on_branch", "no_code", "no_lasting_change", "in_progress", "unknown",
)  # fmt: skip
LIKELY, LIKELY_SHADE = "likely", 0.22  # the band of a curve
_SET_ASIDE = "set_aside"


@dataclass(frozen=True)
class LegendEntry:
    """A swatch with its word; ``fill`` is resolved when it is painted."""

    words: str
    key: str
    place: int = 0


def part_fill(key: str, place: int = 0) -> Fill:
    """The fill of a part by its key; an unknown key has the category colour of its place."""
    theme = current()
    if key == LIKELY:
        wash = QColor(theme.colour("chain.accepted"))
        wash.setAlphaF(LIKELY_SHADE)
        return Fill(wash)
    if key in _STYLED:
        colour, style = _STYLED[key]
        return Fill(theme.colour(colour), style)
    if key in _OUTCOMES:
        return theme.fill(f"outcome.{key}")
    if key == _SET_ASIDE:
        return Fill(theme.colour("outcome.no_lasting_change"), "outline")
    return theme.fill(f"category.{place}" if place < 6 else "categoryOther")


def step_fill(key: str) -> Fill:
    """The fill of a bar of the chain: dark (or bright) means furthest along."""
    theme = current()
    if key == "proposed":
        return theme.fill("chain.proposed")
    return theme.fill(f"chain.{_STEPS.get(key, 'surviving')}")
