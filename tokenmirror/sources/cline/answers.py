"""What the agent was told about its calls, from the history sent to the model.

The messages on screen say what was proposed and whether the person was asked; only this
history says what came of it.  Older versions write results as text under a line such as
``[write_to_file for 'a.py'] Result:``, newer ones as results of tools with an id.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from tokenmirror.sources.editors import at, dict_at, list_at, number_at, text_at

Fate = Literal["done", "refused", "failed"]

_HEAD_CHARS = 8_000
_HEAD = re.compile(r"^\[(\w+)(?: for '(.*?)')?(?: [^\]\n]*)?\](?: Result:)\s*", re.DOTALL)
_REFUSED = re.compile(
    r"""(?:The\ user\ denied\ this\ (?:operation|edit)
      | \{\s*"status"\s*:\s*"denied"
      | (?:\{\s*"error"\s*:\s*")?This\ tool\ call\ was\ rejected\ by\ the\ user
      | Tool\ execution\ was\ cancelled\ because\ the\ user\ sent)""",
    re.VERBOSE,
)
_FAILED = re.compile(
    r"""(?:The\ tool\ execution\ failed | \{\s*"status"\s*:\s*"error" | \{\s*"error"\s*:
      | Error\b | \[ERROR\] | <error | Unable\ to\ apply | File\ does\ not\ exist
      | No\ sufficiently\ similar | Missing\ value\ for\ required | Skipping\ tool
      | Tool\ \[.{0,200}\]\ was\ not\ executed | This\ tool\ cannot\ be\ used
      | This\ is\ likely\ because\ the\ SEARCH | Access\ to\ .{0,500}\ is\ blocked
      | Command\ (?:execution\ was\ not\ successful|failed))""",
    re.VERBOSE,
)
_EXIT = re.compile(r"(?:[Ee]xit(?:ed)?(?: with)?(?: exit)? code:?|code) (-?\d{1,10})\b")


@dataclass(slots=True)
class Answer:
    """What one call came to; ``place`` is the index of its message in the history."""

    place: int
    at_ms: int | None
    name: str
    target: str | None
    text: str
    fate: Fate
    taken: bool = field(default=False)

    @property
    def exit_code(self) -> int | None:
        """The exit code that a command's answer names."""
        found = _EXIT.search(self.text[:4_000])
        return int(found[1]) if found else None


def fate_of(text: str, *, is_error: bool = False) -> Fate:
    """What a result's text says became of the call."""
    start = text.lstrip()[:2_000]
    if _REFUSED.match(start):
        return "refused"
    return "failed" if is_error or _FAILED.match(start) else "done"


def answers_in(history: list[object]) -> list[Answer]:
    """The results of all calls, in order."""
    calls: dict[str, tuple[str, str | None]] = {}
    found: list[Answer] = []
    for place, message in enumerate(history):
        if text_at(message, "role") == "assistant":
            _note_calls(list_at(message, "content"), calls)
        elif text_at(message, "role") == "user":
            at_ms = number_at(message, "ts")
            found += _results(place, at_ms, list_at(message, "content"), calls)
    return found


def _note_calls(blocks: list[object], calls: dict[str, tuple[str, str | None]]) -> None:
    for block in blocks:
        name, key = text_at(block, "name"), text_at(block, "id")
        if at(block, "type") == "tool_use" and name and key:
            given = dict_at(block, "input")
            fields = ("path", "file_path", "absolutePath", "command", "filePath")
            target = next((text_at(given, f) for f in fields if text_at(given, f)), None)
            calls[key] = (name, target)


def _results(
    place: int, at_ms: int | None, blocks: list[object], calls: dict[str, tuple[str, str | None]]
) -> Iterator[Answer]:
    open_one: Answer | None = None
    for block in blocks:
        kind = at(block, "type")
        if kind == "tool_result":
            open_one = None
            yield _native(place, at_ms, block, calls)
        elif kind == "text":
            text = text_at(block, "text") or ""
            head = _HEAD.match(text[:_HEAD_CHARS])
            if head:
                open_one = Answer(place, at_ms, head[1], head[2], text[head.end() :], "done")
                open_one.fate = fate_of(open_one.text)
                yield open_one
            elif open_one is not None and not open_one.text and not text.startswith("<environment"):
                open_one.text, open_one.fate = text, fate_of(text)


def _native(
    place: int, at_ms: int | None, block: object, calls: dict[str, tuple[str, str | None]]
) -> Answer:
    text = flat_text(at(block, "content"))
    name, target = calls.get(text_at(block, "tool_use_id") or "", ("", None))
    head = _HEAD.match(text[:_HEAD_CHARS])
    if head:
        name, target, text = name or head[1], target or head[2], text[head.end() :]
    fate = fate_of(text, is_error=at(block, "is_error") is True)
    return Answer(place, at_ms, name, target, text, fate)


def flat_text(content: object) -> str:
    """The text of a result, whatever the shape it is kept in."""
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    return "\n".join(text for text in (text_at(block, "text") for block in blocks) if text)


class Answers:
    """Finds the answer to what was on the screen; each answer is given away once."""

    def __init__(self, history: list[object]) -> None:
        self._places: dict[int, list[Answer]] = {}
        self._targets: dict[str, list[Answer]] = {}
        for answer in answers_in(history):
            self._places.setdefault(answer.place, []).append(answer)
            self._targets.setdefault(_last_part(answer.target), []).append(answer)
        sent = [
            (place, number_at(message, "ts"))
            for place, message in enumerate(history)
            if text_at(message, "role") == "user"
        ]
        self._sent = [place for place, _ in sent]
        timed = sorted((when, place) for place, when in sent if when is not None)
        self._timed = timed
        self.known = bool(history)

    def take(
        self, names: frozenset[str], target: str | None, place: int | None, at_ms: int | None
    ) -> Answer | None:
        """The answer to a call shown when the history ended at ``place``, or at an instant.

        A call is answered in the next message that goes to the model.  Without place and
        time nothing can be told, unless the target was called once.
        """
        told = self._window(place, at_ms)
        near = self._targets.get(_last_part(target)) if told is None else self._places.get(told)
        fit = [a for a in near or () if not a.taken and a.name in names and _fits(a, target)]
        if told is None and (len(fit) != 1 or not target):
            return None
        answer = next(iter([a for a in fit if a.target and target] or fit), None)
        if answer is not None and answer.target is not None:
            answer.taken = True  # a patch of several files has one answer for them all
        return answer

    def _window(self, place: int | None, at_ms: int | None) -> int | None:
        """Index of the message that carries the answer; -1 when it was not sent yet."""
        if place is not None:
            after = bisect_right(self._sent, place)
            return self._sent[after] if after < len(self._sent) else -1
        if at_ms is not None and self._timed:
            after = bisect_left(self._timed, (at_ms, -1))
            return self._timed[after][1] if after < len(self._timed) else -1
        return None


def _last_part(target: str | None) -> str:
    return (target or "").replace("\\", "/").strip().rsplit("/", 1)[-1]


def _fits(answer: Answer, target: str | None) -> bool:
    if answer.target is None or target is None:
        return True
    one = answer.target.replace("\\", "/").strip().removeprefix("./")
    other = target.replace("\\", "/").strip().removeprefix("./")
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    return longer == shorter or longer.endswith("/" + shorter.lstrip("/"))
