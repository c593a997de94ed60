"""Codes that a device tells by a word beside a value (low, high), not by a bit, as Pylontech does (PYL-3)."""

from collections.abc import Collection, Mapping

from wattstead.model.reading import Value, numbers

_MEANT: Mapping[tuple[str, str], tuple[str, ...]] = {  # the first that the device's dialect has
    ("cell_voltage_status", "low"): ("cell_low_voltage_alarm",),
    ("cell_voltage_status", "high"): ("cell_high_voltage_alarm",),
    ("pack_voltage_status", "low"): ("pack_low_voltage_alarm",),
    ("pack_voltage_status", "high"): ("pack_high_voltage_alarm",),
    ("cell_temperature_status", "low"): ("cell_low_temperature_alarm", "charge_low_temperature_alarm"),
    ("cell_temperature_status", "high"): ("cell_high_temperature_alarm", "charge_high_temperature_alarm"),
    ("mos_temperature_status", "high"): ("mos_high_temperature_alarm",),
    ("ambient_temperature_status", "low"): ("ambient_low_temperature_alarm",),
    ("ambient_temperature_status", "high"): ("ambient_high_temperature_alarm",),
    ("charge_current_status", "high"): ("charge_overcurrent_alarm",),
    ("discharge_current_status", "high"): ("discharge_overcurrent_alarm",),
}
_BY_DIRECTION = ("discharge_overcurrent_alarm", "charge_overcurrent_alarm")


def codes_of_words(values: Mapping[str, Value], known: Collection[str]) -> tuple[str, ...]:
    """Give the alarms that words of a reading stand for. known: codes of the dialect.

    A word does not tell whether the device only warns or has cut: the alarm is the one that is certain.
    """
    found: dict[str, None] = {}
    for (quantity, word), meant in _MEANT.items():
        said = values.get(quantity)
        if word in (said if isinstance(said, tuple) else (said,)):
            found |= dict.fromkeys([code for code in meant if code in known][:1])
    current = numbers(values.get("pack_current_a"))
    if values.get("pack_current_status") == "high" and current and _BY_DIRECTION[current[0] > 0] in known:
        found[_BY_DIRECTION[current[0] > 0]] = None
    return tuple(found)
