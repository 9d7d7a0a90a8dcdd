"""The steps from one version of the archive's tables to the next, by name and in order."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from tokenmirror.store import tables

archive = Migrations("tokenmirror")


@archive()
def m001_facts(db: Database) -> None:
    """Facts, derived tables, the person's own rows and the record of imports."""
    _run(db, tables.FACTS, tables.DERIVED, tables.OWN, tables.RUNS)


@archive()
def m002_lasting(db: Database) -> None:
    """What is found again in another shape, and what lasts."""
    _run(db, tables.MATCHING)


def _run(db: Database, *scripts: str) -> None:
    for script in scripts:
        for statement in script.split(";\n"):
            if statement.strip():
                db.execute(statement)
