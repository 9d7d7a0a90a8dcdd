"""A step of the archive's tables: landed lines that repeat code which was there before."""

COPIES = """
-- of the lines, on the main line; null: read before copies were looked for, or not to be told
alter table claims add column copied integer;
-- matched again with the next reading, which fills it
update repos set pool_digest = null
"""
