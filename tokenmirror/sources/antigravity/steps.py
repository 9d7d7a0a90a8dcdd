"""A conversation of Antigravity as steps, wherever they were read, told as events.

The database and the transcript number the same steps alike, so that a step has one key in
both and is told once, whichever of them is read, and in whatever order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from tokenmirror.events import (
    AnyEvent,
    Author,
    Basis,
    CallKind,
    Decision,
    EditKind,
    How,
    Prompt,
    Session,
    Suggestion,
    ToolCall,
    Turn,
)
from tokenmirror.sources.changes import Changed, changed_lines, patch_lines, text_lines
from tokenmirror.sources.commands import commits_in, kind_of
from tokenmirror.sources.editors import at, list_at, text_at

EDITS = frozenset(("write_to_file", "replace_file_content", "multi_replace_file_content"))
READS = frozenset(
    (
        "view_file",
        "view_file_outline",
        "view_code_item",
        "list_dir",
        "grep_search",
        "find_by_name",
        "codebase_search",
        "read_url_content",
        "command_status",
        "list_permissions",
    )
)
_FAILED = re.compile(r"failed with exit code: (-?\d+)")
_BLOCK = re.compile(r"\[diff_block_start\](.*?)\[diff_block_end\]", re.DOTALL)
DONE, FAILED, OPEN = "done", "error", "open"


@dataclass(frozen=True)
class Asked:
    """A tool call as the model made it; ``name`` is empty where only the result is known."""

    name: str
    args: object
    call: str | None = None


@dataclass(frozen=True)
class Step:
    """One step.  ``prompt`` is a person's text; ``result`` what a tool gave back.

    ``call`` names the call a result belongs to, where it says so; else it belongs to the
    call before it.  ``state`` is done, error or open.
    """

    index: int
    at_ms: int | None
    prompt: str | None = None
    calls: tuple[Asked, ...] = ()
    result: str | None = None
    call: str | None = None
    state: str = DONE


@dataclass(frozen=True)
class Facts:
    """What is known of a conversation beside its steps.

    Steps up to ``copied_until`` are copies of those of ``parent``.
    """

    session: str
    folder: str | None = None
    began_ms: int | None = None
    parent: str | None = None
    delegated: bool = False
    copied_until: int = -1
    typed: frozenset[str] = frozenset()
    typed_since_ms: int | None = None
    editor: bool = False


@dataclass
class Telling:
    """What is known while steps are told."""

    facts: Facts
    turn: str | None = None
    open: list[tuple[ToolCall, Asked]] = field(default_factory=list)


def events(facts: Facts, steps: Iterable[Step], *, told: bool = False) -> Iterator[AnyEvent]:
    """Everything that steps say, in order.

    Nothing where nobody asked or called for anything, unless there is more ``told`` of it.
    """
    order = sorted(steps, key=lambda step: step.index)
    times = [step.at_ms for step in order if step.at_ms is not None]
    telling = Telling(facts)
    found = [event for step in order for event in _told(telling, step)]
    found += [event for call, asked in telling.open for event in _called(call, asked, None)]
    if not found and not told:
        return
    yield Session(
        session=facts.session,
        key=facts.session,
        at_ms=facts.began_ms if facts.began_ms is not None else min(times, default=None),
        folder=facts.folder,
        entry="interactive" if facts.editor or facts.typed else "unknown",
        parent=facts.parent,
        relation=None if facts.parent is None else "subagent" if facts.delegated else "fork",
        ended_ms=max(times, default=None),
    )
    yield from found


def _told(telling: Telling, step: Step) -> Iterator[AnyEvent]:
    facts = telling.facts
    copied = facts.parent is not None and step.index <= facts.copied_until
    key = f"{facts.parent if copied else facts.session}/{step.index}"
    if step.prompt is not None and step.prompt.strip():
        author, basis = _author(facts, step)
        telling.turn = key
        yield Prompt(
            session=facts.session,
            key=key,
            at_ms=step.at_ms,
            copied=copied,
            text=step.prompt,
            author=author,
            basis=basis,
            turn=key,
        )
        yield Turn(session=facts.session, key=key, at_ms=step.at_ms, copied=copied)
    for nth, asked in enumerate(step.calls):
        call = ToolCall(
            session=facts.session,
            key=f"{key}/{nth}",
            at_ms=step.at_ms,
            copied=copied,
            kind="other",
            name=asked.name,
            turn=telling.turn,
        )
        telling.open.append((call, asked))
    if step.result is not None:
        yield from _answered(telling, step)


def _author(facts: Facts, step: Step) -> tuple[Author, Basis]:
    """Who asked: a parent, somebody at the prompt of a terminal or editor, or a script."""
    if facts.delegated:
        return "agent", "stated"
    if facts.editor or (step.prompt or "").strip() in facts.typed:
        return "person", "inferred"
    since = facts.typed_since_ms
    if since is not None and step.at_ms is not None and since <= step.at_ms:
        return "program", "inferred"
    return "unknown", "unknown"


def _answered(telling: Telling, step: Step) -> Iterator[AnyEvent]:
    named = [n for n, (_, asked) in enumerate(telling.open) if asked.call == step.call]
    place = named[0] if step.call is not None and named else 0
    if telling.open and (step.call is None or named):
        call, asked = telling.open.pop(place)
        yield from _called(call, asked, step)


def _called(call: ToolCall, asked: Asked, step: Step | None) -> Iterator[AnyEvent]:
    said = (step.result if step else None) or ""
    command = text_at(asked.args, "CommandLine") if asked.name == "run_command" else None
    state = step.state if step else OPEN
    code = _FAILED.search(said)
    ok = None if state == OPEN else state == DONE and not (command and code)
    yield replace(
        call,
        kind=kind_of(command) if command else _kind(asked.name),
        args=command or ("" if asked.args is None else msgspec.json.encode(asked.args).decode()),
        ok=ok,
        commits=commits_in(command, _plain(said)) if command and ok else (),
    )
    edit = asked.name in EDITS and at(asked.args, "IsArtifact") is not True
    if not command and not edit:
        return
    decisions: dict[str, tuple[Decision, How | None]] = {
        DONE: ("accepted", "applied"),
        FAILED: ("failed", None),
    }
    decision, how = decisions.get(state, ("undecided", None))
    proposed = Suggestion(
        session=call.session,
        key=call.key,
        at_ms=call.at_ms,
        copied=call.copied,
        kind="command",
        turn=call.turn,
        decision=decision,
        how=how,
        basis="stated" if how else "unknown",
    )
    yield proposed if command else _edit(asked, said, proposed)


def _plain(said: str) -> str:
    return "\n".join(line.strip("\t") for line in said.split("\n"))


def _kind(name: str) -> CallKind:
    return "edit" if name in EDITS else "read" if name in READS else "other"


def _edit(asked: Asked, said: str, proposed: Suggestion) -> Suggestion:
    args = asked.args
    written = text_at(args, "CodeContent") if asked.name == "write_to_file" else None
    kind: EditKind = "edit"
    if written is not None:
        changed: Changed = (tuple(text_lines(written)), ())
        kind = "edit" if at(args, "Overwrite") is True else "new_file"
    else:
        changed = _shown(said) or _replaced(args)
    return replace(
        proposed,
        kind=kind,
        path=text_at(args, "TargetFile"),
        added=changed[0],
        removed=changed[1],
        whole=written is not None and kind == "edit",
    )


def _shown(said: str) -> Changed | None:
    """Lines of the differences that a result shows; ``None`` where it shows none."""
    blocks = _BLOCK.findall(said)
    lines = [line for block in blocks for line in block.split("\n")]
    return patch_lines(lines) if lines else None


def _replaced(args: object) -> Changed:
    steps = [args, *list_at(args, "ReplacementChunks")]
    pairs = [
        changed_lines(
            text_at(step, "TargetContent") or "", text_at(step, "ReplacementContent") or ""
        )
        for step in steps
    ]
    added = tuple(line for pair in pairs for line in pair[0])
    return added, tuple(line for pair in pairs for line in pair[1])
