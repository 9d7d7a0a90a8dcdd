"""Commands, options and exit codes, without any logs."""

from __future__ import annotations

import json
from datetime import date

import pytest

from tokenmirror import __version__
from tokenmirror.app import cli
from tokenmirror.app.start import ALL_PLATFORMS, machine


@pytest.fixture
def run(tmp_path, capsys, monkeypatch):
    """Run a command on an empty home of its own; gives code, output and messages."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("TOKENMIRROR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TOKENMIRROR_HOME", str(tmp_path / "home"))

    def run_(*arguments: str) -> tuple[int, str, str]:
        code = cli.code_of(arguments)
        out, err = capsys.readouterr()
        return code, out, err

    return run_


LISTS = ("tasks", "sessions", "prompts", "suggestions", "commits")


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_nothing_is_an_empty_list(run, name):
    code, out, err = run(name, "--json")

    assert (code, err) == (0, "")
    assert json.loads(out)[name] == []


@pytest.mark.parametrize("where", ["before", "after"])
def test_an_option_of_every_command_stands_before_or_after_it(run, where):
    code, out, _ = run("--json", "tasks") if where == "before" else run("tasks", "--json")

    assert code == 0
    assert json.loads(out)["schema"] == "tokenmirror/tasks@1"


def test_an_option_wins_over_the_environment(run, tmp_path):
    run("tasks", "--data-dir", str(tmp_path / "other"))

    assert (tmp_path / "other").is_dir()
    assert not (tmp_path / "data").exists()


def test_the_format_wins_over_json(run):
    assert run("tasks", "--json", "--format", "table")[1] == "Nothing to list.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["tasks", "--no-such-option"],
        ["tasks", "--since", "31.10.2026"],
        ["tasks", "--format", "xml"],
        ["tasks", "--tool", "no-such-tool"],
        ["import", "--source", "no-such-tool"],
        ["tasks", "--home", "no-such-folder"],
    ],
    ids=" ".join,
)
def test_wrong_use_ends_with_two_and_a_sentence(run, arguments):
    code, out, err = run(*arguments)

    assert (code, out) == (2, "")
    assert err
    assert "Traceback" not in err


def test_an_import_without_leave_says_how_to_give_it(run):
    code, out, err = run("import")

    assert (code, out) == (1, "")
    assert "--all-sources" in err
    assert len(err.splitlines()) == 1


def test_an_import_without_leave_lists_what_was_found(run, tmp_path):
    logs = tmp_path / "home" / ".claude" / "projects" / "p"
    logs.mkdir(parents=True)
    (logs / "a.jsonl").write_text("{}\n", encoding="utf-8")

    code, _, err = run("import")

    assert code == 1
    assert "claude-code (1)" in err


def test_a_reading_of_an_empty_home_finds_nothing(run):
    code, out, _ = run("import", "--all-sources", "--json")

    body = json.loads(out)
    assert code == 0
    assert body["files"] == {"found": 0, "read": 0, "unchanged": 0, "failed": 0}


def test_a_trial_reads_nothing_and_makes_no_archive(run, tmp_path):
    logs = tmp_path / "home" / ".claude" / "projects" / "p"
    logs.mkdir(parents=True)
    (logs / "a.jsonl").write_text("{}\n", encoding="utf-8")

    code, out, _ = run("import", "--all-sources", "--dry-run", "--json")

    assert (code, json.loads(out)["files"]["read"]) == (0, 1)
    assert not (tmp_path / "data" / "archive" / "mirror.db").exists()


def test_sources_tell_where_they_stand(run):
    code, out, _ = run("sources", "--json")

    row = json.loads(out)["sources"][0]
    assert code == 0
    assert (row["id"], row["state"], row["files"]) == ("claude-code", "not_found", 0)
    assert set(row["signals"].values()) <= {"yes", "partly", "no"}


def test_the_doctor_names_no_home(run, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))

    code, out, _ = run("doctor", "--json")

    assert code == 0
    assert str(tmp_path) not in out
    assert json.loads(out)["program"]["version"] == __version__


def test_a_damaged_archive_is_one_sentence(run, tmp_path):
    archive = tmp_path / "data" / "archive"
    archive.mkdir(parents=True)
    (archive / "mirror.db").write_bytes(b"no database" * 1_000)

    code, out, err = run("tasks")

    assert (code, out) == (1, "")
    assert "damaged" in err
    assert len(err.splitlines()) == 1


def test_measures_without_an_archive_say_what_to_do(run):
    code, _, err = run("measures")

    assert code == 1
    assert "tokenmirror import" in err


@pytest.mark.parametrize("name", ["plain", "gone"])
def test_a_folder_that_is_no_repository_is_named_and_the_rest_goes_on(run, tmp_path, name):
    (tmp_path / "plain").mkdir()

    code, out, _ = run("import", "--all-sources", "--json", "--repo", str(tmp_path / name))

    named = [(one["path"], one["problem"]) for one in json.loads(out)["repositories"]]
    assert (code, named) == (0, [(str(tmp_path / name), "no_repository")])


def test_the_version_is_told(run):
    code, out, _ = run("--version")

    assert (code, __version__ in out) == (0, True)


def test_a_copied_home_is_read_on_every_layout_and_without_variables(tmp_path):
    copied, here = machine(tmp_path), machine(None)

    assert copied.platforms == ALL_PLATFORMS
    assert copied.environ == {}
    assert len(here.platforms) == 1


def test_days_are_read_as_days():
    assert cli.Day().convert("2026-10-31", None, None) == date(2026, 10, 31)
