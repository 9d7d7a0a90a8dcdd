"""J: repeats, loops and dead ends, described without a verdict."""

from __future__ import annotations

from collections import Counter

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import chosen, columns, phrases, priced
from tokenmirror.measures.events import Dated, dated
from tokenmirror.measures.figures import Total, Unknown
from tokenmirror.measures.measure import EVERY, Export, Measure, Reader, Scope
from tokenmirror.measures.memo import lasting
from tokenmirror.measures.scoped import absent
from tokenmirror.measures.spending import Cost
from tokenmirror.measures.tasks import begun, ends

UNATTENDED = """
select q.session_id, q.at_ms, o.basis, coalesce(o.rule, '')
from origins o join prompts q on q.id = o.prompt_id
where o.origin = 'unattended' and q.at_ms is not null
  and (q.words > 0 or coalesce(q.attachments, 0) > 0)
order by q.at_ms
"""
RULES = {
    "a": mark("{n} by rule (a): the same text five times in a day"),
    "b": mark("{n} by rule (b): sent at an even beat"),
    "c": mark("{n} by rule (c): sent within seconds of each answer"),
}


@lasting
def _prompts(db: Reader) -> tuple[Dated, tuple[tuple[str, str], ...]]:
    """Unattended prompts with the number of what tells so: a basis and a rule."""
    told: dict[tuple[str, str], int] = {}
    rows = [
        (session, at_ms, told.setdefault((basis, rule), len(told)))
        for session, at_ms, basis, rule in db.execute(UNATTENDED)
    ]
    return dated(db, rows, 1), tuple(told)


def unattended(db: Reader, scope: Scope) -> Total | Unknown:
    """J5: prompts, tokens and cost of what ran without you, and what of it shipped."""
    import numpy as np  # late: 100 ms

    missing = absent(db, scope)
    if missing:
        return missing
    bases: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    every, told = _prompts(db)
    found = every.within(scope, chosen.sessions(db, scope, unattended=True))
    counts = np.bincount(found.values[0], minlength=len(told)).tolist()
    for (basis, rule), n in zip(told, counts, strict=True):
        bases[basis] += n
        rules[rule] += n
    cost = priced.of_unattended(db, scope)
    tasks = begun(db, scope, unattended=True)
    tasks = tasks[columns.tasks(db).unattended[tasks]]
    shipped = ends(db, tasks)["shipped"]
    n = bases.total()
    parts: dict[str, float | None] = {f"rule_{rule}": rules[rule] for rule in RULES if rules[rule]}
    return Total(
        value=n,
        unit="prompts",
        n=len(tasks),
        sentence=_words(n, rules, cost, shipped),
        at_least=cost.at_least,
        parts={
            "stated": bases["stated"],
            "inferred": bases["inferred"],
            "by_you": bases["you"],
            **parts,
            "tokens": cost.tokens,
            "cost_usd": cost.usd if cost.known else None,
            "tasks": len(tasks),
            "shipped_tasks": shipped,
        },
    )


def _words(n: int, rules: Counter[str], cost: Cost, shipped: int) -> str:
    if not n:
        return tr(mark("No unattended prompts in this period."))
    words = tr_n(mark("{n} unattended prompt."), mark("{n} unattended prompts."), n)
    found = [
        tr(said, n=language.number(rules[rule])) for rule, said in RULES.items() if rules[rule]
    ]
    spent = tr(
        mark("{tokens} tokens, about {money} at list price."),
        tokens=language.tokens(cost.tokens), money=language.money(cost.nusd),
    )  # fmt: skip
    ended = tr_n(mark("{n} of these tasks shipped."), mark("{n} of these tasks shipped."), shipped)
    return phrases.joined(
        words,
        f"{phrases.capital(language.listing(found))}." if found else "",
        spent if cost.known else "",
        ended if shipped else "",
    )


J5 = Measure(
    id="J5",
    term="unattended volume",
    title=mark("Unattended runs"),
    means=mark("What ran without you, and what of it shipped."),
    how=mark(
        "Prompts of headless, scheduled or scripted runs: stated by the log, or inferred by one"
        " of three rules. The rules have not been checked on real logs of this kind."
    ),
    left_out=mark("Hidden tasks."),
    bias=mark("Scripted use is often right and useful; it is kept apart because it differs."),
    unit="n, tokens, cost",
    needs=frozenset({"S1", "S7"}),
    windows=("P",),
    interval_unit="",
    beside=("B1", "G4"),
    export=Export.TICKED,
    compute=unattended,
    reads=frozenset({"prompts", "origins", "usage", "models", "sessions", "tasks"}),
    splits=EVERY,
)

MEASURES = (J5,)
