"""Who is looking, and what they have not seen yet.

Each subscriber has room for one piece of news per pack, and one about the store: a newer one takes the place of the
older. So a phone that sleeps with an open connection costs a few kilobytes, and when it wakes it sees what is, not what
was.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from wattstead.model.reading import Silence
from wattstead.plant.latest import Latest


@dataclass(frozen=True, slots=True)
class Trouble:
    """Whether readings can be stored. text: why not, one sentence for a person; None once they can again."""

    text: str | None


News = Latest | Silence | Trouble
"""Latest: of a pack. Silence: of a pack that has never said anything. Trouble: of the whole plant."""


class Subscription:
    """What changed since this subscriber last looked. Iterate over it; it ends when the feed closes."""

    def __init__(self) -> None:
        self._unseen: dict[str | None, News] = {}
        self._news = asyncio.Event()
        self._closed = False

    def put(self, news: News) -> None:
        """Lay the newest down."""
        self._unseen[_about(news)] = news
        self._news.set()

    def close(self) -> None:
        """End the iteration, once what lies here was seen."""
        self._closed = True
        self._news.set()

    def __aiter__(self) -> "Subscription":
        return self

    async def __anext__(self) -> News:
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

    def publish(self, news: News) -> None:
        """Tell everybody."""
        for subscription in self._subscriptions:
            subscription.put(news)

    def close(self) -> None:
        """Send everybody home, also those who come later."""
        self._closed = True
        for subscription in self._subscriptions:
            subscription.close()


def _about(news: News) -> str | None:
    """Name the pack that it is about, None for the whole plant."""
    match news:
        case Latest():
            return news.pack.id
        case Silence():
            return news.pack
        case Trouble():
            return None
