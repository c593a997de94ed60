"""The page of ``wattstead explain``: what people type, and the beginning of what it answers."""

import contextlib
import io
import os
import shlex
from unittest import mock

import typer

from wattstead.cli.explain import explain

TYPED = (
    ("F14", "An inverter's fault, as its display shows it."),
    ("fl4", "A small L for the 1."),
    ("battery will not charge", "A question that no single code answers."),
    ("W28", "Wired the wrong way round."),
    ("F07", "After a rainy night."),
    ("F20", "During a power cut."),
    ("F99", "A code that does not exist: the nearest ones, and no answer."),
    ("OTC", "Two makes use it for different things."),
    ("red light", "No code at all."),
    ("отс -p ps-20016s", "Pasted from a scanned page, in Cyrillic letters."),
    ("BHV -p pylontech", "With the figures of its sheet."),
    ("СОСР", "Pasted, in Cyrillic letters."),
    ("CUV", "A cell is low."),
    ("chv --lang fr", "In French."),
    ("inverter not communicating", "The most usual trouble of all: which cable, which setting?"),
    ("no link", "Two words for NO_LINK."),
    ("R5485FAIL", "A 5 for the S."),
    ("BMSCOMFIAL", "Two letters exchanged."),
    ("SOCERR", "A count that drifted."),
    ("sc -p ps-20016s", "Just as an inverter was connected."),
    ("overvoltage", "One word that many codes say: they are listed, none is picked."),
    ("batterie froide --lang fr", "What an owner types in January."),
    ('"level 3 discharge undervoltage"', "A fault of a manual that has no short code."),
    ('"parallel failure" --lang fr', "Two batteries that do not start together."),
    ('"cell overvoltage" -p seplos-v2', "In words, with the figures of one make."),
    ('"too cold to charge" -p jk', "In words."),
    ('"court-circuit" -p pace --lang fr', "In French words."),
    ('"cells unbalanced" -p seplos-v3', "In words that no document uses."),
    ("Dischg", "A word of the console: a state, no alert."),
    ("event_7_bit_6 -p seplos-v2", "A bit that no document names."),
)
_HEAD = """<!-- Made by `make docs`; change the program or tools/explain_page.py, not this page. -->

# What does it mean, what do I do?

[`wattstead explain`](commands/explain.md) says of a code what it means, what causes it (the likeliest first), what to
check, with the figures of the make's document, what to do, who acts, whether anybody is at risk, and how soon. In
English and French.

```sh
wattstead explain F14                                  # a code as it is printed or typed
wattstead explain "cell overvoltage" -p seplos-v2      # words
wattstead explain /dev/ttyUSB0 -p seplos-v2            # all that is active on a battery, with its evidence
wattstead explain --data site.db --pack shed -p jk     # the last stored reading, and since when
wattstead explain --led "run=on alm=blink 1=blink"     # what the lamps say, see lights.md
```

* Any case, blanks and dashes, Cyrillic and Greek letters, O for 0, I and l for 1, S for 5 and B for 8 are taken as
  meant; in a code of five letters or more one letter may be amiss (two in one of more than ten), where only one code
  is that near. A wrong number is never a misprint. What was guessed is said.
* An unknown code gives its neighbours and no answer (exit status 1). A code that several makes use is told for each
  of them; `--profile` chooses one.
* A question that no single code answers ("battery will not charge", "red light", "batterie froide") gets what a
  colleague would say first, and the codes that can be behind it. [`wattstead search`](search.md) looks through
  settings and guides, too.
* With a port it reads values, alarms and settings; it writes nothing. For each active code it shows the value with
  its cell or probe, the limit, charge and current at that moment, and what they point to: 190 mV between cells near
  full are another thing than 100 mV at rest in the middle. The most urgent code comes first; states stand apart. With
  `--data` and `--pack` it adds since when, how often, and the worst value.
* Limits are those read from the device where it tells them, else those as shipped, and it says which. What no
  document states is called our assumption. A bus for inverters carries batteries of many makes: no limits are shown
  for it.
* `--json` has everything, texts in both languages.

## The same beside the live value

* **The page**: an active code of a pack opens and shows the value with its limit, for how long, the worst value since,
  what was read when it came, how often it came in the last seven days, what to do and to check, and what ends it.
  States such as RUN stand apart: they are no alerts. `#/explain/pylontech/OTC` is the page of a code by itself.
* **The terminal**: page 4 of [`wattstead screen`](screen.md) has the values behind each alarm; Enter tells all. Limits
  are those of the device once its settings were read (page 5).
* **The API**: `GET /api/v1/packs/{pack}/codes` (all that is active), `/api/v1/packs/{pack}/codes/{code}` (one, active
  or not), `/api/v1/codes/{dialect}/{code}` (without a battery); `?lang=fr` for French.

What is not known is said: a code that was active in the first stored reading has been so "for … at least", and what was
read when it came is then not shown. `serve` does not read settings, so that its limits are those as shipped.

## One cell ahead of the others

What a technician sees at a Seplos battery with `wattstead explain /dev/ttyUSB0 -p seplos-v2` (limits as read from
it):

```text
cell_overvoltage_protection  protection  cell overvoltage protection: charging is cut  (Seplos)
One cell went beyond its upper limit, and the battery has cut charging to protect it.
What it says now:
  - cell 7 at 3.660 V, limit 3.65 V, spread 190 mV, at 96 % of charge, no current
  - Cell 7 alone is high, 180 mV above the usual one: it is ahead of the others. Lowering the charge voltage
    only hides that; hold near full at a small current so that it is balanced, and watch whether the same cell
    comes first again.
  - 190 mV near full says little: LFP rises steeply there, and a small difference of charge looks large. Let
    it balance at a small current, and judge the spread at rest between 30 and 80 %.
```

## Thirty questions as people type them

Each answer is cut to the first of its causes, checks, steps and limits (…).
"""
_TAIL = """
## Where the texts stand, and how they were reviewed

`src/wattstead/words/explain/`: `topics.toml` has causes, checks and steps, written once for all makes that say the
same thing; `names.toml` has what each code says; `makes.toml` has what one make's document adds, with its figures, and
whose preset holds its limits; `lists/` has the printed lists. Limits are never written into texts: they come from the
preset or the device.

A test compares this with the makers' lists, every code and alarm bit of every profile and every row of every pack:
none missing, none invented. It also reads every text: whole sentences, both languages with the same figures, and no
run of seven words that stands in a maker's document.

The figures were compared with the documents by hand, too: 53.2 V, 52 V, 37 A, 2.8 V, 3.65 V, 0 °C and 60 °C of the
sheet of 28 codes; 1 V, 30 s, 60 min, 45 to 60 V, 64 A, 85 A and 96 A of the wall battery; 110 mV, 320 µs, 56 V, 40 V,
200 A and 3 months of the PS-20016S; 30 s, 60 s, 3 min and 5 m of the hybrid inverter. So were who acts and the risk:
where a document asks the owner for more than is safe to do alone, the text sends him to an electrician or to the
maker. The texts of the topics were then read once more from beginning to end, in both languages. An electrician or a
maker has not seen them.
"""
_WIDTH = "110"


def explain_page() -> str:
    """Give the page."""
    parts = [_HEAD]
    for typed, about in TYPED:
        parts.append(f"\n### `wattstead explain {typed}`\n\n{about}\n\n```text\n{_short(_answer(typed))}\n```\n")
    return "".join((*parts, _TAIL))


def _answer(typed: str) -> str:
    """Run the verb in this process."""
    words = shlex.split(typed)
    options: dict[str, str] = {"lang": "en"}
    names = {"-p": "profile", "--profile": "profile", "--lang": "lang"}
    while len(words) > 2 and words[-2] in names:
        options[names[words[-2]]] = words[-1]
        words = words[:-2]
    out = io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        mock.patch.dict(os.environ, {"COLUMNS": _WIDTH}),
        contextlib.suppress(typer.Exit),  # a code that is not known
    ):
        explain(words, profile=options.get("profile"), lang=options["lang"])
    return out.getvalue()


def _short(answer: str) -> str:
    """Keep the first item of each list."""
    kept: list[str] = []
    items, near = 0, False
    for line in answer.splitlines():
        starts = line.startswith("  ") and not line.startswith("    ")
        items = items + 1 if starts else items if line.startswith(" ") else 0
        near = near or line.startswith(("These are near", "Ceux-ci"))
        if items <= 1 or near:
            kept.append(line)
        elif items == 2 and starts:
            kept.append("  …")
    return "\n".join(kept)
