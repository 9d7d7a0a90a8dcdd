"""Samples of other projects, which lie beside the checkout and are never committed."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "tests" / "logs"


def shared(place: str) -> Path:
    """A place in the shared folder; the test is skipped where that folder is missing."""
    for folder in (ROOT.parent / "shared", ROOT.parent.parent / "shared"):
        if (folder / place).exists():
            return folder / place
    pytest.skip(f"the shared samples are not here: {place}")
