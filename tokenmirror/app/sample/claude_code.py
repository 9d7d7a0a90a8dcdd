"""Sessions of the sample as Claude Code writes them down (2.1.330, ``claude-code.md``)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tokenmirror.app.sample import changes
from tokenmirror.app.sample.story import Check, Edit, Session, Tokens, Turn

VERSION = "2.1.330"
REFUSED = (
    "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it"
    " was a file edit, the new_string was NOT written to the file)."
)
Line = dict[str, Any]


def write(session: Session, home: Path, commits: Mapping[int, str]) -> None:
    """Write a session's transcript, and its typed prompts into the history."""
    root, folder = home / ".claude", home / "work" / session.project
    lines = _Transcript(session, folder, commits).lines()
    slug = re.sub(r"[^A-Za-z0-9]", "-", str(folder))
    path = root / "projects" / slug / f"{session.id}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    if not session.headless:
        with (root / "history.jsonl").open("a", encoding="utf-8") as history:
            for turn in session.turns:
                entry = {
                    "display": turn.prompt,
                    "pastedContents": {},
                    "timestamp": turn.at_ms,
                    "project": str(folder),
                    "sessionId": session.id,
                }
                history.write(json.dumps(entry) + "\n")


class _Transcript:
    """One session, line by line; ids are made of the session's id and a count."""

    def __init__(self, session: Session, folder: Path, commits: Mapping[int, str]) -> None:
        self._session = session
        self._folder = folder
        self._commits = commits
        self._made: list[Line] = []
        self._last: str | None = None
        self._prompt = ""
        self._mode = "default" if session.asks else "acceptEdits"

    def lines(self) -> list[Line]:
        """All lines in order."""
        for turn in self._session.turns:
            self._turn(turn)
        return self._made

    def _id(self, kind: str) -> str:
        text = f"{self._session.id}/{kind}/{len(self._made)}"
        digest = hashlib.sha256(text.encode()).hexdigest()
        return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"

    def _add(self, kind: str, at_ms: int, **fields: object) -> str:
        uid = self._id("line")
        self._made.append(
            {
                "parentUuid": self._last,
                "isSidechain": False,
                "type": kind,
                **fields,
                "uuid": uid,
                "timestamp": changes.iso(at_ms),
                "userType": "external",
                "entrypoint": "sdk-cli" if self._session.headless else "cli",
                "cwd": str(self._folder),
                "sessionId": self._session.id,
                "version": VERSION,
                "gitBranch": self._session.branch,
            }
        )
        self._last = uid
        return uid

    def _turn(self, turn: Turn) -> None:
        self._prompt = self._id("prompt")
        fields: Line = {"permissionMode": self._mode, "promptSource": "typed"}
        if self._session.headless:
            fields["promptSource"] = "sdk"
        else:
            fields |= {"origin": {"kind": "human"}, "turnOrigin": "human"}
        message = {"role": "user", "content": turn.prompt}
        self._add("user", turn.at_ms, promptId=self._prompt, message=message, **fields)
        step_ms = (turn.ended_ms - turn.at_ms) // (len(turn.requests) + 1)
        at_ms, requests = turn.at_ms + step_ms, iter(turn.requests)
        self._read(turn, at_ms, next(requests))
        calls: tuple[Edit | Check, ...] = (*turn.edits, *turn.checks)
        for call in calls:
            at_ms += step_ms
            spent = next(requests)
            if isinstance(call, Check):
                self._check(call, at_ms, step_ms, spent)
            elif not self._edit(call, at_ms, step_ms, spent):
                return
        if turn.commit is not None and turn.commit in self._commits:
            at_ms += step_ms
            self._commit(self._commits[turn.commit], at_ms, step_ms, next(requests))
        self._finish(turn, next(requests))

    def _request(self, at_ms: int, block: Line, spent: Tokens, stop: str | None) -> str:
        usage = {
            "input_tokens": spent.input,
            "cache_creation_input_tokens": spent.cache_write,
            "cache_read_input_tokens": spent.cache_read,
            "output_tokens": spent.output,
            "output_tokens_details": {"thinking_tokens": spent.reasoning},
            "cache_creation": {
                "ephemeral_5m_input_tokens": spent.cache_write,
                "ephemeral_1h_input_tokens": 0,
            },
        }
        message = {
            "id": "msg_" + self._id("message").replace("-", "")[:24],
            "type": "message",
            "role": "assistant",
            "model": self._session.model,
            "content": [block],
            "stop_reason": stop,
            "usage": usage,
        }
        request = "req_" + self._id("request").replace("-", "")[:24]
        return self._add("assistant", at_ms, message=message, requestId=request)

    def _call(self, name: str, arguments: Line, at_ms: int, spent: Tokens) -> tuple[str, str]:
        tool = "toolu_" + self._id("tool").replace("-", "")[:24]
        block = {"type": "tool_use", "id": tool, "name": name, "input": arguments}
        return tool, self._request(at_ms, block, spent, "tool_use")

    def _result(
        self,
        tool: str,
        at_ms: int,
        text: str,
        result: object,
        *,
        error: bool = False,
        **more: object,
    ) -> None:
        block: Line = {"type": "tool_result", "tool_use_id": tool, "content": text}
        if error:
            block["is_error"] = True
        self._add(
            "user", at_ms, promptId=self._prompt, message={"role": "user", "content": [block]},
            toolUseResult=result, **more,
        )  # fmt: skip

    def _read(self, turn: Turn, at_ms: int, spent: Tokens) -> None:
        name = turn.edits[0].path if turn.edits else "README.md"
        path = str(self._folder / name)
        tool, _ = self._call("Read", {"file_path": path}, at_ms, spent)
        shown = {"type": "text", "file": {"filePath": path, "numLines": 40}}
        self._result(tool, at_ms + 400, "[left out]", shown)

    def _edit(self, edit: Edit, at_ms: int, step_ms: int, spent: Tokens) -> bool:
        """Write an edit and its result; gives whether the turn goes on."""
        path = str(self._folder / edit.path)
        if edit.before is None:
            tool, _ = self._call("Write", {"file_path": path, "content": edit.after}, at_ms, spent)
            done: Line = {"type": "create", "content": edit.after, "originalFile": None}
            done |= {"structuredPatch": []}
        else:
            part = changes.region(edit.before, edit.after)
            snippet = {"old_string": "".join(part.old), "new_string": "".join(part.new)}
            arguments = {"file_path": path, "replace_all": False, **snippet}
            tool, _ = self._call("Edit", arguments, at_ms, spent)
            done = {
                "oldString": snippet["old_string"],
                "newString": snippet["new_string"],
                "originalFile": edit.before,
                "structuredPatch": changes.hunks(edit.before, edit.after),
            }
        at_ms += step_ms // 2
        if edit.decision == "rejected":
            self._result(
                tool, at_ms, REFUSED, "User rejected tool use", error=True,
                toolDenialKind="user-rejected", toolDenialBeforeRun=True,
            )  # fmt: skip
            self._note("[Request interrupted by user for tool use]", at_ms)
            return False
        if edit.decision == "failed":
            text = "<tool_use_error>String to replace not found in file.</tool_use_error>"
            self._result(tool, at_ms, text, "Error: String to replace not found", error=True)
            return True
        result = {"filePath": path, **done, "userModified": False}
        said = f"The file {path} has been updated successfully."
        self._result(tool, at_ms, said, result, permissionDecision=self._permission())
        return True

    def _permission(self) -> Line:
        if self._session.asks:
            return {"decision": "accept", "source": "user_temporary", "grantScope": "once"}
        return {"decision": "accept", "source": "config", "reasonType": "mode"}

    def _check(self, check: Check, at_ms: int, step_ms: int, spent: Tokens) -> None:
        tool, _ = self._call("Bash", {"command": check.command}, at_ms, spent)
        at_ms += step_ms // 2
        if check.ok:
            output = {"stdout": "all passed", "stderr": "", "interrupted": False, "isImage": False}
            self._result(tool, at_ms, "all passed", output, permissionDecision=self._permission())
        else:
            text = "Exit code 1\n1 failed"
            self._result(
                tool, at_ms, text, f"Error: {text}", error=True,
                permissionDecision=self._permission(),
            )  # fmt: skip

    def _commit(self, oid: str, at_ms: int, step_ms: int, spent: Tokens) -> None:
        command = "git commit -qam 'As asked' && git log --oneline -1"
        tool, _ = self._call("Bash", {"command": command}, at_ms, spent)
        shown = f"{oid[:9]} As asked"
        output = {"stdout": shown, "stderr": "", "interrupted": False, "isImage": False}
        self._result(
            tool, at_ms + step_ms // 2, shown, output, permissionDecision=self._permission()
        )

    def _note(self, text: str, at_ms: int, **more: object) -> None:
        message = {"role": "user", "content": [{"type": "text", "text": text}]}
        self._add("user", at_ms, promptId=self._prompt, message=message, **more)

    def _finish(self, turn: Turn, spent: Tokens) -> None:
        block = {"type": "text", "text": "Done as described."}
        if turn.interrupted:
            cut = self._request(turn.ended_ms, block, spent, None)
            self._made[-1]["isAbortedMidStream"] = True
            text = "[Request interrupted by user]"
            self._note(text, turn.ended_ms, interruptedMessageId=cut)
            return
        self._request(turn.ended_ms, block, spent, "end_turn")
        if not self._session.headless:
            self._add(
                "system", turn.ended_ms, subtype="turn_duration", isMeta=False,
                durationMs=turn.ended_ms - turn.at_ms,
            )  # fmt: skip
