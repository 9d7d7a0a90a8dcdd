"""The parts of Cursor's messages that anything here asks for.

Named so that the decoder passes over the rest of a message, which is most of it: attached
code, lints, rules.  Everything may be missing, and leaves may be of any type.
"""

from __future__ import annotations

from typing import TypedDict

import msgspec

from tokenmirror.sources import editors


class Tool(TypedDict, total=False):
    """A tool call; arguments and result are JSON texts in it."""

    name: object
    status: object
    params: object
    rawArgs: object
    result: object
    userDecision: object
    additionalData: object


class Bubble(TypedDict, total=False):
    """One message; ``type`` is 1 for the person, 2 for the assistant."""

    type: object
    bubbleId: object
    text: object
    createdAt: object
    timingInfo: object
    tokenCount: object
    modelInfo: object
    images: object
    context: object
    toolFormerData: Tool


class Composer(TypedDict, total=False):
    """A conversation without its messages, where those have rows of their own."""

    createdAt: object
    lastUpdatedAt: object
    status: object
    unifiedMode: object
    forceMode: object
    isAgentic: object
    modelConfig: object
    fullConversationHeadersOnly: object
    conversation: object
    conversationMap: object
    workspaceIdentifier: object
    trackedGitRepos: object
    subagentComposerIds: object
    subComposerIds: object
    subagentInfo: object
    isBestOfNSubcomposer: object
    usageData: object
    codeBlockData: object
    originalFileStates: object


Json = dict[str, object]

_BUBBLE: msgspec.json.Decoder[object] = msgspec.json.Decoder(Bubble)
_COMPOSER: msgspec.json.Decoder[object] = msgspec.json.Decoder(Composer)


def bubble_of(value: object) -> Json | None:
    """A message from its row; ``None`` when it is not one."""
    return _decoded(value, _BUBBLE)


def composer_of(value: object) -> Json | None:
    """A conversation from its row; ``None`` when it is not one."""
    return _decoded(value, _COMPOSER)


def _decoded(value: object, decoder: msgspec.json.Decoder[object]) -> Json | None:
    data = bytes_of(value)
    if data is None:
        return None
    try:
        found = decoder.decode(data)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        found = editors.decoded(data)
    return found if isinstance(found, dict) else None


def bytes_of(value: object) -> bytes | None:
    """A stored value as bytes, whichever way it was stored; ``None`` for numbers and NULL."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    return value if isinstance(value, bytes) else None


def inner(value: object) -> object:
    """What a JSON text inside JSON says; other values as they are."""
    if not isinstance(value, str):
        return value
    return editors.decoded(value.encode("utf-8", "replace"))
