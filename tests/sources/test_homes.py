"""Further homes of a computer: what is offered, what is looked into, whose paths lie where."""

from __future__ import annotations

from pathlib import Path

import pytest

from tokenmirror.sources import editors, homes
from tokenmirror.sources.homes import Offer, Surroundings
from tokenmirror.sources.source import Machine

LINUX = Machine(Path("/home/kim"), ("linux",))


def made(root: Path, *folders: str) -> Path:
    for folder in folders:
        (root / folder).mkdir(parents=True)
    return root


def mounts(c: Path) -> dict[str, str]:
    folder = str(c).replace(" ", "\\040")
    return {
        "WSL 2": f"C:\\134 {folder} 9p rw,noatime,aname=drvfs;path=C:\\;uid=1000 0 0",
        "WSL 2, newer": f"drvfs {folder} 9p rw,aname=drvfs;path=C:\\ 0 0",
        "WSL 2, virtiofs": f"drvfsaC:\\134 {folder} virtiofs rw,relatime 0 0",
        "WSL 1": f"C: {folder} drvfs rw,noatime,uid=1000 0 0",
    }


KINDS = tuple(mounts(Path("/")))


@pytest.mark.parametrize("kind", KINDS)
def test_inside_wsl_the_homes_of_windows_are_offered(kind, tmp_path):
    c = made(tmp_path / "mnt a/c", "Users/kim/AppData", "Users/Public/AppData", "Users/none")
    around = Surroundings(mounts="proc /proc proc rw 0 0\n" + mounts(c)[kind])

    assert homes.offers(around) == (Offer(c / "Users/kim", "windows"),)


def test_a_disk_that_is_no_drive_of_windows_is_not_offered(tmp_path):
    c = made(tmp_path / "c", "Users/kim/AppData")

    assert homes.offers(Surroundings(mounts=f"/dev/sda1 {c} ntfs3 rw 0 0\nbroken")) == ()


def test_on_windows_the_distributions_are_offered_and_not_looked_at(tmp_path):
    around = Surroundings(
        distributions=("Ubuntu", "docker-desktop-data", "Arch"), shares=tmp_path / "nowhere"
    )

    assert homes.offers(around) == (
        Offer(tmp_path / "nowhere/Arch", "wsl"),
        Offer(tmp_path / "nowhere/Ubuntu", "wsl"),
    )


def test_a_distribution_that_was_added_stands_for_its_homes(tmp_path):
    root = made(tmp_path / "Ubuntu", "etc", "usr", "home/kim", "home/lost+found", "root")

    found = homes.homes_in(root)

    assert [machine.home for machine in found] == [root / "home/kim", root / "root"]
    assert {machine.platforms for machine in found} == {homes.ALL_PLATFORMS}


def test_a_drive_of_windows_and_its_folder_of_users_stand_for_the_homes_in_them(tmp_path):
    c = made(tmp_path / "c", "Windows", "Users/kim", "Users/Default", "Users/All Users")

    for added in (c, c / "Users"):
        assert [machine.home for machine in homes.homes_in(added)] == [c / "Users/kim"]


def test_a_home_that_is_called_home_is_itself(tmp_path):
    home = made(tmp_path / "home", ".claude", "work")

    assert [machine.home for machine in homes.homes_in(home)] == [home]


@pytest.mark.parametrize("below", ["", "user-data", "data/user-data"])
def test_a_portable_editors_folder_is_looked_into(below, tmp_path):
    made(tmp_path / below, "User/globalStorage")

    (machine,) = homes.homes_in(tmp_path)

    assert tmp_path / below / "User" in editors.user_folders(machine, editors.MICROSOFT)


def test_programs_in_sandboxes_have_homes_of_their_own(tmp_path):
    made(tmp_path, "snap/code/12", "snap/bare", ".var/app/com.example.Editor/config")
    (tmp_path / "snap/code/current").symlink_to("12")

    snap, flatpak = homes.sandboxes(tmp_path)

    assert snap.home == tmp_path / "snap/code/current"
    assert flatpak.config_homes() == (tmp_path / ".var/app/com.example.Editor/config",)


def test_a_flatpak_program_that_was_added_keeps_its_own_folders(tmp_path):
    app = made(tmp_path / ".var/app/com.example.Editor", "config")

    (machine,) = homes.homes_in(app)

    assert machine.config_homes() == (app / "config",)


def test_what_was_added_is_looked_into_after_the_machine_itself(tmp_path):
    home = made(tmp_path / "old", "snap/code/current")
    added = {str(home): "home", "/x/export.zip": "export", "/x/app": "repository"}

    here, *others = homes.machines(LINUX, added)

    assert here.named == (Path("/x/export.zip"),)
    assert [machine.home for machine in others] == [home, home / "snap/code/current"]


@pytest.mark.parametrize(
    ("path", "home", "expected"),
    [
        ("C:/Users/kim/app", "/mnt/c/Users/kim", ["/mnt/c/Users/kim/app"]),
        ("D:/app", "/mnt/c/Users/kim", []),
        ("/srv/app", "/shares/Ubuntu/home/kim", ["/shares/Ubuntu/srv/app"]),
        ("/opt/app", "/shares/Ubuntu/root", ["/shares/Ubuntu/opt/app"]),
        ("/srv/app", "/home/robin", []),
        ("/srv/app", "/backup/kim", []),
        ("C:/app", "/shares/Ubuntu/home/kim", []),
    ],
)
def test_a_path_in_a_log_of_another_home_is_found_from_here(path, home, expected):
    assert homes.seen_from_here(path, [Path(home)]) == [Path(one) for one in expected]


def test_the_surroundings_of_this_computer_can_be_asked():
    assert isinstance(homes.offers(homes.surroundings()), tuple)


def test_a_portable_fork_is_told_by_the_program_beside_it(tmp_path):
    made(tmp_path, "data/user-data/User")
    (tmp_path / "Cursor.exe").touch()
    (machine,) = homes.homes_in(tmp_path)
    user = tmp_path / "data/user-data/User"

    assert user in editors.user_folders(machine, (editors.CURSOR,))
    assert user not in editors.user_folders(machine, editors.MICROSOFT)
