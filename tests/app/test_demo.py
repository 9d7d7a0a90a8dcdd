"""The sample stands in an archive of its own, which is gone afterwards."""

from __future__ import annotations

from datetime import UTC, datetime

from tokenmirror import paths
from tokenmirror.app import demo
from tokenmirror.app.start import Wanted
from tokenmirror.measures import listing
from tokenmirror.store import reader

NOW = datetime(2026, 11, 22, 17, tzinfo=UTC)


def test_the_sample_is_read_by_the_real_reader_as_of_its_end_and_then_gone(tmp_path):
    wanted, earlier = Wanted(data_dir=tmp_path / "mine", quiet=True), NOW.replace(year=2025)

    with demo.archive(wanted, earlier) as (begun, missing):
        db = reader.connect(begun.places.database)
        tasks = listing.tasks(db)
        allowed = {row[0] for row in db.execute("select source from consents where allowed")}
        db.close()
        place = begun.places.data

    assert len(tasks) > 100
    assert allowed == {"claude-code", "codex-cli", "vscode-copilot"}
    assert "in_progress" in {row["outcome"] for row in tasks}
    assert bool(missing) == (paths.git_program() is None)
    assert not place.exists()
    assert not (tmp_path / "mine").exists()
