"""The page docs/guides-list.md: every guide that comes with the program."""

from wattstead.catalog.guides import guide_names, guide_products, load_guide
from wattstead.cli.guides_show import say

MADE = "<!-- Made by `make docs`; change words/guides, not this page. -->\n\n"
_HEAD = """# All guides

[How to use them](guides.md). Steps in brackets are for some cases only.

| guide | what it is | for | who | steps | after |
| --- | --- | --- | --- | --- | --- |
"""


def guides_page() -> str:
    """Make the page."""
    return MADE + _HEAD + "".join(_row(name) for name in guide_names())


def _row(name: str) -> str:
    guide = load_guide(name)
    products = ", ".join(guide_products()[one]["en"] for one in guide.products)
    who = say("everybody" if guide.kind.value == "emergency" else guide.who.value, "en")
    cases = len(guide.steps) - len(guide.needed)
    steps = f"{len(guide.needed)}" + (f" (+{cases})" if cases else "")
    requirements = ", ".join(guide.requirements)
    source = f"{guide.source['en']} ({requirements})"
    return (
        f"| `{name}` | {guide.title['en']}: {_small(guide.summary['en'])} | {products} | {who} | {steps} | {source} |\n"
    )


def _small(text: str) -> str:
    """Begin a sentence small after a colon, but not a name such as AURA."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
