"""What the detail of a task says: facts, moments of its timeline, how sure; no widgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tokenmirror.language import (
    DASH,
    clock,
    day,
    duration,
    listing,
    mark,
    number,
    percent,
    tr,
    tr_n,
)
from tokenmirror.measures.held import Verdict
from tokenmirror.measures.listing.detail import TaskCheck, TaskDetail
from tokenmirror.measures.listing.tasks import TaskRow
from tokenmirror.views.models.tasks import (
    CHECKS,
    ENDED,
    cost_words,
    ended,
    lines_words,
    shown,
    time_range,
)
from tokenmirror.views.widgets.timeline import Kind, Moment

TURN_ENDS = {
    "finished": mark("agent worked {time}"),
    "interrupted": mark("agent worked {time}, stopped by you"),
    "error": mark("agent worked {time}, ended by an error"),
    "asked": mark("agent worked {time}, then asked you"),
    "unknown": mark("agent worked {time}"),
}
CHECK_KINDS = {"test": mark("tests"), "build": mark("build"), "lint": mark("lint")}
ORIGINS = {
    "own": mark("prompt, {words}"),
    "unknown": mark("prompt, {words}"),
    "unattended": mark("prompt by a program, {words}"),
    "delegated": mark("prompt by an agent, {words}"),
}
EVIDENCE = (
    (("record", "own_commit"), mark("noted {n}")),
    (("exact",), mark("exact {n}")),
    (("near", "moved"), mark("close {n}")),
)
HELD_UP: dict[Verdict, str] = {
    "held": mark("{shipped}, held up for two weeks"),
    "redone": mark("{shipped}, a fifth or more redone within two weeks"),
    "reverted": mark("{shipped}, reverted"),
    "too_early": mark("{shipped}, too early to tell if it holds"),
    "unknown": mark("{shipped}"),
}
WHY = {
    "in_progress": mark("Begun less than 14 days ago, and nothing of it is committed yet."),
    "no_code": mark("No edit was proposed: a question, a plan, a review."),
    "unknown": mark("There is no repository, or the proof is missing."),
}


@dataclass(frozen=True)
class Facts:
    """The words of a detail pane; pairs are label and value."""

    title: str
    about: str
    outcome: str
    inferred: str
    work: tuple[tuple[str, str], ...]
    proof: tuple[tuple[str, str], ...]
    why: str


def facts(
    task: TaskRow, detail: TaskDetail, zone: ZoneInfo, source_name: Callable[[str], str]
) -> Facts:
    """All words of a task's detail."""
    prompts = tr_n("{n} prompt", "{n} prompts", task.own_prompts)
    turns = tr_n("{n} turn", "{n} turns", len(detail.turns))
    tools = listing([source_name(tool) for tool in task.tools])
    about = [task.project or "", _when(task, zone), tools]
    work = [
        (tr("Work"), tr("{prompts}, {turns}", prompts=prompts, turns=turns)),
        (tr("Yours"), time_range(task.hours.attended_low_ms, task.hours.attended_high_ms)),
        (tr("Agent"), DASH if task.hours.agent_ms is None else duration(task.hours.agent_ms)),
        (tr("Lines"), lines_words(task)),
        (tr("Cost"), _cost(task)),
    ]
    proof = [
        (tr("Changes"), _changes(detail, zone)),
        (tr("Checks"), _checks(detail)),
        (tr("How sure"), _sure(detail)),
    ]
    differs = task.stated and shown(task) != task.outcome
    return Facts(
        title=task.title,
        about=" \N{MIDDLE DOT} ".join(part for part in about if part),
        outcome=_outcome(task, detail, zone),
        inferred=tr("Inferred from your commits: {outcome}", outcome=tr(ENDED[task.outcome]))
        if differs
        else "",
        work=tuple(work),
        proof=tuple(proof),
        why=tr(WHY[task.outcome]) if task.outcome in WHY and not task.stated else "",
    )


def moments(detail: TaskDetail, zone: ZoneInfo) -> list[Moment]:
    """The events of a task for its timeline; those without a time are left out."""
    found: list[Moment] = []
    for prompt in detail.prompts:
        if prompt.at_ms is not None and prompt.origin != "delegated":
            words = tr_n("{n} word", "{n} words", prompt.words)
            said = tr(ORIGINS[prompt.origin], words=words)
            if prompt.text:
                said = f"{said}: {_first_line(prompt.text)}"
            found.append(Moment("you", "prompt", prompt.at_ms, said, _clock(prompt.at_ms, zone)))
    for turn in detail.turns:
        if turn.at_ms is not None:
            length = duration((turn.ended_ms or turn.at_ms) - turn.at_ms)
            said = tr(TURN_ENDS[turn.ended], time=length)
            found.append(
                Moment(
                    "agent",
                    "turn",
                    turn.at_ms,
                    said,
                    _clock(turn.at_ms, zone),
                    turn.ended_ms,
                    turn.ended == "interrupted",
                )
            )
    for check in detail.checks:
        if check.at_ms is not None and check.ok is not None:
            kind: Kind = "passed" if check.ok else "failed"
            at = _clock(check.at_ms, zone)
            found.append(Moment("checks", kind, check.at_ms, _check(check), at))
    return found + _git_moments(detail, zone)


def _git_moments(detail: TaskDetail, zone: ZoneInfo) -> list[Moment]:
    found: list[Moment] = []
    for commit in detail.commits:
        name = commit.subject or commit.oid[:7]
        said = tr("commit {name} in {repository}", name=name, repository=commit.repository)
        at = _clock(commit.at_ms, zone)
        if commit.on_main and commit.landed_ms == commit.at_ms:
            said = tr("{commit}, on the main line", commit=said)
            found.append(Moment("git", "main", commit.at_ms, said, at))
            continue
        found.append(Moment("git", "commit", commit.at_ms, said, at))
    landed = {commit.landed_ms for commit in detail.commits if commit.landed_ms is not None}
    own = {commit.at_ms for commit in detail.commits}
    said = tr("on the main line")
    found += [
        Moment("git", "main", at_ms, said, _clock(at_ms, zone)) for at_ms in sorted(landed - own)
    ]
    return found


def clocks(found: list[Moment], zone: ZoneInfo) -> tuple[str, ...]:
    """Labels for begin, middle and end of the time axis; days where it spans several."""
    if not found:
        return ()
    first = min(moment.at_ms for moment in found)
    last = max(moment.ended_ms or moment.at_ms for moment in found)
    ends = [_at(at_ms, zone) for at_ms in (first, (first + last) // 2, last)]
    if ends[0].date() == ends[2].date():
        return tuple(clock(end) for end in ends)
    return (day(ends[0].date()), day(ends[2].date()))


def _when(task: TaskRow, zone: ZoneInfo) -> str:
    if task.began_ms is None:
        return ""
    began = _at(task.began_ms, zone)
    words = f"{day(began.date(), weekday=True)}, {clock(began)}"
    if task.ended_ms is None or task.ended_ms <= task.began_ms:
        return words
    end = _at(task.ended_ms, zone)
    last = clock(end) if end.date() == began.date() else f"{day(end.date())}, {clock(end)}"
    return f"{words}{DASH}{last}"


def _outcome(task: TaskRow, detail: TaskDetail, zone: ZoneInfo) -> str:
    landed = [commit.landed_ms for commit in detail.commits if commit.landed_ms is not None]
    if shown(task) == "shipped" and landed:
        at = day(_at(min(landed), zone).date())
        shipped = tr("{outcome} {day}", outcome=ended(task), day=at)
        return tr(HELD_UP[task.held.verdict], shipped=shipped) if task.held else shipped
    return ended(task)


def _cost(task: TaskRow) -> str:
    if task.cost_nusd is None:
        return tr("no price known") if task.has_usage else tr("not recorded")
    return tr("{money} at list price", money=cost_words(task))


def _changes(detail: TaskDetail, zone: ZoneInfo) -> str:
    if not detail.commits:
        return tr("no commits")
    commits = tr_n("{n} commit", "{n} commits", len(detail.commits))
    landed = [commit.landed_ms for commit in detail.commits if commit.landed_ms is not None]
    if not landed:
        return tr("{commits}, on a branch", commits=commits)
    at = _at(min(landed), zone)
    when = f"{day(at.date())}, {clock(at)}"
    return tr("{commits}, main line {when}", commits=commits, when=when)


def _checks(detail: TaskDetail) -> str:
    """What the last check seen before the first commit said."""
    first = min((commit.at_ms for commit in detail.commits), default=None)
    seen = [check for check in detail.checks if check.at_ms is not None]
    before = [check for check in seen if first is not None and (check.at_ms or 0) <= first]
    if before:
        return tr("{check} before commit", check=_check(before[-1]))
    return _check(seen[-1]) if seen else tr("none seen")


def _check(check: TaskCheck) -> str:
    result = {True: "passed", False: "failed", None: "unknown"}[check.ok]
    return f"{tr(CHECK_KINDS[check.kind])} {tr(CHECKS[result])}"


def _sure(detail: TaskDetail) -> str:
    total = sum(detail.evidence.values())
    if not total:
        return tr("no lines found in commits")
    said = []
    for keys, words in EVIDENCE:
        n = sum(detail.evidence.get(key, 0) for key in keys)
        if n:
            said.append(tr(words, n=percent(n / total)))
    return tr("{parts} of {n} lines", parts=", ".join(said), n=number(total))


def _first_line(text: str) -> str:
    line = text.strip().splitlines()[0] if text.strip() else ""
    return line if len(line) <= 120 else line[:119] + "\N{HORIZONTAL ELLIPSIS}"


def _clock(at_ms: int, zone: ZoneInfo) -> str:
    return clock(_at(at_ms, zone))


def _at(at_ms: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone)
