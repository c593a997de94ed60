"""Guides as the API gives them: in one language, with their drawings."""

from functools import lru_cache
from typing import Any

from wattstead.catalog.drawing import draw
from wattstead.catalog.guides import guide_names, guide_products, load_guide
from wattstead.model.errors import UsageError
from wattstead.model.guide_plain import guide_plain, head_plain


@lru_cache(maxsize=2)
def guide_list(lang: str) -> list[dict[str, Any]]:
    """Give what there is, in the order in which it is listed."""
    return [head_plain(load_guide(name), lang, guide_products()) for name in guide_names()]


@lru_cache(maxsize=128)
def guide_in_full(name: str, lang: str) -> dict[str, Any]:
    """Give one guide. Raises UsageError for one that does not come with the program."""
    if name.endswith(".toml"):  # a file of this computer, to ``load_guide``: the network reads none
        raise UsageError(f"there is no guide {name!r}; names have no ending")
    return guide_plain(load_guide(name), lang, guide_products(), draw)
