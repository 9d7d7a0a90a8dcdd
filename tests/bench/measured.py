"""Run a command in a fresh process and say what it took: CPU, clock, peak memory."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """One run of a command; CPU of user and system together, children included."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    status: int


def run(command: Sequence[str], env: dict[str, str] | None = None) -> Run:
    """Start a program by its path, wait, and read the kernel's account of it.

    Spawned, not forked: a child's peak memory would else begin at ours.
    """
    silent = [
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    began = time.perf_counter()
    pid = os.posix_spawn(command[0], list(command), env or dict(os.environ), file_actions=silent)
    _pid, status, used = os.wait4(pid, 0)
    return Run(
        cpu_s=used.ru_utime + used.ru_stime,
        wall_s=time.perf_counter() - began,
        peak_mb=used.ru_maxrss / 1024,
        status=os.waitstatus_to_exitcode(status),
    )
