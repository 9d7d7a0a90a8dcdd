"""Proposed edits of Cursor: their lines, and what is known of the decision.

Lines come from the first of these that is there: the stored difference of the result, the
kept texts before and after, the difference shown, the arguments of the call, the parts
that were decided on one by one.

A refusal is written down as one.  "Accepted" is stamped by Cursor itself where edits are
kept without a question, so by itself it says no more than that the edit was written; only
the record of single parts shows that somebody chose.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from msgspec.structs import replace

from tokenmirror.events import Decision, EditKind, How, Suggestion
from tokenmirror.sources import editors
from tokenmirror.sources.changes import Changed, changed_lines, patch_lines, text_lines
from tokenmirror.sources.cursor import store
from tokenmirror.sources.cursor.shape import Json, inner
from tokenmirror.sources.cursor.tools import DELETES, path_in, plain
from tokenmirror.sources.editors import at, dict_at, list_at, number_at, text_at

# The name under which an empty file is kept.
EMPTY = "composer.content.e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_OLD = ("old_string", "oldString", "old_str")
_NEW = ("new_string", "newString", "new_str")
_WHOLE = ("contents", "content", "contentsAfterEdit", "streamingContent", "file_text")
_SHOWN = ("text", "content", "value", "line")


@dataclass(frozen=True)
class Part:
    """A part of an edit that was decided on by itself."""

    accepted: bool
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True)
class Lines:
    """Lines of an edit; ``whole`` when nothing was known of the file before."""

    changed: Changed = ((), ())
    whole: bool = False
    new_file: bool = False

    def __bool__(self) -> bool:
        return any(self.changed)


@dataclass
class Block:
    """A code block of a conversation, as its own record has it."""

    name: str
    path: str | None
    told: Json
    taken: bool = False

    @property
    def status(self) -> str:
        """What became of it, in Cursor's words."""
        return text_at(self.told, "status") or ""


@dataclass
class Book:
    """All that a conversation's rows say of its edits beside the calls themselves."""

    db: sqlite3.Connection
    session: str
    blocks: list[Block] = field(default_factory=list)
    fates: dict[str, tuple[Part, ...]] = field(default_factory=dict)
    originals: dict[str, str] = field(default_factory=dict)

    def block_of(self, bubble: str, tool: Json) -> Block | None:
        """The code block that belongs to a call, by the block's id or by the message's."""
        name = text_at(tool, "additionalData", "codeblockId")
        for block in self.blocks:
            if (name and block.name == name) or text_at(block.told, "bubbleId") == bubble:
                block.taken = True
                return block
        return None

    def parts_of(self, block: Block | None) -> tuple[Part, ...]:
        """The parts of a block that were decided on, taken out of the book."""
        name = text_at(block.told, "partialInlineDiffFatesId") if block else None
        return self.fates.pop(name, ()) if name else ()


def book_of(db: sqlite3.Connection, session: str, composer: Json) -> Book:
    """The book of a conversation."""
    book = Book(db, session)
    for uri, told in dict_at(composer, "codeBlockData").items():
        named = told.items() if isinstance(told, dict) else enumerate(list_at({"": told}, ""))
        for name, block in named:
            if isinstance(block, dict):
                path = editors.path_of(uri) or path_in(block)
                book.blocks.append(Block(str(name), path, block))
    for uri, told in dict_at(composer, "originalFileStates").items():
        text = text_at(told, "content")
        path = editors.path_of(uri)
        if text is not None and path:
            book.originals[path] = text
    for name, value in store.fates_rows(db, session):
        parts = tuple(_parts(inner(_text(value))))
        if parts:
            book.fates[name] = parts
    return book


def _text(value: object) -> object:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _parts(told: object) -> Iterator[Part]:
    for fate in list_at(told, "fates"):
        said = text_at(fate, "fate")
        if said in ("accepted", "rejected"):
            yield Part(said == "accepted", _words(fate, "addedLines"), _words(fate, "removedLines"))


def _words(told: object, name: str) -> tuple[str, ...]:
    return tuple(line for line in list_at(told, name) if isinstance(line, str))


def edits_of_call(book: Book, bubble: str, tool: Json, base: Suggestion) -> list[Suggestion]:
    """The edit that a call proposes: one, or two where parts of it were refused."""
    name = plain(text_at(tool, "name") or "")
    params, args, result = (inner(tool.get(key)) for key in ("params", "rawArgs", "result"))
    lines = _lines_of_call(book, tool, params, args, result)
    block = book.block_of(bubble, tool)
    kind: EditKind = "new_file" if lines.new_file else "edit"
    decision, how = _decision(tool, result, block)
    edit = replace(
        base,
        kind="delete" if name in DELETES else kind,
        path=path_in(params, args) or (block.path if block else None),
        added=lines.changed[0],
        removed=lines.changed[1],
        whole=lines.whole,
        decision=decision,
        how=how,
        basis="stated" if how else "unknown",
    )
    return by_parts(edit, book.parts_of(block))


def _lines_of_call(book: Book, tool: Json, params: object, args: object, result: object) -> Lines:
    chunks = [text_at(chunk, "diffString") for chunk in list_at(result, "diff", "chunks")]
    told = [line for chunk in chunks if chunk for line in chunk.split("\n")]
    found = Lines(patch_lines(told)) if told else Lines()
    return (
        found
        or _kept_lines(book, result)
        or _shown_lines(at(tool, "additionalData", "precomputedDiff"))
        or _argued_lines(args)
        or _argued_lines(params)
    )


def _kept_lines(book: Book, result: object) -> Lines:
    after = store.content(book.db, at(result, "afterContentId")) or text_at(
        result, "contentsAfterEdit"
    )
    if after is None:
        return Lines()
    name = text_at(result, "beforeContentId")
    before = "" if name == EMPTY else store.content(book.db, name)
    before = before if before is not None else text_at(result, "contentsBeforeEdit")
    created = at(result, "fileWasCreated") is True or name == EMPTY
    if before is None:
        return Lines((tuple(text_lines(after)), ()), not created, created)
    return Lines(changed_lines(before, after), False, created)


def _shown_lines(told: object) -> Lines:
    added: list[str] = []
    removed: list[str] = []
    for line in list_at(told, "lines"):
        into = {"added": added, "removed": removed}.get(text_at(line, "type") or "")
        text = next((text for text in (text_at(line, name) for name in _SHOWN) if text), None)
        if into is not None:
            into.append((text or "").rstrip("\r\n"))
    return Lines((tuple(added), tuple(removed)))


def argued_lines(args: object) -> Changed:
    """Lines of an edit by the arguments of its call alone."""
    return _argued_lines(args).changed


def _argued_lines(args: object) -> Lines:
    if isinstance(args, str):
        return Lines(patch_lines(args.split("\n"))) if args.startswith("*** Begin") else Lines()
    steps = [args, *list_at(args, "edits")]
    pairs = [changed_lines(_first(step, _OLD) or "", _first(step, _NEW) or "") for step in steps]
    added = tuple(line for pair in pairs for line in pair[0])
    removed = tuple(line for pair in pairs for line in pair[1])
    if added or removed:
        return Lines((added, removed))
    patch = text_at(args, "patch") or text_at(args, "input")
    if patch:
        return Lines(patch_lines(patch.split("\n")))
    text = _first(args, _WHOLE)
    return Lines((tuple(text_lines(text)), ()), whole=True) if text else Lines()


def _first(told: object, names: Iterable[str]) -> str | None:
    found = (text_at(told, name) for name in names)
    return next((text for text in found if text is not None), None)


def _decision(tool: Json, result: object, block: Block | None) -> tuple[Decision, How | None]:
    status = block.status if block else ""
    if refused(tool, result) or status == "rejected":
        return "rejected", "chosen"
    if tool.get("status") == "error" or status == "cancelled":
        return "failed", None
    if status in ("pending", "outdated"):
        return "undecided", None
    if tool.get("status") == "completed" or status == "accepted":
        return "accepted", "applied"
    return "undecided", None


def refused(tool: Json, result: object) -> bool:
    """Whether the person refused a call."""
    return tool.get("userDecision") == "rejected" or at(result, "rejected") is True


def by_parts(edit: Suggestion, parts: tuple[Part, ...]) -> list[Suggestion]:
    """An edit after its parts were decided on: what was taken, and apart what was refused."""
    if not parts or edit.decision == "rejected":
        return [edit]
    found: list[Suggestion] = []
    for accepted in (True, False):
        some = [part for part in parts if part.accepted is accepted]
        added = tuple(line for part in some for line in part.added)
        removed = tuple(line for part in some for line in part.removed)
        if some:
            decision: Decision = "accepted" if accepted else "rejected"
            piece = replace(edit, decision=decision, how="chosen", basis="stated")
            if found:
                piece = replace(piece, key=f"{edit.key}/refused")
            whole_edit = len(some) == len(parts) and (edit.added or edit.removed)
            found.append(piece if whole_edit else replace(piece, added=added, removed=removed))
    return found


def loose_parts(book: Book, edits: list[Suggestion]) -> list[Suggestion]:
    """Edits again whose parts were decided on, found by their lines alone.

    Newer builds name no file beside the parts: they belong to an edit when it is the only
    one of the conversation that has all their lines.
    """
    bags = [(edit, Counter(edit.added), Counter(edit.removed)) for edit in edits]
    found: list[Suggestion] = []
    for parts in book.fates.values():
        added = Counter(line for part in parts for line in part.added)
        removed = Counter(line for part in parts for line in part.removed)
        if not added and not removed:
            continue
        fits = [edit for edit, more, less in bags if added <= more and removed <= less]
        if len(fits) == 1 and fits[0].decision != "rejected":
            found += by_parts(fits[0], parts)
    return found


def edits_of_blocks(book: Book, turns: dict[str, str | None], base: Suggestion) -> list[Suggestion]:
    """Edits of the chat before it had tools: code blocks that no call has taken."""
    found: list[Suggestion] = []
    for block in book.blocks:
        bubble = text_at(block.told, "bubbleId")
        lines = _block_lines(book, block)
        parts = book.parts_of(block)
        if block.taken or bubble is None or not (lines or parts):
            continue
        decision, how = _decision({}, None, block)
        edit = replace(
            base,
            key=f"{base.key}/{bubble}/{block.name}",
            path=block.path,
            kind="new_file" if lines.new_file else "edit",
            added=lines.changed[0],
            removed=lines.changed[1],
            turn=turns.get(bubble),
            decision=decision,
            how=how,
            basis="stated" if how else "unknown",
        )
        found += by_parts(edit, parts)
    return found


def _block_lines(book: Book, block: Block) -> Lines:
    name = text_at(block.told, "diffId")
    told = store.block_diff(book.db, book.session, name) if name else block.told
    new, old = (list_at(told, f"{age}ModelDiffWrtV0") for age in ("new", "original"))
    if not new:
        return Lines()
    first = book.originals.get(block.path or "")
    if first is not None:
        return Lines(changed_lines(_changed_text(first, old), _changed_text(first, new)))
    before = Counter(line for part in old for line in _words(part, "modified"))
    added = []
    for line in (line for part in new for line in _words(part, "modified")):
        if before[line]:
            before[line] -= 1
        else:
            added.append(line)
    return Lines((tuple(added), ()))


def _changed_text(first: str, parts: list[object]) -> str:
    """A text after replacements of its lines, which are numbered as they were at first."""
    lines = first.split("\n")
    spans = []
    for part in parts:
        start = number_at(part, "original", "startLineNumber")
        end = number_at(part, "original", "endLineNumberExclusive")
        if start is not None and end is not None:
            spans.append((start - 1, end - 1, _words(part, "modified")))
    for start, end, new in sorted(spans, reverse=True):
        lines[max(0, start) : max(0, start, end)] = new
    return "\n".join(lines)
