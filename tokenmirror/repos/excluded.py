"""Files that count nowhere: locks, vendored and generated trees, binaries, minified text."""

from __future__ import annotations

from collections.abc import Iterable


class Excluded:
    """Which paths take no part in any count, inside a repository or outside.

    ``patterns`` are the person's globs, in the form of ``.gitignore``; ``attributes`` are
    (folder, text) of the ``.gitattributes`` files of the main line's tip.
    """

    def __init__(
        self, patterns: Iterable[str] = (), attributes: Iterable[tuple[str, str]] = ()
    ) -> None:
        raise NotImplementedError

    def is_excluded(self, path: str) -> bool:
        """Whether a file takes no part; ``path`` with ``/``, relative where it can be."""
        raise NotImplementedError
