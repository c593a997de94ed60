"""Words of the drawings in one language: ``words/drawings/common.toml``."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from wattstead.catalog.spec import Bilingual
from wattstead.catalog.words import LANGUAGES, Label, labels
from wattstead.model.errors import UsageError


@dataclass(frozen=True, slots=True)
class Labels:
    """lang: of this drawing."""

    lang: str

    def say(self, name: str, **figures: str | int) -> str:
        """Say a word that all drawings share."""
        return _common()[name][self.lang].format(**figures)

    def of(self, text: Bilingual) -> str:
        """Say a text of a drawing of its own."""
        return text.fr if self.lang == "fr" else text.en


@cache
def _common() -> Mapping[str, Label]:
    return labels("drawings/common.toml")


def labels_in(lang: str) -> Labels:
    """Give the words of a language. Raises UsageError for one that there is not."""
    if lang not in LANGUAGES:
        raise UsageError(f"there are no drawings in {lang!r}; say {' or '.join(LANGUAGES)}")
    return Labels(lang)
