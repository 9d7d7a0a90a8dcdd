"""J: repeats, loops and dead ends, described without a verdict."""

from __future__ import annotations

from collections import Counter

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import chosen, columns, phrases, spending
from tokenmirror.measures.columns import Coded, Ints, coded
from tokenmirror.measures.figures import Total, Unknown
from tokenmirror.measures.measure import EVERY, Export, Measure, Reader, Scope
from tokenmirror.measures.memo import lasting
from tokenmirror.measures.scoped import absent
from tokenmirror.measures.tasks import begun, ends

UNATTENDED = """
select q.session_id, q.at_ms, o.basis, coalesce(o.rule, '')
from origins o
cross join prompts q on q.id = o.prompt_id
where o.origin = 'unattended' and q.at_ms is not null
  and (q.words > 0 or coalesce(q.attachments, 0) > 0)
"""
RULES = {
    "a": mark("{n} by rule (a): the same text five times in a day"),
    "b": mark("{n} by rule (b): sent at an even beat"),
    "c": mark("{n} by rule (c): sent within seconds of each answer"),
}


def unattended(db: Reader, scope: Scope) -> Total | Unknown:
    """J5: prompts, tokens and cost of what ran without you, and what of it shipped."""
    missing = absent(db, scope)
    if missing:
        return missing
    bases, rules = _prompts(db, scope)
    cost = spending.of_unattended(db, scope)
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


def _prompts(db: Reader, scope: Scope) -> tuple[Counter[str], Counter[str]]:
    """Unattended prompts of the period: how it was told, and by which rule."""
    import numpy as np  # late: 100 ms

    session, at_ms, basis, rule = _unattended(db)
    from_ms, until_ms = scope.days.bounds_ms(scope.first, scope.last)
    some = np.flatnonzero((at_ms >= from_ms) & (at_ms < until_ms))
    some = some[chosen.sessions(db, scope, unattended=True)[session[some]]]
    return basis.counts(some), rule.counts(some)


@lasting
def _unattended(db: Reader) -> tuple[Ints, Ints, Coded, Coded]:
    """All unattended prompts: the place of the session, when, how it was told, the rule."""
    import numpy as np  # late: 100 ms

    rows = db.execute(UNATTENDED).fetchall()
    sessions = columns.sessions(db).id
    place = columns.places(sessions, np.array([row[0] for row in rows], dtype=np.int64))
    at_ms = np.array([row[1] for row in rows], dtype=np.int64)
    return place, at_ms, coded([row[2] for row in rows]), coded([row[3] for row in rows])


def _words(n: int, rules: Counter[str], cost: spending.Cost, shipped: int) -> str:
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
