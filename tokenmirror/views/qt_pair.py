"""Refuses pairs of Python and PySide6 that abort; asked before PySide6 is imported."""

from __future__ import annotations

from tokenmirror.language import tr


def refusal(python_version: tuple[int, int], pyside_version: str) -> str | None:
    """Why this pair cannot run, or ``None`` when it can.

    PySide6 6.12.0 takes a reference from ``None`` with every call that returns nothing; before
    Python 3.12, where ``None`` became immortal, the window dies after some 70 repaints.
    """
    if pyside_version == "6.12.0" and python_version < (3, 12):
        return tr(
            "PySide6 6.12.0 ends abruptly on Python {python}. Install PySide6_Essentials 6.11, "
            "or use Python 3.12 or newer.",
            python=".".join(str(part) for part in python_version),
        )
    return None


def installed_pyside() -> str:
    """The version of PySide6 that would be imported; empty when there is none."""
    from importlib.metadata import PackageNotFoundError, version  # late: only the window asks

    try:
        return version("PySide6_Essentials")
    except PackageNotFoundError:
        return ""
