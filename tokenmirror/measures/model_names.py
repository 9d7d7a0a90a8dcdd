"""What tools call a model, and the names under which a price list may have it.

The exact name comes first; then what marks where, when or with how much thought it was
served is taken off.  Nothing else is: a model that is not listed is never priced like another
one that sounds alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

Lack = Literal["not_named", "local", "own_endpoint", "free", "not_listed"]

# programs that run models on the person's own machine, as a part of a model's name
_LOCAL_PARTS = frozenset({
    "ollama", "ollama_chat", "ollama-chat", "lmstudio", "lm-studio", "lm_studio", "llamacpp",
    "llama.cpp", "llama-cpp", "llama_cpp", "llama-server", "llamafile", "localai", "local",
    "jan", "vllm", "hosted_vllm", "sglang", "mlx", "mlx-lm", "mlx-community", "koboldcpp",
    "gpt4all", "ramalama", "foundry-local", "docker-model-runner", "text-generation-webui",
    "oobabooga", "tabbyapi", "unsloth", "thebloke", "bartowski",
})  # fmt: skip
_LOCAL = re.compile(
    r"""
      localhost | 127\.0\.0\.1 | 0\.0\.0\.0 | \[::1\] | \bgguf\b | \bggml\b
    | ^local[-_:] | [-_]local(?:-\d+)?$
    | [-_.:](?:i?q[2-8](?:[-_][0-9a-z]{1,3})*|fp16|bf16|[348]bit|awq|gptq|mlx|exl[23])$
    | :\d+(?:\.\d+)?b\b | :latest$ | :e\d+b\b | -cloud$
    """,
    re.VERBOSE | re.IGNORECASE,
)
_OWN_ENDPOINT = re.compile(r"^(?:custom|customendpoint|custom_openai|byok)[:/]", re.IGNORECASE)
_FREE = re.compile(r"(?::free|-free)$", re.IGNORECASE)

_ROUTED = re.compile(r":(?:beta|extended|thinking|nitro|floor|online|exacto|standard)$|\[[^\]]*\]$")
_HOST = re.compile(r"^(?:[a-z]{2,6}\.)?(?:anthropic|openai|google|amazon|mistral|deepseek|meta|xai"
                   r"|moonshot(?:ai)?|minimax|qwen|zai)\.")  # fmt: skip
_BUILD = re.compile(r"-v\d+(?:[:-]\d+)?$|@default$")
_DATE = re.compile(r"[-@](?:\d{8}|\d{4}-\d{2}-\d{2}|latest)$")
_EFFORT = re.compile(
    r"(?<=\d)(-codex|-codex-max|-codex-mini|-mini|-nano|-pro|-preview|-sonnet|-opus|-haiku)?"
    r"(?:[-:_ ]\(?(?:minimal|low|medium|high|xhigh|none)\)?)$"
)
_THINKING = re.compile(r"^((?:claude|gemini).*)-(?:thinking|reasoning)$")
_CLAUDE_DOT = re.compile(r"(?<=\d)\.(?=\d)")
_CLAUDE_OLD = re.compile(r"^claude-(\d(?:-\d)?)-([a-z]+)$")


def lack(model: str | None) -> Lack | None:
    """Why no list price can apply to a model of that name, ``None`` when one may."""
    if not model:
        return "not_named"
    parts = re.split(r"[/:]", model.lower())
    if any(part in _LOCAL_PARTS for part in parts) or _LOCAL.search(model):
        return "local"
    if _OWN_ENDPOINT.match(model):
        return "own_endpoint"
    return "free" if _FREE.search(model) else None


def readings(model: str) -> Iterator[str]:
    """Names a model may stand under in a list, the exact one first; some come twice."""
    yield model
    bare = model.strip().lower().rsplit("/", 1)[-1]
    yield bare
    if "_" in bare and "-" not in bare:  # CLAUDE_SONNET_4_5_20250929_V1_0
        bare = bare.replace("_", "-")
        yield bare
    for cut in (_ROUTED, _HOST, _BUILD, _DATE, _ROUTED, _BUILD):
        bare = cut.sub("", bare)
        yield from _spellings(bare)
    thought = _EFFORT.sub(lambda found: found[1] or "", bare)
    thought = _THINKING.sub(r"\1", thought)
    yield from _spellings(thought)
    yield from _spellings(_DATE.sub("", thought))


def _spellings(name: str) -> Iterator[str]:
    """The name, and for Claude the two orders and the two ways to write its number."""
    yield name
    if name.startswith("claude"):
        name = _CLAUDE_DOT.sub("-", name)
        yield name
        yield _CLAUDE_OLD.sub(r"claude-\2-\1", name)
