"""Whose frames stand in a recording, where nobody says: what its header names, or who understands it."""

from collections.abc import Sequence
from typing import Final

from wattstead.catalog.profile import Profile, load_profile, profile_names
from wattstead.cli.can_meaning import reader_for
from wattstead.cli.meaning import Meaning
from wattstead.link.capture import FIRST_LINE
from wattstead.model.errors import UsageError
from wattstead.wire.frame import Noise

_NAMED: Final = "# profile: "


def profile_of(lines: Sequence[str], raw: bytes | None) -> Profile:
    """Find the profile. lines: of the input. raw: its bytes where it is no text. Raises UsageError."""
    if lines and lines[0].strip() == FIRST_LINE:
        for line in lines:
            if not line.startswith("#"):
                break
            if line.startswith(_NAMED):
                return load_profile(line.removeprefix(_NAMED).strip())
    known = {name: _understood(load_profile(name), lines, raw) for name in profile_names()}
    in_envelopes = {name: count for name, count in known.items() if count is not None}
    if not in_envelopes:
        raise UsageError("whose frames are these? say --profile, see `wattstead decode --help`")
    most = max(in_envelopes.values())
    best = [name for name, count in in_envelopes.items() if count == most]
    if most and len(best) > 1:
        raise UsageError(f"these frames fit {', '.join(best)} alike; say which by --profile")
    return load_profile(best[0])  # of nobody that we know: any of them shows the envelopes


def _understood(profile: Profile, lines: Sequence[str], raw: bytes | None) -> int | None:
    """Count the frames in envelopes that a profile understands; None where there are no envelopes for it."""
    if not profile.dialect.family.runs_over("modbus_rtu"):
        return None
    reader = reader_for(profile)
    meanings = list(reader.lines(lines) if raw is None else reader.raw([raw]))
    if not any(one.envelope for one in meanings):
        return None
    return sum(_is_known(one) for one in meanings)


def _is_known(one: Meaning) -> bool:
    return one.envelope is not None and not isinstance(one.item, Noise | None) and not one.failed
