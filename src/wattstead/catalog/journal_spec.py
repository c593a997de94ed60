"""What a profile says of a log in words."""

from typing import Annotated

from pydantic import Field

from wattstead.catalog.spec_base import Spec


class JournalSpec(Spec):
    """``[virtual.journal]``: a log in words. charging, discharging, low, normal: what it says when that begins.

    low_below_pct: the charge is low below this state of charge. rows: as many entries are told, the newest.
    """

    charging: str
    discharging: str
    low: str
    normal: str
    low_below_pct: float
    rows: Annotated[int, Field(ge=1)]
