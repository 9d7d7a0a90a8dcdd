"""Asking for a folder: the one place that opens the system's dialog for it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from tokenmirror.language import tr


def ask_folder(parent: QWidget) -> Path | None:
    """A folder the person picks; ``None`` when the dialog was left."""
    chosen = QFileDialog.getExistingDirectory(parent, tr("Choose a folder to look in"))
    return Path(chosen) if chosen else None
