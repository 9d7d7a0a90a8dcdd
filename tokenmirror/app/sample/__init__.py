"""Sample data to look around with: a made-up home that the real reader reads.

Logs in the tools' own formats and small repositories, thirty weeks up to a given instant,
always the same for one seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tokenmirror.app.sample import claude_code, codex_cli, history, vscode_copilot
from tokenmirror.app.sample.plan import Planner
from tokenmirror.errors import UserError
from tokenmirror.language import tr

SEED = 23


@dataclass(frozen=True)
class Sample:
    """A made-up home folder; ``missing`` says what it lacks, "" when it is whole."""

    home: Path
    missing: str = ""


def make(folder: Path, now: datetime, git: Path | None, seed: int = SEED) -> Sample:
    """Make the sample in an empty folder; ``now`` carries the zone of its working days.

    Without git there are logs only, and ``missing`` says so.
    """
    home = folder / "home"
    for place in (".claude", ".codex", "work"):
        (home / place).mkdir(parents=True)
    offset = now.utcoffset() or timedelta()
    story = Planner(seed, now).story()
    history.identity(home)
    commits: dict[int, str] = {}
    missing = tr(
        "Git was not found, so the sample has no repositories: shipped changes, outcomes and"
        " cost per completed task stay unknown."
    )
    if git is not None:
        try:
            commits, missing = history.make(story, home, offset, git), ""
        except UserError as error:
            missing = str(error)
    for session in story.sessions:
        (home / "work" / session.project).mkdir(exist_ok=True)
        if session.tool == "claude-code":
            claude_code.write(session, home, commits)
        elif session.tool == "codex-cli":
            codex_cli.write(session, home, offset)
        else:
            vscode_copilot.write(session, home)
    return Sample(home, missing)
