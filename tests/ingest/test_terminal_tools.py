"""A whole reading of the tools whose logs are known by truth, with their repositories."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.making import dump, read_home
from tests.shared import LOGS

# Per tool its case and the lines it wrote, blank ones not counted, all of them on the main line.
WRITTEN = {
    "aider": ("live", 14),
    "mistral-vibe": ("unified", 16),
    "kimi-code": ("live", 18),
    "kimi-cli": ("live", 16),
    "droid": ("live", 14),
    "pi": ("live", 18),
    "openhands": ("live", 16),
}


def a_clone(tmp_path, tool, case):
    bundle = LOGS / tool / case / "repo.bundle"
    clone = tmp_path / "home" / "work" / "shop"
    clone.parent.mkdir(parents=True)
    subprocess.run(["git", "clone", "-q", str(bundle), str(clone)], check=True)
    return clone


@pytest.mark.parametrize("tool", WRITTEN)
def test_what_each_tool_wrote_is_found_on_the_main_line(tool, tmp_path):
    case, written = WRITTEN[tool]
    clone = a_clone(tmp_path, tool, case)
    shutil.copytree(LOGS / tool / case / "home", tmp_path / "home", dirs_exist_ok=True)

    db = read_home(tmp_path / "home", tmp_path / "data", repos=(clone,))

    sums = db.execute("select sum(accepted), sum(landed), sum(shipped) from tasks").fetchone()
    assert sums == (written, written, written)


def test_all_of_them_side_by_side_give_the_same_in_any_order(tmp_path):
    for tool, (case, _) in WRITTEN.items():
        shutil.copytree(LOGS / tool / case / "home", tmp_path / "home", dirs_exist_ok=True)

    archive = read_home(tmp_path / "home", tmp_path / "data", repos=())

    expected = read_home(tmp_path / "home", tmp_path / "again", one_file_at_a_time=True)
    assert dump(archive) == dump(expected)


def test_a_work_tree_that_another_log_names_is_looked_into_in_the_same_run(tmp_path):
    clone = a_clone(tmp_path, "aider", "live")
    for tool in ("aider", "pi"):
        shutil.copytree(LOGS / tool / "live" / "home", tmp_path / "home", dirs_exist_ok=True)

    db = read_home(tmp_path / "home", tmp_path / "data")

    counts = dict(db.execute("select source, count(*) from sessions group by source"))
    assert counts == {"aider": 7, "pi": 8}
    assert clone.is_dir()
