"""Small made-up task folders in the form of Cline and its kin, written into a home."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

CODE = ".config/Code/User/globalStorage"
CLINE, ROO = "saoudrizwan.claude-dev", "rooveterinaryinc.roo-cline"
KILO, BOB = "kilocode.kilo-code", "ibm.bob-code"
START_MS = 1_780_000_000_000

SEARCH = "<<<<<<< SEARCH\nold\n=======\nnew\nmore\n>>>>>>> REPLACE"


def said(kind, text="", **fields):
    """A message that the tool or the person said."""
    return {"type": "say", "say": kind, "text": _text(text), **fields}


def asked(kind, text="", **fields):
    """A message that asks the person."""
    return {"type": "ask", "ask": kind, "text": _text(text), **fields}


def _text(text):
    return text if isinstance(text, str) else json.dumps(text)


def request(tokens_in=900, tokens_out=120, **fields):
    """A finished request to the model."""
    return said("api_req_started", {"tokensIn": tokens_in, "tokensOut": tokens_out, **fields})


def edit(path="a.py", content=SEARCH, tool="editedExistingFile", **fields):
    """What a message on screen shows of an edit."""
    return {"tool": tool, "path": path, "content": content, **fields}


def result(name, target, text):
    """A result in the old way: the call's name above, the text under it."""
    return [_block(f"[{name} for '{target}'] Result:"), _block(text)]


def _block(text):
    return {"type": "text", "text": text}


def sent(*blocks, **fields):
    """A message of the user role in the history for the model."""
    return {"role": "user", "content": list(itertools.chain.from_iterable(blocks)), **fields}


def replied(**fields):
    return {"role": "assistant", "content": [_block("working")], **fields}


def environment(folder="/w/app", word="Working"):
    text = f"<environment_details>\n# Current {word} Directory ({folder}) Files\na.py\n"
    return [_block(text)]


def write_task(storage: Path, task: str, messages, history=None, **beside) -> Path:
    """A task folder; messages without a time follow each other by a second.

    ``beside`` are further files, by name without ``.json``.
    """
    folder = storage / "tasks" / task
    folder.mkdir(parents=True, exist_ok=True)
    ticks = itertools.count(START_MS, 1_000)
    timed = [{"ts": next(ticks), **message} for message in messages]
    path = folder / "ui_messages.json"
    path.write_text(json.dumps(timed))
    files = beside | ({"api_conversation_history": history} if history is not None else {})
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return path
