"""The eighth step of the archive's tables: births of one landing and session put together."""

LANDED = """
create index task_deliveries_by_delivery on task_deliveries(delivery_id);
create table landed_sums (            -- derived: births of one landing and session, their ends
  repo_id integer not null references repos(id) on delete cascade,
  commit_id integer not null,         -- the landing's
  session_id integer not null,        -- 0: not recognised as AI lines
  mine integer not null,
  born_ms integer not null,
  birth_id integer not null,          -- the first of them
  lines integer not null,
  proof_lines integer not null,
  ends text not null,                 -- JSON: [at_ms, until_ms, lines, cause, commit, killer], ..
  lost text not null,                 -- JSON: [at_ms, lines], ..
  primary key (commit_id, session_id, mine, born_ms)
) strict, without rowid;
create index landed_sums_by_time on landed_sums(born_ms);
create index landed_sums_by_repo on landed_sums(repo_id)
"""
