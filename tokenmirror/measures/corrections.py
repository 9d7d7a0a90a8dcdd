"""I2: prompts that push back after an edit; estimated from a list of phrases."""

from __future__ import annotations

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import phrases
from tokenmirror.measures.figures import Rate, Unknown
from tokenmirror.measures.intervals import ratio_interval, seed
from tokenmirror.measures.measure import Export, Measure, Reader, Scope
from tokenmirror.measures.scoped import absent, values

# an edit counts as just made when at most one other prompt stands between it and the answer
AFTER_AN_EDIT = """
with asked as (
  select p.id, p.session_id, p.at_ms, p.pushes_back,
    lag(p.at_ms, 2, 0) over (partition by p.session_id order by p.at_ms, p.id) as since_ms
  from prompts p
  join sessions s on s.id = p.session_id
  left join origins o on o.prompt_id = p.id
  left join task_sessions ts on ts.session_id = p.session_id
  left join tasks t on t.id = ts.task_id
  where p.session_id in (
      select i.session_id from prompts i where i.at_ms >= :from_ms and i.at_ms < :until_ms)
    and p.at_ms < :until_ms
    and coalesce(o.origin, 'unknown') in ('own', 'unknown')
    and p.words > 0
    and coalesce(t.hidden, 0) = 0
    and (:sources is null or s.source in (select value from json_each(:sources)))
    and (:projects is null or s.project_id in (select value from json_each(:projects))))
select a.session_id, count(*), sum(a.pushes_back), sum(a.pushes_back is null) from asked a
where a.at_ms >= :from_ms and exists (
  select 1 from suggestions g where g.session_id = a.session_id
    and g.kind in ('edit', 'new_file', 'delete') and g.decision <> 'failed'
    and g.at_ms >= a.since_ms and g.at_ms < a.at_ms)
group by a.session_id
"""


def corrections(db: Reader, scope: Scope) -> Rate | Unknown:
    """I2: own prompts that push back, of own prompts within two turns of an edit."""
    missing = absent(db, scope)
    if missing:
        return missing
    rows = sorted(db.execute(AFTER_AN_EDIT, values(scope)))
    unread = sum(row[3] for row in rows)
    pairs = [(float(back or 0), float(n - gone)) for _, n, back, gone in rows if n > gone]
    hits, trials = (int(sum(pair[part] for pair in pairs)) for part in (0, 1))
    if not trials and unread:
        words = tr(mark("These prompts were read before corrections were looked for."))
        return Unknown("not_recorded", words)
    interval = ratio_interval(
        pairs, seed("I2@1", scope.first, scope.last, *scope.choices)
    )
    words = tr_n(
        mark("{hits} of {n} prompt after an edit seems to push back{share} (estimated)."),
        mark("{hits} of {n} prompts after an edit seem to push back{share} (estimated)."),
        trials, hits=language.number(hits),
        share=phrases.in_brackets(phrases.line_share(hits, trials, interval, len(pairs))),
    )  # fmt: skip
    note = tr(mark("Told by a list of phrases, which misses some and takes others for it."))
    return Rate(
        hits,
        trials,
        "prompts",
        phrases.joined(words, note)
        if trials
        else tr(mark("No prompt of yours followed an edit in this period.")),
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        basis="estimated",
        n=len(pairs),
    )


I2 = Measure(
    id="I2",
    term="correction turns (estimated)",
    title=mark("Corrections"),
    means=mark("How often you pushed back after an edit."),
    how=mark(
        "Prompts of yours with a phrase of correction, within two turns of an edit, of all"
        " prompts there. Looked for while reading; the words are not kept."
    ),
    left_out=mark("Prompts of agents and programs; hidden tasks."),
    bias=mark("The list knows seven languages and no irony."),
    unit="%",
    needs=frozenset({"S1"}),
    windows=("P",),
    interval_unit="session",
    beside=("I1", "C7"),
    export=Export.NEVER,
    compute=corrections,
    reads=frozenset({"prompts", "origins", "suggestions", "sessions", "tasks"}),
)

MEASURES = (I2,)
