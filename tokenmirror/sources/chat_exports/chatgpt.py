"""Conversations of ChatGPT: a tree of messages, of which one branch is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenmirror.events import Problem, Prompt, Session, ToolCall, Turn, TurnEnd, Usage
from tokenmirror.sources.chat_exports.documents import Told
from tokenmirror.sources.editors import at, dict_at, list_at, text_at

# what the site writes into ``content_type``; all but the first two are the site's own
KINDS = frozenset(
    [
        *["text", "multimodal_text", "code", "execution_output", "system_error", "thoughts"],
        *["reasoning_recap", "tether_quote", "tether_browsing_display", "sonic_webpage"],
        *["user_editable_context", "model_editable_context", "computer_output"],
        *["citable_code_output", "app_pairing_content", "super_widget"],
    ]
)
ROLES = frozenset(["user", "assistant", "tool", "system"])
READERS = frozenset(["browser", "web", "web.run", "myfiles_browser", "file_search"])
FIRST_S, LAST_S = 1_000_000_000, 4_102_444_800  # 2001 to 2100


@dataclass(frozen=True)
class Node:
    """A message of the tree, with the key it is known by."""

    key: str
    message: dict[str, object]

    @property
    def role(self) -> str:
        """Who speaks: user, assistant, tool or system; "" when it is not said."""
        return text_at(self.message, "author", "role") or ""

    @property
    def content(self) -> str:
        """The kind of its content."""
        return text_at(self.message, "content", "content_type") or ""

    @property
    def at_ms(self) -> int | None:
        """When it was written."""
        return instant(at(self.message, "create_time"))


def events(conversation: object, told: Told) -> None:
    """Adds what one conversation says."""
    mapping = dict_at(conversation, "mapping")
    session = text_at(conversation, "conversation_id") or text_at(conversation, "id")
    if not mapping or not session:
        told.records += 1
        told.problems.append(Problem(None, "bad_type"))
        return
    told.events.append(
        Session(
            session=session,
            key=session,
            at_ms=instant(at(conversation, "create_time")),
            ended_ms=instant(at(conversation, "update_time")),
            entry="interactive",
        )
    )
    nodes = {key: _node(session, key, node) for key, node in mapping.items()}
    for node in nodes.values():
        if node is not None:
            _count(node, told)
    shown = _branch(conversation, mapping)
    path = [node for key in shown if (node := nodes[key]) is not None]
    _tell_branch(session, path, told)
    left = set(mapping).difference(shown)
    for key in mapping:
        node = nodes[key]
        if key in left and node is not None and _is_prompt(node):
            told.events.append(_prompt(session, node, turn=None, removed=True))


def _node(session: str, key: str, node: object) -> Node | None:
    message = dict_at(node, "message")
    return Node(text_at(message, "id") or f"{session}:{key}", message) if message else None


def _branch(conversation: object, mapping: dict[str, object]) -> list[str]:
    """The keys from the root to the leaf that is shown; without one, to the latest leaf."""
    leaf = text_at(conversation, "current_node")
    if leaf not in mapping:
        leaf = max(mapping, key=lambda key: _written_s(mapping[key]))
    branch: dict[str, None] = {}
    while leaf is not None and leaf in mapping and leaf not in branch:
        branch[leaf] = None
        leaf = text_at(mapping[leaf], "parent")
    return [*branch][::-1]


def _written_s(node: object) -> float:
    value = at(node, "message", "create_time")
    return float(value) if isinstance(value, int | float) and abs(value) < 1e15 else -1.0


def _count(node: Node, told: Told) -> None:
    told.records += 1
    if node.role in ROLES and node.content in KINDS:
        told.understood += 1
    else:
        told.unknown[node.content if node.role in ROLES else f"role {node.role}"] += 1


def _tell_branch(session: str, path: Sequence[Node], told: Told) -> None:
    turn: list[Node] = []
    for node in path:
        if _is_prompt(node):
            _tell_turn(session, turn, told)
            turn = [node]
            told.events.append(_prompt(session, node, turn=node.key, removed=False))
        elif turn:
            turn.append(node)
        _tell_work(session, node, turn[0].key if turn else None, told)
    _tell_turn(session, turn, told)


def _tell_turn(session: str, turn: Sequence[Node], told: Told) -> None:
    """The work on one prompt, which stands first; nothing where there is no prompt."""
    if not turn:
        return
    times = [node.at_ms for node in turn[1:] if node.at_ms is not None]
    ended: TurnEnd = "unknown"
    for node in turn[1:]:
        ended = _ended(node) or ended
    told.events.append(
        Turn(
            session=session,
            key=turn[0].key,
            at_ms=turn[0].at_ms,
            ended_ms=max(times, default=None),
            ended=ended,
        )
    )


def _ended(node: Node) -> TurnEnd | None:
    if node.content == "system_error":
        return "error"
    if node.role != "assistant":
        return None
    if text_at(node.message, "metadata", "finish_details", "type") == "interrupted":
        return "interrupted"
    if at(node.message, "end_turn") is True:
        return "finished"
    return None


def _tell_work(session: str, node: Node, turn: str | None, told: Told) -> None:
    """What an answer says of the model and of tools."""
    if node.role != "assistant":
        return
    to = text_at(node.message, "recipient") or "all"
    if to != "all":
        told.events.append(
            ToolCall(
                session=session,
                key=node.key,
                at_ms=node.at_ms,
                kind="read" if to.split(".")[0] in READERS else "other",
                name=to,
                args=_text(node),
                turn=turn,
            )
        )
        return
    model = text_at(node.message, "metadata", "model_slug")
    if model and node.content in ("text", "multimodal_text"):
        told.events.append(Usage(session=session, key=node.key, at_ms=node.at_ms, model=model))


def _is_prompt(node: Node) -> bool:
    """Whether the person wrote it; custom instructions are sent in the person's name."""
    if node.role != "user" or node.content not in ("text", "multimodal_text"):
        return False
    hidden = ("is_visually_hidden_from_conversation", "is_user_system_message")
    if any(at(node.message, "metadata", name) is True for name in hidden):
        return False
    return bool(_text(node).strip()) or _attachments(node) > 0


def _prompt(session: str, node: Node, *, turn: str | None, removed: bool) -> Prompt:
    return Prompt(
        session=session,
        key=node.key,
        at_ms=node.at_ms,
        text=_text(node),
        author="person",
        basis="stated",
        attachments=_attachments(node),
        turn=turn,
        removed=removed,
    )


def _text(node: Node) -> str:
    """Typed and spoken parts; code for a tool stands under ``text``."""
    parts = list_at(node.message, "content", "parts")
    texts = [part if isinstance(part, str) else text_at(part, "text") for part in parts]
    texts.insert(0, text_at(node.message, "content", "text"))
    return "\n".join(text for text in texts if text)


def _attachments(node: Node) -> int:
    pictures = [
        part
        for part in list_at(node.message, "content", "parts")
        if (text_at(part, "content_type") or "").endswith("_asset_pointer")
    ]
    return max(len(pictures), len(list_at(node.message, "metadata", "attachments")))


def instant(value: object) -> int | None:
    """Epoch seconds as milliseconds; ``None`` for anything else, or a time that cannot be."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return round(value * 1000) if FIRST_S <= value <= LAST_S else None
