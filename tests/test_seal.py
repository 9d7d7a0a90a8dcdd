"""Text becomes keyed hashes and flags; nothing of it can be read back."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.making import SEALER
from tokenmirror import seal

LINES = st.lists(st.text(st.characters(codec="utf-8"), max_size=30), max_size=12)


def test_a_lines_hash_is_the_keyed_hash_of_its_text_without_white_space():
    found = SEALER.line("\ttotal = price * count\r")

    expected = hashlib.blake2b(
        b"total=price*count", digest_size=8, key=SEALER.key, person=b"tm-line-1"
    )
    assert found == (int.from_bytes(expected.digest(), "little"), 0)


@pytest.mark.parametrize("text", ["a = b  +  c1234", "\ta=b+c1234", "a = b + c1234\r"])
def test_white_space_does_not_matter(text):
    assert SEALER.line(text) == SEALER.line("a=b+c1234")


def test_another_key_gives_other_hashes():
    other = seal.Sealer(b"o" * 32, frozenset())

    assert other.line("total = price") != SEALER.line("total = price")


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("}", seal.TRIVIAL),
        ("  });", seal.TRIVIAL),
        ("else:", seal.TRIVIAL),
        ("+--------+", seal.TRIVIAL),
        ("x += 1", seal.TRIVIAL),
        ("a+b+c+d+e", 0),
        ("return self.price", 0),
        ("import os.path", seal.IMPORT),
        ("from shop import cart", seal.IMPORT),
        ("#include <stdio.h>", seal.IMPORT),
        ("const fs = require('fs')", seal.IMPORT),
        ("fromage = brie(1)", 0),
        ("const total = price", 0),
    ],
)
def test_lines_that_prove_little_are_flagged(text, flag):
    assert SEALER.line(text)[1] == flag


def test_blank_lines_do_not_exist():
    assert SEALER.lines(["", "  \t", "value = 1234"]).flags == b"\x00"


@given(LINES, LINES)
def test_what_is_packed_is_unpacked_as_it_was(added, removed):
    lines = SEALER.edit(added, removed)

    assert seal.unpack(seal.pack(lines)) == lines
    assert len(lines.hashes) == len(lines.flags)


@given(LINES, LINES)
def test_lines_sealed_before_shingles_were_known_are_read(added, removed):
    lines = SEALER.lines(added, removed)

    old = b"\1" + seal.pack(lines)[1:]

    assert seal.unpack(old) == lines
    assert seal.unpack(old).shingles is None


def test_a_shingle_is_the_keyed_hash_of_five_tokens():
    shingles = SEALER.shingles(["total = a_price(", "    'x', y);"])

    words = [b'total\n=\na_price\n(\n"', b'a_price\n(\n"\nx\n"']
    expected = [
        hashlib.blake2b(word, digest_size=8, key=SEALER.key, person=b"tm-tok-1").digest()
        for word in words
    ]
    assert shingles.hashes.tobytes() == b"".join(expected)
    assert list(shingles.starts()) == [0, 2]
    assert list(shingles.tokens) == [4, 5]


@given(st.lists(st.sampled_from(["import os", "a = 12345", "}", "from a import b", "x" * 500])))
def test_lines_seen_before_are_hashed_as_at_first(texts):
    seen = seal.Seen(SEALER)

    assert [seen[text] for text in texts] == [SEALER.line(text) for text in texts]


def test_of_many_lines_seen_few_are_kept(monkeypatch):
    monkeypatch.setattr(seal, "MOST_SEEN", 3)
    seen = seal.Seen(SEALER)

    for number in range(20):
        assert seen[f"value = {number}"] == SEALER.line(f"value = {number}")

    assert len(seen) <= 3


def test_long_lines_are_not_kept():
    seen = seal.Seen(SEALER)

    assert seen["x" * 5000] == SEALER.line("x" * 5000)
    assert not seen


def test_what_is_packed_holds_no_word_of_the_text():
    blob = seal.pack(SEALER.edit(["secret_price = other_secret(customer, order)"] * 3))

    assert not any(word in blob for word in (b"secret", b"price", b"customer", b"order"))


def test_texts_are_alike_whatever_their_case_and_spacing():
    assert SEALER.text("Add  a\nFlag") == SEALER.text("add a flag")
    assert SEALER.text("add a flag") != SEALER.text("add two flags")


def test_a_records_natural_key_differs_by_source_kind_and_id():
    keys = {
        seal.natural_key(source, kind, key)
        for source in ("a", "b")
        for kind in ("prompt", "usage")
        for key in ("1", "2")
    }

    assert len(keys) == 8
