"""Which commits there are: their people, times and parents, without their contents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tokenmirror.repos.git import OID, Reader, ids
from tokenmirror.repos.identity import Me

DAY_MS = 86_400_000
# clocks run backwards: a walk bounded by time goes on for so long below its bound
SLACK_DAYS = 60
_FIELDS = "%H%x00%P%x00%ad%x00%ct%x00%aN%x00%aE%x00%cN%x00%cE%x00%(trailers:only,unfold)%x00%s"
_COUNT = _FIELDS.count("%x00") + 1
_LOG = ("--no-show-signature", "--no-notes", "--no-color", f"--format={_FIELDS}", "--date=raw")


@dataclass(frozen=True, slots=True)
class Head:
    """What a commit says of itself; names and addresses as ``.mailmap`` has them."""

    oid: str
    parents: tuple[str, ...]
    authored_ms: int
    committed_ms: int
    utc_offset_min: int
    name: str
    email: str
    committer: str
    committer_email: str
    trailers: str
    subject: str

    @property
    def order(self) -> tuple[int, str]:
        """A commit's place in an order that does not depend on how it was found."""
        return self.committed_ms, self.oid

    @property
    def earliest_ms(self) -> int:
        """When its contents may first have been there."""
        return min(self.authored_ms, self.committed_ms)


def heads(
    reader: Reader,
    tips: Iterable[str],
    below: Iterable[str] = (),
    *,
    since_ms: int,
    mailmap: str | None = None,
    first_parents: bool = False,
) -> Iterator[Head]:
    """Commits of these tips that are not in ``below`` and not older than ``since_ms``.

    ``mailmap`` is the commit whose ``.mailmap`` holds.  In git's order, newest first.
    """
    since_s = max(0, (since_ms - SLACK_DAYS * DAY_MS) // 1000)
    chain = ("--first-parent",) if first_parents else ()
    for head in _log(
        reader,
        (*chain, f"--since={since_s}", "--stdin"),
        [*tips, *(f"^{oid}" for oid in below)],
        mailmap,
    ):
        if head.committed_ms >= since_ms:
            yield head


def heads_of(reader: Reader, oids: Iterable[str], mailmap: str | None = None) -> list[Head]:
    """What these commits say of themselves, in their order."""
    return list(_log(reader, ("--no-walk=unsorted", "--stdin"), list(oids), mailmap))


def graph(reader: Reader, tip: str, below: str | None, since_ms: int) -> dict[str, list[str]]:
    """Parents of the commits that ``tip`` contains and ``below`` does not."""
    since_s = max(0, (since_ms - SLACK_DAYS * DAY_MS) // 1000)
    wanted = ids([tip, *([f"^{below}"] if below else [])])
    with reader.stream("rev-list", "--parents", f"--since={since_s}", "--stdin", feed=wanted) as s:
        rows = (line.decode("ascii").split() for line in s.out)
        return {oid: parents for oid, *parents in rows}


def commits_among(reader: Reader, oids: Iterable[str]) -> list[str]:
    """Of these full ids, those of commits that are there, in their order."""
    asked = ids(oids)
    if not asked:
        return []
    answer = reader.ask("cat-file", "--batch-check", feed=asked)
    lines = (line.split() for line in answer.out.decode("ascii", "replace").splitlines())
    return [oid for oid, kind, *_ in lines if kind == "commit"]


def resolved(reader: Reader, names: Iterable[str]) -> dict[str, str]:
    """Full ids of the commits that ids, full or abbreviated, name; others are left out."""
    asked = [name for name in names if 7 <= len(name) <= 64 and _is_hex(name)]
    if not asked:
        return {}
    feed = "".join(f"{name}\n" for name in asked).encode("ascii")
    answer = reader.ask("cat-file", "--batch-check=%(objectname) %(objecttype)", feed=feed)
    lines = answer.out.decode("ascii", "replace").splitlines()
    # an ambiguous id takes several lines; those of answers end in the type
    found = [line.split() for line in lines if line.endswith(" commit")]
    by_start = {name: [oid for oid, _ in found if oid.startswith(name)] for name in asked}
    return {name: oids[0] for name, oids in by_start.items() if oids and OID.match(oids[0])}


def mailmapped(reader: Reader, person: Me, mailmap: str | None) -> Me:
    """The person, with the addresses that ``.mailmap`` puts in place of theirs."""
    if mailmap is None or not person.emails:
        return person
    names = ["", *sorted(person.names)]
    contacts = [f"{name} <{email}>".strip() for email in sorted(person.emails) for name in names]
    feed = "".join(f"{contact}\n" for contact in contacts if "\n" not in contact)
    answer = reader.ask(
        *_mailmap(mailmap),
        "check-mailmap",
        "--stdin",
        feed=feed.encode("utf-8", "surrogateescape"),
    )
    lines = answer.out.decode("utf-8", "replace").splitlines()
    return person.also(line.rpartition("<")[2].rstrip(">") for line in lines)


def attributes(reader: Reader, tip: str) -> tuple[tuple[str, str], ...]:
    """(folder, text) of each ``.gitattributes`` in a commit's tree."""
    listed = reader.ask("ls-tree", "-r", "-z", "--end-of-options", tip)
    found = []
    for entry in listed.out.split(b"\0"):
        facts, _, path = entry.partition(b"\t")
        if path.rpartition(b"/")[2] == b".gitattributes" and facts.startswith(b"100"):
            blob = facts.split()[2].decode("ascii")
            text = reader.ask("cat-file", "blob", blob)
            if text.status == 0 and len(text.out) < 1 << 20:
                folder = path.rpartition(b"/")[0].decode("utf-8", "surrogateescape")
                found.append((folder, text.out.decode("utf-8", "replace")))
    return tuple(found)


def placed(reader: Reader, found: Iterable[Head], tip: str | None) -> dict[str, int]:
    """Where commits stand in time: the author's date, or the committer's if that is impossible.

    Impossible is a day after its commit, or a day before the repository's first one.
    """
    first_ms: int | None = None
    times: dict[str, int] = {}
    for head in found:
        at_ms = head.authored_ms
        if at_ms > head.committed_ms + DAY_MS:
            at_ms = head.committed_ms
        elif at_ms < head.committed_ms - 365 * DAY_MS:  # rare, and the first commit is far away
            if first_ms is None:
                first_ms = _first_ms(reader, tip or head.oid)
            at_ms = head.committed_ms if at_ms < first_ms - DAY_MS else at_ms
        times[head.oid] = at_ms
    return times


def _first_ms(reader: Reader, tip: str) -> int:
    roots = reader.ask("rev-list", "--max-parents=0", "--timestamp", "--end-of-options", tip)
    times = [int(line.split()[0]) for line in roots.out.splitlines() if line[:1].isdigit()]
    return min(times, default=0) * 1000


def _log(
    reader: Reader, options: tuple[str, ...], oids: list[str], mailmap: str | None
) -> Iterator[Head]:
    if not oids:
        return
    with reader.stream(*_mailmap(mailmap), "log", "-z", *_LOG, *options, feed=ids(oids)) as s:
        fields: list[bytes] = []
        rest = b""
        while part := s.out.read(1 << 16):
            *whole, rest = (rest + part).split(b"\0")
            fields += whole
            full = len(fields) - len(fields) % _COUNT
            for at in range(0, full, _COUNT):
                yield _head([_text(field) for field in fields[at : at + _COUNT]])
            del fields[:full]
        if not s.ended_well():
            raise HistoryEnded


class HistoryEnded(Exception):
    """Git stopped in the middle of a list of commits."""


def _mailmap(tip: str | None) -> tuple[str, ...]:
    return ("-c", f"mailmap.blob={tip}:.mailmap") if tip else ()


def _head(fields: list[str]) -> Head:
    oid, parents, authored, committed, name, email, committer, address, trailers, subject = fields
    seconds, _, zone = authored.partition(" ")
    head = Head(
        oid.lstrip("\n"),
        tuple(parents.split()),
        _number(seconds) * 1000,
        _number(committed) * 1000,
        _minutes(zone),
        name,
        email,
        committer,
        address,
        trailers,
        subject,
    )
    return head if head.authored_ms else replace(head, authored_ms=head.committed_ms)


def _number(text: str) -> int:
    # dates beyond what a calendar holds are as good as none
    return int(text) if text.isdigit() and len(text) < 12 else 0


def _minutes(zone: str) -> int:
    if len(zone) != 5 or not zone[1:].isdigit():
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[3:])
    return 0 if minutes > 14 * 60 else -minutes if zone[0] == "-" else minutes


def _is_hex(text: str) -> bool:
    return not text.strip("0123456789abcdef")


def _text(field: bytes) -> str:
    return field.decode("utf-8", "replace")
