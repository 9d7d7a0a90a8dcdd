"""The parts of VS Code's chat state that anything here asks for.

Named so that the decoder passes over the rest, which is most of a file: tool results, the
prompts as sent, lists of commands.  Everything may be missing, and leaves may be of any
type; where the frame itself is of another shape, the whole is decoded and read with care.
"""

from __future__ import annotations

from typing import TypedDict

import msgspec


class Agent(TypedDict, total=False):
    """Who answered."""

    id: object
    extensionVersion: object


class Call(TypedDict, total=False):
    """A tool call as the model made it."""

    id: object
    name: object
    arguments: object


class Round(TypedDict, total=False):
    """One answer of the model, with its calls."""

    timestamp: object
    toolCalls: list[Call]


class Metadata(TypedDict, total=False):
    """What the agent keeps of a turn."""

    resolvedModel: object
    outputTokens: object
    cacheKey: object
    toolCallRounds: list[Round]


class Result(TypedDict, total=False):
    """How a turn came out."""

    timings: object
    metadata: Metadata
    usage: object
    details: object
    errorDetails: object


class Part(TypedDict, total=False):
    """A part of an answer."""

    kind: object
    toolId: object
    toolCallId: object
    isConfirmed: object
    toolSpecificData: object
    resultDetails: object
    uri: object
    edits: object
    baseUri: object


class Variable(TypedDict, total=False):
    """Something attached to a prompt."""

    id: object


class Variables(TypedDict, total=False):
    """All that is attached to a prompt."""

    variables: list[Variable]


class Message(TypedDict, total=False):
    """A prompt."""

    text: object


class Request(TypedDict, total=False):
    """A prompt with all that followed from it."""

    requestId: object
    timestamp: object
    message: Message
    confirmation: object
    shouldBeRemovedOnSend: object
    isHidden: object
    isCanceled: object
    isSystemInitiated: object
    hiddenFromTranscript: object
    requestHiddenFromTranscript: object
    requestSource: object
    slashCommand: object
    modeInfo: object
    modelId: object
    modelState: object
    modelTotals: object
    completionTokens: object
    copilotCredits: object
    editedFileEvents: object
    agent: Agent
    variableData: Variables
    result: Result
    response: list[Part]


class State(TypedDict, total=False):
    """A conversation."""

    sessionId: object
    creationDate: object
    initialLocation: object
    isImported: object
    repoData: object
    requests: list[Request]


_FIELDS: dict[str, msgspec.json.Decoder[object]] = {
    "result": msgspec.json.Decoder(Result),
    "response": msgspec.json.Decoder(list[Part]),
    "agent": msgspec.json.Decoder(Agent),
    "variableData": msgspec.json.Decoder(Variables),
}
_STATE: msgspec.json.Decoder[object] = msgspec.json.Decoder(State)
_REQUESTS: msgspec.json.Decoder[object] = msgspec.json.Decoder(list[Request])
_ANY: msgspec.json.Decoder[object] = msgspec.json.Decoder()


def decoder_at(path: list[str | int]) -> msgspec.json.Decoder[object]:
    """The decoder of a value that is set at a path of the state."""
    if not path:
        return _STATE
    if path == ["requests"]:
        return _REQUESTS
    if path[0] == "requests" and len(path) == 3:
        return _FIELDS.get(str(path[2]), _ANY)
    return _ANY


def matters(path: list[str | int]) -> bool:
    """Whether anything is asked of what lies at a path."""
    return not path or path[0] in State.__annotations__
