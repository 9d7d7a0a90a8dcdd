"""Made-up code in three styles, full of the lines that every file of its kind repeats.

A block is a function with a few statements.  Some statements stand on one line, some are
bracketed over several, some are the boilerplate of their language.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

NOUNS = [
    "order",
    "price",
    "stock",
    "cart",
    "user",
    "token",
    "page",
    "row",
    "cell",
    "node",
    "event",
    "batch",
    "report",
    "invoice",
    "address",
    "customer",
    "payment",
    "refund",
    "shipment",
    "label",
    "ticket",
    "queue",
    "worker",
    "channel",
    "message",
    "schedule",
]
VERBS = [
    "load",
    "save",
    "merge",
    "count",
    "check",
    "build",
    "send",
    "close",
    "open",
    "sort",
    "parse",
    "render",
    "apply",
    "drop",
]
NAMES = [
    "total",
    "left",
    "right",
    "first",
    "last",
    "value",
    "amount",
    "limit",
    "offset",
    "result",
    "key",
    "name",
    "rate",
    "index",
]


@dataclass(frozen=True)
class Style:
    """How code of a kind looks; ``{slots}`` are filled in, lines are indented by ``indent``."""

    name: str
    suffix: str
    indent: str
    begin: str
    end: str
    statements: tuple[str, ...]
    boilerplate: tuple[str, ...]
    comment: str


PYTHON = Style(
    "python",
    "py",
    "    ",
    "def {verb}_{noun}(self, {a}, {b}={n}):",
    "",
    (
        "{a} = self.{noun}.{verb}({b}, {n})",
        "{a}_{n} = {b} * {n} + {c}",
        "{c} = [{verb}_{other}(each) for each in {a} if each.{noun}]",
        "if {a} > {n} and not {b}:\n    {c} = {noun}.{verb}({a})",
        "if not {a}:\n    raise ValueError('{noun} has no {other}')",
        "{a} = {verb}_{noun}(\n    {b},\n    {c}={n},\n    {other}=self.{other},\n)",
        "self.{noun}s[{a}] = {other}",
        "for {noun} in {other}s:\n    {a} += {noun}.{b}({n})",
        "with open(f'{noun}-{n}.json') as stream:\n    {a} = json.load(stream)",
        "{b} = [\n    '{noun}',\n    '{other}',\n    '{verb} {n}',\n]",
        "return {a}, {b}.{verb}({n})",
    ),
    (
        "if value is None:\n    return None",
        "for item in self.items:\n    yield item",
        "try:\n    self.connect()\nexcept ValueError as error:\n    logger.exception('failed')",
        "self.assertEqual(result, expected)",
        "if __name__ == '__main__':\n    main()",
        "else:\n    pass",
        "return self",
    ),
    "# ",
)
TYPESCRIPT = Style(
    "typescript",
    "ts",
    "  ",
    "export function {verb}{Noun}({a}: number, {b} = {n}) {{",
    "}",
    (
        "const {a} = this.{noun}.{verb}({b}, {n});",
        "const {a}{n} = {b} * {n} + {c};",
        "const {c} = {a}.filter((each) => each.{noun}).map({verb}{Other});",
        "if ({a} > {n} && !{b}) {{\n  {c} = {noun}.{verb}({a});\n}}",
        "if (!{a}) {{\n  throw new Error('{noun} has no {other}');\n}}",
        "const {a} = {verb}{Noun}(\n  {b},\n  {c} + {n},\n  this.{other},\n);",
        "this.{noun}s[{a}] = {other};",
        "for (const {noun} of {other}s) {{\n  {a} += {noun}.{b}({n});\n}}",
        "const {b} = [\n  '{noun}',\n  '{other}',\n  '{verb} {n}',\n];",
        "it('can {verb} the {noun} {n} times', () => {{\n  expect({a}).toBe({n});\n}});",
        "return {{ {a}, {b}: {b}.{verb}({n}) }};",
    ),
    (
        "if (!value) {{\n  return undefined;\n}}",
        "const result = await client.fetch();",
        "expect(result).toEqual(expected);",
        "try {{\n  await connect();\n}} catch (error) {{\n  console.error('failed', error);\n}}",
        "export default {{\n}};",
        "return this;",
    ),
    "// ",
)
GO = Style(
    "go",
    "go",
    "\t",
    "func (s *Service) {Verb}{Noun}({a} int, {b} string) error {{",
    "}",
    (
        "{a} := s.{noun}.{Verb}({b}, {n})",
        "{a}{n} := {b}*{n} + {c}",
        "{c}, err := s.{verb}{Other}(ctx, {a})\nif err != nil {{\n\treturn err\n}}",
        "if {a} > {n} && {b} != nil {{\n\t{c} = {noun}.{Verb}({a})\n}}",
        'if len({a}) == 0 {{\n\treturn errors.New("{noun} has no {other}")\n}}',
        "{a} := New{Noun}(\n\t{b},\n\t{c}+{n},\n\ts.{other},\n)",
        "s.{noun}s[{a}] = {other}",
        "for _, {noun} := range {other}s {{\n\t{a} += {noun}.{Name}({n})\n}}",
        '{b} := []string{{\n\t"{noun}",\n\t"{other}",\n\t"{verb} {n}",\n}}',
        'fmt.Printf("{verb} %v of {noun}\\n", {a})',
        "return s.{Verb}{Other}({a}, {n})",
    ),
    (
        "if err != nil {{\n\treturn nil, err\n}}",
        "defer file.Close()",
        't.Fatalf("unexpected error: %v", err)',
        "for _, item := range items {{\n\tout = append(out, item)\n}}",
        "ctx, cancel := context.WithCancel(ctx)\ndefer cancel()",
        "s.mu.Lock()\ndefer s.mu.Unlock()",
        "return nil",
    ),
    "// ",
)
STYLES = (PYTHON, TYPESCRIPT, GO)
BOILERPLATE = 0.3  # of the statements
_OPENED = re.compile(r"[(\[{]$")
_WORD = re.compile(r"[A-Za-z_]\w{2,}")


def a_block(rng: random.Random, style: Style, statements: int | None = None) -> list[str]:
    """The lines of a function."""
    count = statements or rng.randint(2, 7)
    body: list[str] = []
    for _ in range(count):
        pool = style.boilerplate if rng.random() < BOILERPLATE else style.statements
        body += _filled(rng, rng.choice(pool)).split("\n")
    lines = [_filled(rng, style.begin), *(style.indent + line for line in body)]
    return [*lines, _filled(rng, style.end)] if style.end else lines


def boilerplate(style: Style) -> list[str]:
    """Lines that every file of a style may have, each once."""
    rng = random.Random(0)
    return [line for text in style.boilerplate for line in _filled(rng, text).split("\n")]


def _filled(rng: random.Random, text: str) -> str:
    if text in ("}", ""):
        return text
    noun, other = rng.sample(NOUNS, 2)
    a, b, c = rng.sample(NAMES, 3)
    verb = rng.choice(VERBS)
    return text.format(
        noun=noun, Noun=noun.title(), other=other, Other=other.title(), verb=verb,
        Verb=verb.title(), a=a, b=b, c=c, Name=a.title(), n=rng.randrange(100),
    )  # fmt: skip


def touched_up(rng: random.Random, line: str) -> str:
    """A line as a person leaves it who changes one word of it; most of its tokens stay."""
    words = list(_WORD.finditer(line))
    if not words:
        return f"{line} {rng.choice(NAMES)}"
    word = rng.choice(words)
    return f"{line[: word.start()]}{word[0]}{rng.randrange(1000)}{line[word.end() :]}"


def spans(lines: list[str]) -> list[tuple[int, int]]:
    """First and last line of each call or list that stands over several lines."""
    found = []
    for first, line in enumerate(lines):
        opened = _OPENED.search(line)
        if opened is None or line.rstrip().endswith(") {") or "{" in opened[0]:
            continue
        closer = {"(": ")", "[": "]"}[opened[0]]
        depth = len(line) - len(line.lstrip())
        for last in range(first + 1, len(lines)):
            rest = lines[last]
            if len(rest) - len(rest.lstrip()) <= depth:
                if rest.lstrip().startswith(closer):
                    found.append((first, last))
                break
    return found


def reformatted(rng: random.Random, lines: list[str]) -> list[tuple[str, int]]:
    """What a formatter makes of lines: each new line with the place of its first old one.

    Half of the calls and lists over several lines are joined, quotes are made double, and
    the indentation is another.
    """
    joined = {first: last for first, last in spans(lines) if rng.random() < 0.5}
    found, at = [], 0
    while at < len(lines):
        last = joined.get(at, at)
        inner = " ".join(line.strip() for line in lines[at + 1 : last]).rstrip(",")
        text = lines[at] + (inner + lines[last].strip() if last > at else "")
        depth = len(text) - len(text.lstrip())
        found.append((" " * (depth // 2 * 3) + text.lstrip().replace("'", '"'), at))
        at = last + 1
    return found
