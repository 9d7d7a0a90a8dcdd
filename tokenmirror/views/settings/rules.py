"""The rules by which unstated prompts look automatic, in words with the numbers they have now."""

from __future__ import annotations

from tokenmirror.language import mark, tr
from tokenmirror.settings import Settings

# rule, name, effect with the numbers in it, and the options that may be moved with their units
RULES = (
    (
        "a",
        mark("Keep repeated prompts apart"),
        mark("(a) {repeats} or more equal prompts within {repeat_hours} hours, each of at least"
             " {repeat_words} words."),
        (
            ("repeats", mark("prompts")),
            ("repeat_words", mark("words")),
            ("repeat_hours", mark("hours")),
        ),
    ),
    (
        "b",
        mark("Keep evenly timed prompts apart"),
        mark("(b) {rhythm_prompts} or more prompts in a row whose gaps vary by less than"
             " {rhythm_percent} % of their mean."),
        (("rhythm_prompts", mark("prompts")), ("rhythm_percent", mark("%"))),
    ),
    (
        "c",
        mark("Keep instant answers apart"),
        mark("(c) {chain_prompts} or more prompts in one session, usually sent less than"
             " {chain_seconds} s after the agent finished."),
        (("chain_prompts", mark("prompts")), ("chain_seconds", mark("seconds"))),
    ),
)  # fmt: skip


def rule_words(rule: str, options: Settings) -> str:
    """A rule with the numbers it has now."""
    effect, movable = next((words, some) for key, _name, words, some in RULES if key == rule)
    return tr(effect, **{option: getattr(options, option) for option, _unit in movable})
