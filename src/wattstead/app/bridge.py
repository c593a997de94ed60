"""``wattstead bridge``: from a configuration to a bridge at work, with its page and its line in the terminal."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial

from wattstead.app.bridge_config import BridgeBusConfig, BridgeConfig, packs_of, protocol_of
from wattstead.app.clock import local_s, now_ms
from wattstead.app.config import pack_id
from wattstead.app.site import together
from wattstead.catalog.bridge_words import bridge_page_words
from wattstead.catalog.profile import load_profile
from wattstead.catalog.sentences import in_words
from wattstead.host.bridge.bank import BridgeBank
from wattstead.host.bridge.metrics import metrics
from wattstead.host.bridge.run import Bridge, PackLine
from wattstead.host.bridge.status import gist, line, silences, status
from wattstead.host.bridge.voice import Voice
from wattstead.host.bus import now_s
from wattstead.host.open import open_port
from wattstead.host.turns import PolledPack
from wattstead.host.wake import open_awake
from wattstead.link.open import listen
from wattstead.link.port import Port
from wattstead.model.can import unpacked

Tell = Callable[[str], None]
_SAYS_S = 1.0
_AGAIN_S = 60.0  # without a change
_INDENT = " " * 9


def make_bridge(config: BridgeConfig, tell: Tell = lambda _: None) -> Bridge:
    """Make a bridge within a running event loop; nothing is opened yet. tell: told what wakes a console that sleeps."""
    inverter = config.inverter
    rules = config.rules.rules()
    bank = BridgeBank(packs_of(config), rules, config.limits.stated(), config.rules.times(), now_s=now_s())
    voice = Voice(protocol_of(inverter), rules, local_time, says=inverter.says, soh_pct=inverter.soh_pct)
    lines = [_line(bus, tell) for bus in config.bus]
    return Bridge(bank, voice, lines, now_ms, stops_when_lost=inverter.lost == "stop", lost_s=inverter.lost_s)


def local_time() -> datetime:
    """What the clock on the wall shows, for protocols that carry it."""
    return datetime.fromtimestamp(local_s(now_ms()), UTC).replace(tzinfo=None, microsecond=0)


def _line(bus: BridgeBusConfig, tell: Tell) -> PackLine:
    profile = load_profile(bus.profile)
    packs = [PolledPack(pack_id(bus, pack), pack.address) for pack in bus.packs]
    opening: Callable[[], Awaitable[Port]] = partial(open_awake, bus.url, profile, wakes=bus.wake, say=tell)
    return PackLine(profile, packs, opening, bus.interval_s)


async def run_bridge(config: BridgeConfig, tell: Tell, lang: str, ready: Callable[[str], None]) -> None:
    """Poll and speak until cancelled. tell: takes a line for the person. ready: told the page's URL, or the inverter's.

    Raises WattsteadError where it cannot start.
    """
    bridge, begun = make_bridge(config, lambda text: tell(in_words(text, lang))), asyncio.Event()

    def is_ready(url: str) -> None:
        ready(url)
        begun.set()

    work = [bridge.poll(), _speak(bridge, config), _narrate(bridge, tell, lang, begun)]
    if config.http is not None:
        from wattstead.api.bridge import bridge_app  # needs the extra for pages
        from wattstead.api.server import serve

        host, port = config.http.host, config.http.port
        page = bridge_app(partial(status, bridge), partial(metrics, bridge), bridge_page_words())
        work.append(serve(page, host, port, lambda bound: is_ready(f"http://{host}:{bound}/")))
    else:
        is_ready(config.inverter.url)
    await together(*work)


async def _speak(bridge: Bridge, config: BridgeConfig) -> None:
    url, profile = config.inverter.url, bridge.voice.profile
    if bridge.on_can:
        await bridge.speak(partial(open_port, url))
    else:
        await bridge.answer(partial(listen, url, baud=profile.baud), config.inverter.address)


async def dry_run(config: BridgeConfig, tell: Tell, lang: str) -> None:
    """Poll, and show what would be sent whenever that changes, until cancelled; the inverter's line is not opened."""
    bridge, begun = make_bridge(config, lambda text: tell(in_words(text, lang))), asyncio.Event()
    begun.set()
    await together(bridge.poll(), _narrate(bridge, tell, lang, begun, frames=True))


async def _narrate(bridge: Bridge, tell: Tell, lang: str, begun: asyncio.Event, *, frames: bool = False) -> None:
    """Say what is asked and why, whenever that changes. begun: nothing before. frames: with what goes on the wire."""
    await begun.wait()
    last, last_at, known = None, -_AGAIN_S, set[str]()
    while True:
        now = gist(bridge)
        if now != last or now_s() - last_at >= _AGAIN_S:
            last, last_at = now, now_s()
            tell(f"{local_time():%H:%M:%S} {line(bridge, lang)}")
            if frames:
                tell_frames(bridge, tell)
        silent = set(silences(bridge))
        for why in sorted(silent - known):
            tell(f"{_INDENT}{why}")
        known = silent
        await asyncio.sleep(_SAYS_S)


def tell_frames(bridge: Bridge, tell: Tell) -> None:
    """Show what goes on the wire, and what is kept back."""
    for data in bridge.frames():
        tell(f"{_INDENT}{unpacked(data)}")
    for name, why in bridge.unspoken().items():
        tell(f"{_INDENT}{name}: {why}")
