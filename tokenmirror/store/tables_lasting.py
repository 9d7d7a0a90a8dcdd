"""The third step of the archive's tables: what became of lines on the main line."""

LASTING = """
-- first release that contains the landing; last look at which a repository's refs were read;
-- landings that a blame skips, by their ids, as the labels heed them
alter table commits add column released_ms integer;
alter table repos add column observed_ms integer;
alter table repos add column skipped text;
create table births (                 -- lines of one writer in one file of one landing
  id integer primary key,
  repo_id integer not null references repos(id) on delete cascade,
  number integer not null,            -- from 1, in the order of the chain
  commit_id integer not null references commits(id) on delete cascade,
  path text not null,
  suggestion_id integer,              -- null: the person's, not recognised as a tool's
  session_id integer,
  mine integer not null,              -- 1: the landing is the person's
  lines integer not null,             -- non-blank
  proof_lines integer not null,
  born_ms integer not null,           -- monotone time of the landing
  unique (repo_id, number)
) strict;
create index births_by_commit on births(commit_id);
create index births_by_suggestion on births(suggestion_id) where suggestion_id is not null;
create index births_by_time on births(born_ms);
create table deaths (                 -- lines that a landing changed or removed
  birth_id integer not null references births(id) on delete cascade,
  at_ms integer not null,
  until_ms integer,                   -- they came back then
  lines integer not null,
  cause text not null,                -- changed, deleted, with_file, reverted, removed_whole
  commit_id integer not null,         -- landing that did it
  killer text not null                -- mine (by hand), ai (in the person's sessions), other
) strict;
create index deaths_by_birth on deaths(birth_id);
create table censored (               -- lines that could not be followed any further: no death
  birth_id integer not null references births(id) on delete cascade,
  at_ms integer not null,
  lines integer not null
) strict;
create index censored_by_birth on censored(birth_id);
create table reversals (              -- a landing undone by a later one
  commit_id integer not null references commits(id) on delete cascade,
  by_commit_id integer not null references commits(id) on delete cascade,
  at_ms integer not null,
  how text not null,                  -- message, removed_whole
  share real not null,                -- of its lines that went
  undone_ms integer,                  -- since then it does not stand any more
  primary key (commit_id, by_commit_id)
) strict, without rowid;
create index reversals_by_landing on reversals(by_commit_id);
create table track_files (            -- whose each line is: labels.pack()
  repo_id integer not null references repos(id) on delete cascade,
  path blob not null,
  labels blob not null,
  primary key (repo_id, path)
) strict, without rowid;
create table graves (                 -- hashes of lines a landing removed, in case they return
  commit_id integer primary key references commits(id) on delete cascade,
  repo_id integer not null,
  at_ms integer not null,
  lines blob not null
) strict;
create index graves_by_repo on graves(repo_id, at_ms)
"""
