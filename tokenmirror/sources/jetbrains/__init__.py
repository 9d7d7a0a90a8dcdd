"""JetBrains' editors: GitHub Copilot's chats, and the editors' statistics of completions.

Copilot keeps ``<editor>/<kind>/<store>/copilot-*-nitrite.db`` under ``github-copilot`` in
``$XDG_CONFIG_HOME`` or ``~/.config`` (macOS too), ``%LOCALAPPDATA%`` on Windows
(``chats``); ``hosts.json`` and ``apps.json`` beside it hold keys and are never opened.

The editors write ``<product>/event-log-data/logs/FUS`` under ``JetBrains`` (Android Studio:
``Google``) among the cached files, if the person allows statistics, and remove what was
sent within hours (``statistics``).

AI Assistant's own chats and Junie's tasks lie in forms that change with each release, or on
JetBrains' servers: nothing of them is read.

Made after the editors' source and fixtures of other projects, September 2026; no log of a
known run.
"""

from __future__ import annotations

from tokenmirror.sources.jetbrains import chats, statistics

SOURCES = (chats.SOURCE, statistics.SOURCE)
