"""The pages for people name every command and option of the program."""

from __future__ import annotations

import click
import pytest

from tests.shared import ROOT
from tokenmirror.app import cli
from tokenmirror.sources import built_in

COMMANDS = sorted(cli.tokenmirror.commands)


def pages() -> str:
    """All pages for people as one text."""
    help_pages = sorted((ROOT / "resources" / "help").glob("*.md"))
    found = [ROOT / "README.md", *help_pages]
    return "\n".join(path.read_text(encoding="utf-8") for path in found if path.exists())


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_names_the_command(name):
    assert f"tokenmirror {name}" in pages() or f"`{name}`" in pages()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_what_it_does_and_what_its_options_mean(name):
    command = cli.tokenmirror.commands[name]

    assert command.help
    assert command.help.rstrip().endswith(".")
    for option in command.params:
        assert not isinstance(option, click.Option) or option.hidden or option.help


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_the_common_options(name):
    options = {name for option in cli.tokenmirror.commands[name].params for name in option.opts}

    assert {"--data-dir", "--home", "--json", "--quiet", "--verbose"} <= options


def test_the_page_on_formats_names_every_source():
    page = (ROOT / "resources" / "help" / "formats.md").read_text(encoding="utf-8")

    assert [source.key for source in built_in() if f"(`{source.key}`)" not in page] == []
