"""``wattstead support``: one file of all that a battery says, to send to who is to help."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from wattstead.app.clock import now_ms
from wattstead.catalog.profile import Profile as DeviceProfile
from wattstead.cli.can_verbs import check_bus, is_can
from wattstead.cli.look_for import look_for
from wattstead.cli.options import Address, Baud, Data, Json, Lang, Profile, Wake, data_folder, language, named_device
from wattstead.cli.run import run
from wattstead.cli.setting_source import Places, Wish
from wattstead.cli.show import as_json, console, said, word
from wattstead.host.conversation import Conversation
from wattstead.host.records.keep import FILE, RecordStore
from wattstead.host.settings.keep import Keeper, device_key
from wattstead.host.settings.sets import read_identity
from wattstead.host.support.can import READING, gather_bus
from wattstead.host.support.collect import REST, Gathered, Packed, Recorder, began_at, gather, pack, write
from wattstead.link.capture import recording
from wattstead.link.open import open_port
from wattstead.model.counted import filled
from wattstead.model.errors import UsageError

_MISSES = {READING: "support_miss_reading", "records": "support_miss_records", REST: "support_miss_rest"}


def support(
    url: Annotated[str, typer.Argument(help="A port: /dev/ttyUSB0, tcp://host:port, can://socketcan/can0 …")],
    profile: Profile = None,
    address: Address = None,
    baud: Baud = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write.", show_default="support-TIME.zip")
    ] = None,
    wake: Wake = True,
    data: Data = None,
    json: Json = False,
    lang: Lang = "en",
) -> None:
    """Pack all that a battery says into one file that can be sent, without serial numbers, names and passwords.

    Example: `wattstead support /dev/ttyUSB0 --profile seplos-v2 -o battery.zip`

    It only reads: readings, settings with what their check finds, records, and every byte that passed, which
    `wattstead replay` and `wattstead decode` take as they are. What was replaced by what is shown here and stands
    nowhere in the file. What the device did not answer is noted. On a CAN bus, where batteries speak unasked, it
    listens for one round and keeps every frame.
    """
    device = named_device(profile, address)
    if device is not None and is_can(device):
        check_bus(device, url)
    path = output or Path(f"support-{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}.zip")
    if path.exists():
        raise UsageError(f"{path}: this file exists already; choose another name, or remove it")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"{path}: there is no such folder; make it, or choose another one")
    wish = Wish(device, address, baud, data_folder(data), language(lang), json=json, wake=wake)
    run(_work(Places(wish), url, path))


async def _work(places: Places, url: str, path: Path) -> None:
    device = places.wish.device
    if device is None and url.startswith("can://"):
        device, url, _ = await look_for(url, None, None, places.wish.lang)
    on_bus = device is not None and is_can(device)
    got = await _listened(places.wish, url, device) if device and on_bus else await _asked(places, url)
    packed = pack(got)
    write(packed, path)
    _show(packed, path, places.wish)


async def _listened(wish: Wish, url: str, profile: DeviceProfile) -> Gathered:
    """Hear what is said on a CAN bus."""
    port = await open_port(url)
    try:
        told = _telling(wish)
        return await gather_bus(port, profile, Recorder(began_at()), wish.address, now_ms=now_ms, told=told)
    finally:
        await port.close()


def _telling(wish: Wish) -> Callable[[str], None]:
    return lambda what: said(f"{word(f'support_reads_{what}', wish.lang)} …")


async def _asked(places: Places, url: str) -> Gathered:
    """Ask a device on a line all that can be read."""
    async with places.device(url) as device:
        identity = await read_identity(device.conversation, device.address)
        key = device_key(device.profile, device.url, device.address, identity)
        await device.conversation.close()
        recorder = Recorder(began_at())
        port = await places.open(device.url, device.profile)
        conversation = Conversation(recording(port, recorder), device.profile)
        try:
            return await gather(
                conversation,
                recorder,
                port,
                device.address,
                now_ms=now_ms,
                store=RecordStore(places.wish.folder / key / FILE, device.profile),
                log=list(Keeper(places.wish.folder, device.profile, key).entries()),
                told=_telling(places.wish),
            )
        finally:
            await conversation.close()


def _show(packed: Packed, path: Path, wish: Wish) -> None:
    for name, why in packed.missing.items():
        shown = word(_MISSES[name], wish.lang) if name in _MISSES else name
        said(word("support_missing", wish.lang).format(name=shown, why=why))
    if wish.json:
        told = [{"kind": one.kind, "was": one.was, "now": one.now} for one in packed.replaced]
        print(as_json({"file": str(path), "replaced": told, "blanked_bytes": packed.blanked}))
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for head in ("replaced", "was", "now"):
        table.add_column(word(f"support_{head}", wish.lang), overflow="fold")
    for one in packed.replaced:
        table.add_row(word(f"support_{one.kind}", wish.lang), one.was, one.now)
    out = console()
    out.print(table if packed.replaced else word("support_nothing", wish.lang))
    if packed.blanked:
        out.print(filled(word("support_blanked", wish.lang), wish.lang, count=packed.blanked))
    out.print(word("support_written", wish.lang).format(path=path), style="green")
