"""From a pack as a preset describes it (``model.pack``) to what the engine runs."""

from dataclasses import fields
from difflib import get_close_matches
from typing import Any, Final

from wattstead.battery import behaviour
from wattstead.battery.estimator import Estimator
from wattstead.battery.preset import CellPreset, PackPreset, even_probes
from wattstead.battery.record import RecordRules
from wattstead.model.errors import UsageError
from wattstead.model.pack import PackModel, Table

KINDS: Final[dict[str, type]] = {
    "switches": behaviour.Switches,
    "precharge": behaviour.Precharge,
    "limiter": behaviour.Limiter,
    "balancer": behaviour.Balancer,
    "heater": behaviour.Heater,
    "activation": behaviour.Activation,
    "power": behaviour.Power,
    "sensors": behaviour.Sensors,
    "requests": behaviour.Requests,
    "parallel": behaviour.Parallel,
    "estimator": Estimator,
}
"""What each table of a preset becomes; its name is the field of ``PackPreset``."""

_WORDS: Final[dict[tuple[str, str], Any]] = {
    ("switches", "kind"): behaviour.Switch,
    ("precharge", "when"): behaviour.PrechargeWhen,
    ("limiter", "kind"): behaviour.LimiterKind,
}


def pack_preset(model: PackModel, *, seed: int = 0) -> PackPreset:
    """Make the preset that the engine runs. Raises UsageError with the name of a value that no battery can have."""
    functions = {name: _function(name, table) for name, table in model.tables.items()}
    return PackPreset(
        cells=model.series,
        cell=CellPreset.lfp(model.capacity_ah),
        protections=model.protections,
        probes=even_probes(model.series, min(model.probes, model.series)),
        busbars=tuple(_made("busbars", behaviour.Busbar, table) for table in model.busbars),
        dead_band_a=model.dead_band_a,
        seed=seed,
        **functions,
    )


def record_rules(model: PackModel) -> RecordRules:
    """Make the rules of what the BMS remembers."""
    rules: RecordRules = _made("records", RecordRules, model.records)
    return rules


def _function(name: str, table: Table) -> Any:
    if name not in KINDS:
        raise UsageError(f"[{name}] is no function of a pack; {_near(name, list(KINDS))}")
    words = {key: _WORDS[name, key](value) for key, value in table.items() if (name, key) in _WORDS}
    return _made(name, KINDS[name], {**table, **words})


def _made(name: str, kind: type, table: Table) -> Any:
    """Make one dataclass: what the table does not say has its default."""
    known = [one.name for one in fields(kind)]
    for key in table:
        if key not in known:
            raise UsageError(f"[{name}] has no value {key!r}; {_near(key, known)}")
    return kind(**table)


def _near(wanted: str, known: list[str]) -> str:
    near = get_close_matches(wanted, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
