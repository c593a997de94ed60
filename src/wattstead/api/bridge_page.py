"""The status page of a bridge, drawn: what the inverter is told and why, then each pack. Whole without a script."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

Label = Mapping[str, str]

_UNITS: Final = {"v": "V", "a": "A", "pct": "%", "s": "s"}
_LIMITS: Final = ("charge_current_a", "discharge_current_a", "charge_voltage_v", "discharge_voltage_v")
_VALUES: Final = (
    "soc_pct",
    "pack_voltage_v",
    "pack_current_a",
    "cell_voltage_max_v",
    "cell_voltage_min_v",
    "age_s",
)
_DIGITS: Final = {
    **dict.fromkeys(_LIMITS, 1),
    **dict.fromkeys(_VALUES, 1),
    "pack_voltage_v": 2,
    "cell_voltage_max_v": 3,
    "cell_voltage_min_v": 3,
}
_OTHER: Final = {"en": ("fr", "Français"), "fr": ("en", "English")}
LANGUAGES: Final = tuple(_OTHER)


class BridgePage:
    """Draws what a bridge shows of itself. words: of ``words/bridge_page.toml``, by name and language."""

    def __init__(self, words: Mapping[str, Label], lang: str) -> None:
        self._words = words
        self._lang = lang

    def page(self, now: Mapping[str, Any]) -> str:
        """Give the whole page. now: as the bridge's status says it."""
        title, (other, other_name) = self._say("title"), _OTHER[self._lang]
        return f"""<!doctype html>
<html lang="{self._lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<noscript><meta http-equiv="refresh" content="2"></noscript>
<title>{title}</title>
<link rel="stylesheet" href="bridge.css">
<script src="bridge.js" defer></script>
</head>
<body>
<header><h1>{title}</h1><a href="?lang={other}" hreflang="{other}" lang="{other}">{other_name}</a></header>
<p id="gone" role="alert" hidden>{self._say("no_answer")}</p>
<main>
{self._inverter(now["inverter"])}
<section><h2>{self._say("limits")}</h2>{self._limits(now["asks"])}</section>
{self._told(now["tells"])}
<section><h2>{self._say("packs")}</h2>{self._packs(now["packs"])}</section>
</main>
<footer>{self._say("for_machines")} <a href="status">JSON</a> · <a href="metrics">Prometheus</a></footer>
</body>
</html>
"""

    def _say(self, word: str, **figures: str) -> str:
        return escape(self._words[word][self._lang].format(**figures))

    def _inverter(self, inverter: Mapping[str, Any]) -> str:
        state, mood = self._inverter_state(inverter)
        kept = "".join(f"<li>{escape(name)}: {escape(why)}" for name, why in inverter["kept_back"].items())
        not_sent = f"<p>{self._say('not_sent')}:</p><ul>{kept}</ul>" if kept else ""
        return (
            f"<section><h2>{self._say('inverter')}</h2>"
            f'<p><strong>{escape(inverter["protocol"])}</strong> <span class="{mood}">{state}</span></p>'
            f"{not_sent}</section>"
        )

    def _inverter_state(self, inverter: Mapping[str, Any]) -> tuple[str, str]:
        if inverter["trouble"]:
            return self._say("lost_line", trouble=inverter["trouble"]), "bad"
        if not inverter["watched"]:
            return self._say("no_keep_alive"), "quiet"
        return (self._say("silent"), "bad") if inverter["lost"] else (self._say("there"), "good")

    def _limits(self, asks: Mapping[str, Any] | None) -> str:
        if asks is None:
            return f'<p class="bad">{self._say("nothing_sent")}</p>'
        cards = [
            f'<li><span class="what">{self._say(name)}</span>{self._number(name, asks[name]["value"])}'
            f'<span class="why">{escape(asks[name]["why"][self._lang])}</span>'
            for name in _LIMITS
        ]
        return f'<ul class="cards">{"".join(cards)}</ul>'

    def _told(self, tells: Mapping[str, Any]) -> str:
        known = [name for name in _VALUES if name in tells]
        if not known:
            return ""
        cards = [f'<li><span class="what">{self._say(name)}</span>{self._number(name, tells[name])}' for name in known]
        heading = f"<h2>{self._say('what_inverter_hears')}</h2>"
        return f'<section>{heading}<ul class="cards small">{"".join(cards)}</ul></section>'

    def _packs(self, packs: Sequence[Mapping[str, Any]]) -> str:
        columns = ("pack", "standing", *_VALUES, "active")
        head = "".join(f'<th scope="col">{self._say(name)}' for name in columns)
        rows = "".join(f"<tr>{''.join(self._cells(pack))}\n" for pack in packs)
        return f"<table><thead><tr>{head}</thead><tbody>\n{rows}</tbody></table>"

    def _cells(self, pack: Mapping[str, Any]) -> Iterator[str]:
        yield f'<th scope="row">{escape(pack["name"])}'
        mood = {"connected": "good", "joining": "quiet", "unread": "quiet"}.get(pack["standing"], "bad")
        why = f"<br>{escape(pack['silence'])}" if pack["silence"] else ""
        yield self._cell("standing", f'<span><span class="{mood}">{self._say(pack["standing"])}</span>{why}</span>')
        for name in _VALUES:
            yield self._cell(name, "–" if pack.get(name) is None else self._number(name, pack[name]))
        codes = [
            f'<li class="{escape(code["severity"])}">{escape(code["label"][self._lang])}' for code in pack["codes"]
        ]
        none = "–" if pack["standing"] in ("stale", "unread") else self._say("nothing_active")
        yield self._cell("active", f"<ul>{''.join(codes)}</ul>" if codes else none)

    def _cell(self, name: str, inside: str) -> str:
        return f'<td data-label="{self._say(name)}">{inside}'

    def _number(self, name: str, value: float) -> str:
        shown = f"{value:.{_DIGITS[name]}f}".replace("-", "\N{MINUS SIGN}")
        shown = shown.replace(".", ",") if self._lang == "fr" else shown
        return f'<span class="number">{shown} <span class="unit">{_UNITS[name.rsplit("_", 1)[1]]}</span></span>'
