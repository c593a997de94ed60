"""The master: all packs of the line as one battery, and each in a row of its own."""

from collections.abc import Sequence

from rich.text import Text

from wattstead.catalog.shown import word as terminal_word
from wattstead.model.bank import BankView, Extreme, Standing, bank_view
from wattstead.model.code import Code, Severity
from wattstead.model.reading import numbers
from wattstead.tui.look import NONE, OLD, Lines, View, age, columns, cut, doing, head, newspaper, row, word, wrapped
from wattstead.tui.state import PackNow

_WIDE = 72


def packs(view: View, all_packs: Sequence[PackNow], searching: str) -> tuple[Lines, list[int]]:
    """Draw it; gives the lines, and in which of them the packs stand. searching: what a search says, "" for none."""
    lines = _bank(view, all_packs)
    lines += [Text(), head(f"{view.word('packs')} ({len(all_packs)})", view.width), _titles(view)]
    places = []
    for pack in all_packs:
        places.append(len(lines))
        lines.append(_pack(view, pack))
    hint = searching or view.word("packs_hint")
    return [*lines, Text(), *wrapped(hint, view.width, "yellow" if searching else "dim")], places


def _bank(view: View, all_packs: Sequence[PackNow]) -> Lines:
    _, each = columns(view.width)
    bank = bank_view([one.member(view.now_ms) for one in all_packs])
    there, stale = len(bank.names[Standing.CONNECTED]), bank.names[Standing.STALE]
    apart, unread = bank.names[Standing.ISOLATED], bank.names[Standing.UNREAD]
    rows = [row(view.word("on_bus"), f"{there} / {len(all_packs)}", each)]
    for name, some in (("silent_packs", stale), ("isolated_packs", apart), ("unread_packs", unread)):
        if some:
            rows.append(row(view.word(name), Text(", ".join(some), "yellow"), each))
    rows += _totals(view, bank, each)
    legend = wrapped(view.word("bank_legend"), view.width, "dim") if len(all_packs) > 1 else []
    return [head(view.word("bank"), view.width), *newspaper(rows, view.width), *legend]


def _totals(view: View, bank: BankView, width: int) -> Lines:
    pairs = (
        ("bank_soc", bank.soc_pct, "{:.1f} %"),
        ("bank_voltage", bank.voltage_v, "{:.2f} V"),
        ("bank_current", bank.current_a, "{:.2f} A"),
        ("bank_power", bank.power_w, "{:.0f} W"),
        ("bank_remaining", bank.remaining_ah, "{:.1f} Ah"),
        ("bank_full", bank.full_ah, "{:.1f} Ah"),
    )
    rows = [row(view.word(name), _text(value, form), width) for name, value, form in pairs]
    for name, one, form in (
        ("bank_highest", bank.cell_highest, "{:.3f} V"),
        ("bank_lowest", bank.cell_lowest, "{:.3f} V"),
        ("bank_warmest", bank.warmest, "{:.1f} °C"),
        ("bank_coldest", bank.coldest, "{:.1f} °C"),
    ):
        if one is not None:
            rows.append(row(f"{view.word(name)} · {_where(one)}", form.format(one.value), width))
    return rows


def _where(one: Extreme) -> str:
    return f"{one.name}/{one.place}" if one.place else one.name


def _text(value: float | None, form: str) -> Text:
    return Text(NONE, OLD) if value is None else Text(form.format(value))


def _titles(view: View) -> Text:
    text = f"{view.word('address_short'):>4} {'SOC':>6} {'V':>7} {'A':>8}"
    if view.width >= _WIDE:
        text += f" {'°C':>6} {'Δ mV':>6}  {view.word('state')}"
    return Text(cut(text, view.width), "dim")


def _pack(view: View, pack: PackNow) -> Text:
    stale, silent = pack.is_stale(view.now_ms), pack.silent_since_ms is not None
    figures = [
        _number(pack, "soc_pct", "{:.0f}%"),
        _number(pack, "pack_voltage_v", "{:.2f}"),
        _number(pack, "pack_current_a", "{:.2f}"),
    ]
    text = f"{pack.name:>4} {figures[0]:>6} {figures[1]:>7} {figures[2]:>8}"
    if view.width >= _WIDE:
        degc = numbers(pack.values.get("cell_temperature_degc"))
        spread = numbers(pack.values.get("cell_voltage_spread_v"))
        warm = f"{max(degc):.1f}" if degc else NONE
        wide = f"{1000 * spread[0]:.0f}" if spread else NONE
        text += f" {warm:>6} {wide:>6}"
    line = Text(text, OLD if stale or pack.at_ms is None else "")
    chosen = "›" if pack is view.pack else " "
    line.append(f" {chosen}", "bold")
    room = view.width - line.cell_len
    line.append(cut(_says(view, pack), room), _style(view, pack, silent=silent))
    return line


def _number(pack: PackNow, name: str, form: str) -> str:
    found = numbers(pack.values.get(name))
    return form.format(found[0]) if found else NONE


def _says(view: View, pack: PackNow) -> str:
    if (silent_s := pack.silent_s(view.now_ms)) is not None:
        return f"{word('silent', view.lang)} {age(1000 * silent_s)}"
    if pack.at_ms is None:
        return word("waiting", view.lang)
    if pack.is_stale(view.now_ms):
        return age(view.now_ms - pack.at_ms)
    grave = _gravest(view, pack)
    if grave is not None:
        return grave.label[view.lang] if view.width >= _WIDE else terminal_word(grave.severity.value, view.lang)
    if view.width < _WIDE:
        return "ok"
    said = doing(pack.values, view.lang)
    return "ok" if said == NONE else said


def _gravest(view: View, pack: PackNow) -> Code | None:
    codes = [view.profile.codes.get(name) for name in pack.active or ()]
    for severity in (Severity.FAULT, Severity.PROTECTION, Severity.ALARM):
        for code in codes:
            if code is not None and code.severity is severity:
                return code
    return None


def _style(view: View, pack: PackNow, *, silent: bool) -> str:
    if silent:
        return "red"
    return "yellow" if _gravest(view, pack) else "green" if pack.at_ms is not None else "dim"
