"""Reads one pack once, whole."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wattstead.catalog.profile import Profile
from wattstead.host.conversation import Conversation
from wattstead.host.gather import Gathering, polled
from wattstead.host.plausible import doubt
from wattstead.model.errors import NoAnswer, Refused
from wattstead.model.reading import Snapshot, Value
from wattstead.wire.codec import Said
from wattstead.wire.layout import names_of
from wattstead.wire.message import Message, Poll


@dataclass(frozen=True, slots=True)
class PackRead:
    """What one pack said.

    settings: by name; empty where they were not wanted. missing: messages that got no answer or a refusal, with the
    reason. doubt: why the values cannot be true, None where nothing contradicts itself; mostly it is a wrong profile.
    """

    snapshot: Snapshot
    settings: Mapping[str, Value]
    missing: Mapping[str, str]
    doubt: str | None


async def read_pack(
    conversation: Conversation, address: int, pack: str, now_ms: Callable[[], int], *, settings: bool = False
) -> PackRead:
    """Ask everything that is polled, and the settings where they are wanted. Only reads.

    Raises NoAnswer, Refused or LinkLost where the pack does not give its values; what else it does not give is in
    ``missing``.
    """
    profile, reader = conversation.profile, _Reader(conversation, address)
    gathering = Gathering()
    kept: dict[str, Value] = {}
    for message in polled(profile, Poll.VALUES):
        said = await conversation.ask(message.name, address)
        gathering.add(said)
        if settings:  # some tell everything at once
            kept |= _settings(said, profile)
    at_ms = now_ms()
    for message in (*polled(profile, Poll.ALARMS), *polled(profile, Poll.IDENTITY)):
        if answer := await reader.ask(message):
            gathering.add(answer)
    for message in settings_messages(profile) if settings else ():
        if answer := await reader.ask(message):
            kept |= _settings(answer, profile)
    return PackRead(gathering.snapshot(pack, at_ms), kept, reader.missing, _doubt(gathering, profile))


def _settings(said: Said, profile: Profile) -> dict[str, Value]:
    return {name: value for name, value in said.packs[0].values.items() if name in profile.settings}


def settings_messages(profile: Profile) -> tuple[Message, ...]:
    """Messages that a person asks to see what is set: their replies tell settings."""
    return tuple(
        message
        for message in polled(profile, Poll.ASKED)
        if message.answered and names_of(message.reply) & profile.settings.keys()
    )


class _Reader:
    """Asks for what a pack may not know."""

    def __init__(self, conversation: Conversation, address: int) -> None:
        self.missing: dict[str, str] = {}
        self._conversation = conversation
        self._address = address

    async def ask(self, message: Message) -> Said | None:
        try:
            return await self._conversation.ask(message.name, self._address)
        except (NoAnswer, Refused) as no:
            self.missing[message.name] = str(no)
            return None


def _doubt(gathering: Gathering, profile: Profile) -> str | None:
    why = doubt(gathering.values)
    return (
        f"{why}: {profile.name} seems to be the wrong profile; `wattstead discover` tells the right one"
        if why
        else None
    )
