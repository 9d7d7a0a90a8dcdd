"""What one request of VS Code's chat says: prompt, turn, tool calls, commands, tokens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from tokenmirror.events import (
    Author,
    Basis,
    CallKind,
    Decision,
    How,
    Mode,
    Prompt,
    Suggestion,
    ToolCall,
    Turn,
    TurnEnd,
    Usage,
)
from tokenmirror.sources.commands import commits_in, kind_of
from tokenmirror.sources.editors import at, dict_at, list_at, number_at, text_at
from tokenmirror.sources.vscode_copilot.mutation_log import Json
from tokenmirror.sources.vscode_copilot.stores import Call

ENDS: dict[int, TurnEnd] = {1: "finished", 2: "interrupted", 3: "error", 4: "asked"}
# Commands of the chat box that ask no model anything.
BUILT_IN_COMMANDS = frozenset({"clear", "compact", "help"})
# An edit tool of the editor that another edit tool calls: the same edit once more.
INNER_TOOLS = frozenset({"vscode_editFile_internal"})
TOOLS: tuple[tuple[CallKind, tuple[str, ...]], ...] = (
    ("edit", ("replacestring", "insertedit", "applypatch", "createfile", "editnotebook")),
    ("edit", ("createdirectory", "editfile", "createnewjupyter", "createnewworkspace")),
    ("test", ("runtests", "testfailure")),
    ("build", ("runtask", "createandruntask")),
    ("lint", ("geterrors",)),
    ("read", ("readfile", "findtext", "findfiles", "listdir", "listcode", "searchcodebase")),
    ("read", ("grepsearch", "filesearch", "semanticsearch", "getchanged", "readnotebook")),
    ("read", ("searchworkspacesymbols", "viewimage", "readproject", "getnotebook", "usages")),
)
# The way a call was let through: 1 no question, 2 a setting, 3 allowed before, 4 a click.
ALLOWED: dict[int, How] = {1: "allowed", 2: "allowed", 3: "allowed", 4: "chosen"}
REFUSED = (0, 5)
TOOL_PART = "toolInvocationSerialized"
_COLOURS = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-?]*[ -/]*[@-~]|\r")
_MULTIPLIER = re.compile(r"(\d+(?:\.\d+)?)x$")


@dataclass(frozen=True)
class Tokens:
    """Tokens of one model in one turn; ``None`` is what the log does not say."""

    model: str | None
    input_tokens: int | None = None
    cached_tokens: int | None = None
    written_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    at_least: bool = False


def prompt_of(request: Json, session: str, key: str, removed: bool, stated: bool) -> Prompt | None:
    """The prompt that a person sent; ``None`` for a request that nobody typed.

    ``stated`` is true when the session says that it is a chat view's.
    """
    text = text_at(request, "message", "text") or text_at(request, "message")
    source = text_at(request, "requestSource")
    if not text or not _typed(request, source):
        return None
    told = any(name in request for name in ("isSystemInitiated", "hiddenFromTranscript"))
    author: Author = "person"
    basis: Basis = "stated" if stated or told or source else "inferred"
    if source and "user" not in source.lower():
        author, basis = "unknown", "unknown"
    return Prompt(
        session=session,
        key=key,
        at_ms=number_at(request, "timestamp"),
        text=text,
        author=author,
        basis=basis,
        attachments=_attachments(request),
        turn=key,
        removed=removed,
    )


def _typed(request: Json, source: str | None) -> bool:
    flags = ("isSystemInitiated", "hiddenFromTranscript", "requestHiddenFromTranscript")
    if any(request.get(flag) is True for flag in flags) or request.get("confirmation"):
        return False
    if source and any(word in source.lower() for word in ("system", "agent")):
        return False
    return text_at(request, "slashCommand", "name") not in BUILT_IN_COMMANDS


def _attachments(request: Json) -> int | None:
    if not dict_at(request, "variableData"):
        return None
    names = (text_at(item, "id") or "" for item in list_at(request, "variableData", "variables"))
    return sum(not name.startswith("vscode.implicit") for name in names)


def taken_back(request: Json) -> bool:
    """Whether the person undid this request, which goes when the next one is sent."""
    mark = request.get("shouldBeRemovedOnSend")
    return (bool(mark) and not at(mark, "afterUndoStop")) or request.get("isHidden") is True


def ended_ms(request: Json) -> int | None:
    """When the turn ended, as far as the request says."""
    began = number_at(request, "timestamp")
    ended = number_at(request, "modelState", "completedAt")
    lasted = number_at(request, "result", "timings", "totalElapsed")
    if ended is not None:
        return ended
    return began + lasted if began is not None and lasted is not None else None


def turn_of(request: Json, session: str, key: str) -> Turn:
    """The agent's work on a request."""
    return Turn(
        session=session,
        key=key,
        at_ms=number_at(request, "timestamp"),
        ended_ms=ended_ms(request),
        ended=_end(request),
    )


def _end(request: Json) -> TurnEnd:
    value = number_at(request, "modelState", "value")
    if value is not None:
        return ENDS.get(value, "unknown")
    if request.get("isCanceled") is True:
        return "interrupted"
    if dict_at(request, "result", "errorDetails"):
        return "error"
    return "finished" if dict_at(request, "result") else "unknown"


def mode_of(request: Json) -> Mode:
    """How far the agent may act by itself: it edits unasked in edit and agent mode."""
    mode = dict_at(request, "modeInfo")
    names = {text_at(mode, name) for name in ("telemetryModeId", "telemetryModeName", "modeId")}
    if any(name and name.lower() == "plan" for name in names):
        return "plan"
    kind = text_at(mode, "kind") or text_at(mode, "modeId")
    if kind == "ask":
        return "ask"
    if kind not in {"edit", "agent"}:
        return "unknown"
    level = text_at(mode, "permissionLevel") or "default"
    return "auto_edits" if level == "default" else "auto_all"


def calls_of(request: Json, session: str, key: str) -> Iterator[ToolCall | Suggestion]:
    """Tool calls of a request; a command is a suggestion as well."""
    rounds = _rounds(request)
    seen: set[str] = set()
    for nth, part in enumerate(list_at(request, "response")):
        if text_at(part, "kind") != TOOL_PART:
            continue
        name = text_at(part, "toolId") or "unknown"
        call = text_at(part, "toolCallId") or f"{key}/{nth}"
        if name in INNER_TOOLS or call in seen:
            continue
        seen.add(call)
        args, proposed_ms = rounds.get(call, ("", None))
        at_ms = proposed_ms or number_at(request, "timestamp")
        yield _tool_call(
            part,
            name,
            args,
            ToolCall(
                session=session,
                key=f"{session}/{call}",
                at_ms=at_ms,
                kind="other",
                name=name,
                turn=key,
            ),
        )
        if _command(part):
            yield _proposal(
                part,
                Suggestion(
                    session=session, key=f"{session}/{call}", at_ms=at_ms, kind="command", turn=key
                ),
            )


def _rounds(request: Json) -> dict[str, tuple[str, int | None]]:
    """Arguments and time of the calls by id, as far as the ids are those of the answer."""
    found: dict[str, tuple[str, int | None]] = {}
    for turn in list_at(request, "result", "metadata", "toolCallRounds"):
        for call in list_at(turn, "toolCalls"):
            name = (text_at(call, "id") or "").partition("__vscode")[0]
            found[name] = (text_at(call, "arguments") or "", number_at(turn, "timestamp"))
    return found


def _tool_call(part: object, name: str, args: str, call: ToolCall) -> ToolCall:
    command = _command(part)
    if command is None:
        failed = at(part, "resultDetails", "isError") is True
        return replace(call, kind=_kind(name), args=args, ok=False if failed else None)
    told = dict_at(part, "toolSpecificData")
    code = at(told, "terminalCommandState", "exitCode")
    output = text_at(told, "terminalCommandOutput", "text") or ""
    return replace(
        call,
        kind=kind_of(command),
        args=args or command,
        ok=code == 0 if isinstance(code, int) else None,
        duration_ms=number_at(told, "terminalCommandState", "duration"),
        commits=commits_in(command, _COLOURS.sub("", output)) if code == 0 else (),
    )


def _kind(name: str) -> CallKind:
    plain = name.replace("_", "").lower()
    return next((kind for kind, words in TOOLS if any(w in plain for w in words)), "other")


def _command(part: object) -> str | None:
    if text_at(part, "toolSpecificData", "kind") not in {"terminal", "terminal2"}:
        return None
    line = at(part, "toolSpecificData", "commandLine")
    names = ("original", "userEdited", "toolEdited")
    lines = [text_at(line, name) for name in names] if isinstance(line, dict) else [line]
    lines.append(text_at(part, "toolSpecificData", "command"))
    return next((line for line in lines if isinstance(line, str) and line), None)


def _proposal(part: object, command: Suggestion) -> Suggestion:
    decision, how = _decision(part)
    moment = number_at(part, "toolSpecificData", "terminalCommandState", "timestamp")
    return replace(
        command,
        decision=decision,
        how=how,
        basis="unknown" if how is None else "stated",
        decided_ms=moment if how == "chosen" else None,
    )


def _decision(part: object) -> tuple[Decision, How | None]:
    confirmed = at(part, "isConfirmed")
    if isinstance(confirmed, bool):  # older builds: whether, not by whom
        return ("accepted", "applied") if confirmed else ("rejected", "chosen")
    kind = number_at(confirmed, "type")
    if kind in REFUSED:
        return "rejected", "chosen"
    if kind in ALLOWED:
        return "accepted", ALLOWED[kind]
    ran = at(part, "toolSpecificData", "terminalCommandState", "exitCode") is not None
    return ("accepted", "applied") if ran else ("undecided", None)


def model_of(request: Json) -> str | None:
    """The model that answered, without its vendor; an automatic choice by what it chose."""
    resolved = text_at(request, "result", "metadata", "resolvedModel")
    if resolved:
        return resolved
    name = (text_at(request, "modelId") or "").rpartition("/")[2]
    if name and name != "auto":
        return name
    details = (text_at(request, "result", "details") or "").partition("\u2022")[0].strip()
    return details.lower().replace(" ", "-") or None


def tokens_told(request: Json) -> list[Tokens]:
    """Tokens that the request itself states: by model, or what is known of the output.

    The prompt it states is the last call's alone, and is no turn's input.
    """
    totals = [_total(entry) for entry in list_at(request, "modelTotals")]
    by_model = [total for total in totals if total is not None]
    if by_model:
        return by_model
    output = number_at(request, "completionTokens")
    if output is not None:
        return [Tokens(model_of(request), output_tokens=output)]
    output = number_at(request, "result", "usage", "completionTokens")
    if output is None:
        output = number_at(request, "result", "metadata", "outputTokens")
    if output is None:
        return []
    # These two are of the last model call.
    more = len(list_at(request, "result", "metadata", "toolCallRounds")) > 1
    return [Tokens(model_of(request), output_tokens=output, at_least=more)]


def _total(entry: object) -> Tokens | None:
    read, cached = number_at(entry, "inputTokens"), number_at(entry, "cachedTokens")
    output = number_at(entry, "outputTokens")
    if read is None and output is None:
        return None
    fresh = read - cached if read is not None and cached is not None and cached <= read else read
    return Tokens(text_at(entry, "model"), fresh, cached, None, output)


def tokens_traced(calls: Iterable[Call]) -> list[Tokens]:
    """Tokens of a turn's model calls, by model, the one with most output first."""
    by_model: dict[str | None, list[Call]] = {}
    for call in calls:
        by_model.setdefault(call.model, []).append(call)
    return [
        Tokens(
            model,
            _sum(call.input_tokens for call in group),
            _sum(call.cached_tokens for call in group),
            _sum(call.written_tokens for call in group),
            _sum(call.output_tokens for call in group),
            _sum(call.reasoning_tokens for call in group),
        )
        for model, group in by_model.items()
    ]


def _sum(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def credits_of(request: Json) -> float | None:
    """What the turn cost in the vendor's own unit: AI credits, or premium requests before."""
    told = at(request, "copilotCredits")
    if isinstance(told, int | float) and not isinstance(told, bool) and 0 <= told < 1e12:
        return float(told)
    factor = _MULTIPLIER.search(text_at(request, "result", "details") or "")
    return float(factor.group(1)) if factor else None


def usage_of(
    tokens: list[Tokens], session: str, key: str, at_ms: int | None, cost: float | None
) -> Iterator[Usage]:
    """One usage by model; the main model's key is the turn's, so that layers replace another."""
    tokens = sorted(tokens, key=lambda part: (-(part.output_tokens or 0), part.model or ""))
    for nth, part in enumerate(tokens):
        yield Usage(
            session=session,
            key=f"{key}/{part.model}" if nth else key,
            at_ms=at_ms,
            model=part.model,
            input_tokens=part.input_tokens,
            cache_read_tokens=part.cached_tokens,
            cache_write_5m_tokens=part.written_tokens,
            output_tokens=part.output_tokens,
            reasoning_tokens=part.reasoning_tokens,
            output_at_least=part.at_least,
            credits=None if nth else cost,
        )
