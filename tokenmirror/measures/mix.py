"""B4, B5: what the tasks were done with, and what prompts look like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import columns, phrases
from tokenmirror.measures.columns import Floats, Ints
from tokenmirror.measures.courses import course, marked, shares
from tokenmirror.measures.figures import Column, Table, Total, Unknown
from tokenmirror.measures.intervals import FEW, MANY, median, quartiles, ratio_interval, seed
from tokenmirror.measures.measure import EVERY, Export, Measure, Reader, Scope
from tokenmirror.measures.memo import lasting
from tokenmirror.measures.scoped import absent
from tokenmirror.measures.tasks import begun
from tokenmirror.store.courses import Mark

MOST = 6
# an agent calls tools, a chat does not; a headless session was started from a command line
WAYS = """
select s.id, case
  when s.entry = 'headless' then 'command_line'
  when q.calls > 0 then 'agent'
  when q.shown > 0 or exists (
    select 1 from suggestions g where g.session_id = s.id and g.kind = 'inline') then 'inline'
  else 'chat' end
from sessions s left join session_sums q on q.session_id = s.id
where s.id in (select session_id from task_sessions) order by s.id
"""
MODELS = """
select distinct u.session_id, m.name from usage_sums u join models m on m.id = u.model_id
"""
LANGUAGES = "select distinct session_id, language from change_slots where language <> ''"
PROJECTS = "select id, name from projects"
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
    tasks = begun(db, scope)
    if not len(tasks):
        return Unknown("no_activity", tr(mark("No tasks in this period.")))
    rows: list[tuple[str, tuple[object, ...]]] = []
    for kind, of_task in _kinds(db).items():
        rows += _rows(kind, of_task.weights(tasks), len(tasks))
    shown = (
        Column("dimension", tr(mark("By")), "text"),
        Column("value", tr(mark("Of it")), "text"),
        Column("tasks", tr(mark("Tasks")), "number"),
        Column("share", tr(mark("Share of tasks")), "percent"),
    )
    words = tr_n(
        mark("What {n} task was done with."), mark("What {n} tasks were done with."), len(tasks)
    )
    return Table(shown, tuple(rows), words)


@dataclass(frozen=True)
class _Held:
    """What tasks were done with: pairs of a task's place and a word's code, none twice."""

    words: tuple[str, ...]
    task: Ints
    code: Ints
    tasks: int  # of all

    @cached_property
    def _share(self) -> Ints:
        """With how many words each pair's task was done: its weight is one over it."""
        import numpy as np  # late: 100 ms

        return np.bincount(self.task, minlength=self.tasks)[self.task]

    def weights(self, tasks: Ints) -> dict[str, float]:
        """How many of some tasks each word stands for; a task without any is "unknown"."""
        import numpy as np  # late: 100 ms

        some = np.zeros(self.tasks, dtype=bool)
        some[tasks] = True
        found = some[self.task]
        most = int(self._share.max(initial=1)) + 1
        # whole tasks by word and number of words: the sum is the same in any order
        counts = np.bincount(
            self.code[found] * most + self._share[found], minlength=len(self.words) * most
        ).reshape(-1, most)
        weights = {
            word: sum(int(n) / m for m, n in enumerate(of_word) if n)
            for word, of_word in zip(self.words, counts, strict=True)
            if of_word.any()
        }
        some[self.task] = False
        told = int(some.sum())
        return weights | ({"unknown": weights.get("unknown", 0.0) + told} if told else {})


@lasting
def _kinds(db: Reader) -> dict[str, _Held]:
    """What every task was done with, by kind."""
    import numpy as np  # late: 100 ms

    names = dict(db.execute(PROJECTS))
    every = columns.sessions(db)
    tools = [every.source.words[code] for code in every.source.code]
    projects = columns.tasks(db).project.tolist()
    return {
        "tool": _held(db, zip(every.id.tolist(), tools, strict=True)),
        "model": _held(db, ((one, family_of(model)) for one, model in db.execute(MODELS))),
        "way": _held(db, db.execute(WAYS)),
        "project": _of_tasks(db, np.arange(len(projects)), [names.get(one) for one in projects]),
        "language": _held(db, db.execute(LANGUAGES)),
    }


def _held(db: Reader, told: Iterable[tuple[int, str | None]]) -> _Held:
    """Pairs of a session and a word as those of its task."""
    import numpy as np  # late: 100 ms

    some = list(told)
    every = columns.sessions(db)
    place = columns.places(every.id, np.array([one for one, _ in some], dtype=np.int64))
    return _of_tasks(db, every.task[place], [word for _, word in some])


def _of_tasks(db: Reader, task: Ints, told: Sequence[str | None]) -> _Held:
    import numpy as np  # late: 100 ms

    words = columns.coded([word or "" for word in told])
    known = np.flatnonzero((task >= 0) & ~words.among({""}))
    size = max(1, len(words.words))
    pairs = np.unique(task[known] * size + words.code[known])
    return _Held(words.words, pairs // size, pairs % size, len(columns.tasks(db).id))


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
    import numpy as np  # late: 100 ms

    missing = absent(db, scope)
    if missing:
        return missing
    found = course(db, scope)
    if not len(found.asked):
        return Unknown("no_activity", tr(mark("No prompts of yours in this period.")))
    words = np.sort(found.words).astype(float).tolist()
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


def _share(pairs: Floats) -> float | None:
    """The share of a sign, 0..1; ``None`` where too few prompts tell."""
    hits, trials = pairs.sum(axis=0).tolist()
    return hits / trials if trials >= FEW else None


def _share_words(words: str, measure: str, pairs: Floats, scope: Scope) -> str:
    hits, trials = map(int, pairs.sum(axis=0))
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
