"""The second step of the archive's tables: what the rest of the measures reads."""

MEASURED = """
-- 1: states a way to check the result; 1: reads like a correction; minima of its word 5-grams
alter table prompts add column checks integer;
alter table prompts add column pushes_back integer;
alter table prompts add column sketch blob;
-- commits: 1: the subject calls it a fix; proposals: shipped lines that were last seen living
alter table commits add column fixes integer not null default 0;
alter table proposals add column living integer;
create index sessions_by_project on sessions(project_id);
create index turns_by_time on turns(at_ms, session_id);
create table compactions (            -- a conversation was cut to fit
  id integer primary key,
  key integer not null unique,
  session_id integer not null references sessions(id),
  file_id integer references files(id),
  copied integer not null,
  at_ms integer,
  tokens integer                      -- of the context before it was cut
) strict;
create index compactions_by_session on compactions(session_id, at_ms);
create table oddities (               -- derived: facts that contradict themselves, kept but marked
  kind text not null,                 -- prompts, turns, suggestions, tool_calls, usage, sessions
  row_id integer not null,
  what text not null,                 -- ends_before_start, negative, future, impossible_total
  primary key (kind, row_id, what)
) strict, without rowid;
create table session_slots (          -- derived: one session in one quarter of an hour
  session_id integer not null references sessions(id) on delete cascade,
  slot integer not null,              -- quarters of an hour since 1970-01-01 UTC
  own integer not null,               -- prompts by origin; empty ones are left out
  unknown integer not null,
  unattended integer not null,
  delegated integer not null,
  turns integer not null,
  interrupted integer not null,
  asked integer not null,
  errors integer not null,
  calls integer not null,
  told_calls integer not null,        -- calls whose result is known
  bad_calls integer not null,         -- of these the ones that went wrong
  primary key (session_id, slot)
) strict, without rowid;
create index session_slots_by_slot on session_slots(slot, session_id);
create table usage_slots (            -- derived: tokens of a session in a quarter of an hour
  session_id integer not null references sessions(id) on delete cascade,
  slot integer not null,
  model_id integer not null,          -- 0: not named
  stated integer not null,            -- 1: the log states the cost
  tier integer not null,              -- how many of slots.TIER_EDGES its records' context is over
  cost_nusd integer not null,
  input_tokens integer not null,
  cache_read_tokens integer not null,
  cache_write_5m_tokens integer not null,
  cache_write_1h_tokens integer not null,
  output_tokens integer not null,
  reasoning_tokens integer not null,
  is_open integer not null,           -- 1: some record does not say all of its tokens
  records integer not null,
  credits real,
  primary key (session_id, slot, model_id, stated, tier)
) strict, without rowid;
create index usage_slots_by_slot on usage_slots(slot, session_id);
create table repeats (                -- derived: the same again and again in one session
  id integer primary key,
  session_id integer not null references sessions(id) on delete cascade,
  kind text not null,                 -- loop, failures, reread
  at_ms integer not null,
  until_ms integer not null,
  calls integer not null,
  name text not null                  -- of the tool
) strict;
create index repeats_by_time on repeats(at_ms);
create index repeats_by_session on repeats(session_id);
create table prompt_repeats (         -- derived: asked again within a day in the project
  prompt_id integer primary key references prompts(id) on delete cascade,
  earlier_id integer not null,
  how text not null,                  -- equal, close
  retry integer not null              -- 1: a service error lay between
) strict;
create table figures_seen (           -- what a default figure was when it was last reckoned
  measure text not null,              -- id@version
  month text not null,                -- 2026-10
  value real,
  unit text not null,
  made_with text not null,            -- versions of rules, sources, prices
  primary key (measure, month)
) strict, without rowid;
create table recounts (               -- A8: a past figure that moved
  id integer primary key,
  at_ms integer not null,
  measure text not null,
  month text not null,
  old real,
  new real,
  unit text not null,
  why text not null,                  -- rule, source_version, new_records, ripened, prices, you
  detail text not null
) strict;
create table notes (                  -- dated marks on every chart (K3)
  id text primary key,                -- random
  day text not null,
  words text not null,
  edited_ms integer not null
) strict;
create table checkins (               -- how a week felt (K1)
  week text primary key,              -- its first day
  helped text,                        -- in_the_way, little, some, much
  effort text,                        -- less, usual, more
  words text,
  edited_ms integer not null
) strict;
create table plans (                  -- what the person pays (G2)
  id text primary key,
  name text not null,
  source text,                        -- tool it is for, if one
  nusd integer not null,
  per text not null,                  -- month, year
  first text not null,
  last text,
  edited_ms integer not null
) strict;
create table own_prices (             -- in place of the bundled list; per million tokens
  model text not null,
  first text not null,                -- civil day from which it holds
  input_nusd integer,
  cache_read_nusd integer,
  cache_write_5m_nusd integer,
  cache_write_1h_nusd integer,
  output_nusd integer,
  edited_ms integer not null,
  primary key (model, first)
) strict, without rowid;
create table baselines (              -- days at which the usual range begins anew
  day text primary key,
  why text not null,
  edited_ms integer not null
) strict;
create table estimates (              -- G7: the person's own estimate, per session of a task
  source text not null,
  session text not null,
  hours real,
  hour_nusd integer,
  edited_ms integer not null,
  primary key (source, session)
) strict, without rowid;
create table answers (                -- questions that are asked once
  question text primary key,
  answer text not null,
  edited_ms integer not null
) strict
"""
