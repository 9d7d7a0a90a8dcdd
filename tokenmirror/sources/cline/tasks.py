"""Events of one task folder: what was on its screen, with what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from tokenmirror.events import (
    AnyEvent,
    Author,
    Basis,
    CallKind,
    Decision,
    How,
    Mode,
    Prompt,
    Session,
    Suggestion,
    ToolCall,
    Turn,
    TurnEnd,
)
from tokenmirror.sources import commands, editors
from tokenmirror.sources.cline import edits
from tokenmirror.sources.cline.answers import Answer, Answers
from tokenmirror.sources.cline.facts import Facts
from tokenmirror.sources.cline.spending import Ledger, Request, spent_in
from tokenmirror.sources.editors import at, dict_at, list_at, number_at, text_at

_ASKS = """followup plan_mode_respond act_mode_respond command command_output completion_result
tool api_req_failed resume_task resume_completed_task mistake_limit_reached
browser_action_launch use_mcp_server new_task condense summarize_task report_bug
use_subagents auto_approval_max_req_reached finishTask request_limit_reached
invalid_model payment_required_prompt
interactive_app"""
_SAYS = """task error error_retry api_req_started api_req_finished text reasoning
completion_result user_feedback user_feedback_diff api_req_retried api_req_retry_delayed
api_req_rate_limit_wait api_req_deleted command command_output tool inspect_site_result image
shell_integration_warning shell_integration_warning_with_suggestion browser_action_launch
browser_action browser_action_result browser_session_status mcp_server_request_started
mcp_server_response mcp_notification use_mcp_server diff_error deleted_api_reqs
clineignore_error rooignore_error command_permission_denied checkpoint_created
checkpoint_saved load_mcp_documentation generate_explanation info task_progress hook_status
hook_output_stream subagent use_subagents subagent_usage conditional_rules_applied
subtask_result new_task_started new_task condense_context condense_context_error
sliding_window_truncation codebase_search_result user_edit_todos too_many_tools_warning
plan_mode_respond"""
KNOWN = frozenset(
    [f"ask:{name}" for name in _ASKS.split()] + [f"say:{name}" for name in _SAYS.split()]
)
SPENDING = frozenset(["api_req_started", "subagent_usage", "deleted_api_reqs", "api_req_deleted"])
CALLS = frozenset(["tool", "command", "use_mcp_server", "browser_action_launch"])
ENDS: dict[str, TurnEnd] = {
    "completion_result": "finished",
    "followup": "asked",
    "plan_mode_respond": "asked",
    "act_mode_respond": "asked",
    "new_task": "asked",
    "mistake_limit_reached": "asked",
    "auto_approval_max_req_reached": "asked",
    "api_req_failed": "error",
}
_WORK = CALLS | {"api_req_started", "text", "use_subagents", "error"}
_STEPS = frozenset(["api_req_started", "completion_result"])
_STOPPED, _BROKEN = "user_cancelled", frozenset(["streaming_failed", "retries_exhausted"])

_EDITS = """write_to_file replace_in_file apply_diff insert_content search_and_replace
search_replace apply_patch edit edit_file fast_edit_file new_rule delete_file editor"""
EDITORS = frozenset(_EDITS.split())
SHELLS = frozenset(["execute_command", "run_commands"])
MCP = frozenset(["use_mcp_tool", "access_mcp_resource"])
BROWSER = frozenset(["browser_action"])
# Names on screen, and those of the calls behind them.
READERS: dict[str, frozenset[str]] = {
    "readFile": frozenset(["read_file"]),
    "listFilesTopLevel": frozenset(["list_files"]),
    "listFilesRecursive": frozenset(["list_files"]),
    "listCodeDefinitionNames": frozenset(["list_code_definition_names"]),
    "searchFiles": frozenset(["search_files"]),
    "codebaseSearch": frozenset(["codebase_search"]),
    "webFetch": frozenset(["web_fetch"]),
    "webSearch": frozenset(["web_search"]),
    "fetchInstructions": frozenset(["fetch_instructions"]),
}


@dataclass(slots=True)
class Message:
    """A message on screen that is complete; ``kind`` is its ``ask`` or ``say``."""

    key: str
    asked: bool
    kind: str
    at_ms: int | None
    text: str
    raw: Mapping[str, object]

    def told(self) -> Mapping[str, object]:
        """Its text as JSON; empty when it is none."""
        return dict_at(editors.decoded(self.text.encode("utf-8", "replace")))


@dataclass(frozen=True)
class Signs:
    """What an extension's messages can tell.

    ``says_mode``: a call that nobody was asked about is said, not asked.
    ``cache_inside``: tokens in may hold the cached ones.
    """

    says_mode: bool
    cache_inside: bool


@dataclass
class Task:
    """A task with its messages, ready to be told as events."""

    session: str
    messages: list[Message]
    facts: Facts
    signs: Signs
    by_hand: bool
    answers: Answers
    fates: dict[int, Answer] = field(default_factory=dict)

    @property
    def child(self) -> bool:
        """Whether another task's agent started it."""
        return self.facts.parent is not None

    @cached_property
    def restored_from(self) -> int | None:
        """Index of the checkpoint whose files are back; what was edited after it is undone."""
        marks = (
            index
            for index, message in enumerate(self.messages)
            if message.raw.get("isCheckpointCheckedOut") is True
        )
        return next(marks, None)

    @cached_property
    def last_step(self) -> int:
        """Index of the last message that shows the agent at work again; -1 when none does."""
        steps = (i for i, m in enumerate(self.messages) if m.kind in _STEPS)
        return max(steps, default=-1)


def messages_of(document: list[object], session: str) -> list[Message]:
    """The complete messages of a task in order, each with a key that stays."""
    seen: dict[int, int] = {}
    found: list[Message] = []
    for index, raw in enumerate(document):
        kind = kind_of(raw)
        at_ms = number_at(raw, "ts")
        if kind is None or at(raw, "partial") is True:
            continue
        key = f"{session}/@{index}"
        if at_ms is not None:
            again = seen[at_ms] = seen.get(at_ms, -1) + 1
            key = f"{session}/{at_ms}" + (f"#{again}" if again else "")
        asked, name = kind.startswith("ask:"), kind[4:]
        text = text_at(raw, "text") or ""
        found.append(Message(key, asked, name, at_ms, text, dict_at(raw)))
    return found


def kind_of(raw: object) -> str | None:
    """``ask:…`` or ``say:…`` of a message; ``None`` for what is none."""
    way = text_at(raw, "type")
    name = text_at(raw, way) if way in ("ask", "say") else None
    return f"{way}:{name}" if name else None


def events(task: Task, requests: list[Request]) -> Iterator[AnyEvent]:
    """All facts of a task but its tokens, whose records are added to ``requests``."""
    _settle(task)
    ledger = Ledger(task.signs.cache_inside)
    turn: str | None = None
    first = 0
    yield _session(task)
    for index, message in enumerate(task.messages):
        if _is_prompt(task, index):
            yield from _turn(task, turn, first, index)
            turn, first = message.key, index
            yield _prompt(task, message)
        elif message.kind in CALLS:
            yield from _call(task, index, turn)
        elif message.kind in SPENDING and not message.asked:
            _spend(task, message, turn, ledger)
    yield from _turn(task, turn, first, len(task.messages))
    requests += ledger.fresh()


def _session(task: Task) -> Session:
    times = [message.at_ms for message in task.messages if message.at_ms is not None]
    return Session(
        session=task.session,
        key=task.session,
        at_ms=min(times, default=None),
        ended_ms=max(times, default=None),
        folder=task.facts.folder,
        entry="interactive" if task.by_hand else "unknown",
        mode=_mode(task),
        parent=task.facts.parent,
        relation="subagent" if task.child else None,
    )


def _mode(task: Task) -> Mode:
    """How far the agent may go by itself, from the calls that it did or did not ask about."""
    if not task.signs.says_mode:
        return "unknown"
    edited = [m.asked for m in task.messages if m.kind == "tool" and _changes(m)]
    shells = [m.asked for m in task.messages if m.kind == "command"]
    if any(edited) or (any(shells) and not edited):
        return "ask"
    if edited:
        return "auto_all" if shells and not any(shells) else "auto_edits"
    modes = (text_at(m.raw, "modelInfo", "mode") for m in reversed(task.messages))
    return "plan" if next((mode for mode in modes if mode), None) == "plan" else "unknown"


def _changes(message: Message) -> bool:
    return (text_at(message.told(), "tool") or "") in edits.KINDS


# -- prompts and turns -----------------------------------------------------------------------


def _is_prompt(task: Task, index: int) -> bool:
    message = task.messages[index]
    if message.asked:
        return False
    if message.kind == "task" or (index == 0 and message.kind == "text"):
        return not task.child
    return message.kind == "user_feedback" and not _is_reason(task, index)


def _is_reason(task: Task, index: int) -> bool:
    """Whether a text is the reason typed for refusing the call shown before it."""
    if index == 0:
        return False
    fate = task.fates.get(index - 1)
    return fate is not None and fate.fate == "refused"


def _prompt(task: Task, message: Message) -> Prompt:
    attached = list_at(message.raw, "images") + list_at(message.raw, "files")
    author: Author = "person" if task.by_hand else "unknown"
    basis: Basis = "inferred" if task.by_hand else "unknown"
    return Prompt(
        session=task.session,
        key=message.key,
        at_ms=message.at_ms,
        text=message.text,
        author=author,
        basis=basis,
        attachments=len(attached),
        turn=message.key,
    )


def _turn(task: Task, turn: str | None, first: int, end: int) -> Iterator[Turn]:
    if turn is None:
        return
    work = task.messages[first:end]
    times = [message.at_ms for message in work if message.at_ms is not None]
    yield Turn(
        session=task.session,
        key=turn,
        at_ms=work[0].at_ms,
        ended_ms=max(times, default=None),
        ended=_ended(work),
    )


def _ended(work: list[Message]) -> TurnEnd:
    ends = [_cancelled(message) for message in work if message.kind == "api_req_started"]
    if _STOPPED in ends:
        return "interrupted"
    for message in reversed(work):
        if message.kind in ENDS:
            return ENDS[message.kind]
        if message.kind in _WORK:
            break
    return "error" if ends and ends[-1] in _BROKEN else "unknown"


def _cancelled(message: Message) -> str | None:
    return text_at(message.told(), "cancelReason") if "cancelReason" in message.text else None


def _spend(task: Task, message: Message, turn: str | None, ledger: Ledger) -> None:
    told = message.told()
    spent = spent_in(told)
    if spent.known():
        own = text_at(message.raw, "modelInfo", "modelId") or text_at(told, "model")
        deleted = message.kind in ("deleted_api_reqs", "api_req_deleted")
        model = own or (None if deleted else task.facts.model_at(message.at_ms))
        protocol = text_at(told, "apiProtocol")
        ledger.requests.append(
            Request(message.key, message.at_ms, model, turn, spent, protocol, deleted)
        )


# -- calls and what came of them -------------------------------------------------------------


def _settle(task: Task) -> None:
    """Finds the answer to every call first: what follows a refusal is read differently."""
    for index, message in enumerate(task.messages):
        if message.kind not in CALLS:
            continue
        names, target = _wanted(message)
        place = number_at(message.raw, "conversationHistoryIndex")
        answer = task.answers.take(names, target, place, message.at_ms) if names else None
        if answer is not None:
            task.fates[index] = answer


def _wanted(message: Message) -> tuple[frozenset[str], str | None]:
    """Names of the calls that a message can stand for, and what it was called on."""
    if message.kind == "command":
        return SHELLS, _command(message) or None
    if message.kind == "use_mcp_server":
        return MCP, None
    if message.kind == "browser_action_launch":
        return BROWSER, None
    told = message.told()
    name = text_at(told, "tool") or ""
    return EDITORS if name in edits.KINDS else READERS.get(name, frozenset()), text_at(told, "path")


def _command(message: Message) -> str:
    """A command line without the mark that Cline sets where it must be asked about."""
    return message.text.removesuffix("REQ_APP").strip()


def _call(task: Task, index: int, turn: str | None) -> Iterator[AnyEvent]:
    message = task.messages[index]
    answer = task.fates.get(index)
    told = message.told() if message.kind == "tool" else {}
    changes = edits.proposals(told)
    decision, how, basis = _decided(task, index, answer)
    decided_ms = None if decision == "undecided" else (answer and answer.at_ms) or message.at_ms
    if message.kind == "command":
        changes = [edits.Proposal("command", None)]
    for number, change in enumerate(changes):
        yield Suggestion(
            session=task.session,
            key=f"{message.key}/{number}" if len(changes) > 1 else message.key,
            at_ms=message.at_ms,
            kind=change.kind,
            path=change.path,
            added=change.added,
            removed=change.removed,
            whole=change.whole or change.kind == "new_file",
            turn=turn,
            decision=decision,
            how=how,
            basis=basis,
            decided_ms=decided_ms,
        )
    yield _tool_call(task, message, answer, told, turn)


def _decided(task: Task, index: int, answer: Answer | None) -> tuple[Decision, How | None, Basis]:
    """Refused, failed, accepted and by whom, or taken back with the files of a checkpoint."""
    message = task.messages[index]
    if answer is None:
        return _decided_unanswered(task, index)
    if answer.fate == "refused":
        # Said, not asked: a hook refused it and the person was not there.
        nobody = task.signs.says_mode and not message.asked
        return ("failed", None, "stated") if nobody else ("rejected", "chosen", "stated")
    if answer.fate == "failed" and message.kind != "command":
        return "failed", None, "stated"
    if task.restored_from is not None and index > task.restored_from and message.kind == "tool":
        return "undone", "chosen", "stated"
    if _amended(task, index):
        return "accepted", "chosen", "stated"
    if not task.signs.says_mode:
        return "accepted", "applied", "stated"
    return "accepted", "chosen" if message.asked else "allowed", "stated"


def _decided_unanswered(task: Task, index: int) -> tuple[Decision, How | None, Basis]:
    """Where the history for the model is gone, an edit said and gone on from was let through."""
    message = task.messages[index]
    said = task.signs.says_mode and not message.asked and not task.answers.known
    failed = index + 1 < len(task.messages) and task.messages[index + 1].kind == "diff_error"
    if said and not failed and index < task.last_step:
        return "accepted", "allowed", "inferred"
    return "undecided", None, "unknown"


def _amended(task: Task, index: int) -> bool:
    """Whether the person changed the edit before it was saved, which shows them at work."""
    for message in task.messages[index + 1 : index + 6]:
        if message.kind in CALLS:
            break
        if message.kind == "user_feedback_diff":
            return True
    return False


def _tool_call(
    task: Task,
    message: Message,
    answer: Answer | None,
    told: Mapping[str, object],
    turn: str | None,
) -> ToolCall:
    ok = None if answer is None or answer.fate == "refused" else answer.fate == "done"
    kind: CallKind = "other"
    name = message.kind
    commits: tuple[str, ...] = ()
    if message.kind == "tool":
        name = text_at(told, "tool") or "tool"
        kind = "edit" if name in edits.KINDS else "read" if name in READERS else "other"
    elif message.kind == "command":
        kind = commands.kind_of(_command(message))
        commits = commands.commits_in(_command(message), answer.text) if answer else ()
        if ok and answer is not None and answer.exit_code:
            ok = False
    elif message.kind == "use_mcp_server":
        server = editors.decoded(message.text.encode("utf-8", "replace"))
        name = text_at(server, "toolName") or text_at(server, "type") or message.kind
    return ToolCall(
        session=task.session,
        key=message.key,
        at_ms=message.at_ms,
        kind=kind,
        name=name,
        args=message.text,
        ok=ok,
        commits=commits,
        turn=turn,
    )
