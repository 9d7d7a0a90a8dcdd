"""Who may import whom, and what a reading loads."""

from __future__ import annotations

import subprocess
import sys

from importlinter.cli import lint_imports

from tests.shared import ROOT

HEAVY = {"PySide6", "pyqtgraph", "numpy", "babel", "jinja2", "sqlite_utils", "platformdirs"}
IMPORT = """
import sys
from tokenmirror.app import cli
places = ["--data-dir", sys.argv[1], "--home", sys.argv[2]]
code = cli.code_of([*places, "import", "--all-sources", *sys.argv[3:]])
print("loaded:", *sorted({name.partition(".")[0] for name in sys.modules}))
sys.exit(code)
"""


def test_every_import_contract_is_kept(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)

    broken = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True, no_logo=True)

    assert broken == 0, capsys.readouterr().out


def test_a_reading_loads_no_window_no_arrays_and_no_formats(tmp_path):
    (tmp_path / "home").mkdir()
    command = [sys.executable, "-c", IMPORT, str(tmp_path / "data"), str(tmp_path / "home")]

    def loaded(*how: str) -> set[str]:
        ran = subprocess.run([*command, *how], cwd=ROOT, capture_output=True, text=True, check=True)
        return set(ran.stdout.rpartition("loaded:")[2].split())

    loaded()  # makes the archive, which may load more
    for how in ((), ("--json",), ("--watched",)):
        found = loaded(*how)
        assert "tokenmirror" in found
        assert not HEAVY & found, how
