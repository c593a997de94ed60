"""What the platform saw of the same device, for ``wattstead records``."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wattstead.app.stored import Wanted, stored_codes
from wattstead.catalog.profile import Profile
from wattstead.catalog.words import record_words
from wattstead.cli.show import said
from wattstead.host.records.ours import Seen
from wattstead.model.errors import UsageError
from wattstead.store.base import StoreError


@dataclass(frozen=True)
class Ours:
    """Which store a person named, if any, and which packs in it. since_ms: nothing older is wanted, UTC.

    quiet: where it comes from was told before.
    """

    store: Path | None = None
    packs: Sequence[str] = ()
    since_ms: int | None = None
    quiet: bool = False

    def check(self) -> None:
        """Refuse a file that is not there before anybody waits for a device. Raises UsageError."""
        if self.store is not None and not self.store.is_file():
            raise UsageError(
                f"--store {self.store}: there is no such file; name the store that `wattstead serve` writes"
            )

    async def of(
        self, profile: Profile, key: str, lang: str, url: str | None = None, address: int = 0
    ) -> Sequence[Seen]:
        """Give the codes that came and went, and say where they are from.

        key: by which files of the device are named. Raises UsageError, and StoreError for a store that was named.
        """
        wanted = Wanted(profile, key, url, address, self.store, self.packs, self.since_ms or 0)
        try:
            found = await stored_codes(wanted)
        except StoreError as error:
            if self.store is not None:
                raise
            if not self.quiet:
                said(record_words()["stored_away"][lang].format(why=error))
            return ()
        if self.quiet:
            return found.seen
        if found.packs:
            packs = ", ".join(found.packs)
            said(record_words()["stored"][lang].format(packs=packs, path=found.path))
        elif found.others:
            said(record_words()["stored_none"][lang].format(path=found.path, others=", ".join(found.others)))
        return found.seen
