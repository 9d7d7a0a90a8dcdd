"""GitHub Copilot in Visual Studio: traces of its calls, while they last.

Places: ``VSGitHubCopilotLogs/traces`` in the folder for temporary files of Windows
(``%TEMP%``, ``%LOCALAPPDATA%/Temp``), which is cleaned at any time.  A line of a
``*_traces.jsonl`` holds spans in OpenTelemetry's form.  One conversation is spread over
several files; a span has its own id, a turn that of its first request.  A span's list of
messages repeats the history: only its last prompt is new, once for each turn.

Made after another project's note on real spans, September 2026; no log of a known run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tokenmirror.events import (
    AnyEvent,
    CallKind,
    Decision,
    EditKind,
    Problem,
    Prompt,
    Session,
    Suggestion,
    ToolCall,
    Turn,
    TurnEnd,
    Usage,
)
from tokenmirror.language import mark
from tokenmirror.sources import lines
from tokenmirror.sources.changes import Changed, changed_lines, text_lines
from tokenmirror.sources.commands import commits_in, kind_of
from tokenmirror.sources.editors import at, decoded, dict_at, list_at, number_at, text_at
from tokenmirror.sources.source import BATCH_EVENTS, Batch, Cursor, LogFile, Machine, Source

Json = dict[str, object]

KNOWN = frozenset(["chat", "execute_tool", "invoke_agent", "embeddings"])
SHELLS = frozenset(["run_command_in_terminal", "run_in_terminal"])
READS = frozenset(["get_file", "read_file", "code_search", "file_search", "grep_search"])
_VALUES = ("stringValue", "intValue", "doubleValue", "boolValue")
NS_PER_MS = 1_000_000


def places(machine: Machine) -> tuple[Path, ...]:
    """Folders of traces; there are some on Windows alone."""
    if "windows" not in machine.platforms:
        return ()
    local = machine.variable("LOCALAPPDATA") or machine.home / "AppData" / "Local"
    roots = [machine.variable("TEMP") or local / "Temp", local / "Temp"]
    return tuple(root / "VSGitHubCopilotLogs" / "traces" for root in dict.fromkeys(roots))


def find(machine: Machine) -> Iterator[LogFile]:
    """The files of traces."""
    for root in places(machine):
        yield from lines.walk(root, ("_traces.jsonl",), depth=0)


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """New spans of a file; raises ``Unreadable``."""
    now, texts = lines.appended(file, cursor)
    reading = _Reading()
    end = now.offset
    for line in texts:
        reading.take(line)
        end = line.end
        if len(reading.events) > BATCH_EVENTS - 100:
            yield reading.batch(Cursor(end, now.size, now.mtime_ns, now.head))
    yield reading.batch(Cursor(end, now.size, now.mtime_ns, now.head))


class _Reading:
    """Lines read since the last batch."""

    def __init__(self) -> None:
        self.events: list[AnyEvent] = []
        self.problems: list[Problem] = []
        self.records = self.understood = 0
        self.unknown: Counter[str] = Counter()

    def batch(self, cursor: Cursor) -> Batch:
        done = Batch(
            tuple(self.events),
            cursor,
            tuple(self.problems),
            self.records,
            self.understood,
            dict(self.unknown),
        )
        self.__init__()  # type: ignore[misc]
        return done

    def take(self, line: lines.Line) -> None:
        if line.problem is None and not line.text.strip():
            return
        told = None if line.problem else decoded(line.text)
        if not isinstance(told, dict):
            self.records += 1
            reason = "not_json" if told is None else "bad_type"
            self.problems.append(line.problem or Problem(line.offset, reason))  # type: ignore[arg-type]
            return
        for resource in list_at(told, "resourceSpans"):
            for scope in list_at(resource, "scopeSpans"):
                for span in list_at(scope, "spans"):
                    self._span(span)

    def _span(self, span: object) -> None:
        facts = _attributes(span)
        kind = _text(facts, "gen_ai.operation.name")
        self.records += 1
        if kind not in KNOWN:
            self.unknown[(kind or "without an operation")[:40]] += 1
            return
        self.understood += 1
        session, name = _text(facts, "gen_ai.conversation.id"), text_at(span, "spanId")
        if session and name and kind in ("chat", "execute_tool"):
            start, end = (_time_ms(span, f"{which}TimeUnixNano") for which in ("start", "end"))
            row = Session(
                session=session, key=session, at_ms=start, entry="interactive", ended_ms=end
            )
            self.events.append(row)
            if kind == "chat":
                self.events += _answer(session, name, facts, start, end)
            else:
                self.events += _call(session, name, span, facts, start, end)


def _attributes(span: object) -> Json:
    found: Json = {}
    for entry in list_at(span, "attributes"):
        key, value = text_at(entry, "key"), at(entry, "value")
        if key:
            inner = [at(value, name) for name in _VALUES] if isinstance(value, dict) else [value]
            found[key] = next((one for one in inner if one is not None), None)
    return found


def _text(facts: Json, name: str) -> str | None:
    return text_at(facts, name) or None


def _count(facts: Json, name: str) -> int | None:
    value = facts.get(name)
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) < 16 else None
    return number_at([value], 0)


def _time_ms(span: object, name: str) -> int | None:
    value = at(span, name)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 1 << 63:
        return None
    return value // NS_PER_MS


# -- answers ---------------------------------------------------------------------------------


def _answer(
    session: str, name: str, facts: Json, start: int | None, end: int | None
) -> Iterator[AnyEvent]:
    turn = _turn_of(session, facts)
    text = _asked(facts)
    if turn and text:
        yield Prompt(
            session=session,
            key=turn,
            at_ms=start,
            text=text,
            author="person",
            basis="inferred",
            turn=turn,
        )
        reasons = str(facts.get("gen_ai.response.finish_reasons") or "")
        ended: TurnEnd = "finished" if "stop" in reasons else "unknown"
        yield Turn(session=session, key=turn, at_ms=start, ended_ms=end, ended=ended)
    fresh = _count(facts, "gen_ai.usage.input_tokens")
    cached = _count(facts, "gen_ai.usage.cache_read.input_tokens")
    if fresh is not None and cached is not None and cached <= fresh:
        fresh -= cached  # input includes what came from the cache
    output = _count(facts, "gen_ai.usage.output_tokens")
    if fresh is not None or output is not None:
        yield Usage(
            session=session,
            key=name,
            at_ms=start,
            model=_text(facts, "gen_ai.response.model") or _text(facts, "gen_ai.request.model"),
            input_tokens=fresh,
            cache_read_tokens=cached,
            output_tokens=output,
            reasoning_tokens=_count(facts, "gen_ai.usage.reasoning_tokens"),
        )


def _turn_of(session: str, facts: Json) -> str | None:
    request = _text(facts, "copilot_chat.root_request_id")
    return f"{session}/{request}" if request else None


def _asked(facts: Json) -> str:
    """The last prompt of the messages that were sent."""
    messages = decoded((_text(facts, "gen_ai.input.messages") or "").encode("utf-8", "replace"))
    for message in reversed(messages if isinstance(messages, list) else []):
        if text_at(message, "role") == "user":
            content = at(message, "content")
            parts = content if isinstance(content, list) else list_at(message, "parts")
            texts = [text_at(part, "content") or text_at(part, "text") or "" for part in parts]
            text = content if isinstance(content, str) else "\n".join(t for t in texts if t)
            if text.strip():
                return text
    return ""


# -- calls -----------------------------------------------------------------------------------


def _call(
    session: str, name: str, span: object, facts: Json, start: int | None, end: int | None
) -> Iterator[AnyEvent]:
    tool = _text(facts, "gen_ai.tool.name") or ""
    key = f"{session}/{_text(facts, 'gen_ai.tool.call.id') or name}"
    words = _text(facts, "gen_ai.tool.call.arguments") or ""
    given = dict_at(decoded(words.encode("utf-8", "replace")))
    output = _text(facts, "gen_ai.tool.call.result") or ""
    failed = at(span, "status", "code") in (2, "STATUS_CODE_ERROR")
    turn = _turn_of(session, facts)
    edit = _edit(tool, given)
    if edit is not None:
        kind, path, changed = edit
        decision: Decision = "failed" if failed else "accepted"
        yield Suggestion(
            session=session,
            key=key,
            at_ms=start,
            kind=kind,
            path=path,
            added=changed[0],
            removed=changed[1],
            whole=kind == "new_file",
            turn=turn,
            decision=decision,
            how=None if failed else "applied",
            decided_ms=end,
        )
    command = text_at(given, "command") or "" if tool in SHELLS else ""
    other: CallKind = "edit" if edit is not None else "read" if tool in READS else "other"
    yield ToolCall(
        session=session,
        key=key,
        at_ms=start,
        kind=kind_of(command) if tool in SHELLS else other,
        name=tool,
        args=words,
        ok=not failed,
        commits=commits_in(command, output) if command else (),
        turn=turn,
    )


def _edit(tool: str, given: Json) -> tuple[EditKind, str | None, Changed] | None:
    if tool in SHELLS:
        return "command", None, ((), ())
    path = text_at(given, "filePath") or text_at(given, "filename")
    if tool == "create_file":
        return "new_file", path, (tuple(text_lines(text_at(given, "content") or "")), ())
    if tool == "multi_replace_string_in_file":
        pairs = list_at(given, "replacements")
        changes = [_replaced(pair) for pair in pairs]
        added = tuple(line for more, _ in changes for line in more)
        path = path or next((text_at(pair, "filePath") for pair in pairs), None)
        return "edit", path, (added, tuple(line for _, less in changes for line in less))
    if tool == "replace_string_in_file":
        return "edit", path, _replaced(given)
    return ("edit", path, ((), ())) if tool == "edit_file" else None


def _replaced(given: object) -> Changed:
    return changed_lines(text_at(given, "oldString") or "", text_at(given, "newString") or "")


SOURCE = Source(
    key="visual-studio",
    name="GitHub Copilot in Visual Studio",
    version=1,
    full=frozenset({"S6"}),
    partly=frozenset({"S1", "S2", "S3", "S5"}),
    places=places,
    find=find,
    read=read,
    unsaid=(
        mark("Traces lie among temporary files, which Windows removes at any time."),
        mark("Whether you kept or undid an edit is not written down."),
        mark("Completions in the editor are not written down."),
        mark("Folder and git branch are not written down."),
    ),
)
