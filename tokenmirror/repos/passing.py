"""The pass over the landings of one scan: what survival needs to know, from git."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from tokenmirror.repos import messages
from tokenmirror.repos.claims import Verdict
from tokenmirror.repos.excluded import Excluded
from tokenmirror.repos.fates import Fates
from tokenmirror.repos.git import Reader
from tokenmirror.repos.history import Head
from tokenmirror.repos.landing import FileMatch, SealedFile
from tokenmirror.repos.nouns import Known
from tokenmirror.repos.patches import Patch, touched
from tokenmirror.repos.plan import Plan
from tokenmirror.repos.survival import Landing, Survival
from tokenmirror.repos.writers import Brought, writers


class Passing:
    """Survival fed with landings as they are read; ``brought`` takes commits off the chain."""

    def __init__(self, reader: Reader, work: Plan, known: Known, excluded: Excluded) -> None:
        self._reader = reader
        self._excluded = excluded
        self._survival = Survival(known.remembered)
        self.brought = Brought()
        chain = [head.oid for head in work.chain]
        births = known.remembered.births
        self._undoes = messages.undone(
            reader, chain, known.chain_tip, known.since_ms, births.landing_with
        )
        self._ignored = messages.ignored(reader, chain[-1]) if chain else frozenset()

    def land(
        self,
        head: Head,
        patch: Patch,
        at_ms: int,
        found: Verdict,
        files: Sequence[SealedFile],
        matches: Iterable[FileMatch],
        contained: Iterable[str],
    ) -> None:
        """Take one landing with what the matching found in it, and the commits in it."""
        changes = patch.files or []
        lost, renamed = self._out_of_sight(patch)
        landing = Landing(
            head.oid,
            at_ms,
            found.mine,
            self._undoes.get(head.oid, ()),
            format_only=head.oid in self._ignored,
            unsure=patch.missing,
            closed=patch.closed,
            lost=lost,
            renamed=renamed,
        )
        who = writers(head, found, files, matches, self.brought.of(contained))
        self._survival.land(landing, changes, files, who)

    def taken(self, now_ms: int | None) -> Fates:
        """What happened since the last call."""
        return self._survival.taken(now_ms)

    def _out_of_sight(self, patch: Patch) -> tuple[Collection[str] | None, Mapping[str, str]]:
        """Files whose change could not be read, ``None`` for all; and plain renames of such."""
        if not (patch.bulk or patch.missing or patch.files is None) or not self._survival.paths():
            return (), {}
        names = touched(self._reader, patch.oid, self._excluded)
        if names is None:
            return None, {}
        read = {change.source or change.path for change in patch.files or ()}
        renamed = {old: new for old, new in names.renamed.items() if old not in read}
        return names.changed - read, renamed
