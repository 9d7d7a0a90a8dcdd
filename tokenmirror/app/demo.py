"""The window on made-up data, in a temporary archive that is gone when it closes."""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from tokenmirror import paths
from tokenmirror.app import log, reading, sample, sources
from tokenmirror.app.start import Started, Wanted, start
from tokenmirror.store import own


@contextmanager
def archive(wanted: Wanted, now: datetime) -> Iterator[tuple[Started, str]]:
    """A temporary archive of sample data, read by the real reader; with what it lacks.

    ``now`` is the end of the made-up weeks, and the time by which their outcomes are told.
    """
    with tempfile.TemporaryDirectory(prefix="tokenmirror-sample-") as name:
        folder = Path(name).resolve()
        made = sample.make(folder, now, paths.git_program())
        begun = start(replace(wanted, data_dir=folder / "data", home=made.home))
        # made-up titles tell nothing of anybody
        begun = replace(begun, settings=replace(begun.settings, keep="titles"))
        bar = reading.Bar(sys.stderr, quiet=wanted.quiet)
        request = reading.request(begun, sources.loaded())
        reading.read(begun, request, bar.say, threading.Event(), now)
        allowed = own.opened(begun.places.database)
        for source in request.sources:
            if not any(source.find(request.machine)):
                continue  # the sample has logs of some tools alone
            seen = [str(place) for place in source.places(request.machine)]
            allowed.consent(source.key, allowed=True, places=seen)
        bar.close()
        try:
            yield begun, made.missing
        finally:
            log.end()  # an open file would keep its folder on some systems


def run(wanted: Wanted, now: datetime) -> int:
    """Show the sample in the window; gives the exit code."""
    with archive(wanted, now) as (begun, missing):
        if missing:
            click.echo(missing, err=True)
        from tokenmirror.app import gui  # late: only a window needs Qt

        return gui.run(begun, sample=True)
