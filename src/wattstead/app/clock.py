"""The clocks of this machine: the one place that looks at them."""

import time
from datetime import datetime


def now_ms() -> int:
    """The wall clock: UTC in milliseconds."""
    return time.time_ns() // 1_000_000


def local_s(at_ms: int) -> float:
    """Local time in seconds since 1970: what the clock on the wall shows at that time, as if it were UTC."""
    offset = datetime.fromtimestamp(at_ms / 1000).astimezone().utcoffset()
    return at_ms / 1000 + (offset.total_seconds() if offset else 0.0)
