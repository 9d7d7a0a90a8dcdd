"""A made-up reader: says the lines it is given, then waits for the end of its input."""

import json
import os
import signal
import sys


def main() -> None:
    mode = sys.argv[1]
    say({"state": "reading", "done": 40, "total": 100, "source": "codex-cli", "events": 7})
    if mode == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        say({"state": "relating"})
        while True:
            signal.pause()
    if mode == "patient":
        while os.read(0, 1):
            pass
        say({"state": "stopped", "tables": ["prompts"], "first": None, "last": None})
    elif mode == "failing":
        say({"state": "failed", "reason": "The disk is full.", "advice": "Make room."})
        sys.exit(1)
    elif mode == "crash":
        print("{not json", flush=True)
        sys.exit(3)
    else:
        say({"state": "done", "tables": ["prompts"], "first": "2026-10-01", "last": "2026-10-31"})


def say(line: dict) -> None:
    print(json.dumps(line), flush=True)


main()
