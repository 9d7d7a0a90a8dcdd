"""The tenth step of the archive's tables: sums by quarter of an hour, packed by session.

Nobody asks for the sums of changes of whole sessions any more.
"""

PACKED = """
drop table change_sums;
create table packed (                 -- derived: rows of a table of quarters
  session_id integer not null references sessions(id) on delete cascade,
  kind text not null,                 -- the table: session_slots, usage_slots, change_slots
  numbers blob not null,              -- of each row slot, keys, sums, as little-endian int64
  words text not null,                -- of each row its word, in lines; '' where there are none
  primary key (kind, session_id)
) strict
"""
