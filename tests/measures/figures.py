"""What figures say, for tests of words."""

from __future__ import annotations

from tokenmirror.measures.figures import Chain, Dots, Figure, Parts, Rate, Table, Weeks


def sentences(figure: Figure) -> list[str]:
    """All texts of a figure that a person may read."""
    said = [figure.sentence]
    if isinstance(figure, Rate | Dots):
        said.append(figure.note)
    if isinstance(figure, Weeks):
        said += [week.sentence for week in figure.weeks]
        said += [*figure.names, *figure.small_names]
    if isinstance(figure, Parts):
        said += [part.name for part in figure.parts]
    if isinstance(figure, Chain):
        said += [figure.apart]
        said += [text for step in figure.steps for text in (step.name, step.loss, step.note)]
        said += [part.name for step in figure.steps for part in step.parts]
    if isinstance(figure, Table):
        said += [column.title for column in figure.columns]
    return said
