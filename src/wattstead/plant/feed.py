"""Who is looking, and what they have not seen yet.

Each subscriber has room for one Latest per pack: a newer one takes the place of the older. So a phone that sleeps with
an open connection costs a few kilobytes, and when it wakes it sees what is, not what was.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from wattstead.plant.latest import Latest


class Subscription:
    """What changed since this subscriber last looked. Iterate over it; it ends when the feed closes."""

    def __init__(self) -> None:
        self._unseen: dict[str, Latest] = {}
        self._news = asyncio.Event()
        self._closed = False

    def put(self, latest: Latest) -> None:
        """Lay the newest of a pack down."""
        self._unseen[latest.pack.id] = latest
        self._news.set()

    def close(self) -> None:
        """End the iteration, once what lies here was seen."""
        self._closed = True
        self._news.set()

    def __aiter__(self) -> "Subscription":
        return self

    async def __anext__(self) -> Latest:
        while not self._unseen:
            if self._closed:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._unseen.pop(next(iter(self._unseen)))


class Feed:
    """All subscribers."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()
        self._closed = False

    @property
    def subscribers(self) -> int:
        """How many are looking."""
        return len(self._subscriptions)

    @contextmanager
    def subscribe(self) -> Iterator[Subscription]:
        """Look, from now on, until the context ends."""
        subscription = Subscription()
        self._subscriptions.add(subscription)
        if self._closed:
            subscription.close()
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    def publish(self, latest: Latest) -> None:
        """Tell everybody."""
        for subscription in self._subscriptions:
            subscription.put(latest)

    def close(self) -> None:
        """Send everybody home, also those who come later."""
        self._closed = True
        for subscription in self._subscriptions:
            subscription.close()
