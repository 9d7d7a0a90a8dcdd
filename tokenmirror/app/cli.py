"""The command line: options, commands, exit codes.

Every command imports what it needs when it runs, so that ``import`` stays quick and only
``open`` and ``demo`` need a display.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from tokenmirror import __version__
from tokenmirror.app import guard, log, output
from tokenmirror.app.start import Reader, Started, Wanted, archive, days, now, start
from tokenmirror.errors import UserError
from tokenmirror.language import tr

if TYPE_CHECKING:
    from tokenmirror.measures.groups import By
    from tokenmirror.measures.listing import Rows

DONE, NOT_DONE, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
FORMATS = ("table", "json", "csv")
GROUPS = (
    "day", "week", "month", "quarter", "tool", "model", "project", "repository", "outcome",
    "origin",
)  # fmt: skip
Command = TypeVar("Command", bound=Callable[..., Any])


class Day(click.ParamType[date]):
    """A civil day, written 2026-10-31."""

    name = "day"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """The day; a wrong one ends the program with the way to write it."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(tr("“{value}” is no day such as 2026-10-31.", value=value), param, ctx)


FOLDER = click.Path(file_okay=False, path_type=Path)
FOUND = click.Path(exists=True, path_type=Path)
FOUND_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


def _remember(ctx: click.Context, param: click.Parameter, value: object) -> None:
    # an option may stand before or after the command: the later one wins
    if value is not None and value is not False and not ctx.resilient_parsing:
        root = ctx.find_root()
        path = value.absolute() if isinstance(value, Path) else value
        root.obj = replace(root.obj or Wanted(), **{str(param.name): path})


class Decorator(Protocol):
    """Gives a command something, and gives the command back."""

    def __call__(self, command: Command, /) -> Command:
        """The command with what it was given."""


def _options(*, environment: bool) -> Decorator:
    data_dir, home = ("TOKENMIRROR_DATA_DIR", "TOKENMIRROR_HOME") if environment else (None, None)
    options = (
        _common("--data-dir", "One folder for all that is ours.", type=FOLDER, envvar=data_dir),
        _common("--home", "Find logs in this copied home.", type=FOUND_FOLDER, envvar=home),
        _common("--json", "One JSON document on standard output.", is_flag=True),
        _common("--quiet", "Say less on standard error.", is_flag=True),
        _common("--verbose", "Say and log more.", is_flag=True),
    )

    def given_to(command: Command, /) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return given_to


def _common(name: str, words: str, **facts: Any) -> Decorator:  # noqa: ANN401
    return click.option(name, help=words, expose_value=False, callback=_remember, **facts)


# before the command they may also come from the environment; after it they win
common = _options(environment=False)


def filters(command: Command) -> Command:
    """Give a command the filters and formats of row listings."""
    for option in (
        click.option("--format", "form", type=click.Choice(FORMATS), help="How to write it."),
        click.option(
            "--project", "projects", multiple=True, help="Only this project (repeatable)."
        ),
        click.option("--tool", "tools", multiple=True, help="Only this tool id (repeatable)."),
        click.option("--until", type=Day(), help="Last civil day, inclusive."),
        click.option("--since", type=Day(), help="First civil day, inclusive."),
    ):
        command = option(command)
    return command


@click.group(name="tokenmirror", invoke_without_command=True)
@click.version_option(__version__, prog_name="tokenmirror")
@click.option("--self-test", is_flag=True, hidden=True)
@_options(environment=True)
@click.pass_context
def tokenmirror(ctx: click.Context, self_test: bool) -> None:
    """See what came of your AI-assisted work: read here, kept here, shown to you.

    Without a command the window opens.
    """
    if self_test:
        from tokenmirror.app import self_test as test

        ctx.exit(test.run())
    if ctx.invoked_subcommand is None:
        ctx.exit(_show(ctx))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and end it with its exit code."""
    guard.stand()
    sys.exit(code_of(arguments))


def code_of(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give its exit code; no traceback reaches the person."""
    try:
        given = tokenmirror.main(
            args=None if arguments is None else list(arguments),
            prog_name="tokenmirror",
            standalone_mode=False,
        )
    except click.ClickException as error:
        error.show()
        return WRONG_USE
    except UserError as error:
        click.echo(str(error), err=True)
        return NOT_DONE
    except (click.Abort, KeyboardInterrupt):
        click.echo(tr("Stopped. What was complete is kept."), err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # whoever read our output has seen enough; leave without a second complaint
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception:  # the top level: the person gets a sentence, the log the stack
        logging.getLogger(__name__).exception("fault")
        click.echo(
            tr("Something broke in TokenMirror. Your data is safe; the log says where."), err=True
        )
        return NOT_DONE
    finally:
        log.end()
    return given if isinstance(given, int) else DONE


def started(ctx: click.Context) -> Started:
    """Start with the options given; what the settings have to tell goes to standard error."""
    begun = start(ctx.find_root().obj or Wanted())
    if begun.note and not begun.wanted.quiet:
        click.echo(begun.note, err=True)
    return begun


def put(text: str) -> None:
    """Write a document to standard output as UTF-8, whatever the terminal's encoding."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


@tokenmirror.command(name="open")
@common
@click.pass_context
def open_window(ctx: click.Context) -> int:
    """Open the window."""
    return _show(ctx)


def _show(ctx: click.Context) -> int:
    from tokenmirror.app import gui

    return gui.run(started(ctx))


@tokenmirror.command()
@common
@click.pass_context
def demo(ctx: click.Context) -> int:
    """Open the window with sample data in a temporary archive."""
    from tokenmirror.app import demo as shown

    return shown.run(ctx.find_root().obj or Wanted(), now())


@tokenmirror.command(name="import")
@click.option("--source", "keys", multiple=True, help="Read this source (repeatable).")
@click.option("--all-sources", is_flag=True, help="Read every source.")
@click.option(
    "--repo", "repos", multiple=True, type=FOLDER, help="A repository besides those found."
)
@click.option("--full", is_flag=True, help="Read everything again; nothing is lost.")
@click.option("--dry-run", is_flag=True, help="Say what would be read.")
@click.option("--watched", is_flag=True, hidden=True)
@click.argument("also", nargs=-1, type=FOUND, metavar="[PATH]...")
@common
@click.pass_context
def read_logs(
    ctx: click.Context,
    also: tuple[Path, ...],
    keys: tuple[str, ...],
    all_sources: bool,
    repos: tuple[Path, ...],
    full: bool,
    dry_run: bool,
    watched: bool,
) -> int:
    """Read what is new in the logs, then follow the commits.

    A PATH is the export of a chat site, as it came or unpacked, or another home folder to
    look for logs in; it counts for this run.
    """
    import threading

    from tokenmirror.app import reading, sources

    begun = started(ctx)
    if watched:
        return reading.watched(begun, keys, every=all_sources, full=full)
    also = tuple(path.absolute() for path in also)
    chosen = sources.allowed(begun, keys, every=all_sources, also=also)
    wanted = reading.request(begun, chosen, repos, also=also, full=full)
    if dry_run:
        _tell_reading(begun, reading.on_trial(begun, wanted))
        return DONE
    stop, bar = threading.Event(), reading.Bar(sys.stderr, quiet=begun.wanted.quiet)
    with reading.interruptible(stop):
        try:
            report = reading.read(begun, wanted, bar.say, stop)
        finally:
            bar.close()
    _tell_reading(begun, report.document())
    return INTERRUPTED if report.stopped else DONE


def _tell_reading(begun: Started, body: dict[str, Any]) -> None:
    if begun.wanted.json:
        put(output.as_json(output.document("import", body, now())))
    else:
        put(output.reading_as_text(body))


@tokenmirror.command(name="sources")
@click.option("--report", is_flag=True, help="How well logs are understood; free of content.")
@click.option("--recounts", "ledger", flag_value="recounts", help="Past figures that moved.")
@click.option(
    "--contradictions",
    "ledger",
    flag_value="contradictions",
    help="Records that contradict themselves.",
)
@click.option("--format", "form", type=click.Choice(FORMATS), help="How to write it.")
@common
@click.pass_context
def list_sources(
    ctx: click.Context, form: output.Format | None, report: bool, ledger: str | None
) -> None:
    """List each source: where, how much, what it can tell."""
    from tokenmirror.app import sources

    begun = started(ctx)
    if ledger:
        put(output.rows_as(_form(begun, form), ledger, sources.kept(begun, ledger), now()))
        return
    if report:
        rows = sources.drift(begun)
        body = {"program": __version__, "formats": rows}
        wanted = _form(begun, form) == "json"
        put(
            output.as_json(output.document("formats", body, now()))
            if wanted
            else sources.drift_as_text(rows)
        )
        return
    put(output.rows_as(_form(begun, form), "sources", sources.rows(begun), now()))
    for path, _kind, added in sources.further_homes(begun):
        if not added and not begun.wanted.quiet:
            words = tr("Another home may hold logs: {path}. To read it, name it to “import”.")
            click.echo(words.format(path=path), err=True)


def _form(begun: Started, form: output.Format | None) -> output.Format:
    return form or ("json" if begun.wanted.json else "table")


def _list(name: str, form: output.Format | None, given: dict[str, Any], **more: object) -> None:
    """Write the rows of a command, as ``measures.listing`` gives them."""
    from tokenmirror.app import sources
    from tokenmirror.measures import listing

    sources.named(given["tools"])
    begun = started(click.get_current_context())
    rows: list[listing.Row] = []
    if begun.places.database.exists():
        with archive(begun) as db:
            rows = getattr(listing, name)(db, _chosen(db, begun, **given), **more)
    put(output.rows_as(_form(begun, form), name, rows, now()))


def _chosen(
    db: Reader,
    begun: Started,
    since: date | None,
    until: date | None,
    tools: tuple[str, ...],
    projects: tuple[str, ...],
) -> Rows:
    from tokenmirror.measures import listing

    return listing.between(
        since,
        until,
        days(begun.settings),
        frozenset(tools) or None,
        listing.projects_named(db, projects) if projects else None,
    )


@tokenmirror.command()
@filters
@common
def tasks(form: output.Format | None, **given: Any) -> None:  # noqa: ANN401 (options as parsed)
    """List pieces of work, and how each ended."""
    _list("tasks", form, given)


@tokenmirror.command()
@filters
@common
def sessions(form: output.Format | None, **given: Any) -> None:  # noqa: ANN401
    """List conversations with the tools."""
    _list("sessions", form, given)


@tokenmirror.command()
@click.option("--text", is_flag=True, help="With the text, where it is kept.")
@filters
@common
def prompts(form: output.Format | None, text: bool, **given: Any) -> None:  # noqa: ANN401
    """List prompts."""
    _list("prompts", form, given, text=text)


@tokenmirror.command()
@filters
@common
def suggestions(form: output.Format | None, **given: Any) -> None:  # noqa: ANN401
    """List proposed edits and commands, and what became of each."""
    _list("suggestions", form, given)


@tokenmirror.command()
@filters
@common
def commits(form: output.Format | None, **given: Any) -> None:  # noqa: ANN401
    """List commits of yours, and those of others that carry lines of yours."""
    _list("commits", form, given)


@tokenmirror.command()
@click.option("--by", type=click.Choice(GROUPS), help="The same for each of these.")
@click.option("--include-unattended", "unattended", is_flag=True, help="With unattended runs.")
@filters
@common
@click.pass_context
def measures(
    ctx: click.Context,
    by: By | None,
    unattended: bool,
    form: output.Format | None,
    since: date | None,
    until: date | None,
    tools: tuple[str, ...],
    projects: tuple[str, ...],
) -> None:
    """Work out every measure for a period."""
    from tokenmirror.app import measured, sources

    begun = started(ctx)
    sources.named(tools)
    asked = measured.Asked(since, until, tools, projects, by, unattended)
    body = measured.body(begun, asked, now())
    if _form(begun, form) == "json":
        put(output.as_json(output.document("measures", body, now())))
    else:
        put(output.rows_as(_form(begun, form), "measures", measured.rows(body), now()))


@tokenmirror.command()
@common
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Say what surrounds the program and what needs attention; free of content."""
    from tokenmirror.app import doctor as examined

    begun = started(ctx)
    body = examined.examine(begun, now())
    if begun.wanted.json:
        put(output.as_json(output.document("doctor", body, now())))
    else:
        put(examined.as_text(body))
