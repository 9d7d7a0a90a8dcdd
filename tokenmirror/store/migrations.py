"""The steps from one version of the archive's tables to the next, by name and in order."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from tokenmirror.store import (
    tables,
    tables_copies,
    tables_exact,
    tables_landed,
    tables_lasting,
    tables_ledger,
    tables_matching,
    tables_measured,
    tables_packed,
    tables_related,
    tables_sums,
)

archive = Migrations("tokenmirror")


@archive()
def m001_facts(db: Database) -> None:
    """Facts, derived tables, the person's own rows and the record of imports."""
    _run(db, tables.FACTS, tables.DERIVED, tables.OWN, tables.RUNS)


@archive()
def m002_measured(db: Database) -> None:
    """Signs in prompts, cut conversations, daily rows, recounts, and more of the person's rows."""
    _run(db, tables_measured.MEASURED)


@archive()
def m003_lasting(db: Database) -> None:
    """Births and deaths of lines, reversals, releases."""
    _run(db, tables_lasting.LASTING)


@archive()
def m004_exact(db: Database) -> None:
    """Landed lines that were recognised exactly, beside all of them."""
    _run(db, tables_exact.EXACT)


@archive()
def m005_matching(db: Database) -> None:
    """Lines found again in another shape, and what is still to be read anew."""
    _run(db, tables_matching.MATCHING)


@archive()
def m006_sums(db: Database) -> None:
    """Sums of whole sessions, languages of proposed changes, courses of sessions."""
    _run(db, tables_sums.SUMS)


@archive()
def m007_ledger(db: Database) -> None:
    """What figures of the past were made of, and what may have moved them."""
    _run(db, tables_ledger.LEDGER)


@archive()
def m008_landed(db: Database) -> None:
    """Births of one landing and session put together."""
    _run(db, tables_landed.LANDED)


@archive()
def m009_copies(db: Database) -> None:
    """Landed lines that repeat code which was there before."""
    _run(db, tables_copies.COPIES)


@archive()
def m010_packed(db: Database) -> None:
    """Sums by quarter of an hour, packed by session."""
    _run(db, tables_packed.PACKED)


@archive()
def m011_related(db: Database) -> None:
    """Whether all that was followed has been related."""
    _run(db, tables_related.RELATED)


def _run(db: Database, *scripts: str) -> None:
    for script in scripts:
        for statement in script.split(";\n"):
            if statement.strip():
                db.execute(statement)
