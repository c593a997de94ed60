"""Codes: what a device calls its alarms, protections, faults and states.

A code belongs to a dialect: ``OTC`` of one make is not ``OTC`` of another (PYL-4: alarm and protection never merge).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How grave: an alarm warns, a protection has cut, a fault is broken."""

    INFORMATION = "information"
    ALARM = "alarm"
    PROTECTION = "protection"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Code:
    """One code of one dialect. label: what it says to a person, by language ("en", "fr")."""

    name: str
    dialect: str
    severity: Severity
    label: Mapping[str, str] = field(default_factory=dict)
