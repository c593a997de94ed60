"""What a bridge shows of itself in the text format of Prometheus."""

from collections.abc import Iterator, Mapping
from typing import Any

from wattstead.host.bridge.run import Bridge
from wattstead.host.bridge.status import ROUNDED, status
from wattstead.model.bank import Standing


def metrics(bridge: Bridge) -> str:
    """Give gauges of what is asked, what is told and how each pack stands."""
    now = status(bridge)
    rows = [*_asked_rows(now), *_inverter_rows(now["inverter"])]
    rows += [("wattstead_bridge_" + name, {}, value) for name, value in now["tells"].items()]
    for pack in now["packs"]:
        rows += _pack_rows(pack)
    written: list[str] = []
    seen: set[str] = set()
    for name, labels, value in sorted(rows, key=lambda row: row[0]):
        if name not in seen:
            seen.add(name)
            written.append(f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}")
        said = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        written.append(f"{name}{{{said}}} {value:g}" if said else f"{name} {value:g}")
    return "\n".join(written) + "\n"


_Row = tuple[str, Mapping[str, str], float]


def _asked_rows(now: Mapping[str, Any]) -> Iterator[_Row]:
    yield "wattstead_bridge_speaking", {}, float(now["asks"] is not None)
    for name, limit in (now["asks"] or {}).items():
        stem, unit = name.rsplit("_", 1)
        yield f"wattstead_bridge_{stem}_limit_{unit}", {}, limit["value"]
        yield "wattstead_bridge_rule", {"limit": name, "rule": limit["rule"], "pack": limit["pack"] or ""}, 1.0


def _inverter_rows(inverter: Mapping[str, Any]) -> Iterator[_Row]:
    yield "wattstead_bridge_inverter_lost", {}, float(inverter["lost"])
    yield "wattstead_bridge_inverter_line_up", {}, float(inverter["trouble"] is None)
    yield "wattstead_bridge_frames_sent_total", {}, float(inverter["frames_sent"])


def _pack_rows(pack: Mapping[str, Any]) -> Iterator[_Row]:
    label = {"pack": pack["name"]}
    for one in (*Standing, "joining"):
        yield "wattstead_bridge_pack_standing", {**label, "standing": str(one)}, float(pack["standing"] == one)
    if pack["age_s"] is not None:
        yield "wattstead_bridge_pack_age_s", label, pack["age_s"]
    for name in ROUNDED:
        if name in pack:
            stem = name if name.startswith("pack_") else f"pack_{name}"
            yield f"wattstead_bridge_each_{stem}", label, pack[name]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
