"""A guide as one file that needs nothing else: no network, no script; on paper its ticks are boxes."""

import re
from html import escape as _escape

from wattstead.catalog.words import LANGUAGES
from wattstead.cli.guides_show import limits_text, products_text, say, tied, wait_text
from wattstead.model.guide import Guide, GuideKind, Part, Step

_NAMES = {"en": "English", "fr": "Français"}
_STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#14211b, #ecf1ec); --soft: light-dark(#46524b, #bac4bd);
  --line: light-dark(#b9b6a9, #4a554f); --grave: light-dark(#b0221d, #ff928a); --ground: light-dark(#fffefb, #121815);
  --grave-soft: light-dark(#fbe0dc, #471a17) }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 52rem; padding: 1rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.45 "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", system-ui, sans-serif }
h1 { font-size: 1.6rem; line-height: 1.2; margin: .4rem 0 } h2 { font-size: 1.2rem; margin: 1.4rem 0 .4rem }
p { margin: .3rem 0 } li p { margin: 0 } .soft { color: var(--soft); font-size: .9em }
.tongue { position: absolute; opacity: 0 }
.tongues label { display: inline-block; padding: .5rem .9rem; border: 1px solid var(--line); border-radius: .5rem;
  cursor: pointer }
#en:checked ~ .tongues [for=en], #fr:checked ~ .tongues [for=fr] { background: var(--ink); color: var(--ground) }
#en:focus-visible ~ .tongues [for=en], #fr:focus-visible ~ .tongues [for=fr] { outline: 3px solid #1a5fd0 }
#en:checked ~ main[lang=fr], #fr:checked ~ main[lang=en] { display: none }
ol { list-style: none; margin: .4rem 0; padding: 0 }
li { display: grid; grid-template-columns: 1.6rem 2rem 1fr; gap: 0 .3rem; padding: .45rem 0;
  border-top: 1px solid var(--line) }
li.plain { grid-template-columns: 2rem 1fr }
li > div { min-width: 0 }
li input { width: 1.15rem; height: 1.15rem; margin: .15rem 0 0 }
.danger { color: var(--grave); font-weight: 650 }
.emergency h2 { padding: .4rem .6rem; border-radius: .4rem; background: var(--grave-soft); color: var(--grave) }
.value { border-bottom: 1.5px dotted var(--soft); display: inline-block; min-width: 5rem }
svg { display: block; width: 100%; max-width: 30rem; height: auto; margin: .6rem 0 }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-size: .95em }
th, td { text-align: left; vertical-align: top; padding: .2rem .9rem .2rem 0; border-bottom: 1px solid var(--line) }
@media print {
  @page { size: A4; margin: 14mm }
  :root { color-scheme: light } body { max-width: none; padding: 0; font-size: 10pt; line-height: 1.35 }
  .tongues { display: none }
  h1 { font-size: 15pt } h2 { font-size: 12pt; margin: .7rem 0 .2rem } li { padding: .2rem 0 }
  th, td { padding: .05rem .9rem .05rem 0 }
  li, tr, svg, h2 { break-inside: avoid } h2 { break-after: avoid } svg { max-width: 100mm; max-height: 210mm }
}
"""


def escape(text: str) -> str:
    """Write a text into HTML."""
    return _escape(tied(text))


def guide_html(guide: Guide, lang: str) -> str:
    """Write a guide in both languages, the one that is asked for in sight. No part of it is loaded from elsewhere."""
    first = [one for one in LANGUAGES if one == lang] or [LANGUAGES[0]]
    chosen = first[0]
    inputs = "".join(
        f'<input class="tongue" type="radio" name="tongue" id="{one}"{" checked" if one == chosen else ""}'
        f' aria-label="{_NAMES[one]}">\n'
        for one in LANGUAGES
    )
    choices = " ".join(f'<label for="{one}" lang="{one}">{_NAMES[one]}</label>' for one in LANGUAGES)
    kind = ' class="emergency"' if guide.kind is GuideKind.EMERGENCY else ""
    return (
        f'<!doctype html>\n<html lang="{chosen}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(guide.title[chosen])}</title>\n<style>{_STYLE}</style>\n</head>\n<body{kind}>\n"
        f'{inputs}<div class="tongues">{choices}</div>\n'
        + "".join(_main(guide, one) for one in LANGUAGES)
        + "</body>\n"
        "</html>\n"
    )


def _main(guide: Guide, lang: str) -> str:
    who = "everybody" if guide.kind is GuideKind.EMERGENCY else guide.who.value
    facts = f"{say('who', lang, who=say(who, lang))} · {say('for', lang, products=products_text(guide, lang))}"
    ticks = guide.kind is not GuideKind.EMERGENCY
    place, parts = 0, []
    for part in guide.parts:
        parts.append(_part(part, place, lang, ticks=ticks))
        place += len(part.steps) if ticks else 0
    return (
        f'<main lang="{lang}">\n<h1>{escape(guide.title[lang])}</h1>\n<p>{escape(guide.summary[lang])}</p>\n'
        f'<p class="soft">{escape(facts)}</p>\n{"".join(parts)}'
        f'<p class="soft">{escape(say("source", lang, source=guide.source[lang]))}</p>\n</main>\n'
    )


def _part(part: Part, place: int, lang: str, *, ticks: bool) -> str:
    text = "" if part.text is None else f"<p>{escape(part.text[lang])}</p>\n"
    drawing = "" if part.drawing is None else _drawing(part.drawing, lang)
    steps = "".join(_step(step, number, lang, ticks=ticks) for number, step in enumerate(part.steps, place + 1))
    listed = f"<ol>\n{steps}</ol>\n" if steps else ""
    return f"<section>\n<h2>{escape(part.title[lang])}</h2>\n{text}{drawing}{_table(part, lang)}{listed}</section>\n"


def _drawing(name: str, lang: str) -> str:
    from wattstead.catalog.drawing import draw  # few guides have one

    # Both languages stand in one file, and an id may stand there once.
    return re.sub(rf'"{re.escape(name)}-(title|desc)"', rf'"{name}-\1-{lang}"', draw(name, lang))


def _table(part: Part, lang: str) -> str:
    if part.table is None:
        return ""
    head = "".join(f"<th>{escape(one[lang])}</th>" for one in part.table.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell[lang])}</td>" for cell in row) + "</tr>\n" for row in part.table.rows
    )
    return f'<div class="scroll"><table>\n<tr>{head}</tr>\n{rows}</table></div>\n'


def _step(step: Step, number: int, lang: str, *, ticks: bool) -> str:
    when = "" if step.when is None else f'<p class="soft">{escape(say("when", lang, what=step.when[lang]))}</p>'
    danger = f'<strong class="danger">{escape(say("danger", lang))}</strong> ' if step.danger else ""
    more = "" if step.why is None else f'<p class="soft">{escape(say("why", lang, what=step.why[lang]))}</p>'
    if step.measured is not None:
        more += f'<p><span class="value">&nbsp;</span> {escape(step.measured.unit[lang])} '
        more += f'<span class="soft">({escape(limits_text(step.measured, lang))})</span></p>'
    if step.wait_s:
        more += f"<p>{escape(say('wait', lang, time=wait_text(step.wait_s, lang)))}</p>"
    box = f'<input type="checkbox" aria-label="{number}">' if ticks else ""
    said = f"{when}{danger}{escape(step.text[lang])}{more}"
    return f"<li{'' if ticks else ' class=plain'}>{box}<span>{number}.</span><div>{said}</div></li>\n"
