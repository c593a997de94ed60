"""``wattstead capture``: record a line."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from wattstead.catalog.profile import Profile as DeviceProfile
from wattstead.cli.line import open_line
from wattstead.cli.options import Address, Baud, Lang, Profile, Wake, language, named_device
from wattstead.cli.run import run
from wattstead.cli.show import said_in
from wattstead.host.conversation import Conversation
from wattstead.link.capture import CaptureHeader, CaptureWriter, Direction, recording
from wattstead.link.open import open_port
from wattstead.link.port import Port
from wattstead.link.recordings import writer_for
from wattstead.model.counted import Count
from wattstead.model.errors import EncodeError, LinkLost, NoAnswer, Refused, UsageError
from wattstead.wire.message import Message


def capture(
    url: Annotated[str, typer.Argument(help="The port: serial:///dev/ttyUSB0?baud=19200, tcp://host:port …")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write; - is standard output.")],
    profile: Profile = None,
    address: Address = None,
    baud: Baud = None,
    wake: Wake = True,
    seconds: Annotated[float | None, typer.Option(help="Stop by itself after that time.", min=0)] = None,
    note: Annotated[str, typer.Option(help="What this is a recording of.")] = "",
    lang: Lang = "en",
) -> None:
    """Record what a line says.

    Example: `wattstead capture 'serial:///dev/ttyUSB0?baud=19200' -o home.capture`

    Without --profile it only listens (to a master and its packs, say), until Ctrl-C. With --profile it asks the device
    at --address everything that can be read, once, and records both ways: the recording of a device to send to us.
    Of a CAN bus it writes a candump log where the file ends in `.log` and an ASC log where it ends in `.asc`. A file
    that ends in `.pcapng` or `.pcap` is for Wireshark; such files are not read back.
    Each line is written out before the next begins. Real serial numbers are in it: look before you share it.
    """
    device, lang = named_device(profile, address), language(lang)
    if device is not None and seconds is not None and device.link.framing != "can":
        raise UsageError("--seconds ends listening; with --profile the recording ends by itself: leave one of them out")
    listens = device is None or device.link.framing == "can"  # there batteries speak unasked
    opening: Callable[[], Awaitable[Port]] = partial(open_port, url, baud=baud)
    if device is not None:
        opening = partial(open_line, url, device, baud=baud, wake=wake, lang=lang, opening=open_port)
    run(_capture(opening, output, device, address, seconds, note, lang), serves=listens)


async def _capture(
    opening: Callable[[], Awaitable[Port]],
    output: Path,
    device: DeviceProfile | None,
    address: int | None,
    seconds: float | None,
    note: str,
    lang: str,
) -> None:
    port = await opening()
    header = CaptureHeader(port.url, datetime.now(UTC), port.baud, device.name if device else None, note)
    began_at = asyncio.get_running_loop().time()
    try:
        with _writer(output, header, began_at) as writer:
            if device and device.link.framing != "can":
                await _ask_everything(recording(port, writer), device, address, lang)
            else:
                await _listen(port, writer, seconds, lang)
    finally:
        await port.close()


def _writer(output: Path, header: CaptureHeader, began_at: float) -> CaptureWriter:
    if str(output) == "-":
        return CaptureWriter(Path("standard output"), header, began_at=began_at, onto=sys.stdout)
    return writer_for(output, header, began_at=began_at)


async def _listen(port: Port, writer: CaptureWriter, seconds: float | None, lang: str) -> None:
    count = 0
    try:
        async with asyncio.timeout(seconds):
            while True:
                chunk = await port.receive()
                writer.write(chunk.at, Direction.TO_HOST, chunk.data)
                count += len(chunk.data)
    except TimeoutError:
        pass  # the time that was asked for is over
    except LinkLost as lost:
        said_in(lang, f"the line ended: {lost}")
    finally:
        said_in(lang, f"recorded {Count(count):byte|bytes}")


async def _ask_everything(port: Port, device: DeviceProfile, address: int | None, lang: str) -> None:
    conversation = Conversation(port, device)
    where = device.addresses.master if address is None else address
    for message in device.dialect.messages:
        if not message.writes:
            said_in(lang, f"{message.name}: {await _outcome(conversation, message, where)}")
    if not conversation.counters.answers and not conversation.counters.refusals:
        raise NoAnswer(f"address {where} answered nothing at all; `wattstead discover {port.url}` looks for it")


async def _outcome(conversation: Conversation, message: Message, address: int) -> str:
    try:
        await conversation.ask(message.name, address)
    except (NoAnswer, Refused) as error:
        return str(error)
    except EncodeError as error:
        return f"not asked: the request needs more than an address ({error})"
    return "recorded"
