"""How settings look on a terminal: a set, findings, differences, what was written."""

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from wattstead.catalog.sentences import in_words
from wattstead.catalog.setting_words import setting_label, setting_labels, setting_words
from wattstead.catalog.shown import setting_text
from wattstead.cli.rows import Rows
from wattstead.cli.setting_source import Loaded, Wish
from wattstead.cli.show import as_json, console, word
from wattstead.host.settings.check import Danger, Issue, limits
from wattstead.host.settings.mapping import writable
from wattstead.host.settings.plan import Step
from wattstead.host.settings.sets import Difference, Settings, SettingSet, same
from wattstead.host.settings.write import Outcome, Written
from wattstead.model.counted import filled
from wattstead.model.errors import UsageError
from wattstead.model.setting import Setting, SettingValue

_COLOURS = {Outcome.WRITTEN: "green", Outcome.NOT_SENT: "yellow"}


def show_set(loaded: Loaded, names: Sequence[str], wish: Wish) -> None:
    """Show all settings, or those whose name has one of these words in it, with what they mean."""
    profile, values = loaded.profile, loaded.held.values
    wanted = [name for name in profile.settings if name in values and _fits(name, names)]
    if not wanted:
        raise UsageError(f"no setting of {profile.name} has {' or '.join(names)} in its name; leave it out to see all")
    can = set(writable(profile))
    if wish.json:
        for name in wanted:
            print(as_json(_plain(profile.settings[name], values[name], writable=name in can)))
        return
    out, words = console(), setting_words()
    out.print(profile.title[wish.lang], style="bold")
    table = _rows(
        wish.lang, *(word(one, wish.lang) for one in ("setting", "value", "as_shipped", "range", "vendor_name"))
    )
    for name in wanted:
        setting = profile.settings[name]
        style = "" if setting.default is None or same(values[name], setting.default) else "yellow"
        about = words.get(name, {}).get(wish.lang, "")
        shown = _called(name, wish.lang)
        if about and names:
            shown.append(f"\n{about}", "dim")
        cells = (setting_text(values[name], setting, wish.lang), setting_text(setting.default, setting, wish.lang))
        vendor = " ".join(filter(None, ("" if setting.number is None else f"{setting.number}", setting.vendor_name)))
        table.add(shown, Text(cells[0], style), cells[1], _range(setting), Text(vendor, "dim"))
    out.print(table)


def _called(name: str, lang: str) -> Text:
    """Write what a person calls a setting, and the name by which it is written."""
    label = setting_label(name, lang)
    return Text(name) if label == name else Text.assemble(label, (f"  {name}", "dim"))


def _fits(name: str, words: Sequence[str]) -> bool:
    return not words or any(one == name or one in name for one in words)


def _plain(setting: Setting, value: SettingValue, *, writable: bool) -> dict[str, Any]:
    low, high = limits(setting)
    about = setting_words().get(setting.name, {})
    return {
        "name": setting.name,
        "label": dict(setting_labels().get(setting.name, {})),
        "number": setting.number,
        "vendor_name": setting.vendor_name,
        "value": value,
        "unit": setting.unit,
        "default": setting.default,
        "minimum": low,
        "maximum": high,
        "step": setting.step,
        "values": list(setting.values),
        "writable": writable,
        "explanation": dict(about),
    }


def _range(setting: Setting) -> str:
    if setting.values:
        return ", ".join(str(one) for one in setting.values)
    low, high = limits(setting)
    if isinstance(setting.default, bool | str) or low is None or high is None:
        return ""
    return f"{low:g} … {high:g}"


def _rows(lang: str, *heads: str) -> Rows:
    return Rows(heads, word("colon", lang))


def show_issues(issues: Sequence[Issue], wish: Wish) -> None:
    """Show findings: errors first, then warnings."""
    if wish.json:
        for one in issues:
            kind = "error" if one.error else "warning"
            print(as_json({"kind": kind, "rule": one.rule, "names": list(one.names), "text": one.text}))
        return
    out = console()
    for one in issues:
        kind = "error" if one.error else "warning"
        out.print(
            Text.assemble(
                (f"{word(kind, wish.lang)}  ", "red" if one.error else "yellow"), in_words(str(one), wish.lang)
            )
        )
    wrong = sum(one.error for one in issues)
    out.print(filled(word("findings", wish.lang), wish.lang, errors=wrong, warnings=len(issues) - wrong))


def show_differences(left: Loaded, right: SettingSet, found: Sequence[Difference], wish: Wish) -> None:
    """Show what two sets have otherwise."""
    if wish.json:
        for one in found:
            print(as_json({"name": one.name, "left": one.left, "right": one.right}))
        return
    out, settings = console(), left.profile.settings
    if not found:
        out.print(word("no_difference", wish.lang), style="green")
        return
    table = _rows(wish.lang, word("setting", wish.lang), left.held.source, right.source)
    for one in found:
        setting = settings[one.name]
        table.add(
            _called(one.name, wish.lang),
            setting_text(one.left, setting, wish.lang),
            setting_text(one.right, setting, wish.lang),
        )
    out.print(table)


def preview(
    loaded: Loaded,
    changes: Settings,
    steps: Sequence[Step],
    issues: Sequence[Issue],
    dangers: Sequence[Danger],
    wish: Wish,
) -> None:
    """Show what would be written, and what is to be known before that. steps: none where errors stop it."""
    out, settings, held = console(), loaded.profile.settings, loaded.held.values
    table = _rows(wish.lang, word("setting", wish.lang), word("now", wish.lang), word("then", wish.lang))
    for name, value in changes.items():
        setting = settings[name]
        table.add(
            _called(name, wish.lang),
            setting_text(held.get(name), setting, wish.lang),
            setting_text(value, setting, wish.lang),
        )
    out.print(table)
    for step in steps:
        if step.beside:
            line = filled(word("goes_whole", wish.lang), wish.lang, message=step.message, beside=step.beside)
            out.print(Text(line, "dim"))
    show_issues([one for one in issues if not one.stands or one.error], wish)
    for one in dangers:
        out.print(
            Text.assemble(
                (f"{word('danger', wish.lang)}  ", "bold red"), (one.name, "bold"), f": {in_words(one.text, wish.lang)}"
            )
        )


def show_written(loaded: Loaded, done: Written, wish: Wish) -> None:
    """Show what became of each value."""
    out, settings = console(), loaded.profile.settings
    table = _rows(wish.lang, *(word(one, wish.lang) for one in ("setting", "before", "wanted", "holds", "outcome")))
    for one in done.results:
        setting = settings[one.name]
        shown = [setting_text(value, setting, wish.lang) for value in (one.was, one.to, one.holds)]
        outcome = Text(word(f"outcome_{one.outcome.value}", wish.lang), _COLOURS.get(one.outcome, "bold red"))
        table.add(_called(one.name, wish.lang), *shown, outcome)
    out.print(table)
    for why in dict.fromkeys(one.why for one in done.results if one.why):
        out.print(Text(in_words(why, wish.lang), "dim"))
    for other in done.moved:
        setting = settings[other.name]
        was, now = setting_text(other.left, setting, wish.lang), setting_text(other.right, setting, wish.lang)
        out.print(Text(f"{other.name}: {was} → {now}, {word('moved', wish.lang)}", "yellow"))
