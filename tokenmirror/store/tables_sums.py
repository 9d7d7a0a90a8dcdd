"""The sixth step of the archive's tables: sums of whole sessions, so that years stay quick.

Each kind of sum stands twice: by session and quarter of an hour, and by session as a whole
with its first and last quarter.  A question adds up whole sessions that lie inside its
period, and quarters of the few that cross its edges.
"""

SUMS = """
-- language of the file by its name; of the exact landed lines: told by a record of the tool's
alter table proposals add column language text;
alter table proposals add column noted integer not null default 0;
-- completions whose every showing is recorded; prompts that followed an edit of the agent
alter table session_slots add column shown integer not null default 0;
alter table session_slots add column taken integer not null default 0;
alter table session_slots add column untold integer not null default 0;
create table session_sums (           -- derived: session_slots of a whole session
  session_id integer primary key references sessions(id) on delete cascade,
  origin text not null,               -- who drove it: own, unknown, unattended
  first_slot integer,                 -- null: nothing of it has a time
  last_slot integer,
  own integer not null,
  unknown integer not null,
  unattended integer not null,
  delegated integer not null,
  turns integer not null,
  interrupted integer not null,
  asked integer not null,
  errors integer not null,
  calls integer not null,
  told_calls integer not null,
  bad_calls integer not null,
  shown integer not null,
  taken integer not null,
  untold integer not null
) strict;
create index session_sums_by_slot on session_sums(first_slot, last_slot, session_id);
create table usage_sums (             -- derived: usage_slots of a whole session
  session_id integer not null references sessions(id) on delete cascade,
  model_id integer not null,          -- 0: not named
  stated integer not null,
  tier integer not null,
  first_slot integer not null,        -- of all its usage
  last_slot integer not null,
  cost_nusd integer not null,
  input_tokens integer not null,
  cache_read_tokens integer not null,
  cache_write_5m_tokens integer not null,
  cache_write_1h_tokens integer not null,
  output_tokens integer not null,
  reasoning_tokens integer not null,
  is_open integer not null,
  records integer not null,
  credits real,
  primary key (session_id, model_id, stated, tier)
) strict, without rowid;
create index usage_sums_by_slot on usage_sums(first_slot, last_slot, session_id);
create index usage_sums_by_model on usage_sums(model_id, session_id);
create table change_slots (           -- derived: proposed changes of a quarter of an hour
  session_id integer not null references sessions(id) on delete cascade,
  slot integer not null,
  followed integer not null,
  language text not null,             -- '': not known
  proposed integer not null,          -- lines
  chosen integer not null,
  allowed integer not null,
  applied integer not null,
  undecided integer not null,
  rejected integer not null,
  landed integer not null,
  shipped integer not null,
  landed_exact integer not null,      -- all of them where it is not known
  shipped_exact integer not null,
  living integer not null,
  unwatched integer not null,
  noted integer not null,
  changes_chosen integer not null,
  changes_let integer not null,
  changes_rejected integer not null,
  changes_undecided integer not null,
  primary key (session_id, slot, followed, language)
) strict, without rowid;
create index change_slots_by_slot on change_slots(slot, session_id);
create index change_slots_by_language on change_slots(language, session_id);
create table change_sums (            -- derived: change_slots of a whole session
  session_id integer not null references sessions(id) on delete cascade,
  followed integer not null,
  first_slot integer not null,        -- of all its changes
  last_slot integer not null,
  proposed integer not null,
  chosen integer not null,
  allowed integer not null,
  applied integer not null,
  undecided integer not null,
  rejected integer not null,
  landed integer not null,
  shipped integer not null,
  landed_exact integer not null,      -- all of them where it is not known
  shipped_exact integer not null,
  living integer not null,
  unwatched integer not null,
  noted integer not null,
  changes_chosen integer not null,
  changes_let integer not null,
  changes_rejected integer not null,
  changes_undecided integer not null,
  primary key (session_id, followed)
) strict, without rowid;
create index change_sums_by_slot on change_sums(first_slot, last_slot, session_id);
create table courses (                -- derived: instants of a session, as little-endian int64
  session_id integer primary key references sessions(id) on delete cascade,
  asked blob not null,                -- own prompts, by time
  asked_words blob not null,          -- of each, as int32
  asked_marks blob not null,          -- of each, a byte: bits of courses.Mark
  decided blob not null,              -- edits the person chose at a stated time
  turns blob not null,                -- start, end of turns with an end
  own_low blob not null,              -- start, end of the person's time; caps 2, 5, 10 minutes
  own blob not null,
  own_high blob not null
) strict
"""
