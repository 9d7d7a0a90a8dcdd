"""The fourth step of the archive's tables: what was found again in another shape."""

MATCHING = """
alter table follows add column shipped_exact blob not null default x'';
alter table follows add column shipped_exact_lines integer not null default 0;
alter table follows add column spent blob not null default x'';
alter table follows add column gone blob not null default x'';
drop table claims;
create table claims (                 -- these added lines of this commit come from that edit
  commit_id integer not null references commits(id) on delete cascade,
  suggestion_id integer,              -- null: of the session, but of no edit it recorded
  session_id integer not null,
  path text not null,
  evidence text not null,             -- record, own_commit, exact, near, moved
  lines integer not null,             -- non-blank
  proof_lines integer not null,
  removed_lines integer not null default 0
) strict;
create unique index claims_by_commit
  on claims(commit_id, session_id, coalesce(suggestion_id, 0), path, evidence);
create index claims_by_suggestion on claims(suggestion_id);
create table findings (               -- lines of an edit that a commit holds; a bit per line
  commit_id integer not null references commits(id) on delete cascade,
  suggestion_id integer not null,
  exact blob not null,                -- added ones, as they are or by a tool's record
  moved blob not null,                -- at another path
  close blob not null,                -- changed
  gone blob not null,                 -- removed ones that prove something
  primary key (commit_id, suggestion_id)
) strict, without rowid;
-- links.ships: 1 by itself, 2 with the commits beside it that are one change with it
create table late_edits (             -- placed since the repository was last read to its end
  repo_id integer primary key references repos(id) on delete cascade,
  at_ms integer not null              -- the earliest one's
) strict;
create table snapshots (              -- how the main line stood: to go back to and go on from
  repo_id integer not null references repos(id) on delete cascade,
  oid text not null,                  -- landing after which it stood so
  mono_ms integer not null,
  landings integer not null,          -- read up to then
  state blob not null,                -- renames, labels of files, graves
  primary key (repo_id, oid)
) strict;
create table commons (                -- which lines several files have: repos.commons
  repo_id integer not null references repos(id) on delete cascade,
  mono_ms integer not null,           -- up to that landing
  lines blob not null
) strict;
create index commons_by_repo on commons(repo_id, mono_ms);
alter table repos add column since_ms integer;
"""
