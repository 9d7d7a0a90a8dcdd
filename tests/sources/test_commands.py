"""What shell commands are for, and which commits they made."""

from __future__ import annotations

import time

import pytest

from tokenmirror.sources.commands import commits_in, kind_of


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("ls -la src", "read"),
        ("cat a.py | head -20", "read"),
        ("sed -n 1,20p a.py", "read"),
        ("sed -i s/a/b/ a.py", "edit"),
        ("git status && git diff", "read"),
        ("rg foo 2>/dev/null", "read"),
        ("grep -r foo . 2>&1 | wc -l", "read"),
        ("echo hello > a.txt", "edit"),
        ("cat > a.py <<'EOF'\nit's git commit\nEOF", "edit"),
        ("rm -rf build", "edit"),
        ("python3 -m unittest -q tests.test_cart", "test"),
        ("cd app && python -m pytest -x | tail -3", "test"),
        ("uv run pytest tests/a.py", "test"),
        ("PYTHONPATH=. timeout 60 pytest", "test"),
        ("npm test", "test"),
        ("npm run test:unit -- --watch=false", "test"),
        ("npx vitest run", "test"),
        ("cargo test --all", "test"),
        ("go test ./...", "test"),
        ("./gradlew :app:test", "test"),
        ("make test", "test"),
        ("python manage.py test shop", "test"),
        ("./run_tests.sh", "test"),
        ("node --test", "test"),
        ("bash -lc 'pytest -q'", "test"),
        ("npm run build && npm test", "test"),
        ("make", "build"),
        ("npm run build", "build"),
        ("cargo build --release", "build"),
        ("tsc -p .", "build"),
        ("tsc --noEmit", "lint"),
        ("ruff check . && mypy", "lint"),
        ("pnpm lint", "lint"),
        ("go vet ./...", "lint"),
        ("git -c user.name=a -C sub commit -qm 'x'", "commit"),
        ("pytest && git add -A && git commit -m 'tests pass'", "commit"),
        ("git commit -m \"$(cat <<'EOF'\nIt's done\nEOF\n)\"", "commit"),
        ("git push", "other"),
        ("npm install left-pad", "other"),
        ("echo 'git commit'", "other"),
        ("python app.py", "other"),
        ("", "other"),
        ("'", "other"),
        ("latest --version", "other"),
    ],
)
def test_a_command_is_judged_by_its_weightiest_part(command, kind):
    assert kind_of(command) == kind


def test_the_line_that_git_commit_prints_names_the_commit():
    output = "[main (root-commit) 1a2b3c4] first\n 1 file changed\n[fix/a-b 5d6e7f8] next\n"

    assert commits_in("git commit -m a; git commit -m b", output) == ("1a2b3c4", "5d6e7f8")


@pytest.mark.parametrize(
    ("command", "output", "hashes"),
    [
        ("git commit -qm x && git log --oneline -1", "bf72106 Add it", ("bf72106",)),
        ("git commit -qm x && git log --oneline -3", "bf72106 C\n1111111 B", ("bf72106",)),
        ("git commit -qm x && git rev-parse HEAD", "a" * 40, ("a" * 40,)),
        ("git commit -qm x && git log -1", "commit " + "b" * 40 + "\nAuthor: a", ("b" * 40,)),
        ("git rev-parse HEAD; git commit -qm x; git rev-parse HEAD", "aaaaaaa\nbbbbbbb", None),
        ("git log --oneline -3; git commit -qm x", "bf72106 Add it", ()),
        ("git log --oneline -1", "bf72106 Add it", ()),
        ("git commit -qm x", "", ()),
        ("echo '[main bf72106] no'", "[main bf72106] no", ()),
    ],
)
def test_a_quiet_commit_is_named_by_what_is_printed_after_it(command, output, hashes):
    assert commits_in(command, output) == (("bbbbbbb",) if hashes is None else hashes)


@pytest.mark.deep
def test_long_and_broken_lines_are_judged_in_linear_time():
    began = time.process_time()

    for text in ("'\"" * 40_000, "<<A\n" * 20_000, "a\\" * 40_000, "((" * 40_000, "x " * 40_000):
        kind_of(text)
        commits_in(text, text)

    assert time.process_time() - began < 2
