"""The nouns of survival: births, deaths and returns of lines, reversals, what is remembered.

Conventions as in ``nouns``; a line is a non-blank line of a file that is not excluded.
Births are numbered from 1 within their repository, in the order of the chain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from tokenmirror.repos.labels import Label

Cause = Literal["changed", "deleted", "with_file", "reverted", "removed_whole"]
Killer = Literal["mine", "ai", "other"]  # by hand, by an assistant in my sessions, by another
Reversed = Literal["message", "removed_whole"]


class Owner(NamedTuple):
    """Who wrote a line: a suggestion of a session, or (both ``None``) the person otherwise."""

    edit: int | None
    session: int | None


MINE = Owner(None, None)


@dataclass(slots=True)
class Birth:
    """Lines of one writer in one file of one landing; ``living`` of them are there now.

    ``proof_lines`` are those of ``lines`` that are not trivial.  Lost from sight counts as
    not living.
    """

    number: int
    landing: str
    path: str
    owner: Owner
    mine: bool
    lines: int
    proof_lines: int
    born_ms: int
    living: int


class Death(NamedTuple):
    """Lines of a birth that a landing changed or removed."""

    birth: int
    at_ms: int
    lines: int
    cause: Cause
    landing: str
    by: Killer


@dataclass(frozen=True, slots=True)
class Return:
    """Dead lines that are back: ``killed_by`` is the landing that had removed them."""

    birth: int
    at_ms: int
    lines: int
    killed_by: str


@dataclass(frozen=True, slots=True)
class Censored:
    """Lines whose fate cannot be known from that instant on; not a death."""

    birth: int
    at_ms: int
    lines: int


@dataclass(frozen=True, slots=True)
class Reversal:
    """A landing undone by a later one; ``share`` (0..1) of its lines that went with it.

    Of its added lines where a message says so, of its living claimed ones otherwise.
    """

    landing: str
    by: str
    at_ms: int
    how: Reversed
    share: float


@dataclass(frozen=True, slots=True)
class Undone:
    """All reversals made by one landing are undone from that instant on."""

    by: str
    at_ms: int


class Dead(NamedTuple):
    """One line that a landing removed: enough to know it again."""

    path: str
    line: int  # its hash
    proof: bool  # not a trivial one
    label: Label


@dataclass(frozen=True, slots=True)
class Grave:
    """The own lines that one landing removed; those kept from earlier are unpacked when asked."""

    landing: str
    at_ms: int
    dead: Sequence[Dead]


@dataclass(frozen=True, slots=True)
class Fates:
    """What one step of a scan found out, in the order in which it is to be written.

    ``tracks`` holds the labels of files (``labels.pack``) that changed, ``None`` for such
    that hold no own line any more.  The graves of ``emptied`` landings, and such as are older
    than ``graves_since_ms`` and made no reversal that stands, are no longer needed.
    """

    births: tuple[Birth, ...] = ()
    deaths: tuple[Death, ...] = ()
    returns: tuple[Return, ...] = ()
    censored: tuple[Censored, ...] = ()
    reversals: tuple[Reversal, ...] = ()
    undone: tuple[Undone, ...] = ()
    graves: tuple[Grave, ...] = ()
    emptied: tuple[str, ...] = ()
    tracks: Mapping[str, bytes | None] = field(default_factory=dict)
    graves_since_ms: int | None = None


class BirthsKept(Protocol):
    """Births of earlier scans, with what lives of them now."""

    def birth(self, number: int) -> Birth:
        """One birth."""

    def of_landing(self, oid: str) -> Sequence[Birth]:
        """The births of a landing, in their order."""

    def landing_with(self, oid: str) -> str | None:
        """The landing that is or contains this commit, as far as it was read."""


class NoBirths:
    """Before a first scan."""

    def birth(self, number: int) -> Birth:
        """There is none."""
        raise KeyError(number)

    def of_landing(self, oid: str) -> Sequence[Birth]:
        """There are none."""
        return ()

    def landing_with(self, oid: str) -> str | None:
        """None was read."""
        return None


@dataclass(frozen=True, slots=True)
class Remembered:
    """Where the pass over the chain goes on from; empty for a first one.

    ``standing``: per landing that undid others and is not undone itself.
    """

    next_birth: int = 1
    tracks: Mapping[str, bytes] = field(default_factory=dict)
    graves: tuple[Grave, ...] = ()
    standing: frozenset[str] = frozenset()
    births: BirthsKept = field(default_factory=NoBirths)
