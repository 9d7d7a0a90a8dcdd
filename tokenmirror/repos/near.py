"""Lines changed by hand or wrapped anew, recognised by the tokens they share with an edit.

Step 5 of ``shipped.md`` 4.4 (pure, no git).  Five tokens in a row are compared, across line
ends; a line of an edit pays for the tokens it shares, and only so often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass

from tokenmirror.repos.landing import REACH, Entry, FileMatch, Ledger, Spot
from tokenmirror.seal import SHINGLE_TOKENS, TRIVIAL, Sealer, Shingles

SHARE_BESIDE = 0.5  # of a line's tokens, where its run holds an exact line of the session
SHARE_ALONE = 0.8
SHORTEST = 3  # tokens
PAYS = 1.25  # a line of an edit pays for so many times its tokens
FOUND = 0.5  # it counts as found once it paid for so much of itself


@dataclass(slots=True)
class _Source:
    """An edit and its tokens: the line of each, ``None`` where that is used up."""

    entry: Entry
    lines: list[int | None]


# by shingle and session: the latest edit that holds it, and its first token there
Shared = dict[int, dict[int, tuple[_Source, int]]]
_NOBODY: dict[int, tuple[_Source, int]] = {}


@dataclass(slots=True)
class _Run:
    """Added lines close to each other: ``begin`` and ``end`` as indexes, and their shingles."""

    begin: int
    end: int
    shingles: Shingles


@dataclass(frozen=True, slots=True)
class _Offer:
    """What a session's edits hold of a line: its tokens, by the line that pays for them."""

    covered: int
    latest: tuple[int, int]
    paying: Counter[tuple[int, int]]


def match_near(
    one: FileMatch, ledger: Ledger, sealer: Sealer, sessions: Container[int] | None = None
) -> None:
    """Recognise lines of one file that no edit holds exactly.

    Without an edit of these ``sessions`` none is looked for: lines that are only close link
    nobody to a commit.  ``None`` for whatever session.
    """
    sources = {
        entry.edit.id: entry
        for entry in one.entries
        if entry.shingles and ledger.used(entry) != entry.every and ledger.in_time(entry.edit)
    }
    if sessions is not None and not any(
        entry.edit.session in sessions for entry in sources.values()
    ):
        return
    if not sources:
        return
    runs = [
        _Run(begin, end, sealer.shingles(one.file.texts[begin:end])) for begin, end in _runs(one)
    ]
    wanted = frozenset(line for run in runs for line in run.shingles.hashes)
    shared: Shared = {}
    if wanted:
        for entry in sorted(
            sources.values(), key=lambda each: (each.edit.at_ms, each.edit.id), reverse=True
        ):
            _add_shared(shared, wanted, entry, ledger.used(entry, close=True))
    if shared:
        paid: Counter[tuple[int, int]] = Counter()
        for run in runs:
            _Near(one, run, shared, sources, paid).match()
        _note_found(one, sources, paid)


def _runs(one: FileMatch) -> Iterator[tuple[int, int]]:
    """Runs of added lines in which one that proves something is nobody's yet."""
    numbers = one.file.numbers
    begin = 0
    for at in range(1, len(numbers) + 1):
        if at < len(numbers) and numbers[at] - numbers[at - 1] <= REACH:
            continue
        if any(_is_open(one, line) for line in range(begin, at)):
            yield begin, at
        begin = at


def _is_open(one: FileMatch, at: int) -> bool:
    return one.is_free(at) and not one.file.added_flags[at] & TRIVIAL


def _add_shared(shared: Shared, wanted: frozenset[int], entry: Entry, used: int) -> None:
    """Where an edit holds the shingles of a commit; later edits come first."""
    shingles = entry.shingles
    if shingles is None or wanted.isdisjoint(shingles.hashes):
        return
    lines: list[int | None] = []
    for line, count in enumerate(shingles.tokens):
        lines += [None if used >> line & 1 else line] * count
    source, session = _Source(entry, lines), entry.edit.session
    for start, shingle in zip(shingles.starts(), shingles.hashes, strict=True):
        if shingle in wanted:
            shared.setdefault(shingle, {}).setdefault(session, (source, start))


class _Near:
    """One run: which of its tokens edits share, by session, and who pays for a line."""

    def __init__(
        self,
        one: FileMatch,
        run: _Run,
        shared: Shared,
        sources: dict[int, Entry],
        paid: Counter[tuple[int, int]],
    ) -> None:
        self._one = one
        self._run = run
        self._sources = sources
        self._paid = paid
        self._covers = _covers(run.shingles, shared)
        self._beside = {
            spot[0].edit.session
            for at in range(run.begin, run.end)
            if (spot := one.spots[at]) and not one.file.added_flags[at] & TRIVIAL
        }

    def match(self) -> None:
        """Claim what is shared enough; short lines last, where they join a claimed one."""
        short = []
        token = 0
        for at, tokens in enumerate(self._run.shingles.tokens, self._run.begin):
            if self._one.is_free(at) and tokens:
                if tokens >= SHORTEST and _is_open(self._one, at):
                    self._claim(at, token, tokens, None)
                else:
                    short.append((at, token, tokens))
            token += tokens
        for at, first, tokens in short:
            beside = {
                spot[0].edit.session
                for line in (at - 1, at + 1)
                if self._run.begin <= line < self._run.end
                and self._one.how[line] == "near"
                and (spot := self._one.spots[line])
            }
            if beside:
                self._claim(at, first, tokens, beside)

    def _claim(self, at: int, first: int, tokens: int, only: set[int] | None) -> None:
        shares = Counter(
            session for token in range(first, first + tokens) for session in self._covers[token]
        )
        offers = []
        for session, shared in shares.items():
            least = max(1, self._least(session, only) * tokens)
            if shared >= least and (only is None or session in only):
                offer = self._offer(session, first, tokens)
                if offer.covered >= least:
                    offers.append(offer)
        if offers:
            best = max(offers, key=lambda offer: (offer.covered, offer.latest))
            self._paid.update(best.paying)
            (edit, line), _ = max(best.paying.items(), key=lambda item: (item[1], item[0]))
            self._one.take(at, (self._sources[edit], line), "near")

    def _least(self, session: int, only: set[int] | None) -> float:
        """The share of a line's tokens that a session must hold."""
        if only is not None:
            return 1.0
        return SHARE_BESIDE if session in self._beside else SHARE_ALONE

    def _offer(self, session: int, first: int, tokens: int) -> _Offer:
        paying: Counter[tuple[int, int]] = Counter()
        latest = (0, 0)
        for token in range(first, first + tokens):
            spot = self._covers[token].get(session)
            if spot is None:
                continue
            entry, line = spot
            key = entry.edit.id, line
            assert entry.shingles is not None
            if self._paid[key] + paying[key] < PAYS * entry.shingles.tokens[line]:
                paying[key] += 1
                latest = max(latest, (entry.edit.at_ms, entry.edit.id))
        return _Offer(paying.total(), latest, paying)


def _covers(shingles: Shingles, shared: Shared) -> list[dict[int, Spot]]:
    """Per token of a run, the sessions whose edits share it, with the line that has it.

    The latest edit that holds a shingle stands for the session.
    """
    covers: list[dict[int, Spot]] = [{} for _ in range(sum(shingles.tokens))]
    for start, shingle in zip(shingles.starts(), shingles.hashes, strict=True):
        for session, (source, first) in shared.get(shingle, _NOBODY).items():
            for step in range(SHINGLE_TOKENS):
                line = source.lines[first + step]
                if line is not None:
                    covers[start + step].setdefault(session, (source.entry, line))
    return covers


def _note_found(one: FileMatch, sources: dict[int, Entry], paid: Counter[tuple[int, int]]) -> None:
    """Lines of the edits that were found again, in whatever shape."""
    for (edit, line), tokens in paid.items():
        entry = sources[edit]
        assert entry.shingles is not None
        if tokens >= FOUND * entry.shingles.tokens[line]:
            known = one.close.get(edit, (entry, 0))[1]
            one.close[edit] = entry, known | 1 << line
