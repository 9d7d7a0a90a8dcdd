"""A step of the archive's tables: whether all that was followed has been related."""

RELATED = """
-- 1: what is derived holds all that was read of it; otherwise a reading was cut short
alter table repos add column related integer not null default 0
"""
