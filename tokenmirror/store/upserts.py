"""The statements that merge a row into the archive, whatever the order of reading.

Known values win over unknown ones; a later decision over an earlier one; the usage record
with more output over a partial one; the larger count of a day total.
"""

_BASIS_RANK = "case {}basis when 'stated' then 2 when 'inferred' then 1 else 0 end"
_NEWER = (
    "(excluded.decision <> 'undecided' and (decision = 'undecided' or"
    " (coalesce(excluded.decided_ms, -1), excluded.decision,"
    f" {_BASIS_RANK.format('excluded.')}, coalesce(excluded.how, ''))"
    f" >= (coalesce(decided_ms, -1), decision, {_BASIS_RANK.format('')}, coalesce(how, ''))))"
)
_NEW_LINES = "excluded.lines_rank > lines_rank"
_SURER = (
    "(case excluded.basis when 'stated' then 2 when 'inferred' then 1 else 0 end"
    ", excluded.author < author) > (case basis when 'stated' then 2 when 'inferred' then 1"
    " else 0 end, 0)"
)

UPSERT_SESSION = """
insert into sessions (source, key, machine_id, file_id, folder, branch, branch_name, entry, mode,
  parent, relation, started_ms, ended_ms, tool_version, utc_offset_min)
values (:source, :key, :machine_id, :file_id, :folder, :branch, :branch_name, :entry, :mode,
  :parent, :relation, :started_ms, :ended_ms, :tool_version, :utc_offset_min)
on conflict(source, key) do update set
  folder = coalesce(folder, excluded.folder),
  branch = coalesce(excluded.branch, branch),
  branch_name = coalesce(excluded.branch_name, branch_name),
  entry = case entry when 'unknown' then excluded.entry else entry end,
  mode = case excluded.mode when 'unknown' then mode else excluded.mode end,
  parent = coalesce(parent, excluded.parent),
  relation = coalesce(relation, excluded.relation),
  started_ms = min(coalesce(started_ms, excluded.started_ms),
    coalesce(excluded.started_ms, started_ms)),
  ended_ms = max(coalesce(ended_ms, excluded.ended_ms), coalesce(excluded.ended_ms, ended_ms)),
  tool_version = coalesce(excluded.tool_version, tool_version),
  utc_offset_min = coalesce(excluded.utc_offset_min, utc_offset_min)
"""
UPSERT_PROMPT = f"""
insert into prompts (key, log_key, session_id, file_id, copied, at_ms, turn_key, author, basis,
  text_hash, words, attachments, removed, checks, pushes_back, sketch)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict(key) do update set
  at_ms = case when excluded.at_ms < at_ms
      and id in (select row_id from oddities where kind = 'prompts' and what = 'future')
    then excluded.at_ms else coalesce(at_ms, excluded.at_ms) end,
  turn_key = coalesce(turn_key, excluded.turn_key),
  author = case when {_SURER} then excluded.author else author end,
  basis = case when {_SURER} then excluded.basis else basis end,
  attachments = coalesce(attachments, excluded.attachments),
  removed = max(removed, excluded.removed),
  checks = coalesce(checks, excluded.checks),
  pushes_back = coalesce(pushes_back, excluded.pushes_back),
  sketch = coalesce(sketch, excluded.sketch)
"""  # noqa: S608 (constant parts)
UPSERT_TURN = """
insert into turns (key, session_id, file_id, copied, at_ms, ended_ms, ended)
values (?, ?, ?, ?, ?, ?, ?)
on conflict(key) do update set
  at_ms = case when excluded.copied > copied then coalesce(at_ms, excluded.at_ms)
    when excluded.copied < copied then coalesce(excluded.at_ms, at_ms)
    else min(coalesce(at_ms, excluded.at_ms), coalesce(excluded.at_ms, at_ms)) end,
  ended_ms = max(coalesce(ended_ms, excluded.ended_ms), coalesce(excluded.ended_ms, ended_ms)),
  ended = case when excluded.ended = 'unknown' then ended
    when ended in ('interrupted', 'error') then ended else excluded.ended end
"""
UPSERT_SUGGESTION = f"""
insert into suggestions (key, log_key, session_id, file_id, copied, at_ms, turn_key, kind, path,
  whole, decision, how, basis, decided_ms, lines_rank, lines_added, lines_removed, added, removed)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict(key) do update set
  at_ms = case when excluded.copied > copied then coalesce(at_ms, excluded.at_ms)
    when excluded.copied < copied then coalesce(excluded.at_ms, at_ms)
    else min(coalesce(at_ms, excluded.at_ms), coalesce(excluded.at_ms, at_ms)) end,
  turn_key = coalesce(turn_key, excluded.turn_key),
  kind = case when {_NEWER} then excluded.kind else kind end,
  path = coalesce(case when {_NEWER} then excluded.path end, path),
  whole = case when {_NEW_LINES} then excluded.whole else whole end,
  lines_added = case when {_NEW_LINES} then excluded.lines_added else lines_added end,
  lines_removed = case when {_NEW_LINES} then excluded.lines_removed else lines_removed end,
  added = case when {_NEW_LINES} then excluded.added else added end,
  removed = case when {_NEW_LINES} then excluded.removed else removed end,
  lines_rank = max(lines_rank, excluded.lines_rank),
  how = case when {_NEWER} then excluded.how else how end,
  basis = case when {_NEWER} then excluded.basis else basis end,
  decided_ms = case when {_NEWER} then excluded.decided_ms else decided_ms end,
  decision = case when {_NEWER} then excluded.decision else decision end
"""  # noqa: S608 (constant parts)
UPSERT_LINES = """
insert into suggestion_lines (suggestion_id, lines)
select id, :lines from suggestions
where key = :key and lines_rank = :rank
on conflict(suggestion_id) do update set lines = excluded.lines
"""
UPSERT_CALL = """
insert into tool_calls (key, session_id, file_id, copied, at_ms, turn_key, kind, name, args_hash,
  ok, duration_ms, commits)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict(key) do update set
  at_ms = case when excluded.copied > copied then coalesce(at_ms, excluded.at_ms)
    when excluded.copied < copied then coalesce(excluded.at_ms, at_ms)
    else min(coalesce(at_ms, excluded.at_ms), coalesce(excluded.at_ms, at_ms)) end,
  turn_key = coalesce(turn_key, excluded.turn_key),
  kind = case when kind = 'other' then excluded.kind else kind end,
  name = case when name = '' then excluded.name else name end,
  ok = coalesce(ok, excluded.ok),
  duration_ms = case when duration_ms < 0 then coalesce(excluded.duration_ms, duration_ms)
    else coalesce(duration_ms, excluded.duration_ms) end,
  commits = coalesce(commits, excluded.commits)
"""
UPSERT_USAGE = """
insert into usage (key, session_id, file_id, copied, at_ms, model_id, input_tokens,
  cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens,
  reasoning_tokens, output_at_least, cost_nusd, credits)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict(key) do update set
  at_ms = case when excluded.copied > copied then coalesce(at_ms, excluded.at_ms)
    when excluded.copied < copied then coalesce(excluded.at_ms, at_ms)
    else min(coalesce(at_ms, excluded.at_ms), coalesce(excluded.at_ms, at_ms)) end,
  model_id = coalesce(excluded.model_id, model_id),
  input_tokens = excluded.input_tokens,
  cache_read_tokens = excluded.cache_read_tokens,
  cache_write_5m_tokens = excluded.cache_write_5m_tokens,
  cache_write_1h_tokens = excluded.cache_write_1h_tokens,
  output_tokens = excluded.output_tokens,
  reasoning_tokens = excluded.reasoning_tokens,
  output_at_least = excluded.output_at_least,
  cost_nusd = coalesce(excluded.cost_nusd, cost_nusd),
  credits = coalesce(excluded.credits, credits)
where (coalesce(excluded.output_tokens, -1), -excluded.output_at_least,
    coalesce(excluded.input_tokens, -1))
  >= (coalesce(usage.output_tokens, -1), -usage.output_at_least,
    coalesce(usage.input_tokens, -1))
"""
UPSERT_COMPACTION = """
insert into compactions (key, session_id, file_id, copied, at_ms, tokens)
values (?, ?, ?, ?, ?, ?)
on conflict(key) do update set
  at_ms = coalesce(at_ms, excluded.at_ms), tokens = coalesce(tokens, excluded.tokens)
"""
UPSERT_TOTAL = """
insert into day_totals (key, source, machine_id, file_id, at_ms, what, count, folder)
values (?, ?, ?, ?, ?, ?, ?, ?)
on conflict(key) do update set
  count = max(count, excluded.count), folder = coalesce(folder, excluded.folder)
"""
