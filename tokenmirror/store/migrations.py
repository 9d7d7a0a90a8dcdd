"""The steps from one version of the archive's tables to the next, by name and in order."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from tokenmirror.store import schema

archive = Migrations("tokenmirror")


@archive()
def m001_facts(db: Database) -> None:
    """Facts, derived tables, the person's own rows and the record of imports."""
    schema.first_step(db)
