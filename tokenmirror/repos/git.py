"""The only place that starts git: safe environment, safe flags, time limits, one door.

Foreign repositories are never read with their own configuration (``shipped.md`` 7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Git:
    """A git that can be used, and the folder of our own bare repositories."""

    program: Path
    reader_dir: Path
    env: Mapping[str, str]
    home_env: Mapping[str, str]


def found(program: Path | None, reader_dir: Path, home: Path | None = None) -> Git:
    """The git to use; ``home`` is where the person's own configuration is looked for.

    Raises ``UserError`` when there is none, when it cannot be started, or when it is older
    than 2.32.
    """
    raise NotImplementedError
