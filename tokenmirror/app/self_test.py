"""What an installer's test runs: read sample logs, work out every figure, paint every page."""

from __future__ import annotations

import sys
import time

import click

from tokenmirror.app import demo, measured, output
from tokenmirror.app.start import Wanted, archive, now
from tokenmirror.errors import UserError
from tokenmirror.measures import listing

FORMS: tuple[output.Format, ...] = ("json", "csv", "table")
KINDS = ("tasks", "sessions", "prompts", "suggestions", "commits")


def run() -> int:
    """Try the whole program on made-up data; one line says how it went, 0 when all is well."""
    began = time.monotonic()
    with demo.archive(Wanted(quiet=True), now()) as (begun, missing):
        start_s = time.monotonic() - began
        with archive(begun) as db:
            for kind in KINDS:
                rows = getattr(listing, kind)(db)
                if not rows and not (kind == "commits" and missing):
                    raise UserError(f"self-test failed: no {kind} of the sample logs.")
                for form in FORMS:
                    output.rows_as(form, kind, rows, now())
        measured.body(begun, measured.Asked(), now())
        from tokenmirror.app import gui  # late: the checks above need no display

        pages = gui.paint_once(begun)
    click.echo(f"self-test ok platform={sys.platform} start_s={start_s:.2f} pages={pages}")
    return 0
