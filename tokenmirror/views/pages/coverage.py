"""The line under the heading: what was read, and how much of it could be followed."""

from __future__ import annotations

from collections.abc import Callable

from tokenmirror.language import tr, tr_n
from tokenmirror.measures import coverage, tasks, use
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.views.pages.page import Coverage


def cover(scope: Scope) -> Callable[[Reader], Coverage | None]:
    """The coverage line of a scope as a function of the archive."""

    def ask(db: Reader) -> Coverage:
        found = coverage.coverage(db, scope)
        begun = tr_n("{n} task", "{n} tasks", len(tasks.counted(db, scope)))
        own = use.own_prompts(db, scope)
        typed = tr_n("{n} prompt of yours", "{n} prompts of yours", own)
        words = tr(
            "{tasks}, {prompts}. {coverage}", tasks=begun, prompts=typed, coverage=found.sentence
        )
        return Coverage(words, found.caution)

    return ask
