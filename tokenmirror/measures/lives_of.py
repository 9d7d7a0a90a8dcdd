"""Lines on the main line that a scope is about, with what became of them (rows behind E)."""

from __future__ import annotations

from datetime import date

from tokenmirror.language import mark, tr
from tokenmirror.measures.figures import Unknown
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.memo import shared
from tokenmirror.measures.scoped import absent, no_repository, of_sessions, values
from tokenmirror.store.lives import Life, landings, lives
from tokenmirror.tasks.languages import language_of

# sessions whose lines count: hidden tasks and unattended sessions are left out
SESSIONS = f"select q.session_id from session_sums q {of_sessions('q')}"  # noqa: S608 (constants)
REPOSITORIES = """
select distinct repo_id from projects where repo_id is not null
  and (:projects is null or id in (select value from json_each(:projects)))
"""
FOLLOWED = "select exists (select 1 from births)"


@shared
def _sessions(db: Reader, scope: Scope) -> set[int]:
    return {session for (session,) in db.execute(SESSIONS, values(scope))}


@shared
def claimed(
    db: Reader, scope: Scope, first: date | None = None, last: date | None = None
) -> list[Life]:
    """AI lines that reached the main line in the period, by landing."""
    bound = values(scope, first, last)
    sessions = _sessions(db, scope)
    found = lives(db, from_ms=_ms(bound, "from_ms"), until_ms=_ms(bound, "until_ms"), claimed=True)
    some = [life for life in found if life.session in sessions]
    if scope.languages is None:
        return some
    return [life for life in some if (language_of(life.path) or "unknown") in scope.languages]


@shared
def landed(
    db: Reader, scope: Scope, first: date | None = None, last: date | None = None
) -> list[Life]:
    """As ``claimed``, with the lines of one landing and session together, whatever their file."""
    if scope.languages is not None:  # the file tells the language
        return claimed(db, scope, first, last)
    bound = values(scope, first, last)
    sessions = _sessions(db, scope)
    from_ms, until_ms = _ms(bound, "from_ms"), _ms(bound, "until_ms")
    found = landings(db, claimed=True, from_ms=from_ms, until_ms=until_ms)
    return [life for life in found if life.session in sessions]


@shared
def other_landings(db: Reader, scope: Scope) -> list[Life]:
    """Other lines of the person's that landed in the period: not recognised as AI, by landing.

    They belong to no tool: a choice of tools leaves them as they are.
    """
    bound = values(scope)
    repositories = {repo for (repo,) in db.execute(REPOSITORIES, bound)}
    from_ms, until_ms = _ms(bound, "from_ms"), _ms(bound, "until_ms")
    found = landings(db, claimed=False, from_ms=from_ms, until_ms=until_ms)
    return [life for life in found if life.mine and life.repo in repositories]


@shared
def of_tasks(db: Reader, from_ms: int) -> dict[int, list[Life]]:
    """AI lines by task and landing, of landings since an instant."""
    found: dict[int, list[Life]] = {}
    for life in landings(db, from_ms=from_ms, claimed=True):
        if life.task is not None:
            found.setdefault(life.task, []).append(life)
    return found


def _ms(bound: dict[str, object], name: str) -> int:
    return int(str(bound[name]))


def unit_of(life: Life) -> int:
    """What stands or falls together: the task, else the session."""
    return life.task if life.task is not None else -(life.session or 0)


def unknown(db: Reader, scope: Scope) -> Unknown | None:
    """Why nothing can be known of lines on the main line, if that is so."""
    missing = absent(db, scope) or no_repository(db)
    if missing:
        return missing
    if db.execute(FOLLOWED).fetchone()[0]:
        return None
    return Unknown(
        "no_activity", tr(mark("No lines of yours have reached a main line that was read."))
    )
