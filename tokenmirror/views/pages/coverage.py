"""The line under the heading: what was read, and how much of it could be followed."""

from __future__ import annotations

from collections.abc import Callable

from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.views.pages.page import Coverage


def cover(scope: Scope) -> Callable[[Reader], Coverage | None]:
    """The coverage line of a scope as a function of the archive."""

    def ask(db: Reader) -> Coverage | None:
        return None

    return ask
