# ruff: noqa: C901, PLR0912, PLR0915 (a generator reads best from top to bottom)
"""Make a synthetic, deterministic corpus for tests and benchmarks.

Writes, under OUT:

  OUT/home/.claude/projects/<cwd-slug>/<session>.jsonl              Claude Code transcripts
  OUT/home/.claude/projects/<cwd-slug>/<session>/subagents/*.jsonl  (some sessions)
  OUT/home/.codex/sessions/YYYY/MM/DD/rollout-*.jsonl               Codex rollouts
  OUT/code/<project>/.git        git repositories holding part of the edited lines
  OUT/truth.json                 what a correct reader must find (tokens, prompts, edits, lines)

All text is invented.  The same arguments give byte-identical logs (and the same commit
ids), on any machine.  Only the Python standard library and, for the repositories, the
`git` program are used.

Shape of the data: most bytes are tool results (file reads stored twice, command output,
whole-file copies beside each edit); usage sits on small assistant lines; one assistant
message spans one line per content block, each repeating the same id, request id and usage,
so that a reader must count it once; some sessions are resumed copies of others; some edits
are rejected, some fail, some are undone before the commit; a few lines are broken; one
file ends in the middle of a line.

Examples, each behind ``python -m tests.bench.make_corpus``:
  c100                                  100 MB, seed 1, 400 commits
  c1g --size 1GB                        1 GB
  many --size 20MB --tiny-sessions 10000
  g --size 5MB --commits 50000
"""

from __future__ import annotations

import argparse
import json
import math
import random
import shutil
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

CLAUDE_MODELS = (
    ("claude-sonnet-4-20250514", 6),
    ("claude-sonnet-4-5-20250929", 8),
    ("claude-opus-4-1-20250805", 3),
    ("claude-haiku-4-5-20251001", 2),
)
CODEX_MODELS = (("gpt-5-codex", 6), ("gpt-5", 3), ("gpt-5-mini", 1))
TOOLS = (
    ("Read", 30),
    ("Bash", 25),
    ("Edit", 18),
    ("Grep", 10),
    ("TodoWrite", 7),
    ("Glob", 5),
    ("Write", 5),
)
WORDS = (  # noqa: SIM905 (a list of seventy strings reads worse)
    "account batch buffer cache chart client column commit config counter cursor daily entry "
    "event export fetch field filter frame graph handle header import index input item label "
    "ledger limit line loader merge metric model offset option order output parse path pixel "
    "plan point query queue range ratio reader record render report result retry row scale "
    "schema score select series shape signal slot source stamp state store table theme tick "
    "title token total track update value vector view widget window worker zone"
).split()
FUNNY = ("é", "→", "“quoted”", "日本", "\U0001f680", "\x1b[32mok\x1b[0m", "\t", "\\d+", "café")


def parse_size(text: str) -> int:
    t = text.strip().upper().removesuffix("B")
    mult = {"K": 10**3, "M": 10**6, "G": 10**9}.get(t[-1:], 1)
    return int(float(t.rstrip("KMG")) * mult)


def b(x) -> bytes:
    return x if isinstance(x, bytes) else str(x).encode()


def esc(s: str) -> bytes:
    """JSON string body (no quotes), raw UTF-8 as the tools write it."""
    return json.dumps(s, ensure_ascii=False)[1:-1].encode()


class Pool:
    """A block of escaped text lines that can be sliced at line boundaries cheaply."""

    def __init__(self, lines):
        self.off = [0]
        out = bytearray()
        for ln in lines:
            out += esc(ln) + b"\\n"
            self.off.append(len(out))
        self.buf = bytes(out)
        self.n = len(lines)

    def take(self, rng: random.Random, size: int) -> bytes:
        size = min(size, len(self.buf) // 2)
        i = rng.randrange(self.n // 2)
        lo = self.off[i]
        j = min(self.n, i + max(1, int(size * self.n / len(self.buf))))
        return self.buf[lo : self.off[j] - 2]


def code_line(rng: random.Random) -> str:
    w = rng.choice
    indent = "    " * rng.randrange(4)
    k = rng.randrange(9)
    if k == 0:
        return ""
    if k == 1:
        return (
            f"{indent}def {w(WORDS)}_{w(WORDS)}(self, {w(WORDS)}: int, "
            f'{w(WORDS)}: str = "{w(WORDS)}"):'
        )
    if k == 2:
        return f"{indent}# {w(WORDS)} {w(WORDS)} {w(WORDS)} before the {w(WORDS)} {w(FUNNY)}"
    if k == 3:
        return f'{indent}raise ValueError(f"bad {w(WORDS)}: {{{w(WORDS)}!r}}")'
    if k == 4:
        return (
            f"{indent}if {w(WORDS)} is not None and {w(WORDS)}.{w(WORDS)} > {rng.randrange(1000)}:"
        )
    return f'{indent}{w(WORDS)} = self.{w(WORDS)}.{w(WORDS)}("{w(WORDS)}", {rng.randrange(100)})'


class Corpus:
    def __init__(self, args):
        self.a = args
        self.rng = random.Random(args.seed)
        r = random.Random(0xC0FFEE ^ args.seed)
        plain = [code_line(r) for _ in range(30000)]
        self.pool = Pool(plain)
        self.numbered = Pool([f"{i % 900 + 1:6d}\u2192{s}" for i, s in enumerate(plain)])
        self.prose = Pool(
            [
                " ".join(r.choice(WORDS) for _ in range(r.randrange(6, 16))) + "."
                for _ in range(4000)
            ]
        )
        self.blob = esc(
            "".join(
                r.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
                for _ in range(60000)
            )
        )
        self.bytes = 0
        self.files = self.lines = 0
        self.serial = 0
        self.max_steps = 60
        self.commits_done = 0
        self.truth = {"claude": Counter(), "codex": Counter(), "edits": Counter()}
        self.by_model: dict[str, Counter] = {}
        self.by_day: dict[str, Counter] = {}
        self.repos: dict[str, Counter] = {}
        end = datetime.fromisoformat(args.end).replace(tzinfo=UTC)
        self.t1, self.t0 = end, end - timedelta(days=args.days)

    # -- small helpers -----------------------------------------------------------------
    def hexid(self, n):
        return f"{self.rng.getrandbits(4 * n):0{n}x}"

    def uuid(self):
        h = self.hexid(32)
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"

    def pick(self, pairs):
        return self.rng.choices([p for p, _ in pairs], [w for _, w in pairs])[0]

    def logn(self, median, sigma, cap):
        return int(min(cap, median * math.exp(self.rng.gauss(0, sigma))))

    @staticmethod
    def ts(t):
        return t.strftime("%Y-%m-%dT%H:%M:%S.") + f"{t.microsecond // 1000:03d}Z"

    def uniq_line(self, who):
        self.serial += 1
        w = self.rng.choice
        return (
            f"    {w(WORDS)}_{who}{self.serial:07d} = {w(WORDS)}({w(WORDS)}, "
            f'"{w(WORDS)} {w(WORDS)}")'
        )

    def count(self, source, model, t, **tok):
        self.truth[source].update(tok)
        self.by_model.setdefault(f"{source}/{model}", Counter()).update(tok)
        self.by_day.setdefault(f"{source}/{t:%Y-%m-%d}", Counter()).update(tok)

    def write(self, path: Path, lines, cut=False):
        path.parent.mkdir(parents=True, exist_ok=True)
        data = b"\n".join(lines) + b"\n"
        if cut:  # the writer was stopped in the middle of a line
            data = data + lines[-1][: max(20, len(lines[-1]) // 3)]
        path.write_bytes(data)
        self.bytes += len(data)
        self.files += 1
        self.lines += len(lines)

    # -- working trees and commits -----------------------------------------------------
    def new_project(self, i):
        name = f"{WORDS[(7 * i) % len(WORDS)]}-{WORDS[(11 * i + 3) % len(WORDS)]}-{i}"
        tree = {
            f"src/{WORDS[(5 * i + k) % len(WORDS)]}_{k}.py": [
                self.uniq_line("h") for _ in range(self.logn(120, 0.7, 900))
            ]
            for k in range(12)
        }
        return {
            "name": name,
            "cwd": f"{self.cwd_root}/{name}",
            "tree": tree,
            "dirty": set(tree),
            "commits": [],
            "shipped": set(),
            "proposed": 0,
            "fresh": set(),
            "mark": 0,
        }

    def human_edit(self, p):
        f = self.rng.choice(sorted(p["tree"]))
        rows = p["tree"][f]
        at = self.rng.randrange(len(rows) + 1)
        rows[at : at + self.rng.randrange(3)] = [
            self.uniq_line("h") for _ in range(self.rng.randrange(1, 6))
        ]
        if len(rows) > 500:  # keep files at a natural size
            del rows[:100]
        p["dirty"].add(f)

    def commit(self, p, t):
        if self.rng.random() < 0.4 or not p["dirty"]:
            self.human_edit(p)
        for f in p["dirty"]:
            have = p["fresh"].intersection(p["tree"][f])
            p["shipped"] |= have
            p["fresh"] -= have
        p["commits"].append((t, {f: "\n".join(p["tree"][f]) + "\n" for f in sorted(p["dirty"])}))
        p["dirty"].clear()
        self.commits_done += 1
        if len(p["commits"]) % 400 == 0:
            self.flush(p)

    def flush(self, p):
        if not p["commits"] or self.a.no_git:
            p["commits"].clear()
            return
        if "proc" not in p:
            d = self.a.out / "code" / p["name"]
            d.mkdir(parents=True)
            subprocess.run(["git", "init", "-q", "-b", "main", str(d)], check=True)
            p["proc"] = subprocess.Popen(
                ["git", "-C", str(d), "fast-import", "--quiet"], stdin=subprocess.PIPE
            )
        w = p["proc"].stdin.write
        for t, files in p["commits"]:
            p["mark"] += 1
            msg = b(f"{self.rng.choice(WORDS)}: change {self.rng.choice(WORDS)}\n")
            who = b(f"Dev Example <dev@example.invalid> {int(t.timestamp())} +0000\n")
            w(
                b"commit refs/heads/main\nauthor "
                + who
                + b"committer "
                + who
                + b"data %d\n" % len(msg)
                + msg
            )
            for f, body in files.items():
                body = body.encode()
                w(b"M 100644 inline " + f.encode() + b"\ndata %d\n" % len(body) + body + b"\n")
            w(b"\n")
        p["commits"].clear()

    def finish_project(self, p, t):
        self.flush(p)
        if "proc" in p:
            p["proc"].stdin.close()
            if p["proc"].wait():
                raise SystemExit("git fast-import failed")
            d = self.a.out / "code" / p["name"]
            subprocess.run(["git", "-C", str(d), "reset", "-q", "--hard"], check=True)
        head = {x for rows in p["tree"].values() for x in rows}
        self.repos[p["name"]] = Counter(
            commits=p["mark"],
            ai_lines_proposed=p["proposed"],
            ai_lines_shipped=len(p["shipped"]),
            ai_lines_at_head=len(p["shipped"] & head),
        )

    def make_edit(self, p):
        """One proposed edit: (file, old lines, new lines, at, outcome); applies it if accepted."""
        rng = self.rng
        f = rng.choice(sorted(p["tree"]))
        rows = p["tree"][f]
        at = rng.randrange(max(1, len(rows) - 4))
        old = rows[at : at + rng.randrange(1, 5)]
        new = [self.uniq_line("a") for _ in range(self.logn(6, 0.8, 80) + 1)]
        x = rng.random()
        outcome = "accepted" if x < 0.88 else "rejected" if x < 0.94 else "failed"
        before = list(rows)
        p["proposed"] += len(new)
        self.truth["edits"][outcome] += 1
        self.truth["edits"]["lines_" + outcome] += len(new)
        if outcome == "accepted":
            rows[at : at + len(old)] = new
            p["dirty"].add(f)
            p["fresh"].update(new)
            y = rng.random()
            if y < 0.20:  # undone by hand before any commit
                p["undo"] = (f, new, old)
            elif y < 0.35:  # partly rewritten by hand
                for k in range(0, len(new), 3):
                    rows[at + k] = self.uniq_line("h")
            if len(rows) > 900:
                del rows[:200]
        return f, old, new, at, outcome, before

    def after_turn(self, p, t):
        u = p.pop("undo", None)
        if u and u[1][0] in p["tree"][u[0]]:
            rows = p["tree"][u[0]]
            gone = set(u[1])
            k = rows.index(u[1][0])
            p["tree"][u[0]] = rows[:k] + u[2] + [x for x in rows[k:] if x not in gone]
        want = self.a.commits * (self.bytes + self.pending) / self.size
        n = 0
        while self.commits_done < min(want, self.a.commits):
            self.commit(p, t + timedelta(seconds=20 + n))
            n += 1

    # -- Claude Code -------------------------------------------------------------------
    def claude_session(self, p, t, turns, agent=None, parent=None):
        rng = self.rng
        sid = parent or self.uuid()
        model = self.pick(CLAUDE_MODELS)
        out, last = [], "null"
        T = self.truth["claude"]
        T["sessions"] += agent is None

        def head(kind, when):
            nonlocal last
            u = self.uuid()
            s = (
                f'{{"parentUuid":{last},"isSidechain":{"true" if agent else "false"},"userType":'
                f'"external","cwd":{json.dumps(p["cwd"])},"sessionId":"{sid}","version":"2.1.37",'
                f'"gitBranch":"main",'
                + (f'"agentId":"{agent}",' if agent else "")
                + f'"type":"{kind}","uuid":"{u}","timestamp":"{self.ts(when)}",'
            )
            last = f'"{u}"'
            return s.encode()

        def emit(*parts):
            row = b"".join(map(b, parts))
            out.append(row)
            self.pending += len(row) + 1

        if not agent and rng.random() < 0.3:
            emit(
                '{"type":"summary","summary":"',
                self.prose.take(rng, 50),
                '","leafUuid":"',
                self.uuid(),
                '"}',
            )
        for _ in range(turns):
            if not agent:
                emit(
                    '{"type":"file-history-snapshot","messageId":"',
                    self.uuid(),
                    '","snapshot":{"messageId":"',
                    self.uuid(),
                    '","trackedFileBackups":{},',
                    '"timestamp":"',
                    self.ts(t),
                    '"},"isSnapshotUpdate":false}',
                )
                T["prompts"] += 1
                self.by_day.setdefault(f"claude/{t:%Y-%m-%d}", Counter())["prompts"] += 1
            emit(
                head("user", t),
                '"message":{"role":"user","content":"',
                self.prose.take(rng, self.logn(160, 1.2, 6000)),
                '"},"permissionMode":"default"}',
            )
            steps = 1 + self.logn(6, 0.8, self.max_steps)
            for step in range(steps):
                t += timedelta(milliseconds=rng.randrange(1500, 25000))
                mid, req = "msg_01" + self.hexid(22), "req_011" + self.hexid(21)
                final = step == steps - 1
                tool = None if final else self.pick(TOOLS)
                tid = "toolu_01" + self.hexid(22)
                tin, tout = rng.randrange(1, 12), self.logn(180, 1.1, 8000) + 1
                cc, cr = self.logn(900, 1.2, 60000), self.logn(45000, 0.7, 190000)
                usage = (
                    f'"usage":{{"input_tokens":{tin},"cache_creation_input_tokens":{cc},'
                    f'"cache_read_input_tokens":{cr},"cache_creation":{{'
                    f'"ephemeral_5m_input_tokens":{cc},"ephemeral_1h_input_tokens":0}},'
                    f'"output_tokens":%d,"service_tier":"standard"}}'
                )
                self.count(
                    "claude",
                    model,
                    t,
                    messages=1,
                    input=tin,
                    output=tout,
                    cache_creation=cc,
                    cache_read=cr,
                )
                blocks = []
                if rng.random() < 0.25:
                    blocks.append(
                        b'{"type":"thinking","thinking":"'
                        + self.prose.take(rng, self.logn(500, 0.8, 5000))
                        + b'","signature":"'
                        + self.blob[: self.logn(600, 0.6, 4000)]
                        + b'"}'
                    )
                if final or rng.random() < 0.35:
                    blocks.append(
                        b'{"type":"text","text":"'
                        + self.prose.take(rng, self.logn(350, 0.9, 6000))
                        + b'"}'
                    )
                ed = None
                if tool:
                    if tool == "Edit":
                        ed = self.make_edit(p)
                        f, old, new, at, outcome, before = ed
                        inp = {
                            "file_path": f"{p['cwd']}/{f}",
                            "old_string": "\n".join(old),
                            "new_string": "\n".join(new),
                            "replace_all": False,
                        }
                    elif tool == "Write":
                        inp = None
                        wf = f"src/gen_{self.hexid(4)}.txt"
                        wbody = self.pool.take(rng, self.logn(5000, 1.0, 40000))
                        self.truth["edits"]["writes"] += 1
                    elif tool == "Bash":
                        inp = {
                            "command": f"python -m {rng.choice(WORDS)} --{rng.choice(WORDS)}",
                            "description": " ".join(rng.sample(WORDS, 4)),
                        }
                    elif tool == "TodoWrite":
                        inp = {
                            "todos": [
                                {
                                    "content": " ".join(rng.sample(WORDS, 6)),
                                    "status": "pending",
                                    "activeForm": " ".join(rng.sample(WORDS, 5)),
                                }
                                for _ in range(rng.randrange(2, 8))
                            ]
                        }
                    elif tool == "Grep":
                        inp = {"pattern": rng.choice(WORDS), "output_mode": "content", "-n": True}
                    elif tool == "Glob":
                        inp = {"pattern": f"**/{rng.choice(WORDS)}*.py"}
                    else:
                        inp = {"file_path": f"{p['cwd']}/{rng.choice(sorted(p['tree']))}"}
                    body = (
                        json.dumps(inp, ensure_ascii=False, separators=(",", ":")).encode()
                        if inp is not None
                        else b'{"file_path":"'
                        + esc(f"{p['cwd']}/{wf}")
                        + b'","content":"'
                        + wbody
                        + b'"}'
                    )
                    blocks.append(
                        b'{"type":"tool_use","id":"'
                        + b(tid)
                        + b'","name":"'
                        + b(tool)
                        + b'","input":'
                        + body
                        + b"}"
                    )
                for k, blk in enumerate(blocks):
                    end = k == len(blocks) - 1
                    part = tout if end or not self.a.streaming_usage else min(tout, k + 1)
                    emit(
                        head("assistant", t + timedelta(milliseconds=200 * k)),
                        '"message":{"model":"',
                        model,
                        '","id":"',
                        mid,
                        '","type":"message","role":"assistant","content":[',
                        blk,
                        '],"stop_reason":',
                        ('"tool_use"' if tool else '"end_turn"') if end else "null",
                        ',"stop_sequence":null,',
                        usage % part,
                        '},"requestId":"',
                        req,
                        '"}',
                    )
                if not tool:
                    continue
                t += timedelta(milliseconds=rng.randrange(50, 9000))
                if tool == "Bash" and rng.random() < 0.3:
                    for _ in range(rng.randrange(1, 6)):
                        emit(
                            head("progress", t),
                            '"data":{"type":"bash_progress","output":"',
                            self.pool.take(rng, 200),
                            '","elapsedTimeSeconds":3,"totalLines":9},',
                            '"toolUseID":"bash-progress-1","parentToolUseID":"',
                            tid,
                            '"}',
                        )
                err = ""
                if tool == "Read":
                    n = self.logn(5600, 1.0, 60000)
                    rng2 = random.Random(rng.getrandbits(32))
                    st = rng2.getstate()
                    res = self.numbered.take(rng2, n)
                    rng2.setstate(st)
                    tur = (
                        b'{"type":"text","file":{"filePath":"'
                        + esc(inp["file_path"])
                        + b'","content":"'
                        + self.pool.take(rng2, n)
                        + b'","numLines":120,"startLine":1,"totalLines":120}}'
                    )
                elif tool == "Edit":
                    if outcome == "accepted":
                        res = (
                            b"The file " + esc(inp["file_path"]) + b" has been updated. Here is a"
                            b" snippet of the result:\\n"
                            + esc(
                                "\n".join(f"{at + i:6d}\u2192{x}" for i, x in enumerate(new[:12]))
                            )
                        )
                        patch = {
                            "oldStart": at + 1,
                            "oldLines": len(old),
                            "newStart": at + 1,
                            "newLines": len(new),
                            "lines": ["-" + x for x in old] + ["+" + x for x in new],
                        }
                        tur = json.dumps(
                            {
                                "filePath": inp["file_path"],
                                "oldString": inp["old_string"],
                                "newString": inp["new_string"],
                                "originalFile": "\n".join(before) + "\n",
                                "structuredPatch": [patch],
                                "userModified": False,
                                "replaceAll": False,
                            },
                            ensure_ascii=False,
                            separators=(",", ":"),
                        ).encode()
                    elif outcome == "rejected":
                        res, err = (
                            (
                                b"The user doesn't want to proceed with this tool use. The tool"
                                b" use was rejected."
                            ),
                            ',"is_error":true',
                        )
                        tur = b'"User rejected tool use"'
                    else:
                        res, err = b"String to replace not found in file.", ',"is_error":true'
                        tur = b'"Error: String to replace not found in file."'
                elif tool == "Write":
                    res = b"File created successfully at: " + esc(wf)
                    tur = (
                        b'{"type":"create","filePath":"'
                        + esc(f"{p['cwd']}/{wf}")
                        + b'","content":"'
                        + wbody
                        + b'","structuredPatch":[]}'
                    )
                else:
                    med = {"Bash": 700, "Grep": 900, "Glob": 500, "TodoWrite": 150}[tool]
                    res = self.pool.take(rng, self.logn(med, 1.4, 30000))
                    tur = (
                        b'{"stdout":"' + res + b'","stderr":"","interrupted":false,"isImage":false}'
                    )
                emit(
                    head("user", t),
                    '"message":{"role":"user","content":[{"tool_use_id":"',
                    tid,
                    '","type":"tool_result","content":"',
                    res,
                    '"',
                    err,
                    '}]},"toolUseResult":',
                    tur,
                    "}",
                )
            if not agent:
                emit(
                    head("system", t),
                    '"subtype":"turn_duration","durationMs":',
                    rng.randrange(2000, 400000),
                    ',"isMeta":false}',
                )
                self.after_turn(p, t)
            if rng.random() < self.a.broken_share:
                emit('{"type":"user","message":{"role":"us')  # a broken line
                self.truth["claude"]["broken_lines"] += 1
            t += timedelta(seconds=rng.randrange(10, 1200))
        return sid, out, t

    def claude_project(self, p, budget):
        rng = self.rng
        t = self.t0 + timedelta(hours=rng.randrange(48))
        base = (
            self.a.out
            / "home"
            / ".claude"
            / "projects"
            / p["cwd"].replace("/", "-").replace(".", "-")
        )
        start, prev = self.bytes, None
        est = max(1.0, budget / 500_000)
        gap = (self.t1 - t) / est
        while self.bytes - start < budget:
            self.pending = 0
            sid, rows, t2 = self.claude_session(p, t, 1 + self.logn(5, 0.9, 60))
            copied = []
            if prev and rng.random() < self.a.copied_share:  # resumed: begins with a copy
                copied = [r.replace(b(prev[0]), b(sid)) for r in prev[1][: len(prev[1]) // 2]]
                self.truth["claude"]["copied_lines"] += len(copied)
            cut = rng.random() < self.a.cut_share
            self.truth["claude"]["cut_files"] += cut
            self.write(base / f"{sid}.jsonl", copied + rows, cut)
            if rng.random() < 0.15:
                self.pending = 0
                ag = "a" + self.hexid(6)
                _, sub, _ = self.claude_session(p, t, 1, agent=ag, parent=sid)
                self.write(base / sid / "subagents" / f"agent-{ag}.jsonl", sub)
                self.truth["claude"]["subagent_files"] += 1
            prev = (sid, rows)
            t = min(t2 + gap * rng.random() * 2, self.t1 - timedelta(hours=3))

    # -- Codex -------------------------------------------------------------------------
    def codex_session(self, p, t, turns):
        rng = self.rng
        sid, model, out = self.uuid(), self.pick(CODEX_MODELS), []
        T = self.truth["codex"]
        T["sessions"] += 1
        t_start = t

        def emit(kind, *parts):
            row = b"".join(
                (
                    b'{"timestamp":"',
                    b(self.ts(t)),
                    b'","type":"',
                    b(kind),
                    b'","payload":',
                    *map(b, parts),
                    b"}",
                )
            )
            out.append(row)
            self.pending += len(row) + 1

        emit(
            "session_meta",
            f'{{"id":"{sid}","timestamp":"{self.ts(t)}","cwd":'
            f'{json.dumps(p["cwd"])},"originator":"codex_cli_rs","cli_version":"0.98.0","source":'
            '"cli","model_provider":"openai","base_instructions":{"text":"',
            self.prose.take(rng, 12000),
            '"},"git":{"branch":"main"}}',
        )
        tot = Counter()
        for _ in range(turns):
            T["prompts"] += 1
            self.by_day.setdefault(f"codex/{t:%Y-%m-%d}", Counter())["prompts"] += 1
            text = self.prose.take(rng, self.logn(160, 1.2, 6000))
            emit(
                "turn_context",
                f'{{"cwd":{json.dumps(p["cwd"])},"approval_policy":"on-request",'
                f'"sandbox_policy":{{"type":"workspace-write"}},"model":"{model}","effort":'
                '"medium","summary":"auto"}',
            )
            emit(
                "response_item",
                '{"type":"message","role":"user","content":[{"type":"input_text","text":"',
                text,
                '"}]}',
            )
            emit("event_msg", '{"type":"user_message","message":"', text, '","images":[]}')
            steps = 1 + self.logn(6, 0.8, self.max_steps)
            for step in range(steps):
                t += timedelta(milliseconds=rng.randrange(1500, 25000))
                emit(
                    "response_item",
                    '{"type":"reasoning","summary":[],"content":null,"encrypted_content":"',
                    self.blob[: self.logn(1400, 0.6, 20000)],
                    '"}',
                )
                cid = "call_" + self.hexid(24)
                if step == steps - 1:
                    text = self.prose.take(rng, self.logn(400, 0.9, 6000))
                    emit("event_msg", '{"type":"agent_message","message":"', text, '"}')
                    emit(
                        "response_item",
                        '{"type":"message","role":"assistant","content":[{"type":'
                        '"output_text","text":"',
                        text,
                        '"}]}',
                    )
                elif rng.random() < 0.2:
                    f, old, new, _, outcome, _ = self.make_edit(p)
                    patch = "\n".join(
                        ["*** Begin Patch", f"*** Update File: {f}", "@@"]
                        + ["-" + x for x in old]
                        + ["+" + x for x in new]
                        + ["*** End Patch", ""]
                    )
                    emit(
                        "response_item",
                        '{"type":"custom_tool_call","status":"completed",'
                        f'"call_id":"{cid}","name":"apply_patch","input":"',
                        esc(patch),
                        '"}',
                    )
                    res = {
                        "accepted": "Success. Updated the following files:\nM " + f,
                        "rejected": "patch rejected by user",
                        "failed": "apply_patch verification failed",
                    }[outcome]
                    emit(
                        "response_item",
                        f'{{"type":"custom_tool_call_output","call_id":"{cid}","output":',
                        json.dumps(
                            json.dumps(
                                {
                                    "output": res,
                                    "metadata": {"exit_code": int(outcome != "accepted")},
                                }
                            )
                        ),
                        "}",
                    )
                else:
                    arg = json.dumps(
                        {
                            "command": ["bash", "-lc", f"rg {rng.choice(WORDS)} src"],
                            "workdir": p["cwd"],
                        }
                    )
                    emit(
                        "response_item",
                        '{"type":"function_call","name":"shell","arguments":',
                        json.dumps(arg),
                        f',"call_id":"{cid}"}}',
                    )
                    emit(
                        "response_item",
                        '{"type":"function_call_output","call_id":"',
                        cid,
                        '","output":"',
                        self.pool.take(rng, self.logn(2200, 1.3, 40000)),
                        '"}',
                    )
                inp, outp = self.logn(30000, 0.6, 250000) + 1, self.logn(250, 1.0, 9000) + 1
                last = {
                    "input_tokens": inp,
                    "cached_input_tokens": int(inp * rng.random() * 0.95),
                    "output_tokens": outp,
                    "reasoning_output_tokens": outp // 3,
                    "total_tokens": inp + outp,
                }
                tot.update(last)
                info = json.dumps(
                    {
                        "total_token_usage": dict(tot),
                        "last_token_usage": last,
                        "model_context_window": 272000,
                    },
                    separators=(",", ":"),
                )
                for _ in range(2 if rng.random() < 0.15 else 1):  # repeats must not count twice
                    emit(
                        "event_msg",
                        '{"type":"token_count","info":',
                        info,
                        ',"rate_limits":{'
                        '"primary":{"used_percent":12.0,"window_minutes":300,"resets_at":'
                        '1770000000},"secondary":null}}',
                    )
                self.count(
                    "codex",
                    model,
                    t,
                    messages=1,
                    input=inp,
                    output=outp,
                    cached_input=last["cached_input_tokens"],
                    reasoning=outp // 3,
                )
            self.after_turn(p, t)
            t += timedelta(seconds=rng.randrange(10, 1200))
        name = f"rollout-{t_start:%Y-%m-%dT%H-%M-%S}-{sid}.jsonl"
        path = self.a.out / "home" / ".codex" / "sessions" / f"{t_start:%Y/%m/%d}" / name
        return path, out, t

    def codex_project(self, p, budget):
        t = self.t0 + timedelta(hours=self.rng.randrange(48))
        start = self.bytes
        gap = (self.t1 - t) / max(1.0, budget / 250_000)
        while self.bytes - start < budget:
            self.pending = 0
            path, rows, t2 = self.codex_session(p, t, 1 + self.logn(5, 0.9, 60))
            self.write(path, rows)
            t = min(t2 + gap * self.rng.random() * 2, self.t1 - timedelta(hours=3))

    # -- all ---------------------------------------------------------------------------
    def run(self):
        a = self.a
        self.size = parse_size(a.size)
        self.cwd_root = str((a.out / "code").resolve()) if a.real_cwd else "/home/dev/code"
        self.pending = 0
        want = [s.strip() for s in a.sources.split(",") if s.strip()]
        share = a.codex_share if set(want) == {"claude", "codex"} else float("codex" in want)
        kinds = [
            "codex" if i * share // 1 != (i + 1) * share // 1 else "claude"
            for i in range(a.projects)
        ]
        counts = Counter(kinds)
        for i, kind in enumerate(kinds):
            p = self.new_project(i)
            part = self.size * (share if kind == "codex" else 1 - share) / counts[kind]
            if kind == "codex":
                self.codex_project(p, part)
            else:
                self.claude_project(p, part)
            self.finish_project(p, self.t1)
            print(f"\r{self.bytes / 1e6:8.0f} MB in {self.files} files", end="", file=sys.stderr)
        if a.tiny_sessions:
            p = self.new_project(999)
            base = a.out / "home" / ".claude" / "projects" / p["cwd"].replace("/", "-")
            save, self.a.commits = self.a.commits, 0
            self.max_steps = 2
            for i in range(a.tiny_sessions):
                if i % 50 == 49:
                    p = self.new_project(999)  # same folder, small files again
                t = self.t0 + (self.t1 - self.t0) * (i / a.tiny_sessions)
                sid, rows, _ = self.claude_session(p, t, 1)
                self.write(base / f"{sid}.jsonl", rows)
            self.a.commits = save
        print(file=sys.stderr)
        truth = {
            "arguments": {k: str(v) for k, v in vars(a).items() if k != "out"},
            "bytes": self.bytes,
            "files": self.files,
            "lines": self.lines,
            **{k: dict(sorted(v.items())) for k, v in self.truth.items()},
            "by_model": {k: dict(v) for k, v in sorted(self.by_model.items())},
            "by_day_utc": {k: dict(v) for k, v in sorted(self.by_day.items())},
            "repositories": {k: dict(v) for k, v in self.repos.items()},
        }
        (a.out / "truth.json").write_text(json.dumps(truth, indent=1))
        print(
            json.dumps(
                {k: truth[k] for k in ("bytes", "files", "lines", "claude", "codex", "edits")},
                indent=1,
            )
        )


def main(arguments: list[str] | None = None) -> None:
    ap = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ap.add_argument("out", type=Path, metavar="OUT", help="folder to create (must not exist)")
    ap.add_argument(
        "--size", default="100MB", help="total log bytes, e.g. 5MB, 100MB (default), 1GB"
    )
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--sources", default="claude,codex", help="comma list out of: claude, codex")
    ap.add_argument("--codex-share", type=float, default=0.25, help="share of bytes (default 0.25)")
    ap.add_argument("--projects", type=int, default=12, help="projects = repositories (default 12)")
    ap.add_argument("--commits", type=int, default=400, help="commits over all repositories")
    ap.add_argument("--no-git", action="store_true", help="write no repositories")
    ap.add_argument("--days", type=int, default=180, help="time span (default 180 days)")
    ap.add_argument("--end", default="2026-11-01", help="end of the time span (UTC date)")
    ap.add_argument(
        "--tiny-sessions",
        type=int,
        default=0,
        metavar="N",
        help="add N one-prompt Claude sessions (to test many files)",
    )
    ap.add_argument(
        "--streaming-usage",
        action="store_true",
        help="early lines of a message carry a small output count, the last the true one",
    )
    ap.add_argument(
        "--real-cwd",
        action="store_true",
        help="record OUT/code/<project> as the working folder (else /home/dev/code/...)",
    )
    ap.add_argument("--broken-share", type=float, default=0.0005, help="broken lines per turn")
    ap.add_argument("--copied-share", type=float, default=0.04, help="sessions that repeat another")
    ap.add_argument("--cut-share", type=float, default=0.002, help="files cut in mid-line")
    ap.add_argument("--force", action="store_true", help="delete OUT first if it exists")
    args = ap.parse_args(arguments)
    if args.out.exists():
        if not args.force:
            ap.error(f"{args.out} exists (use --force)")
        shutil.rmtree(args.out)
    args.out.mkdir(parents=True)
    Corpus(args).run()


if __name__ == "__main__":
    main()
