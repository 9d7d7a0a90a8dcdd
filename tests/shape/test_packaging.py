"""Pins fit the ranges and hold no address; the packaging folder hides no library."""

from __future__ import annotations

import re
import sys
import tomllib

import pytest

from packaging.requirements import Requirement
from tests.shape import tree
from tests.shared import ROOT

PACKAGING = ROOT / "packaging"
PINS = PACKAGING / "requirements"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def asked() -> list[Requirement]:
    """What pyproject.toml asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [Requirement(text) for text in project["dependencies"]]


def pins(name: str) -> list[Requirement]:
    """The pins of a file."""
    text = (PINS / name).read_text(encoding="utf-8")
    lines = [line.removesuffix("\\").strip() for line in text.splitlines()]
    return [Requirement(line) for line in lines if re.match(r"[A-Za-z0-9]", line)]


def plain(name: str) -> str:
    """A package's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def applies(requirement: Requirement, python: str, platform: str) -> bool:
    """Whether a requirement counts on a Python and a platform."""
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": platform,
    }
    return requirement.marker is None or requirement.marker.evaluate(environment)


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_every_dependency_is_pinned_within_its_range(python, platform):
    pinned = {
        plain(pin.name): next(iter(pin.specifier)).version
        for pin in pins("runtime.txt")
        if applies(pin, python, platform)
    }
    for wanted in asked():
        if applies(wanted, python, platform):
            version = pinned.get(plain(wanted.name))
            assert version is not None, wanted
            assert wanted.specifier.contains(version), (wanted, version)


def test_the_development_pins_hold_the_runtime_pins():
    assert {str(pin) for pin in pins("runtime.txt")} <= {str(pin) for pin in pins("dev.txt")}


@pytest.mark.parametrize("path", sorted(PINS.glob("*.txt")), ids=lambda path: path.name)
def test_pins_hold_hashes_and_no_address(path):
    text = path.read_text(encoding="utf-8")

    assert "http" not in text
    assert "--index" not in text
    assert text.count("--hash=sha256:") >= len(pins(path.name))


def test_the_packaging_folder_is_no_package():
    # with an __init__.py it would hide the library called packaging
    assert list(PACKAGING.rglob("__init__.py")) == []


def test_no_script_of_the_packaging_folder_is_called_like_a_standard_module():
    scripts = {path.stem for path in PACKAGING.glob("*.py")}

    assert scripts & sys.stdlib_module_names == set()


def test_there_is_no_lock_file_with_addresses():
    names = {path.name for path in tree.files()}

    assert not names & {"uv.lock", "poetry.lock", "Pipfile.lock"}
