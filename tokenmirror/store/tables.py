"""The archive's tables as SQL: facts, what is derived from them, the person's own rows."""

FACTS = """
create table machines (
  id integer primary key,
  key text not null unique,           -- random id made at first start
  label text not null
) strict;
create table files (
  id integer primary key,
  machine_id integer not null references machines(id),
  source text not null,
  path text not null,
  size integer not null,              -- as of the last reading
  mtime_ns integer not null,
  stamp integer not null,             -- companions read with it
  offset integer not null,            -- end of the last complete record read
  head blob not null,
  state blob not null,
  version integer not null,           -- of the source that read it
  records integer not null default 0,
  understood integer not null default 0,
  first_ms integer,                   -- earliest and latest instant of its events
  last_ms integer,
  read_ms integer not null,
  gone integer not null default 0,    -- 1: was not there at the last look
  unique (machine_id, source, path)
) strict;
create table problems (
  file_id integer not null references files(id) on delete cascade,
  offset integer,
  reason text not null,
  at_ms integer not null
) strict;
create index problems_by_file on problems(file_id);
create table unknown_kinds (
  file_id integer not null references files(id) on delete cascade,
  kind text not null,
  count integer not null,
  primary key (file_id, kind)
) strict, without rowid;
create table projects (               -- the repository a folder lies in, else the folder
  id integer primary key,
  key text not null unique,           -- repository: its common folder; else the folder
  name text not null,                 -- last part, with the part before where two are alike
  repo_id integer references repos(id)
) strict;
create table sessions (
  id integer primary key,
  source text not null,
  key text not null,                  -- id as the tool has it
  machine_id integer not null references machines(id),
  file_id integer references files(id),
  folder text,
  branch blob,                        -- keyed hash of the branch's name
  branch_name text,                   -- kept only at the level with titles
  entry text not null default 'unknown',
  mode text not null default 'unknown',
  parent text,                        -- key of another session of the same source
  relation text,
  started_ms integer,
  ended_ms integer,
  tool_version text,
  utc_offset_min integer,
  project_id integer references projects(id),  -- derived
  unique (source, key)
) strict;
create table prompts (
  id integer primary key,
  key integer not null unique,        -- natural_key(source, 'prompt', log's key)
  log_key text not null,
  session_id integer not null references sessions(id),
  file_id integer references files(id),
  copied integer not null,
  at_ms integer,
  turn_key integer,
  author text not null,
  basis text not null,
  text_hash blob not null,
  words integer not null,
  attachments integer,
  removed integer not null default 0
) strict;
create index prompts_by_session on prompts(session_id, at_ms);
create index prompts_by_time on prompts(at_ms, session_id);
create table turns (
  id integer primary key,
  key integer not null unique,
  session_id integer not null references sessions(id),
  file_id integer references files(id),
  copied integer not null,
  at_ms integer,
  ended_ms integer,
  ended text not null
) strict;
create index turns_by_session on turns(session_id, at_ms);
create table suggestions (
  id integer primary key,
  key integer not null unique,
  log_key text not null,
  session_id integer not null references sessions(id),
  file_id integer references files(id),
  copied integer not null,
  at_ms integer,
  turn_key integer,
  kind text not null,
  path text,                          -- as the log has it; null for commands
  whole integer not null default 0,
  decision text not null,
  how text,
  basis text not null,
  decided_ms integer,
  lines_rank integer not null default 0,  -- of the record the lines come from: -1 none, 0 undecided
  lines_added integer not null,       -- lines of the diff, blank ones too
  lines_removed integer not null,
  added integer not null,             -- non-blank
  removed integer not null
) strict;
create index suggestions_by_session on suggestions(session_id, at_ms);
create index suggestions_by_time on suggestions(at_ms, session_id);
create table suggestion_lines (       -- seal.pack(): hashes and flags, no text
  suggestion_id integer primary key references suggestions(id) on delete cascade,
  lines blob not null
) strict;
create table tool_calls (
  id integer primary key,
  key integer not null unique,
  session_id integer not null references sessions(id),
  file_id integer references files(id),
  copied integer not null,
  at_ms integer,
  turn_key integer,
  kind text not null,
  name text not null,
  args_hash integer not null,
  ok integer,
  duration_ms integer,
  commits text                        -- hashes the output named, parted by spaces
) strict;
create index tool_calls_by_session on tool_calls(session_id, at_ms);
create index tool_calls_with_commits on tool_calls(session_id) where commits is not null;
create table models (
  id integer primary key,
  name text not null unique
) strict;
create table usage (
  id integer primary key,
  key integer not null unique,
  session_id integer not null references sessions(id),
  file_id integer references files(id),
  copied integer not null,
  at_ms integer,
  model_id integer references models(id),
  input_tokens integer,
  cache_read_tokens integer,
  cache_write_5m_tokens integer,
  cache_write_1h_tokens integer,
  output_tokens integer,
  reasoning_tokens integer,
  output_at_least integer not null default 0,
  cost_nusd integer,
  credits real
) strict;
create index usage_by_session on usage(session_id, at_ms);
create index usage_by_time on usage(at_ms, session_id);
create table day_totals (
  id integer primary key,
  key integer not null unique,
  source text not null,
  machine_id integer not null references machines(id),
  file_id integer references files(id),
  at_ms integer not null,
  what text not null,
  count integer not null,
  folder text
) strict;
create table sightings (              -- the same record seen in another session's log
  kind text not null,                 -- prompts, turns, suggestions, tool_calls, usage
  key integer not null,
  session_id integer not null references sessions(id),
  file_id integer references files(id),
  copied integer not null,
  primary key (kind, key, session_id)
) strict, without rowid;
create table texts (                  -- only if the person switched it on
  prompt_id integer primary key references prompts(id) on delete cascade,
  text text not null
) strict;
create table repos (
  id integer primary key,
  machine_id integer not null references machines(id),
  common_dir text not null,
  name text not null,
  object_format text,
  landing_ref text,                   -- full name of the ref that counts as the main line
  landing_from text,                  -- chosen, remote_head, remote_name, local_name, single
  state text not null,                -- ok, empty, missing, not_yours, shallow, partial, unreadable
  reason text,
  refs_digest blob,
  tips text,                          -- ids read up to, parted by spaces
  chain_tip text,                     -- last landing read
  chain_ms integer,                   -- its monotone time
  attributes text,                    -- JSON: folder and text of .gitattributes at the tip
  renames text,                       -- JSON: new name to earlier name, of files edits name
  pool_digest blob,                   -- of the edits the last matching knew
  rules_version integer not null default 0,
  scanned_ms integer,
  unique (machine_id, common_dir)
) strict;
create table worktrees (
  repo_id integer not null references repos(id) on delete cascade,
  root text not null,
  primary key (repo_id, root)
) strict, without rowid;
create table commits (
  id integer primary key,
  repo_id integer not null references repos(id) on delete cascade,
  oid text not null,
  parents text not null,              -- ids parted by spaces
  authored_ms integer not null,
  committed_ms integer not null,
  placed_ms integer not null,         -- author date, or committer date where that is impossible
  mono_ms integer,                    -- landing time, never before the landing below; chain only
  utc_offset_min integer not null,
  mine integer not null,
  on_chain integer not null,          -- on the first-parent chain of the main line
  landed_oid text,                    -- landing that contains it
  landed_how text,                    -- ancestor, patch, content
  added integer,                      -- non-blank lines of files that are not excluded
  removed integer,
  proof_lines integer,                -- of these the added ones that prove something
  bulk integer not null default 0,
  trailer text,                       -- assistant named in the message
  subject text,                       -- kept only at the level with titles
  reachable integer not null default 1,
  branch_ms integer,                  -- last move of a branch that holds it, if not landed
  unique (repo_id, oid)
) strict;
create index commits_by_time on commits(placed_ms);
"""

DERIVED = """
create table claims (                 -- these added lines of this commit come from that edit
  commit_id integer not null references commits(id) on delete cascade,
  suggestion_id integer not null,
  session_id integer not null,
  path text not null,
  evidence text not null,             -- record, own_commit, exact, near, moved
  lines integer not null,             -- non-blank
  proof_lines integer not null,
  removed_lines integer not null default 0,
  primary key (commit_id, suggestion_id, path, evidence)
) strict, without rowid;
create index claims_by_suggestion on claims(suggestion_id);
create table links (                  -- a session is linked to a commit
  commit_id integer not null references commits(id) on delete cascade,
  session_id integer not null,
  how text not null,                  -- agent_made, lines, removals
  ships integer not null,             -- 1: strong enough to make its task shipped
  primary key (commit_id, session_id)
) strict, without rowid;
create index links_by_session on links(session_id);
create table follows (                -- what became of an accepted edit's lines
  suggestion_id integer primary key,
  repo_id integer not null,
  path text not null,                 -- relative to the repository
  landed blob not null,               -- bit per added non-blank line
  shipped blob not null,
  exact blob not null,
  landed_lines integer not null,
  shipped_lines integer not null,
  exact_lines integer not null,       -- of landed_lines: recognised exactly or by record
  landed_ms integer,                  -- first time
  shipped_ms integer
) strict;
create table origins (
  prompt_id integer primary key,
  origin text not null,               -- own, delegated, unattended, unknown
  basis text not null,                -- stated, inferred, you, unknown
  rule text
) strict;
create table proposals (              -- a proposed change: all edits of one turn to one file
  id integer primary key,
  session_id integer not null,
  turn_key integer,
  path text not null,
  at_ms integer,
  decision text not null,
  how text,
  unattended integer not null,        -- 1: only a program drove its session
  followed integer not null,          -- 1: its project maps to a readable repository
  excluded integer not null,          -- 1: lock, generated, vendored… in no figure
  proposed integer not null,          -- non-blank added lines, the turn's final state
  chosen integer not null,
  allowed integer not null,
  applied integer not null,
  undecided integer not null,
  rejected integer not null,          -- rejected and undone
  landed integer not null,
  shipped integer not null,
  landed_ms integer,
  shipped_ms integer
) strict;
create index proposals_by_session on proposals(session_id, at_ms);
create index proposals_by_time on proposals(at_ms);
create table proposal_suggestions (
  suggestion_id integer primary key,
  proposal_id integer not null
) strict;
create table deliveries (             -- a shipped change: one merge unit on the main line
  id integer primary key,
  repo_id integer not null,
  key text not null unique,           -- repository and id of its first landing
  at_ms integer not null,             -- author date of its last landing
  landed_ms integer not null,
  commits integer not null,
  added integer,
  removed integer,
  ai text not null,                   -- with, without, unknown
  ai_lines integer not null
) strict;
create index deliveries_by_time on deliveries(at_ms);
create table delivery_commits (
  commit_id integer primary key,
  delivery_id integer not null
) strict;
create table tasks (
  id integer primary key,
  key text not null unique,           -- tool:session id of its first session
  title text,
  title_from text not null,           -- subject, branch, day
  project_id integer,
  source text not null,               -- tool of its first session
  began_ms integer,                   -- first own prompt, else first prompt, else start
  ended_ms integer,
  outcome text not null,              -- inferred: F2 keys
  why text not null,                  -- rule that decided
  stated text,                        -- done, useful_without_code, set_aside, did_not_work_out
  unattended integer not null,        -- 1: no prompt of it is own or unknown
  own_prompts integer not null,
  intended integer not null,          -- 1: an edit was proposed or a commit made
  proposed integer not null,
  accepted integer not null,
  landed integer not null,
  shipped integer not null,
  landed_ms integer,
  shipped_ms integer,
  hidden integer not null default 0,
  rules_version integer not null
) strict;
create index tasks_by_time on tasks(began_ms);
create table task_sessions (
  session_id integer primary key,
  task_id integer not null
) strict;
create index task_sessions_by_task on task_sessions(task_id);
create table task_deliveries (
  task_id integer not null,
  delivery_id integer not null,
  primary key (task_id, delivery_id)
) strict, without rowid;
"""

# version 2: close lines apart from exact ones, what is used up, claims that no edit explains
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
create table late_edits (             -- placed since the repository was last read to its end
  repo_id integer not null references repos(id) on delete cascade,
  session_id integer not null,
  at_ms integer not null,             -- the earliest one's
  primary key (repo_id, session_id)
) strict, without rowid;
"""

OWN = """
create table consents (
  source text primary key,
  allowed integer not null,
  places text not null,               -- JSON list: folders seen when it was allowed
  edited_ms integer not null
) strict;
create table added_folders (          -- folders and repositories named by hand
  path text primary key,
  kind text not null,                 -- home, repository
  edited_ms integer not null
) strict;
create table labels (                 -- what the person says of a task, per session of it
  source text not null,
  session text not null,
  outcome text,
  hidden integer not null default 0,
  edited_ms integer not null,
  primary key (source, session)
) strict, without rowid;
create table prompt_labels (          -- origin set by hand, by natural key
  prompt_key integer primary key,
  origin text not null,
  edited_ms integer not null
) strict;
create table identities (
  email text primary key,
  origin text not null,               -- git_config, agent_commit, only_author, same_name,
                                      -- author, typed
  is_me integer not null,
  edited_ms integer not null
) strict;
create table repo_choices (
  common_dir text primary key,
  followed integer not null,
  landing_ref text,
  edited_ms integer not null
) strict;
"""

RUNS = """
create table runs (
  id integer primary key,
  started_ms integer not null,
  ended_ms integer,
  state text not null,                -- running, done, stopped, failed
  report text                         -- JSON, the document of cli.md
) strict;
"""
