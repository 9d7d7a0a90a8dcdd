"""The rows under the figures: sessions, prompts, suggestions, commits and tasks."""

from tokenmirror.measures.listing.commits import commits
from tokenmirror.measures.listing.detail import TaskDetail, task_detail
from tokenmirror.measures.listing.ledgers import contradictions, recounts
from tokenmirror.measures.listing.prompts import prompts
from tokenmirror.measures.listing.reading import (
    ReadSoFar,
    files_read,
    is_sound,
    read_so_far,
    repositories_by_state,
)
from tokenmirror.measures.listing.rows import (
    Row,
    Rows,
    between,
    instant,
    projects_by_name,
    projects_named,
)
from tokenmirror.measures.listing.sessions import sessions
from tokenmirror.measures.listing.suggestions import suggestions
from tokenmirror.measures.listing.tasks import TaskRow, task_rows, tasks

__all__ = [
    "ReadSoFar",
    "Row",
    "Rows",
    "TaskDetail",
    "TaskRow",
    "between",
    "commits",
    "contradictions",
    "files_read",
    "instant",
    "is_sound",
    "projects_by_name",
    "projects_named",
    "prompts",
    "read_so_far",
    "recounts",
    "repositories_by_state",
    "sessions",
    "suggestions",
    "task_detail",
    "task_rows",
    "tasks",
]
