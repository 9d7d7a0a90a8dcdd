"""Modules, functions and nesting stay small, and classes inherit one step at most."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.shape import tree
from tests.shared import ROOT

MODULE_LINES = 500
FUNCTION_LINES = 50
NESTING = 4
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
HOLD_BLOCKS = {"body", "orelse", "finalbody", "handlers", "cases"}  # no expression holds a block
BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match, ast.AsyncFor, ast.AsyncWith)


@cache
def parsed() -> list[tuple[str, ast.Module]]:
    """Every module of ours by its path, parsed once for all tests here."""
    return [
        (str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8")))
        for path in tree.modules()
    ]


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function of ours, with a name to find it by."""
    for path, module in parsed():
        for node in ast.walk(module):
            if isinstance(node, FUNCTIONS):
                yield f"{path}:{node.lineno} {node.name}", node


def depth(node: ast.AST, level: int = 0) -> int:
    """How deep blocks stand in each other; ``elif`` is no step, an inner function begins anew."""
    deepest = level
    for field, value in ast.iter_fields(node):
        if field not in HOLD_BLOCKS:
            continue
        children = value if isinstance(value, list) else [value]
        for child in children:
            if isinstance(child, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
                continue
            is_elif = field == "orelse" and isinstance(node, ast.If) and isinstance(child, ast.If)
            step = int(isinstance(child, BLOCKS) and not (is_elif and len(children) == 1))
            deepest = max(deepest, depth(child, level + step))
    return deepest


def test_modules_have_at_most_500_lines():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tree.modules()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MODULE_LINES
    }
    assert long == {}


def test_functions_have_at_most_50_lines():
    long = {
        name: node.end_lineno - node.lineno + 1
        for name, node in functions()
        if node.end_lineno - node.lineno + 1 > FUNCTION_LINES
    }
    assert long == {}


def test_blocks_stand_at_most_four_deep():
    assert [name for name, node in functions() if depth(node) > NESTING] == []


def test_classes_of_ours_inherit_one_step_at_most():
    bases: dict[str, set[str]] = {}
    for _, module in parsed():
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef):
                names = {base.id for base in node.bases if isinstance(base, ast.Name)}
                bases.setdefault(node.name, set()).update(names)

    own = {name: parents & bases.keys() - {name} for name, parents in bases.items()}
    grandchildren = [
        f"{name} < {parent} < {sorted(own[parent])}"
        for name, parents in own.items()
        for parent in parents
        if own[parent]
    ]
    assert grandchildren == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f():\n pass", 0),
        ("def f():\n if a:\n  pass\n elif b:\n  pass\n else:\n  pass", 1),
        ("def f():\n for a in b:\n  if a:\n   with c:\n    try:\n     pass\n    except E: pass", 4),
        ("def f():\n if a:\n  def g():\n   if b:\n    pass", 1),
    ],
    ids=["flat", "elif", "four", "inner function"],
)
def test_nesting_is_measured_as_people_see_it(code, expected):
    assert depth(ast.parse(code).body[0]) == expected


NAMES = {"utils", "helpers", "common", "misc", "base", "core", "manager"}


def test_no_module_has_a_name_that_says_nothing():
    assert [path for path in tree.modules() if Path(path).stem in NAMES] == []
