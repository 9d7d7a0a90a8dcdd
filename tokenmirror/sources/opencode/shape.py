"""A conversation as both stores of OpenCode hold it, whichever it was read from."""

from __future__ import annotations

from dataclasses import dataclass, field

from tokenmirror.sources.editors import at, number_at, text_at

Json = dict[str, object]
# What ``run`` denies, since nobody is there to answer.
_ASKING = "question"


@dataclass(frozen=True)
class Program:
    """OpenCode or one of its kin, by the names of its folders and of its variable.

    ``approvals``: it writes who let a call through; ``reasoning_inside``: its output tokens
    include the reasoning, which it always gives as 0.
    """

    folder: str
    database: str
    variable: str
    approvals: bool = False
    reasoning_inside: bool = False


@dataclass(frozen=True)
class Facts:
    """What is said of a session; ``permission`` is its list of rules.

    ``permission_told``: the store is of a form that writes the rules, so that their absence
    says something.
    """

    session: str
    parent: str | None = None
    folder: str | None = None
    version: str | None = None
    agent: str | None = None
    created_ms: int | None = None
    updated_ms: int | None = None
    permission: object = None
    permission_told: bool = False
    revert: object = None

    @property
    def attended(self) -> bool | None:
        """Whether a person sat before it, by the rules; ``None`` when they do not tell."""
        rules = self.permission
        if isinstance(rules, list) and any(_is_denied(rule) for rule in rules):
            return False
        return True if rules is None and self.permission_told else None


def _is_denied(rule: object) -> bool:
    return (
        text_at(rule, "permission") == _ASKING
        and text_at(rule, "action") == "deny"
        and text_at(rule, "pattern") in (None, "*")
    )


@dataclass(frozen=True)
class Part:
    """A piece of a message."""

    id: str
    told: Json


@dataclass(frozen=True)
class Message:
    """A message with its parts in order; ``created_ms`` is ``None`` where it says no time."""

    id: str
    told: Json
    parts: tuple[Part, ...]
    created_ms: int | None

    @property
    def role(self) -> str | None:
        """``user`` or ``assistant``."""
        return text_at(self.told, "role")

    def of_type(self, *types: str) -> list[Json]:
        """Its parts of the given types."""
        return [part.told for part in self.parts if text_at(part.told, "type") in types]


@dataclass(frozen=True)
class Origin:
    """The message that a fork copied: its id, and the facts of its session."""

    message: str
    facts: Facts


@dataclass(frozen=True)
class Conversation:
    """A session with its messages, oldest first; ``origins`` by the ids of the copies."""

    facts: Facts
    messages: tuple[Message, ...]
    origins: dict[str, Origin] = field(default_factory=dict)

    def is_copy(self, message: Message) -> bool:
        """Whether a message is older than its session: a fork brought it along."""
        created, since = message.created_ms, self.facts.created_ms
        return created is not None and since is not None and created < since


MESSAGE_ROLES = frozenset(["user", "assistant"])
PART_TYPES = frozenset(
    [
        *("text", "reasoning", "tool", "file", "agent", "subtask", "compaction", "snapshot"),
        *("patch", "step-start", "step-finish", "retry", "plan"),
    ]
)


def message_time(told: object, row_ms: int | None = None) -> int | None:
    """When a message was begun, in UTC milliseconds."""
    stated = number_at(told, "time", "created")
    return row_ms if stated is None else stated


def ended_ms(message: Message) -> int | None:
    """The latest moment that a message tells of itself."""
    times = [number_at(message.told, "time", "completed"), message.created_ms]
    times += [number_at(part.told, "state", "time", "end") for part in message.parts]
    return max((time for time in times if time is not None), default=None)


def is_words(part: Json) -> bool:
    """Whether a part is text that was meant, not put in by the program."""
    return (
        text_at(part, "type") == "text"
        and at(part, "synthetic") is not True
        and at(part, "ignored") is not True
    )


def words(message: Message) -> str:
    """The text of a message, without what the program put in."""
    texts = (text_at(part.told, "text") or "" for part in message.parts if is_words(part.told))
    return "\n".join(text for text in texts if text)


def is_shell(message: Message) -> bool:
    """Whether this stands for a command that the person ran with ``!``."""
    return any(
        at(part, "synthetic") is True
        and (text_at(part, "text") or "").startswith("The following tool was executed by the user")
        for part in message.of_type("text")
    )
