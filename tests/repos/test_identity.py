from __future__ import annotations

import pytest

from tokenmirror.repos.identity import assistant_named, is_bot, me, suggestions


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("Ada@Example.ORG", True),
        (" <ada@example.org> ", True),
        ("123+adabyron@users.noreply.github.com", True),
        ("adabyron@users.noreply.github.com", True),
        ("987-adabyron@users.noreply.gitlab.com", True),
        ("123+another@users.noreply.github.com", False),
        ("ada@elsewhere.example", False),
        ("", False),
    ],
)
def test_it_is_me(email: str, expected: bool) -> None:
    person = me(["ada@example.org", "55+adabyron@users.noreply.github.com", ""])

    assert person.is_me(email) is expected


def test_a_new_address_under_my_name_is_suggested_only() -> None:
    person = me(["ada@example.org"], ["Ada Byron"])
    authors = [("ada byron", "Ada@Work.example"), ("Ada Byron", "ada@example.org"), ("Bo", "b@x")]

    assert suggestions(person, authors) == ("ada@work.example",)
    assert not person.is_me("ada@work.example")


@pytest.mark.parametrize(
    ("trailers", "name", "expected"),
    [
        ("Co-authored-by: Claude <noreply@anthropic.com>", "Ada", "claude-code"),
        ("Co-authored-by: aider (openai/gpt-5.2) <aider@aider.chat>", "Ada", "aider"),
        ("Co-authored-by: Claude Dupont <claude@dupont.example>", "Ada", None),
        ("Assisted-by: Codex CLI", "Ada", "codex-cli"),
        ("Generated-by: some new thing", "Ada", "other"),
        ("", "Ada Byron (aider)", "aider"),
        ("", "Ada Byron (they)", None),
        ("Signed-off-by: Claude <noreply@anthropic.com>", "Ada", None),
    ],
)
def test_an_assistant_is_named(trailers: str, name: str, expected: str | None) -> None:
    assert assistant_named(trailers, (name, name)) == expected


def test_programs_are_told_from_people() -> None:
    assert is_bot("dependabot[bot]", "1+dependabot[bot]@users.noreply.github.com")
    assert is_bot("Claude", "noreply@anthropic.com")
    assert not is_bot("Ada Byron", "ada@example.org")
