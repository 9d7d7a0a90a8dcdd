"""From a path in a log to a repository here."""

from __future__ import annotations

import subprocess

import pytest

from tokenmirror.ingest.folders import Folders, absolute
from tokenmirror.repos import discover


def a_repository(folder):
    folder.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return discover.repository_of(folder)


@pytest.mark.parametrize(
    ("path", "folder", "expected"),
    [
        ("src/a.py", "/w/app", "/w/app/src/a.py"),
        ("./src/../a.py", "/w/app", "/w/app/a.py"),
        ("/w/app/a.py", None, "/w/app/a.py"),
        ("a.py", None, None),
        ("src\\a.py", "c:\\w\\app", "c:/w/app/src/a.py"),
        ("vscode-remote://wsl+u/w/a.py", "/x", "vscode-remote://wsl+u/w/a.py"),
    ],
)
def test_a_logs_path_is_made_absolute_by_its_folder(path, folder, expected):
    assert absolute(path, folder) == expected


def test_a_file_lies_in_the_repository_around_it(tmp_path):
    place = a_repository(tmp_path / "app")
    (tmp_path / "app" / "src").mkdir()

    found = Folders().repository(f"{tmp_path}/app/src/gone")

    assert found is not None
    assert (found[0].common_dir, found[1]) == (place.common_dir, f"{tmp_path}/app")


def test_a_copied_home_is_looked_into_in_its_new_place(tmp_path):
    place = a_repository(tmp_path / "copy" / "work" / "app")

    found = Folders(home=tmp_path / "copy", copied=True).repository("/home/kim/work/app")

    assert found == (place, "/home/kim/work/app")


def test_a_repository_of_the_whole_home_does_not_hold_folders_that_are_gone(tmp_path):
    a_repository(tmp_path / "home")

    folders = Folders(home=tmp_path / "home")

    assert folders.repository(f"{tmp_path}/home/work/gone") is None
    assert folders.repository(f"{tmp_path}/home") is not None


def test_a_repository_named_by_hand_stands_for_a_folder_of_its_name(tmp_path):
    place = a_repository(tmp_path / "clones" / "shop")

    folders = Folders(named=(place,))

    assert folders.repository("/home/dev/work/shop/src") == (place, "/home/dev/work/shop")
    assert folders.repository("/home/dev/work/other") is None


def test_a_package_called_like_its_repository_is_not_taken_for_it(tmp_path):
    place = a_repository(tmp_path / "shop")
    (tmp_path / "shop" / "shop").mkdir()

    found = Folders(named=(place,)).repository("/home/dev/work/shop/shop")

    assert found == (place, "/home/dev/work/shop")


def test_a_deleted_worktree_keeps_its_repository(tmp_path):
    place = a_repository(tmp_path / "app")
    root = f"{tmp_path}/app/.trees/topic"

    found = Folders(roots={root: place.common_dir}).repository(f"{root}/src")

    assert found is not None
    assert (found[0].common_dir, found[1]) == (place.common_dir, root)


def test_a_path_of_windows_is_found_through_its_drive_inside_wsl(tmp_path):
    place = a_repository(tmp_path / "c" / "src" / "app")
    folders = Folders(home=tmp_path / "me", others=(tmp_path / "c" / "Users" / "kim",))

    assert folders.repository("C:/src/app") == (place, "C:/src/app")


def test_a_folder_inside_wsl_is_found_from_windows_and_from_within(tmp_path):
    place = a_repository(tmp_path / "Ubuntu" / "home" / "kim" / "app")
    address = "vscode-remote://wsl+ubuntu/home/kim/app"
    outside = Folders(home=tmp_path / "me", others=(tmp_path / "Ubuntu" / "home" / "kim",))
    within = f"vscode-remote://wsl+ubuntu{tmp_path}/Ubuntu/home/kim/app"

    assert outside.repository(address) == (place, address)
    assert Folders(home=tmp_path / "me").repository(within) == (place, within)


def test_the_home_of_another_person_does_not_lend_its_folders(tmp_path):
    a_repository(tmp_path / "c" / "Users" / "lee" / "app")
    folders = Folders(home=tmp_path / "me", others=(tmp_path / "c" / "Users" / "lee",))

    assert folders.repository("/home/kim/app") is None
