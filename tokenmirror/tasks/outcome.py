"""How a task ended (F2), by the content of lines; never by how the conversation ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["shipped", "on_branch", "in_progress", "no_code", "no_lasting_change", "unknown"]
DAY_MS = 86_400_000
RIPE_MS = 14 * DAY_MS
BRANCH_IDLE_MS = 30 * DAY_MS


@dataclass(frozen=True, slots=True)
class Ending:
    """What is known of a task's edits.

    ``intended``: an edit was accepted or is undecided, or the tool made a commit.
    ``ships``: linked to a landing strongly enough.  ``landed``: linked to a commit of mine
    or lines of it landed.  ``branch_ms``: last move of a branch that still holds such a
    commit, ``None`` when none does.  ``uncommitted``: its lines stand in the working tree.
    ``followed``: some of its edits lie in a repository that could be read.
    """

    began_ms: int | None
    intended: bool
    ships: bool
    landed: bool
    branch_ms: int | None
    uncommitted: bool
    followed: bool


def outcome(ending: Ending, now_ms: int) -> tuple[Outcome, str]:
    """The outcome and the rule that decided it.

    A task without a change is settled at once: it does not wait to be called so.
    """
    if ending.ships:
        return "shipped", "linked_to_landing"
    if not ending.intended:
        return "no_code", "nothing_accepted"
    if ending.landed and ending.branch_ms is not None:
        if now_ms - ending.branch_ms <= BRANCH_IDLE_MS:
            return "on_branch", "branch_moves"
        return "no_lasting_change", "left_on_branch"
    if ending.uncommitted:
        return "in_progress", "in_working_tree"
    young = ending.began_ms is None or now_ms - ending.began_ms < RIPE_MS
    if not ending.landed and young:
        return "in_progress", "begun_lately"
    if ending.landed:
        return "no_lasting_change", "branch_gone"
    if not ending.followed:
        return "unknown", "no_repository"
    return "no_lasting_change", "nothing_landed"
