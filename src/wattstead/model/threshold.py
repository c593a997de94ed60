"""One limit with its delay and its recovery."""

from dataclasses import dataclass

from wattstead.model.errors import UsageError


@dataclass(frozen=True, slots=True)
class Threshold:
    """Trips at or beyond ``trip`` after ``delay_s``; clears only once back at ``recover`` (SEP-6).

    trip, recover: in the unit of the channel. above: True where too much trips; equal limits keep their direction.
    Raises UsageError where the recovery lies on the wrong side.
    """

    trip: float
    recover: float
    above: bool = True
    delay_s: float = 0.0

    def __post_init__(self) -> None:
        if (self.recover > self.trip) if self.above else (self.recover < self.trip):
            side = "at or below" if self.above else "at or above"
            raise UsageError(f"recovery {self.recover:g} must lie {side} the trip value {self.trip:g} (SEP-6)")
        if self.delay_s < 0:
            raise UsageError(f"delay {self.delay_s:g} s must not be negative")

    def beyond(self, value: float) -> bool:
        """Tell whether the value has reached the trip value; the comparison is inclusive."""
        return value >= self.trip if self.above else value <= self.trip

    def back(self, value: float) -> bool:
        """Tell whether the value is back at the recovery value; the comparison is inclusive."""
        return value <= self.recover if self.above else value >= self.recover
