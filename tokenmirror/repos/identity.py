"""Is it me: addresses of the person, in the forms that git and hosts write them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Me:
    """The person's addresses (lower case), and names they commit under."""

    emails: frozenset[str]
    names: frozenset[str] = frozenset()

    def is_me(self, email: str) -> bool:
        """Whether an author's address is the person's, no-reply forms of hosts included."""
        raise NotImplementedError


def me(emails: Iterable[str], names: Iterable[str] = ()) -> Me:
    """The person, from addresses and names as they stand in a configuration."""
    raise NotImplementedError


def suggestions(person: Me, authors: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """New addresses under a known name, to be confirmed by a click; sorted."""
    raise NotImplementedError
