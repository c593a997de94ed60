"""The search over what the program knows, with the makes of this plant first."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from threading import Lock
from typing import Any

from wattstead.catalog.profile import Profile
from wattstead.catalog.search import KINDS, search
from wattstead.catalog.search_plain import search_plain
from wattstead.catalog.setting_words import setting_labels, setting_words
from wattstead.model.errors import UsageError

LONGEST = 200
"""Letters of a query that are looked at; nobody types more."""
__all__ = ["KINDS", "LONGEST", "Searching"]


class Searching:
    """Looks for codes, settings, guides and pages. profiles: of the packs of this plant, by name."""

    def __init__(self, profiles: Mapping[str, Profile]) -> None:
        self._profiles = profiles
        self._alone = Lock()

    def find(self, query: str, kinds: Collection[str] = KINDS, most: int = 10) -> dict[str, Any]:
        """Look for words, a question or a code; texts in both languages. most: of each kind.

        The last word may be unfinished: people look while they type.
        """
        text = query[:LONGEST].strip()
        with self._alone:  # the first one builds the index; nobody else is to build it beside him
            return search_plain(search(text, kinds, prefer=tuple(self._profiles), typing=True, most=most))

    def setting(self, name: str) -> dict[str, Any]:
        """Say what a setting is, and what it is in the devices of this plant. Raises UsageError for an unknown one."""
        if name not in setting_labels():
            near = get_close_matches(name, setting_labels(), n=1)
            raise UsageError(f"there is no setting {name}" + (f"; did you mean {near[0]}?" if near else ""))
        return {
            "name": name,
            "label": dict(setting_labels()[name]),
            "text": dict(setting_words()[name]),
            "here": [
                {
                    "profile": profile.name,
                    "make": profile.make,
                    "unit": setting.unit,
                    "vendor_name": setting.vendor_name,
                    "default": setting.default,
                }
                for profile in self._profiles.values()
                if (setting := profile.settings.get(name)) is not None
            ],
        }
