"""How guides look on a terminal, narrow ones too."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from textwrap import wrap
from typing import Any

from rich.table import Table
from rich.text import Text

from wattstead.app.clock import now_ms
from wattstead.catalog.guides import guide_names, guide_products, load_guide
from wattstead.catalog.words import Label, labels
from wattstead.cli.show import as_json, console
from wattstead.model.counted import filled
from wattstead.model.errors import UsageError
from wattstead.model.guide import Guide, Measured, Part, Progress, Step
from wattstead.model.guide_plain import head_plain
from wattstead.model.reminder import Due, recharge_due
from wattstead.plant.guide_keep import GuideKeeper

_WIDTH = 100
_TIE = "\N{NO-BREAK SPACE}"
_TIED = re.compile(r"(?<=\d) (?=[\d%°A-Za-zΩµ]{1,4}\b|[%°])| (?=[:;?!»])|(?<=«) ")


@cache
def words() -> Mapping[str, Label]:
    """What goes around guides."""
    return labels("guide_words.toml")


def say(key: str, lang: str, **places: object) -> str:
    """Give a short sentence."""
    return filled(words()[key][lang], lang, **places)


def limits_text(measured: Measured, lang: str) -> str:
    """Write what is right, such as ``45 to 60 V``."""
    low, high = measured.lowest, measured.highest
    if low is not None and high is not None:
        return say("between", lang, low=number(low, lang), high=number(high, lang), unit=measured.unit[lang])
    if low is not None:
        return say("at_least", lang, low=number(low, lang), unit=measured.unit[lang])
    if high is not None:
        return say("at_most", lang, high=number(high, lang), unit=measured.unit[lang])
    return say("in_unit", lang, unit=measured.unit[lang])


def wrong_value(guide: Guide, step: Step, value: float | None, lang: str) -> str:
    """Say that a value is missing or not right. Only for steps where something is measured."""
    measured = step.measured
    if measured is None:
        raise AssertionError(step.id)
    places = {"number": guide.steps.index(step) + 1, "step": step.id, "limits": limits_text(measured, lang)}
    if value is None:
        return say("needs_value", lang, **places)
    return say("not_right", lang, **places, value=f"{number(value, lang)} {measured.unit[lang]}")


def number(value: float, lang: str) -> str:
    """Write a figure with the sign of the language."""
    text = f"{value:.10g}".replace("-", "−")
    return text.replace(".", ",") if lang == "fr" else text


def wait_text(wait_s: int, lang: str) -> str:
    """Write a time, in minutes where it is whole ones."""
    if wait_s % 60 == 0:
        return say("minutes", lang, count=wait_s // 60)
    return say("seconds", lang, count=wait_s)


def products_text(guide: Guide, lang: str) -> str:
    """Name what a guide is for."""
    return ", ".join(guide_products()[one][lang] for one in guide.products)


def due_of(guide: Guide, progress: Progress) -> Due | None:
    """Tell when a guide is due again; None where it reminds of nothing, or nobody said when it was done."""
    if guide.remind is None:
        return None
    return recharge_due(guide.remind.months, now_ms(), full_ms=progress.charged_ms(guide))


def due_text(guide: Guide, progress: Progress, lang: str) -> str | None:
    """Write when it is due again; None for a guide that reminds of nothing."""
    if guide.remind is None:
        return None
    due = due_of(guide, progress)
    if due is None:
        return say("not_known", lang, months=guide.remind.months)
    key = "late" if due.late else "due"
    return say(key, lang, since=_day(due.since_ms), due=_day(due.due_ms), days=abs(due.days_left))


def progress_plain(guide: Guide, progress: Progress, plant: str) -> dict[str, Any]:
    """Give progress as plain objects."""
    due = due_of(guide, progress)
    return {
        "for": plant,
        "done": progress.done(guide),
        "ticks": {id_: {"at": _iso(tick.at_ms), "value": tick.value} for id_, tick in progress.ticks.items()},
        "due": None if due is None else {"since": _iso(due.since_ms), "by": _iso(due.due_ms), "late": due.late},
    }


def print_list(keeper: GuideKeeper, lang: str, *, json: bool) -> None:
    """Print all guides, then those that were begun for each battery."""
    found = [load_guide(name) for name in guide_names()]
    begun = [(plant, name, progress) for plant in keeper.plants() for name, progress in keeper.all(plant).items()]
    if json:
        for guide in found:
            mine = [progress_plain(guide, one, plant) for plant, name, one in begun if name == guide.name]
            print(as_json({**head_plain(guide, lang, guide_products()), "begun": mine}))
        return
    for kind in dict.fromkeys(guide.kind for guide in found):
        _line(_capital(say(kind.value, lang)), "bold")
        for guide in found:
            if guide.kind is kind:
                _item(guide.name, guide.title[lang])
    if begun:
        _line("")
        _line(say("begun", lang), "bold")
    for plant, name, progress in begun:
        _print_begun(plant, name, progress, lang)


def _print_begun(plant: str, name: str, progress: Progress, lang: str) -> None:
    try:
        guide = load_guide(name)
    except UsageError:
        _item(name, f"{plant or say('no_name', lang)}: {len(progress.ticks)}")  # of a file of one's own
        return
    due = due_text(guide, progress, lang) if due_of(guide, progress) else None
    text = f"{plant or say('no_name', lang)} · {done_text(guide, progress, lang)}"
    _item(name, f"{text} · {due}" if due else text)


def done_text(guide: Guide, progress: Progress, lang: str) -> str:
    """Say how far it is."""
    done, needed = progress.done(guide), len(guide.needed)
    return say("all_done" if done == needed else "done", lang, done=done, all=needed)


def print_guide(guide: Guide, progress: Progress, plant: str, lang: str) -> None:
    """Print a guide with its ticks."""
    _line(guide.title[lang], "bold")
    _line(guide.summary[lang])
    facts = [say("who", lang, who=say(_who(guide), lang)), say("for", lang, products=products_text(guide, lang))]
    facts += [plant] if plant else []
    _line(" · ".join([*facts, done_text(guide, progress, lang)]), "dim")
    if due := due_text(guide, progress, lang):
        late = due_of(guide, progress)
        _line(_capital(due) + ".", "bold red" if late and late.late else "cyan")
    place = 0
    for part in guide.parts:
        _line("")
        place = _print_part(part, place, progress, lang)
    _line("")
    if guide.see:
        _line(say("see", lang, guides=", ".join(guide.see)), "dim")
    _line(say("source", lang, source=guide.source[lang]), "dim")


def _who(guide: Guide) -> str:
    return "everybody" if guide.kind.value == "emergency" else guide.who.value


def _print_part(part: Part, place: int, progress: Progress, lang: str) -> int:
    _line(part.title[lang], "bold underline")
    if part.text is not None:
        _line(part.text[lang])
    if part.drawing is not None:
        _line(say("drawing", lang, name=part.drawing), "dim")
    if part.table is not None:
        table = Table(*(one[lang] for one in part.table.columns), box=None, pad_edge=False, header_style="bold")
        for row in part.table.rows:
            table.add_row(*(Text(cell[lang]) for cell in row))
        console().print(table)
    for step in part.steps:
        place += 1
        _print_step(step, place, progress, lang)
    return place


def _print_step(step: Step, place: int, progress: Progress, lang: str) -> None:
    tick = progress.ticks.get(step.id)
    mark = f"[{'x' if tick else ' '}] {place:>2}. "
    indent = " " * len(mark)
    if step.when is not None:
        _wrapped(mark, say("when", lang, what=step.when[lang]), "italic")
    text = f"{say('danger', lang)}  {step.text[lang]}" if step.danger else step.text[lang]
    style = "bold red" if step.danger and not tick else "green" if tick else ""
    _wrapped(mark if step.when is None else indent, text, style)
    if step.why is not None:
        _wrapped(indent, say("why", lang, what=step.why[lang]), "dim")
    for one in _below(step, progress, lang):
        _wrapped(indent, one, "cyan")


def _below(step: Step, progress: Progress, lang: str) -> list[str]:
    """Give what stands below a step: what is to be measured, how long to wait, when it was done."""
    tick = progress.ticks.get(step.id)
    found = []
    if step.measured is not None and tick is None:
        found.append(say("measure", lang, limits=limits_text(step.measured, lang)))
    if step.wait_s and tick is None:
        found.append(say("wait", lang, time=wait_text(step.wait_s, lang)))
    if tick is not None:
        value = ""
        if tick.value is not None and step.measured is not None:
            value = ", " + say("measured", lang, value=f"{number(tick.value, lang)} {step.measured.unit[lang]}")
        found.append(say("at", lang, at=_minute(tick.at_ms)) + value)
    return found


def print_news(guide: Guide, progress: Progress, done: list[Step], undone: list[Step], lang: str) -> None:
    """Print what was ticked or taken back, and what comes next."""
    places = {step.id: place for place, step in enumerate(guide.steps, 1)}
    for key, steps in (("unticked", undone), ("ticked", done)):
        for step in steps:
            _line(say(key, lang, number=places[step.id], what=step.text[lang]), "green" if key == "ticked" else "")
    for step in done:
        if step.wait_s:
            _line(_capital(say("wait", lang, time=wait_text(step.wait_s, lang))) + ".", "bold cyan")
    _line(done_text(guide, progress, lang))
    if due := due_text(guide, progress, lang) if due_of(guide, progress) else None:
        _line(_capital(due) + ".", "cyan")
    following = progress.next(guide)
    if following is not None:
        _line(say("next", lang, number=places[following.id], what=following.text[lang]), "bold")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _item(name: str, text: str) -> None:
    width = _columns()
    if width < 70:
        _wrapped("  ", name, "cyan")
        _wrapped("    ", text)
        return
    longest = max(map(len, guide_names()), default=0)
    line = Text(f"  {name:<{longest}}  ", "cyan")
    lines = _broken(text, width - longest - 4)
    line.append(("\n" + " " * (longest + 4)).join(lines), "default")
    console().print(line, soft_wrap=True)


def _columns() -> int:
    return min(console().width, _WIDTH)


def _wrapped(mark: str, text: str, style: str = "") -> None:
    lines = _broken(text, _columns() - len(mark))
    first, *others = lines
    shown = "\n".join((mark + first, *(" " * len(mark) + one for one in others)))
    console().print(Text(shown, style), soft_wrap=True)


def _line(text: str, style: str = "") -> None:
    _wrapped("", text, style)


def tied(text: str) -> str:
    """Tie what may not be torn apart: a figure to its unit, a sign of two parts to the word before it."""
    return _TIED.sub(_TIE, text)


def _broken(text: str, columns: int) -> list[str]:
    """Break a text into lines."""
    lines = wrap(tied(text), max(columns, 16), break_long_words=False, break_on_hyphens=False) or [""]
    return [line.replace(_TIE, " ") for line in lines]


def _minute(at_ms: int) -> str:
    """The computer's own time: a person reads it."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d")


def _iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
