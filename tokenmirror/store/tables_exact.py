"""The fourth step of the archive's tables: how many landed lines were recognised for certain."""

EXACT = """
-- of proposals.landed and .shipped: recognised exactly or by a record; null: not known
alter table proposals add column landed_exact integer;
alter table proposals add column shipped_exact integer;
-- matched again with the next reading, which fills them
update repos set pool_digest = null
"""
