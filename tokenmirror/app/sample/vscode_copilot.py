"""Sessions of the sample as VS Code's chat writes them down (``vscode-copilot.md``)."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from tokenmirror.app.sample import changes
from tokenmirror.app.sample.story import Check, Edit, Session, Turn

USER = ".config/Code/User"
KEPT, UNDONE = 1, 2
Line = dict[str, Any]


def write(session: Session, home: Path) -> None:
    """Write a chat session's log, and what became of the files it edited."""
    folder = home / "work" / session.project
    digest = hashlib.md5(str(folder).encode(), usedforsecurity=False).hexdigest()
    store = home / USER / "workspaceStorage" / digest
    (store / "chatSessions").mkdir(parents=True, exist_ok=True)
    address = json.dumps({"folder": folder.as_uri()})
    (store / "workspace.json").write_text(address, encoding="utf-8")
    chat = _Chat(session, folder)
    text = "".join(json.dumps(line) + "\n" for line in chat.log())
    (store / "chatSessions" / f"{session.id}.jsonl").write_text(text, encoding="utf-8")
    state = store / "chatEditingSessions" / session.id / "state.json"
    state.parent.mkdir(parents=True, exist_ok=True)
    state.write_text(json.dumps(chat.editing()), encoding="utf-8")


class _Chat:
    """One chat: its requests, and the timeline of its edits."""

    def __init__(self, session: Session, folder: Path) -> None:
        self._session = session
        self._folder = folder
        # an edit is on disk before it is judged; the last one may be left unjudged
        self._judges_last = int(session.id[0], 16) >= 4

    def _request_id(self, number: int) -> str:
        text = f"{self._session.id}/{number}"
        return f"request_{hashlib.sha256(text.encode()).hexdigest()[:24]}"

    def log(self) -> list[Line]:
        """The lines of the mutation log: the empty chat, then each finished request."""
        empty = {
            "version": 3,
            "sessionId": self._session.id,
            "creationDate": self._session.turns[0].at_ms - 5_000,
            "initialLocation": "panel",
            "responderUsername": "GitHub Copilot",
            "requests": [],
        }
        lines: list[Line] = [{"kind": 0, "v": empty}]
        for number, turn in enumerate(self._session.turns):
            request = self._request(number, turn)
            lines.append({"kind": 2, "k": ["requests"], "v": [request]})
        return lines

    def _request(self, number: int, turn: Turn) -> Line:
        state = {"value": 2 if turn.interrupted else 1, "completedAt": turn.ended_ms}
        request: Line = {
            "requestId": self._request_id(number),
            "timestamp": turn.at_ms,
            "message": {"text": turn.prompt, "parts": []},
            "modelId": self._session.model,
            "modeInfo": {"kind": "agent", "telemetryModeId": "agent"},
            "agent": {"id": "github.copilot.editsAgent"},
            "response": self._parts(turn),
            "modelState": state,
            "elapsedMs": turn.ended_ms - turn.at_ms,
        }
        if not turn.interrupted:
            request["completionTokens"] = sum(spent.output for spent in turn.requests)
            last = turn.requests[-1]
            request["promptTokens"] = last.input + last.cache_read + last.cache_write
        if number:
            # what the person did with the files of the request before
            request["editedFileEvents"] = [
                {"uri": self._uri(edit.path), "eventKind": _event(edit)}
                for edit in self._session.turns[number - 1].edits
            ]
        return request

    def _parts(self, turn: Turn) -> list[Line]:
        parts: list[Line] = [{"value": "I will look at it."}]
        for edit in turn.edits:
            ranges = [[_replacement(edit)], []]
            group = {"kind": "textEditGroup", "uri": self._uri(edit.path), "edits": ranges}
            parts.append({**group, "done": True})
        for place, check in enumerate(turn.checks):
            parts.append(_terminal(check, f"{self._session.id[:8]}-{turn.at_ms}-{place}"))
        return parts

    def _uri(self, path: str) -> Line:
        whole = self._folder / path
        return {"$mid": 1, "path": whole.as_posix(), "scheme": "file", "external": whole.as_uri()}

    def editing(self) -> Line:
        """The editing state: baselines, operations in order, the last decision per file."""
        baselines: list[list[object]] = []
        operations: list[Line] = []
        states: dict[str, int] = {}
        for number, turn in enumerate(self._session.turns):
            judged = number + 1 < len(self._session.turns) or self._judges_last
            for edit in turn.edits:
                request = self._request_id(number)
                states[edit.path] = _event(edit) if judged else 0
                epoch = len(operations) * 2 + 1
                shared = {"uri": self._uri(edit.path), "requestId": request}
                if edit.before is None:
                    operations.append(
                        {"type": "create", **shared, "epoch": epoch, "initialContent": ""}
                    )
                else:
                    key = f"{(self._folder / edit.path).as_uri()}::{request}"
                    content = {**shared, "content": edit.before, "epoch": epoch}
                    baselines.append([key, content])
                change = {"type": "textEdit", **shared, "epoch": epoch + 1}
                operations.append({**change, "edits": [_replacement(edit)]})
        entries = [
            {"resource": (self._folder / path).as_uri(), "state": state}
            for path, state in states.items()
        ]
        last = len(operations) * 2 + 2
        timeline = {
            "checkpoints": [],
            "fileBaselines": baselines,
            "operations": operations,
            "currentEpoch": last,
            "epochCounter": last,
        }
        return {
            "version": 2,
            "initialFileContents": [],
            "timeline": timeline,
            "recentSnapshot": {"entries": entries},
        }


def _event(edit: Edit) -> int:
    return KEPT if edit.decision == "accepted" else UNDONE


def _replacement(edit: Edit) -> Line:
    part = changes.region(edit.before or "", edit.after)
    return {
        "text": "".join(part.new),
        "range": {
            "startLineNumber": part.start + 1,
            "startColumn": 1,
            "endLineNumber": part.start + 1 + len(part.old),
            "endColumn": 1,
        },
    }


def _terminal(check: Check, call: str) -> Line:
    return {
        "kind": "toolInvocationSerialized",
        "toolId": "run_in_terminal",
        "toolCallId": call,
        "isComplete": True,
        "isConfirmed": {"type": 4},
        "toolSpecificData": {
            "kind": "terminal",
            "commandLine": {"original": check.command},
            "terminalCommandState": {"exitCode": 0 if check.ok else 1},
        },
    }
