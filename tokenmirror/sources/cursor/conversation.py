"""One conversation of Cursor's database: its rows told as events."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec.structs import replace

from tokenmirror.events import (
    AnyEvent,
    Decision,
    How,
    Mode,
    Prompt,
    Session,
    Suggestion,
    ToolCall,
    Turn,
    TurnEnd,
    Usage,
)
from tokenmirror.sources import editors
from tokenmirror.sources.commands import commits_in, kind_of
from tokenmirror.sources.cursor import store
from tokenmirror.sources.cursor.edits import (
    Book,
    book_of,
    edits_of_blocks,
    edits_of_call,
    loose_parts,
    refused,
)
from tokenmirror.sources.cursor.shape import Json, bubble_of, composer_of, inner
from tokenmirror.sources.cursor.times import instant_ms
from tokenmirror.sources.cursor.tools import EDITS, SHELLS, kind_of_tool, plain
from tokenmirror.sources.editors import at, dict_at, list_at, number_at, text_at

MODES: dict[str, Mode] = {
    "chat": "ask",
    "ask": "ask",
    "edit": "auto_edits",
    "agent": "auto_edits",
    "debug": "auto_edits",
    "plan": "plan",
}
ENDS: dict[str, TurnEnd] = {"completed": "finished", "aborted": "interrupted", "error": "error"}
NUSD_PER_CENT = 10_000_000
_CONTEXT = ("selections", "fileSelections", "folderSelections", "selectedDocs", "notepads")


@dataclass
class Conversation:
    """A conversation's rows: its own, and its messages in order.

    ``left_out`` are messages that no longer stand in the history, such as those of an
    answer that was asked for anew.
    """

    session: str
    composer: Json
    bubbles: list[tuple[str, Json]]
    left_out: list[tuple[str, Json]]
    bad: int = 0
    parent: str | None = None
    delegated: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing was ever sent: a draft."""
        return not self.bubbles and not self.left_out


@dataclass
class Telling:
    """What is known while a conversation's messages are told one after the other."""

    whole: Conversation
    book: Book
    at_ms: int | None
    turn: str | None = None
    began_ms: int | None = None
    stopped: bool = False
    refused: bool = False
    answered: bool = False
    edits: list[Suggestion] = field(default_factory=list)
    turns: dict[str, str | None] = field(default_factory=dict)


def conversation(db: sqlite3.Connection, session: str, parent: str | None = None) -> Conversation:
    """A conversation from its rows; rows that cannot be read are counted in ``bad``.

    ``parent`` is the conversation that names it as its sub-agent's, if any does.
    """
    row = store.composer_row(db, session)
    composer = composer_of(row)
    bad = int(row is not None and composer is None)
    found = dict(_inline(composer or {}))
    for name, value in store.bubble_rows(db, session):
        bubble = bubble_of(value)
        if bubble is None:
            bad += value is not None
        else:
            found[name] = bubble
    listed = list_at(composer, "fullConversationHeadersOnly") or list_at(composer, "conversation")
    order = [name for name in (text_at(head, "bubbleId") for head in listed) if name in found]
    rest = sorted(found.keys() - set(order), key=lambda name: (_moment(found[name]) or 0, name))
    there = [(name, found[name]) for name in dict.fromkeys(order) if name]
    others = [(name, found[name]) for name in rest]
    whole = Conversation(session, composer or {}, there or others, others if there else [], bad)
    info = dict_at(composer, "subagentInfo")
    whole.parent = text_at(info, "parentComposerId") or parent
    whole.delegated = (
        bool(info) or session.startswith("task-") or at(composer, "isBestOfNSubcomposer") is True
    )
    return whole


def _inline(composer: Json) -> Iterator[tuple[str, Json]]:
    """Messages of builds that kept them inside the conversation."""
    told = [*list_at(composer, "conversation"), *dict_at(composer, "conversationMap").values()]
    for bubble in told:
        name = text_at(bubble, "bubbleId")
        if name and isinstance(bubble, dict):
            yield name, bubble


def _moment(bubble: Json) -> int | None:
    at_ms = instant_ms(bubble.get("createdAt"))
    if at_ms is not None:
        return at_ms
    for name in ("clientStartTime", "clientRpcSendTime", "clientEndTime"):
        told = number_at(bubble, "timingInfo", name)
        if told and told > 1_000_000_000_000:  # otherwise counted from the window's start
            return told
    return None


def events(db: sqlite3.Connection, whole: Conversation, folder: str | None) -> Iterator[AnyEvent]:
    """Everything that a conversation says; nothing for a draft."""
    if whole.empty:
        return
    book = book_of(db, whole.session, whole.composer)
    began = instant_ms(whole.composer.get("createdAt"))
    moments = [_moment(bubble) for _, bubble in (*whole.left_out, *whole.bubbles)]
    first = min((moment for moment in moments if moment is not None), default=None)
    began = began if began is not None else first
    yield _session(whole, began, moments, folder)
    telling = Telling(whole, book, began)
    for some in (whole.left_out, whole.bubbles):
        yield from _told(telling, some, last=some is whole.bubbles)
        telling.turn, telling.at_ms = None, began
    base = Suggestion(session=whole.session, key=whole.session, at_ms=began, kind="edit")
    yield from edits_of_blocks(book, telling.turns, base)
    yield from loose_parts(book, telling.edits)
    yield from _stated_cost(whole, began)


def _session(
    whole: Conversation, began: int | None, moments: list[int | None], folder: str | None
) -> Session:
    composer = whole.composer
    ends = [instant_ms(composer.get("lastUpdatedAt")), *moments]
    mode = text_at(composer, "unifiedMode") or text_at(composer, "forceMode") or ""
    return Session(
        session=whole.session,
        key=whole.session,
        at_ms=began,
        folder=own_folder(composer) or folder,
        branch=_branch(composer),
        entry="interactive",
        mode=MODES.get(mode, "unknown"),
        parent=whole.parent,
        relation="subagent" if whole.delegated or whole.parent else None,
        ended_ms=max((end for end in ends if end is not None), default=None),
    )


def own_folder(composer: Json) -> str | None:
    """The folder that a conversation itself names; ``None`` for a workspace of several."""
    uri = at(composer, "workspaceIdentifier", "uri")
    return editors.path_of(uri) or text_at(uri, "fsPath")


def _branch(composer: Json) -> str | None:
    """The branch worked on last, where one repository alone is followed."""
    repos = list_at(composer, "trackedGitRepos")
    branches = list_at(repos[0], "branches") if len(repos) == 1 else []
    newest = max(branches, key=lambda one: number_at(one, "lastInteractionAt") or 0, default=None)
    return text_at(newest, "branchName")


def _told(telling: Telling, bubbles: list[tuple[str, Json]], *, last: bool) -> Iterator[AnyEvent]:
    for name, bubble in bubbles:
        moment = _moment(bubble)
        telling.at_ms = moment if moment is not None else telling.at_ms
        yield from _usage(telling, name, bubble)
        if bubble.get("type") == 1:
            yield from _prompt(telling, name, bubble)
        else:
            telling.answered = True
            telling.turns[name] = telling.turn
            yield from _call(telling, name, bubble)
    yield from _turn(telling, last=last)


def _prompt(telling: Telling, name: str, bubble: Json) -> Iterator[AnyEvent]:
    text = text_at(bubble, "text")
    if not text or not text.strip():
        return  # context alone, put in by the editor
    yield from _turn(telling, last=False)
    whole = telling.whole
    delegated = whole.delegated or whole.parent is not None
    key = f"{whole.session}/{name}"
    yield Prompt(
        session=whole.session,
        key=key,
        at_ms=telling.at_ms,
        text=text,
        author="agent" if delegated else "person",
        basis="stated" if delegated else "inferred",
        attachments=_attachments(bubble),
        turn=key,
    )
    telling.turn, telling.began_ms = key, telling.at_ms
    telling.stopped = telling.refused = telling.answered = False


def _attachments(bubble: Json) -> int | None:
    context = dict_at(bubble, "context")
    if not context and not isinstance(bubble.get("images"), list):
        return None
    return len(list_at(bubble, "images")) + sum(len(list_at(context, name)) for name in _CONTEXT)


def _turn(telling: Telling, *, last: bool) -> Iterator[AnyEvent]:
    if telling.turn is None:
        return
    ended: TurnEnd = "interrupted" if telling.stopped and not telling.refused else "unknown"
    if last:
        ended = ENDS.get(text_at(telling.whole.composer, "status") or "", ended)
        if ended == "interrupted" and telling.refused:
            ended = "finished"  # refusing an edit ends a turn as well
    yield Turn(
        session=telling.whole.session,
        key=telling.turn,
        at_ms=telling.began_ms,
        ended_ms=telling.at_ms if telling.answered else None,
        ended=ended,
    )


def _usage(telling: Telling, name: str, bubble: Json) -> Iterator[AnyEvent]:
    read, written = (
        number_at(bubble, "tokenCount", side) or None for side in ("inputTokens", "outputTokens")
    )
    if read is None and written is None:
        return  # zero stands for "not told" in all builds since 2025
    yield Usage(
        session=telling.whole.session,
        key=f"{telling.whole.session}/{name}",
        at_ms=telling.at_ms,
        model=_model(bubble, telling.whole.composer),
        input_tokens=read,
        output_tokens=written,
    )


def _model(bubble: Json, composer: Json) -> str | None:
    """The model that answered; "default" is a choice left to the vendor."""
    for name in (
        text_at(bubble, "modelInfo", "modelName"),
        text_at(composer, "modelConfig", "modelName"),
    ):
        if name and name != "default":
            return name
    return None


def _stated_cost(whole: Conversation, began: int | None) -> Iterator[Usage]:
    """The vendor's own price of a conversation, where no tokens are told beside it."""
    rows = (bubble for _, bubble in (*whole.bubbles, *whole.left_out))
    if any(number_at(row, "tokenCount", "inputTokens") for row in rows):
        return
    for model, told in dict_at(whole.composer, "usageData").items():
        cents = at(told, "costInCents")
        if isinstance(cents, int | float) and not isinstance(cents, bool) and 0 <= cents < 1e9:
            yield Usage(
                session=whole.session,
                key=f"{whole.session}/cost/{model}",
                at_ms=began,
                model=None if model == "default" else model,
                cost_nusd=round(cents * NUSD_PER_CENT),
            )


def _call(telling: Telling, name: str, bubble: Json) -> Iterator[AnyEvent]:
    tool = dict_at(bubble, "toolFormerData")
    called = text_at(tool, "name")
    if not called:
        return
    whole, short = telling.whole, plain(called)
    result = inner(tool.get("result"))
    is_refused = refused(tool, result)
    telling.refused = is_refused
    telling.stopped = tool.get("status") == "cancelled"
    call = ToolCall(
        session=whole.session,
        key=f"{whole.session}/{name}",
        at_ms=telling.at_ms,
        kind=kind_of_tool(short),
        name=called,
        args=text_at(tool, "rawArgs") or text_at(tool, "params") or "",
        ok=None if is_refused else {"completed": True, "error": False}.get(str(tool.get("status"))),
        turn=telling.turn,
    )
    base = Suggestion(
        session=whole.session,
        key=call.key,
        at_ms=telling.at_ms,
        kind="edit",
        turn=telling.turn,
    )
    if short in EDITS:
        yield call
        found = edits_of_call(telling.book, name, tool, base)
        telling.edits.append(found[0])
        yield from found
    elif short in SHELLS:
        yield from _command(tool, result, call, base)
    else:
        yield call


def _command(
    tool: Json, result: object, call: ToolCall, base: Suggestion
) -> Iterator[ToolCall | Suggestion]:
    told = (text_at(inner(tool.get(name)), "command") for name in ("params", "rawArgs"))
    command = next((line for line in told if line), "")
    code = _exit_code(tool, result)
    output = text_at(result, "output") or ""
    ran = tool.get("status") == "completed" and not _cut_off(result)
    yield replace(
        call,
        kind=kind_of(command),
        args=call.args or command,
        ok=None if call.ok is None or (not ran and call.ok) else call.ok and not code,
        commits=commits_in(command, output) if call.ok and code == 0 else (),
    )
    decision, how = _command_decision(tool, result, ran=ran)
    yield replace(
        base,
        kind="command",
        decision=decision,
        how=how,
        basis="stated" if how else "unknown",
    )


def _exit_code(tool: Json, result: object) -> int | None:
    """A command's exit code; a finished one without any has ended with 0, which is left out."""
    for name in ("exitCodeV2", "exitCode"):
        code = at(result, name)
        if isinstance(code, int) and not isinstance(code, bool):
            return code
    known = isinstance(result, dict) and tool.get("status") == "completed"
    return 0 if known and not _cut_off(result) else None


def _cut_off(result: object) -> bool:
    return (text_at(result, "endedReason") or "").endswith("ABORTED")


def _command_decision(tool: Json, result: object, *, ran: bool) -> tuple[Decision, How | None]:
    if refused(tool, result):
        return "rejected", "chosen"
    if tool.get("status") == "error":
        return "failed", None
    return ("accepted", "applied") if ran else ("undecided", None)
