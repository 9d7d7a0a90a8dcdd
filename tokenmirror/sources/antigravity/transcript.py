"""The transcript that Antigravity keeps beside its artefacts: a step on each line."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from tokenmirror.sources import editors
from tokenmirror.sources.antigravity.steps import DONE, FAILED, OPEN, Asked, Step
from tokenmirror.sources.editors import dict_at, list_at, number_at, text_at

_REQUEST = re.compile(r"<USER_REQUEST>\s*(.*?)\s*</USER_REQUEST>", re.DOTALL)
_STATES = {"DONE": DONE, "ERROR": FAILED}
TALK = frozenset(
    (
        "CONVERSATION_HISTORY",
        "SYSTEM_MESSAGE",
        "EPHEMERAL_MESSAGE",
        "CHECKPOINT",
        "ERROR_MESSAGE",
    )
)


RESULTS = frozenset(
    (
        "RUN_COMMAND",
        "VIEW_FILE",
        "CODE_ACTION",
        "GREP_SEARCH",
        "FIND",
        "LIST_DIRECTORY",
        "SEARCH_WEB",
        "READ_URL_CONTENT",
        "GENERATE_IMAGE",
        "INVOKE_SUBAGENT",
        "ASK_QUESTION",
        "GENERIC",
    )
)
_KNOWN = TALK | RESULTS | {"USER_INPUT", "PLANNER_RESPONSE"}


def unknown_kind(told: object) -> str | None:
    """The name of a line's kind where it is not known here; its result is taken all the same."""
    kind = text_at(told, "type") or "no type"
    return None if kind in _KNOWN else kind[:80]


def step_of(told: dict[str, object], *, packed: bool) -> Step | None:
    """The step of a line; ``None`` when it has no number.

    ``packed`` says that every argument of a call is JSON in a text, as in the shorter of
    the two files.
    """
    index = number_at(told, "step_index")
    if index is None:
        return None
    at_ms = _instant_ms(told.get("created_at"))
    kind, source = text_at(told, "type"), text_at(told, "source")
    content = text_at(told, "content")
    if kind == "USER_INPUT":
        return Step(index, at_ms, prompt=_prompt(content) if source == "USER_EXPLICIT" else None)
    calls = tuple(
        Asked(text_at(call, "name") or "unknown", _args(call, packed=packed))
        for call in list_at(told, "tool_calls")
    )
    if kind == "PLANNER_RESPONSE" or kind in TALK:
        return Step(index, at_ms, calls=calls)
    state = _STATES.get(text_at(told, "status") or "", OPEN)
    return Step(index, at_ms, calls=calls, result=content or "", state=state)


def _prompt(content: str | None) -> str | None:
    asked = _REQUEST.findall(content or "")
    return "\n".join(asked) if asked else content


def _args(call: object, *, packed: bool) -> object:
    args = dict_at(call, "args")
    return {name: _plain(value) for name, value in args.items()} if packed else args


def _plain(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = editors.decoded(value.encode("utf-8", "replace"))
    return value if found is None else found


def _instant_ms(told: object) -> int | None:
    if not isinstance(told, str):
        return None
    try:
        moment = datetime.fromisoformat(told)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return int(aware.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
