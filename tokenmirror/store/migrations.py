"""The steps from one version of the archive's tables to the next, by name and in order."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from tokenmirror.store import tables

archive = Migrations("tokenmirror")


@archive()
def m001_facts(db: Database) -> None:
    """Facts, derived tables, the person's own rows and the record of imports."""
    for script in (tables.FACTS, tables.DERIVED, tables.OWN, tables.RUNS):
        for statement in script.split(";\n"):
            if statement.strip():
                db.execute(statement)
