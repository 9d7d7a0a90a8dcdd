"""What the ledger of past figures keeps: why something may have moved, and what stood."""

LEDGER = """
create table recount_causes (         -- noted where something changes, told at the next reckoning
  unit integer not null,              -- a session; minus a repository; 0: everything
  why text not null,                  -- as in recounts
  detail text not null,
  from_ms integer not null,           -- nothing before it was changed
  due_ms integer not null,            -- from when on it can be told
  primary key (unit, why, detail)
) strict, without rowid;
create table figure_units (           -- what each session or repository adds to a figure seen
  measure text not null,
  month text not null,
  unit integer not null,              -- a session; minus a repository; 0: none
  hits integer not null,
  trials integer not null,
  primary key (measure, month, unit)
) strict, without rowid;
create index figure_units_by_unit on figure_units(unit);
create table reckonings (             -- one row: the last one
  id integer primary key check (id = 1),
  at_ms integer not null,
  made_with text not null,            -- JSON: versions of rules, prices, settings that count
  settled_ms integer not null,        -- where the months end that are over
  ripe_ms integer not null,           -- and those that were over 14 days ago
  next_ms integer not null            -- when the next one may be over
) strict
"""
