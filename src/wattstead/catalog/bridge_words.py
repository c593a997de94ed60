"""What a bridge says of its limits, in words: ``words/bridge.toml``."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from wattstead.catalog.words import LANGUAGES, Label, labels, read_toml
from wattstead.model.bridge import Reason, Rule
from wattstead.model.errors import ProfileError


@cache
def bridge_words() -> Mapping[str, Label]:
    """Give the sentence of each rule. Raises ProfileError where one is missing."""
    file = files("wattstead") / "words" / "bridge.toml"
    found: dict[str, Label] = {}
    for name, entry in read_toml(file).items():
        texts = entry if isinstance(entry, dict) else {}
        found[name] = {language: str(texts[language]) for language in LANGUAGES if texts.get(language)}
    for rule in Rule:
        if len(found.get(rule, {})) < len(LANGUAGES):
            raise ProfileError(file.name, rule, "has no text in both languages", "write en and fr in the same entry")
    return found


@cache
def bridge_page_words() -> Mapping[str, Label]:
    """What the status page of a bridge says by itself."""
    return labels("bridge_page.toml")


def reason_text(why: Reason, lang: str) -> str:
    """Say why a limit is what it is."""
    text = bridge_words()[why.rule][lang]
    return text.format(pack=why.pack, place=why.place, value=why.value or 0.0, code=why.code)
