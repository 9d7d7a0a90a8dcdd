"""Edits of VS Code's chat: their lines from the editing session, and what became of them.

``chatEditingSessions/<session>/state.json`` keeps a timeline of operations with the text of
each file before a turn: applied in order they give old and new text of every edit call.
Where it is missing or of an older form, the arguments of the calls or the edit groups of
the answer say what changed.  Decisions stand in two places: on the next request (what the
person did since) and, for what no request followed, in the file's state.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from tokenmirror.events import EditKind
from tokenmirror.sources.changes import Changed, changed_lines, text_lines
from tokenmirror.sources.editors import at, decoded, dict_at, list_at, number_at, path_of, text_at
from tokenmirror.sources.vscode_copilot.mutation_log import Json

Verdict = Literal["accepted", "undone", "undecided"]
KEPT, UNDONE = 1, 2
MAX_UNKNOWN_LINES = 100_000
_RANGE = ("startLineNumber", "startColumn", "endLineNumber", "endColumn")
# Calls whose arguments hold the old and new text of an edit.
REPLACING = frozenset({"replace_string_in_file", "create_file", "multi_replace_string_in_file"})


@dataclass(frozen=True)
class Edit:
    """One edit call on one file; ``nth`` counts the calls of its turn on this file from 0."""

    request: str
    path: str
    nth: int
    kind: EditKind
    lines: Changed = ((), ())
    whole: bool = False
    verdict: Verdict = "undecided"


@dataclass
class Editing:
    """An editing session: edits by request, and the last decision by file.

    ``played`` are the pairs of request and file whose old text was known.
    """

    edits: dict[str, list[Edit]] = field(default_factory=lambda: defaultdict(list))
    played: set[tuple[str, str]] = field(default_factory=set)
    states: dict[str, int] = field(default_factory=dict)


def editing_of(told: object, server: bool) -> Editing:
    """What a ``state.json`` says; an empty one where it says nothing."""
    editing = Editing()
    for entry in list_at(told, "recentSnapshot", "entries"):
        path, state = path_of(at(entry, "resource"), server), number_at(entry, "state")
        if path and state is not None:
            editing.states[path] = state
    if dict_at(told, "timeline"):
        _Timeline(dict_at(told, "timeline"), server, editing).play()
    return editing


class _Timeline:
    """Plays operations in order, and closes an edit whenever the next call begins."""

    def __init__(self, told: Json, server: bool, editing: Editing) -> None:
        self.told = told
        self.server = server
        self.editing = editing
        self.texts: dict[str, str] = {}
        self.counts: dict[tuple[str, str], int] = defaultdict(int)
        self.open: dict[tuple[str, str], tuple[int, str, EditKind]] = {}
        self.current = number_at(told, "currentEpoch")
        self.baselines = _baselines(told, server)
        marks = (number_at(mark, "epoch") for mark in list_at(told, "checkpoints"))
        self.marks = sorted(mark for mark in marks if mark is not None)

    def play(self) -> None:
        operations = [op for op in list_at(self.told, "operations") if isinstance(op, dict)]
        operations.sort(key=lambda op: number_at(op, "epoch") or 0)
        for operation in operations:
            self.operate(operation)
        for key in list(self.open):
            self.close(key)

    def operate(self, operation: Json) -> None:
        kind, request = text_at(operation, "type"), text_at(operation, "requestId")
        path = path_of(at(operation, "uri"), self.server)
        if kind == "rename":
            self.rename(operation)
            return
        if not path or not request:
            return
        epoch = number_at(operation, "epoch") or 0
        stretch = bisect_right(self.marks, epoch)
        key = (request, path)
        known = self.open.get(key)
        if known is not None and (known[0] != stretch or kind in {"create", "delete"}):
            self.close(key)
        self.begin(key, kind, operation, stretch)
        if key in self.open:
            self.texts[path] = _after(kind, operation, self.texts.get(path, ""))
        if self.current is not None and epoch > self.current and key in self.open:
            self.close(key, "undone")

    def begin(self, key: tuple[str, str], kind: str | None, operation: Json, stretch: int) -> None:
        request, path = key
        base = self.baselines.get((path, request))
        if base is not None and key not in self.editing.played:
            self.texts[path] = base
        old = self.texts.get(path)
        if kind == "create":
            self.open[key] = (stretch, text_at(operation, "initialContent") or "", "new_file")
        elif kind == "delete":
            self.open[key] = (stretch, text_at(operation, "finalContent") or old or "", "delete")
        elif old is None:  # what was there before is not known: the request itself tells
            return
        elif key not in self.open:
            self.open[key] = (stretch, old, "edit")
        self.editing.played.add(key)

    def close(self, key: tuple[str, str], verdict: Verdict = "undecided") -> None:
        _, old, kind = self.open.pop(key)
        request, path = key
        lines = changed_lines(old, self.texts.get(path, ""))
        if lines == ((), ()) and kind == "edit":
            return
        whole = kind == "new_file" and not lines[1]
        edit = Edit(request, path, self.counts[key], kind, lines, whole, verdict)
        self.counts[key] += 1
        self.editing.edits[request].append(edit)

    def rename(self, operation: Json) -> None:
        old, new = (path_of(at(operation, name), self.server) for name in ("oldUri", "newUri"))
        if old and new and old in self.texts:
            for key in [key for key in self.open if key[1] == old]:
                self.close(key)
            self.texts[new] = self.texts.pop(old)


def _baselines(told: Json, server: bool) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for pair in list_at(told, "fileBaselines"):
        address, _, request = (text_at(pair, 0) or "").rpartition("::")
        path, text = path_of(address, server), text_at(pair, 1, "content")
        if path and text is not None:
            found[path, request] = text
    return found


def _after(kind: str | None, operation: Json, text: str) -> str:
    if kind == "create":
        return text_at(operation, "initialContent") or ""
    if kind == "delete":
        return ""
    return applied(text, list_at(operation, "edits")) if kind == "textEdit" else text


def applied(text: str, edits: Sequence[object]) -> str:
    """A text after edits whose ranges all refer to the text before them."""
    text = _plain_ends(text)
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    spans = []
    for edit in edits:
        new = text_at(edit, "text")
        if new is not None:
            first = _offset(text, starts, edit, "start")
            last = max(first, _offset(text, starts, edit, "end"))
            spans.append((first, last, _plain_ends(new)))
    parts: list[str] = []
    done = 0
    for first, last, new in sorted(spans, key=lambda span: span[:2]):
        parts += [text[done : max(done, first)], new]
        done = max(done, last)
    return "".join([*parts, text[done:]])


def _offset(text: str, starts: list[int], edit: object, end: str) -> int:
    """The position of a range's end; columns count UTF-16 units from 1."""
    line = (number_at(edit, "range", f"{end}LineNumber") or 1) - 1
    column = (number_at(edit, "range", f"{end}Column") or 1) - 1
    if line >= len(starts) - 1:
        return len(text)
    content = text[starts[line] : starts[line + 1] - 1]
    if not content.isascii():
        units = content.encode("utf-16-le", "surrogatepass")[: 2 * column]
        return starts[line] + len(units.decode("utf-16-le", "ignore"))
    return starts[line] + min(column, len(content))


def edits_of(request: Json, editing: Editing, server: bool) -> tuple[Edit, ...]:
    """The edits of a request: of the timeline, and of the request where that says nothing."""
    name = text_at(request, "requestId") or ""
    told = [edit for edit in _told(request, server) if (name, edit.path) not in editing.played]
    return (*editing.edits.get(name, ()), *told)


def _told(request: Json, server: bool) -> list[Edit]:
    """Edits by the request alone: from the arguments of its calls, else from its groups."""
    name = text_at(request, "requestId") or ""
    groups: dict[str, list[tuple[Json, bool]]] = defaultdict(list)
    creating = False
    for part in list_at(request, "response"):
        kind = text_at(part, "kind")
        if kind == "toolInvocationSerialized":
            creating = "createfile" in (text_at(part, "toolId") or "").replace("_", "").lower()
        elif kind in {"textEditGroup", "notebookEditGroup"} and isinstance(part, dict):
            path = path_of(at(part, "uri"), server)
            if path:
                groups[path].append((part, creating))
    calls = _calls(request) if groups else {}
    found: list[Edit] = []
    for path, parts in groups.items():
        texts = calls.get(_plain(path), [])
        exact = texts if len(texts) == len(parts) else [None] * len(parts)
        for nth, ((part, new), change) in enumerate(zip(parts, exact, strict=True)):
            lines = change or _net(list_at(part, "edits"))
            sort: EditKind = "new_file" if new else "edit"
            if any(list_at(part, "edits")):
                found.append(Edit(name, path, nth, sort, lines, new))
    return found


def _calls(request: Json) -> dict[str, list[Changed]]:
    """Lines by file of the calls that name their old and new text, in order."""
    found: dict[str, list[Changed]] = defaultdict(list)
    for call in _replacing(request):
        args = decoded((text_at(call, "arguments") or "").encode("utf-8", "replace"))
        for step in list_at(args, "replacements") or [args]:
            path, lines = text_at(step, "filePath"), _replacement(step)
            if path and lines:
                found[_plain(path)].append(lines)
    return found


def _replacing(request: Json) -> Iterator[object]:
    for turn in list_at(request, "result", "metadata", "toolCallRounds"):
        yield from (
            call for call in list_at(turn, "toolCalls") if text_at(call, "name") in REPLACING
        )


def _replacement(step: object) -> Changed | None:
    content = text_at(step, "content")
    if content is not None:
        return tuple(text_lines(content)), ()
    old, new = text_at(step, "oldString"), text_at(step, "newString")
    return None if old is None or new is None else changed_lines(old, new)


def _plain(path: str) -> str:
    plain = path.replace("\\", "/")
    return plain[:1].lower() + plain[1:] if plain[1:2] == ":" else plain


def _net(steps: Iterable[object]) -> Changed:
    """The net change of edits that are cut to the changed characters.

    Only the difference in the number of lines is certain.  Text is known of whole lines put
    between others; the rest is counted as lines without text.
    """
    net, known = 0, list[str]()
    for step in steps:
        for edit in step if isinstance(step, list) else [step]:
            text = _plain_ends(text_at(edit, "text") or "")
            ends = [number_at(edit, "range", name) for name in _RANGE]
            if ends[0] is None or ends[2] is None:
                continue
            pieces = text.split("\n")
            net += len(pieces) - 1 - (ends[2] - ends[0])
            if ends[:2] == ends[2:]:
                known += pieces[0 if ends[1] == 1 else 1 : -1]
    if net > 0:
        return tuple((known + [""] * net)[:net]), ()
    return (), ("",) * min(-net, MAX_UNKNOWN_LINES)


def _plain_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True)
class Told:
    """One request as far as decisions go: its edits, and what the person did before it."""

    edits: tuple[Edit, ...]
    events: tuple[tuple[str, int], ...]
    taken_back: bool = False


def events_of(request: Json, server: bool) -> tuple[tuple[str, int], ...]:
    """Files and what was done with them since the request before: 1 kept, 2 undone."""
    pairs = (
        (path_of(at(event, "uri"), server), number_at(event, "eventKind"))
        for event in list_at(request, "editedFileEvents")
    )
    return tuple((path, kind) for path, kind in pairs if path and kind is not None)


def judged(requests: Iterable[Told], states: dict[str, int]) -> list[Edit]:
    """Edits with what became of them, from requests in the order of time.

    Keep and Undo act on all edits of a file that wait for a decision.  What is left at the
    end has the file's last state; edits of a request that was taken back are undone.
    """
    done: list[Edit] = []
    waiting: dict[str, list[Edit]] = defaultdict(list)
    for request in requests:
        for path, kind in request.events:
            if kind in (KEPT, UNDONE):
                done += _decided(waiting.pop(path, []), kind)
        for edit in request.edits:
            if request.taken_back or edit.verdict == "undone":
                done.append(replace(edit, verdict="undone"))
            else:
                waiting[edit.path].append(edit)
    for path, edits in waiting.items():
        done += _decided(edits, states.get(path, 0))
    return done


def _decided(edits: list[Edit], kind: int) -> list[Edit]:
    if kind not in (KEPT, UNDONE):
        return edits
    verdict: Verdict = "accepted" if kind == KEPT else "undone"
    return [replace(edit, verdict=verdict) for edit in edits]
