"""B4, B5: what the tasks were done with, and what prompts look like."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import phrases
from tokenmirror.measures.courses import course, marked, shares
from tokenmirror.measures.figures import Column, Table, Total, Unknown
from tokenmirror.measures.intervals import FEW, MANY, median, quartiles, ratio_interval, seed
from tokenmirror.measures.measure import EVERY, Export, Measure, Reader, Scope
from tokenmirror.measures.scoped import absent, values
from tokenmirror.measures.tasks import Task, counted
from tokenmirror.store.courses import Mark

MOST = 6
MODELS = """
select distinct ts.task_id, m.name from tasks t
cross join task_sessions ts on ts.task_id = t.id
cross join usage_sums u on u.session_id = ts.session_id
left join models m on m.id = u.model_id
where t.began_ms >= :from_ms and t.began_ms < :until_ms
"""
TOOLS = """
select distinct ts.task_id, s.source from task_sessions ts
join sessions s on s.id = ts.session_id join tasks t on t.id = ts.task_id
where t.began_ms >= :from_ms and t.began_ms < :until_ms
"""
PROJECTS = """
select distinct t.id, p.name from tasks t join projects p on p.id = t.project_id
where t.began_ms >= :from_ms and t.began_ms < :until_ms
"""
LANGUAGES = """
select distinct ts.task_id, nullif(c.language, '') from tasks t
cross join task_sessions ts on ts.task_id = t.id
cross join change_slots c on c.session_id = ts.session_id
where t.began_ms >= :from_ms and t.began_ms < :until_ms
"""
# an agent calls tools, a chat does not; a headless session was started from a command line
WAYS = """
select distinct ts.task_id, case
  when s.entry = 'headless' then 'command_line'
  when q.calls > 0 then 'agent'
  when q.shown > 0 or exists (
    select 1 from suggestions g where g.session_id = s.id and g.kind = 'inline') then 'inline'
  else 'chat' end
from tasks t
cross join task_sessions ts on ts.task_id = t.id
cross join sessions s on s.id = ts.session_id
left join session_sums q on q.session_id = s.id
where t.began_ms >= :from_ms and t.began_ms < :until_ms
"""
WAY_NAMES = {
    "inline": mark("Completions"),
    "chat": mark("Chat"),
    "agent": mark("Agent"),
    "command_line": mark("Command line"),
}
DIMENSIONS = {
    "tool": mark("Tool"),
    "model": mark("Model family"),
    "way": mark("Way of working"),
    "project": mark("Project"),
    "language": mark("Language"),
}


@lru_cache(maxsize=1024)
def family_of(model: str | None) -> str | None:
    """The family of a model: its name up to the version, such as "claude-sonnet" or "gpt"."""
    if not model or model.startswith("<"):  # what a tool wrote itself has a name in brackets
        return None
    name = model.lower().rsplit("/", 1)[-1].rpartition("anthropic.")[2].replace("_", "-")
    words = [part for part in name.split("-") if part and not part[0].isdigit()]
    if words[:1] == ["claude"]:
        return "-".join(words[:2])
    if not words:
        return name
    letters = re.match(r"[a-z]{2,}", words[0])  # "qwen3" is a qwen, "o3" is no "o"
    return letters[0] if letters else words[0]


def mix(db: Reader, scope: Scope) -> Table | Unknown:
    """B4: share of tasks by tool, model family, way of working, project and language.

    A task with several of a kind counts for each with weight 1/m; at most six rows of a
    kind, the rest together.
    """
    missing = absent(db, scope)
    if missing:
        return missing
    tasks = counted(db, scope)
    if not tasks:
        return Unknown("no_activity", tr(mark("No tasks in this period.")))
    bound = values(scope)
    kinds: dict[str, Mapping[int, set[str]]] = {
        "tool": _sets(db.execute(TOOLS, bound)),
        "model": _sets((task, family_of(model)) for task, model in db.execute(MODELS, bound)),
        "way": _sets(db.execute(WAYS, bound)),
        "project": _sets(db.execute(PROJECTS, bound)),
        "language": _sets(db.execute(LANGUAGES, bound)),
    }
    rows: list[tuple[str, tuple[object, ...]]] = []
    for kind, of_task in kinds.items():
        rows += _rows(kind, _weights(tasks, of_task), len(tasks))
    columns = (
        Column("dimension", tr(mark("By")), "text"),
        Column("value", tr(mark("Of it")), "text"),
        Column("tasks", tr(mark("Tasks")), "number"),
        Column("share", tr(mark("Share of tasks")), "percent"),
    )
    words = tr_n(
        mark("What {n} task was done with."), mark("What {n} tasks were done with."), len(tasks)
    )
    return Table(columns, tuple(rows), words)


def _sets(pairs: Iterable[tuple[int, str | None]]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for task, value in pairs:
        if value:
            found[task].add(value)
    return found


def _weights(tasks: Iterable[Task], of_task: Mapping[int, set[str]]) -> dict[str, float]:
    weights: dict[str, float] = defaultdict(float)
    for task in tasks:
        held = of_task.get(task.id) or {"unknown"}
        for value in held:
            weights[value] += 1 / len(held)
    return weights


def _rows(
    kind: str, weights: Mapping[str, float], tasks: int
) -> list[tuple[str, tuple[object, ...]]]:
    ordered = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = ordered[:MOST] if len(ordered) > MOST + 1 else ordered
    rest = sum(weight for _, weight in ordered[len(shown) :])
    if rest:
        shown = [*shown, ("other", rest)]
    return [
        (
            f"{kind}:{value}",
            (
                tr(DIMENSIONS[kind]),
                _named(kind, value),
                round(weight, 6),
                100 * weight / tasks if tasks >= FEW else None,
            ),
        )
        for value, weight in shown
    ]


def _named(kind: str, value: str) -> str:
    if value in ("other", "unknown"):
        return tr(mark("Other")) if value == "other" else tr(mark("Unknown"))
    return tr(WAY_NAMES[value]) if kind == "way" else value


def prompt_shape(db: Reader, scope: Scope) -> Total | Unknown:
    """B5: median words of own prompts; shares with something attached, and with a check."""
    missing = absent(db, scope)
    if missing:
        return missing
    found = course(db, scope)
    if not len(found.asked):
        return Unknown("no_activity", tr(mark("No prompts of yours in this period.")))
    words = [float(n) for n in found.words.tolist()]
    attached, checks = (
        shares(found, marked(found, told), marked(found, mark_))
        for told, mark_ in (
            (Mark.ATTACHED_TOLD, Mark.ATTACHED),
            (Mark.CHECKS_TOLD, Mark.CHECKS),
        )
    )
    said = tr_n(
        mark("{n} prompt of yours with {told} words."),
        mark("{n} prompts of yours with {told} words."),
        len(words), told=phrases.spread(words, _said),
    )  # fmt: skip
    with_file = mark("{share} had something attached.")
    with_check = mark("{share} seem to state a way to check the result (estimated).")
    low, high = quartiles(words) if len(words) >= MANY else (None, None)
    return Total(
        median(words),
        "count",
        len(words),
        phrases.joined(
            said,
            _share_words(with_file, "B5@1:attached", attached, scope),
            _share_words(with_check, "B5@1:checks", checks, scope),
        ),
        parts={"q1": low, "q3": high, "attached": _share(attached), "checks": _share(checks)},
    )


def _said(words: float) -> str:
    return language.number(words, 1 if words % 1 else 0)


def _share(pairs: list[tuple[float, float]]) -> float | None:
    """The share of a sign, 0..1; ``None`` where too few prompts tell."""
    trials = sum(pair[1] for pair in pairs)
    return sum(pair[0] for pair in pairs) / trials if trials >= FEW else None


def _share_words(words: str, measure: str, pairs: list[tuple[float, float]], scope: Scope) -> str:
    hits, trials = (int(sum(pair[part] for pair in pairs)) for part in (0, 1))
    if not trials:
        return ""
    start = seed(measure, scope.first, scope.last, *scope.choices)
    counted = tr(
        mark("{hits} of {trials}{share}"),
        hits=language.number(hits), trials=language.number(trials),
        share=phrases.in_brackets(
            phrases.line_share(hits, trials, ratio_interval(pairs, start), len(pairs))
        ),
    )  # fmt: skip
    return tr(words, share=counted)


B4 = Measure(
    id="B4",
    term="usage mix",
    title=mark("Mix"),
    means=mark("What your tasks were done with."),
    how=mark("Share of tasks; one with several tools or models counts for each in equal parts."),
    left_out=mark("Unattended tasks and tasks you hid."),
    bias=mark("A task is one whether it took a minute or a week."),
    unit="% of tasks",
    needs=frozenset({"S1", "S7"}),
    windows=("P",),
    interval_unit="task",
    beside=("F3",),
    export=Export.TICKED,
    compute=mix,
    reads=frozenset({"tasks", "sessions", "usage", "proposals"}),
    splits=EVERY,
)
B5 = Measure(
    id="B5",
    term="prompt characteristics",
    title=mark("Shape of prompts"),
    means=mark("How long your prompts are, and what is in them."),
    how=mark("Median words; with attachments; with a phrase that states a check."),
    left_out=mark("Prompts of agents and programs; empty ones."),
    bias=mark("The list of phrases knows seven languages and no irony."),
    unit="words, %",
    needs=frozenset({"S1"}),
    windows=("P",),
    interval_unit="session",
    beside=("F3",),
    export=Export.NEVER,
    compute=prompt_shape,
    reads=frozenset({"prompts", "origins", "sessions", "tasks"}),
    splits=EVERY,
)

MEASURES = (B4, B5)
