"""Is it me: addresses of the person, in the forms that git and hosts write them.

Also: which assistant a commit's message names.  Such a hint claims no line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

# the forms behind which hosts hide an address: 12345+login@…, 12345-login@… or login@…
_NO_REPLY = re.compile(r"(?:\d+[+-])?(?P<login>[^@+]+)@users\.noreply\.")
_CO_AUTHOR = re.compile(r"co-authored-by:\s*(?P<name>[^<]*)<(?P<email>[^>]*)>", re.IGNORECASE)
_MADE_BY = re.compile(r"(?:assisted|generated)-by:\s*(?P<who>.+)", re.IGNORECASE)
_IN_NAME = re.compile(r"\((?P<who>[a-z][\w -]*)\)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Me:
    """The person's addresses (lower case), and names they commit under."""

    emails: frozenset[str]
    names: frozenset[str] = frozenset()

    def is_me(self, email: str) -> bool:
        """Whether an author's address is the person's, no-reply forms of hosts included."""
        plain = _plain(email)
        if plain in self.emails:
            return True
        hidden = _NO_REPLY.match(plain)
        return hidden is not None and hidden["login"] in self._logins

    @cached_property
    def _logins(self) -> frozenset[str]:
        found = (_NO_REPLY.match(email) for email in self.emails)
        return frozenset(hidden["login"] for hidden in found if hidden)

    def also(self, emails: Iterable[str]) -> Me:
        """The same person with more addresses."""
        return Me(self.emails | frozenset(filter(None, map(_plain, emails))), self.names)


def me(emails: Iterable[str], names: Iterable[str] = ()) -> Me:
    """The person, from addresses and names as they stand in a configuration."""
    return Me(frozenset(filter(None, map(_plain, emails))), frozenset(filter(None, names)))


def suggestions(person: Me, authors: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """New addresses under a known name, to be confirmed by a click; sorted.

    ``authors`` are (name, email).
    """
    known = {name.casefold().strip() for name in person.names}
    new = {
        _plain(email)
        for name, email in authors
        if name.casefold().strip() in known and not person.is_me(email)
    }
    return tuple(sorted(new - {""}))


def is_bot(name: str, email: str) -> bool:
    """Whether an author is an account of a program: its commits make nobody's address."""
    return "[bot]" in name or "[bot]" in email or bool(assistant_at(email))


def co_authors(trailers: str) -> list[str]:
    """Addresses of the co-authors that a message's trailers name."""
    return [found["email"] for found in _CO_AUTHOR.finditer(trailers)] if trailers else []


def assistant_named(trailers: str, names: Iterable[str]) -> str | None:
    """The assistant that a commit names in its trailers or in its people's names.

    Its id as in ``ASSISTANTS``; ``other`` for a program that is not known by name.
    """
    for email in co_authors(trailers):
        if tool := assistant_at(email):
            return tool
    for found in _MADE_BY.finditer(trailers):
        return _called(found["who"]) or "other"
    marks = (_IN_NAME.search(name) for name in names if ")" in name)
    return next((tool for mark in marks if mark and (tool := _called(mark["who"]))), None)


def assistant_at(email: str) -> str | None:
    """The assistant that signs with an address; people's addresses give ``None``."""
    plain = _plain(email)
    return next((tool for tool, _, mails in ASSISTANTS if plain.endswith(mails)), None)


def assistant_called(text: str) -> str:
    """The assistant that a text names, ``other`` for one that is not known by name."""
    return _called(text) or "other"


def _called(text: str) -> str | None:
    words = set(re.findall(r"[a-z]+", text.lower()))
    return next((tool for tool, names, _ in ASSISTANTS if words & names), None)


def _plain(email: str) -> str:
    return email.strip().strip("<>").strip().lower()


# tool, words that name it, ends of the addresses it signs with; seen in public histories
ASSISTANTS: tuple[tuple[str, frozenset[str], tuple[str, ...]], ...] = (
    ("claude-code", frozenset({"claude"}), ("noreply@anthropic.com",)),
    ("codex-cli", frozenset({"codex"}), ("codex@openai.com", "noreply@openai.com")),
    (
        "copilot",
        frozenset({"copilot"}),
        ("copilot@github.com", "+copilot@users.noreply.github.com"),
    ),
    ("cursor", frozenset({"cursor"}), ("cursoragent@cursor.com", "agent@cursor.com")),
    ("aider", frozenset({"aider"}), ("aider@aider.chat", "noreply@aider.chat")),
    ("gemini-cli", frozenset({"gemini"}), ("gemini-cli@google.com", "gemini@google.com")),
    ("qwen-code", frozenset({"qwen"}), ("qwen-coder@alibabacloud.com",)),
    ("opencode", frozenset({"opencode"}), ("noreply@opencode.ai",)),
    ("openhands", frozenset({"openhands"}), ("openhands@all-hands.dev",)),
    ("amp", frozenset({"amp", "ampcode"}), ("amp@ampcode.com",)),
    ("droid", frozenset({"droid"}), ("+factory-droid[bot]@users.noreply.github.com",)),
    ("mistral-vibe", frozenset({"vibe"}), ("vibe@mistral.ai",)),
    ("windsurf", frozenset({"windsurf", "cascade"}), ("noreply@codeium.com",)),
    ("kimi-code", frozenset({"kimi"}), ()),
    ("cline", frozenset({"cline"}), ()),
    ("roo-code", frozenset({"roo"}), ()),
    ("kilo-code", frozenset({"kilo"}), ()),
    ("kiro", frozenset({"kiro"}), ()),
    ("devin", frozenset({"devin"}), ("+devin-ai-integration[bot]@users.noreply.github.com",)),
)
