"""What a profile says of a port that sleeps at another speed."""

from typing import Annotated

from pydantic import Field

from wattstead.catalog.spec_base import Sentence, Spec

_Ms = Annotated[int, Field(gt=0)]


class WakeSpec(Spec):
    """``[link.wake]``. baud: at which the port listens while it sleeps. send: the bytes that wake it.

    wait_ms: from then on until it speaks. tickle: what an awake port answers at once; silence_ms: how long that may
    take.
    """

    baud: Annotated[int, Field(gt=0)]
    send: Sentence
    wait_ms: _Ms
    tickle: str
    silence_ms: _Ms
