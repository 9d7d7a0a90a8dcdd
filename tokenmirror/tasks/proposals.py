"""Proposed changes: all edits of one turn to one file, as the turn left them.

Text that a later edit of the same turn overwrote is out; failed edits are out.  Lines are
non-blank.  The unit of C3 to C8 (``measures.md`` 5, 6.2 C).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tokenmirror.events import Decision, How
from tokenmirror.seal import REMOVED, SealedLines


@dataclass(frozen=True, slots=True)
class Edit:
    """A suggestion as stored; ``lines`` is ``None`` where the hashes were not kept."""

    id: int
    session: int
    turn: int | None
    path: str
    at_ms: int | None
    decision: Decision
    how: How | None
    added: int
    whole: bool
    lines: SealedLines | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed change; ``proposed`` is the sum of the five kinds of lines."""

    session: int
    turn: int | None
    path: str
    at_ms: int | None
    decision: Decision
    how: How | None
    suggestions: tuple[int, ...]
    chosen: int
    allowed: int
    applied: int
    undecided: int
    rejected: int

    @property
    def proposed(self) -> int:
        """Non-blank added lines of the turn's final state, whatever became of them."""
        return self.chosen + self.allowed + self.applied + self.undecided + self.rejected

    @property
    def accepted(self) -> int:
        """Of these the accepted ones, of all three kinds."""
        return self.chosen + self.allowed + self.applied


def proposals(edits: Sequence[Edit]) -> list[Proposal]:
    """The proposed changes of these edits, by session, time and path."""
    groups: dict[tuple[int, int | None, str], list[Edit]] = defaultdict(list)
    for edit in sorted(edits, key=lambda edit: (edit.session, edit.at_ms or 0, edit.id)):
        if edit.decision != "failed":
            groups[edit.session, edit.turn, edit.path].append(edit)
    return [_proposal(group) for group in groups.values()]


def _proposal(group: list[Edit]) -> Proposal:
    standing = _standing_lines(group)
    lines: Counter[str] = Counter()
    for edit in group:
        lines[_kind(edit)] += standing[edit.id]
    first = group[0]
    decision, how = _verdict(group)
    return Proposal(
        session=first.session,
        turn=first.turn,
        path=first.path,
        at_ms=first.at_ms,
        decision=decision,
        how=how,
        suggestions=tuple(edit.id for edit in group),
        chosen=lines["chosen"],
        allowed=lines["allowed"],
        applied=lines["applied"],
        undecided=lines["undecided"],
        rejected=lines["rejected"],
    )


def _kind(edit: Edit) -> str:
    if edit.decision == "accepted":
        return edit.how or "applied"
    return "undecided" if edit.decision == "undecided" else "rejected"


def _verdict(group: list[Edit]) -> tuple[Decision, How | None]:
    """Accepted if any part was; else turned down if any was; else still open.

    Of several ways of accepting, the one that asked the person counts.
    """
    ways = {edit.how or "applied" for edit in group if edit.decision == "accepted"}
    for how in ("chosen", "allowed", "applied"):
        if how in ways:
            return "accepted", how
    for decision in ("undone", "rejected"):
        if any(edit.decision == decision for edit in group):
            return decision, "chosen"
    return "undecided", None


def _standing_lines(group: list[Edit]) -> dict[int, int]:
    """Added lines of each edit that no later edit of the turn took away again."""
    standing = {edit.id: edit.added for edit in group}
    written: dict[int, list[int]] = defaultdict(list)  # line hash -> edits that hold it, in order
    for edit in group:
        if edit.decision != "accepted":
            continue
        if edit.whole:
            for earlier in _accepted_before(group, edit):
                standing[earlier.id] = 0
            written.clear()
        if edit.lines is None:
            continue
        for line_hash, flag in zip(edit.lines.hashes, edit.lines.flags, strict=True):
            if flag & REMOVED and written[line_hash]:
                standing[written[line_hash].pop()] -= 1
        for line_hash, flag in zip(edit.lines.hashes, edit.lines.flags, strict=True):
            if not flag & REMOVED:
                written[line_hash].append(edit.id)
    return standing


def _accepted_before(group: list[Edit], edit: Edit) -> list[Edit]:
    before = group[: group.index(edit)]
    return [earlier for earlier in before if earlier.decision == "accepted"]
