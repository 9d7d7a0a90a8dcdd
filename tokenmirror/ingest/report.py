"""What a reading did: counted while it runs, told at its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tokenmirror.store.writer import Counts

Say = Callable[[dict[str, Any]], None]
Stopped = Callable[[], bool]


@dataclass
class SourceReport:
    """One source's part of a reading; ``problems`` are (file, offset, reason)."""

    id: str
    files_read: int = 0
    records_bad: int = 0
    problems: list[tuple[str, int | None, str]] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    rests: bool = False


@dataclass
class RepositoryReport:
    """One repository's part: what was read, and why it could not be, if so."""

    path: Path
    commits_read: int = 0
    problem: str | None = None


@dataclass
class Report:
    """A reading as a whole; ``document`` is the JSON of ``cli.md``."""

    files_found: int = 0
    files_read: int = 0
    files_unchanged: int = 0
    files_failed: int = 0
    bytes_read: int = 0
    records_read: int = 0
    records_understood: int = 0
    records_unknown: int = 0
    records_bad: int = 0
    seconds: float = 0.0
    sources: dict[str, SourceReport] = field(default_factory=dict)
    repositories: list[RepositoryReport] = field(default_factory=list)
    tables: set[str] = field(default_factory=set)
    first_ms: int | None = None
    last_ms: int | None = None
    stopped: bool = False

    def saw(self, first_ms: int | None, last_ms: int | None) -> None:
        """Widen the stretch of time that changed."""
        if first_ms is not None and last_ms is not None:
            self.first_ms = first_ms if self.first_ms is None else min(self.first_ms, first_ms)
            self.last_ms = last_ms if self.last_ms is None else max(self.last_ms, last_ms)

    def source(self, key: str) -> SourceReport:
        """The part of one source, made at first use."""
        return self.sources.setdefault(key, SourceReport(key))

    def document(self) -> dict[str, Any]:
        """The ``import`` document without its envelope."""
        return {
            "files": {
                "found": self.files_found,
                "read": self.files_read,
                "unchanged": self.files_unchanged,
                "failed": self.files_failed,
            },
            "bytes_read": self.bytes_read,
            "records": {
                "read": self.records_read,
                "understood": self.records_understood,
                "unknown": self.records_unknown,
                "bad": self.records_bad,
            },
            "seconds": round(self.seconds, 3),
            "sources": [
                {
                    "id": part.id,
                    "files_read": part.files_read,
                    "sessions": len(part.counts.sessions),
                    "prompts": part.counts.prompts,
                    "suggestions": part.counts.suggestions,
                    "usage_records": part.counts.usage,
                    "records_bad": part.records_bad,
                    "problems": [
                        {"file": file, "offset": offset, "why": reason}
                        for file, offset, reason in part.problems
                    ],
                }
                for part in sorted(self.sources.values(), key=lambda part: part.id)
            ],
            "repositories": [
                {
                    "path": str(part.path),
                    "commits_read": part.commits_read,
                    "problem": part.problem,
                }
                for part in sorted(self.repositories, key=lambda part: str(part.path))
            ],
        }
