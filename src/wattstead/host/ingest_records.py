"""From a frame that a logger sent to its cloud to one record of plain values, ready for JSON."""

from dataclasses import asdict
from typing import Any

from wattstead.host.ingest_values import BlockReader
from wattstead.model.errors import DecodeError
from wattstead.wire.frame import Noise
from wattstead.wire.framing.solarman_payload import (
    Answer,
    Command,
    Counters,
    Data,
    Heartbeat,
    Hello,
    Payload,
    Report,
    Time,
    Unknown,
    Wifi,
    understand,
)
from wattstead.wire.framing.solarman_v5 import V5Frame
from wattstead.wire.framing.solarman_values import BLOCKS, Block, read_blocks, values_of

_FIRMWARE_BYTES = 44

NOISE_BYTES = 64
"""So many bytes of noise are told; how many there were stands beside them."""


def described(frame: V5Frame, reader: BlockReader | None = None, *, raw: bool = False) -> dict[str, Any]:
    """Tell a frame: ``kind``, ``serial`` and what its payload says; bytes that nobody knows in hex.

    reader: makes values of register blocks. raw: also the bytes of the payload.
    """
    head = {"serial": frame.serial, "kind": _kind(frame), "control": f"{frame.control:04X}"}
    try:
        said = _said(understand(frame), reader)
    except DecodeError as error:
        return {**head, "kind": "broken", "why": str(error), "payload": frame.payload.hex()}
    return {**head, **said, **({"payload": frame.payload.hex()} if raw else {})}


def noise_record(noise: Noise) -> dict[str, Any]:
    """Tell bytes that are no frame."""
    return {"kind": "noise", "why": str(noise.why), "bytes": len(noise.data), "data": noise.data[:NOISE_BYTES].hex()}


def _kind(frame: V5Frame) -> str:
    names = {0x41: "hello", 0x42: "data", 0x43: "wifi", 0x45: "command", 0x47: "heartbeat", 0x48: "report"}
    high = frame.control >> 8
    return names.get(high) or (f"answer to {names[high + 0x30]}" if high + 0x30 in names else "unknown")


def _said(payload: Payload, reader: BlockReader | None) -> dict[str, Any]:
    match payload:
        case Hello():
            plain = asdict(payload)
            times = _times(payload.counters)
            return {**_without(plain, "counters"), **times, "mac": payload.mac.hex(), "rest": payload.rest.hex()}
        case Data():
            return _sample(payload, reader)
        case Wifi():
            told = _without(asdict(payload), "counters")
            hidden = {"unknown": payload.unknown.hex(), "rest": payload.rest.hex()}
            return {**told, **_times(payload.counters), **hidden}
        case Report():
            said = {"report": payload.kind.hex(), "rest": payload.rest.hex(), **_firmware(payload.rest)}
            return {**_without(asdict(payload), "kind", "rest"), **said}
        case Answer() | Command():
            return {"frame_type": payload.frame_type, "body": payload.body.hex(), **_times(payload.counters)}
        case Time():
            return asdict(payload)
        case Heartbeat():
            return {"rest": payload.rest.hex()} if payload.rest != b"\0" else {}
        case Unknown():
            return {"payload": payload.data.hex()}


def _sample(data: Data, reader: BlockReader | None) -> dict[str, Any]:
    """Tell a sample: values where they are known, registers where they say so, and the bytes in any case."""
    said: dict[str, Any] = {
        "schema": f"{data.schema:04X}",
        "buffered": data.buffered,
        "record": data.record,
        "inverter_serial": data.inverter_serial,
        **_times(data.counters),
        "data": data.values.hex(),
    }
    if values := values_of(data.schema, data.values):
        said["values"] = values
    if data.schema == BLOCKS:
        try:
            blocks = read_blocks(data.values)
            said["registers"] = [_registers(block) for block in blocks]
            if reader is not None:
                said |= _read(reader, blocks)
        except DecodeError as error:
            said["why"] = str(error)
    return said


def _read(reader: BlockReader, blocks: tuple[Block, ...]) -> dict[str, Any]:
    values, active, doubts = reader.values(blocks)
    told: dict[str, Any] = {"values": values}
    if active is not None:
        told["active"] = list(active)
    if doubts:
        told["why"] = "; ".join(doubts)
    return told


def _registers(block: Block) -> dict[str, Any]:
    words = [int.from_bytes(block.registers[at : at + 2], "big") for at in range(0, len(block.registers), 2)]
    return {"unit": block.unit, "function": block.function, "start": block.start, "words": words}


def _times(counters: Counters) -> dict[str, int | None]:
    return {"total_s": counters.total_s, "power_on_s": counters.power_on_s, "sampled_at_s": counters.unix_s}


def _firmware(rest: bytes) -> dict[str, Any]:
    """Reports of one kind end in a unix time and the firmware's name; nothing for the others."""
    name = rest[4:].rstrip(b"\0")
    if len(rest) != _FIRMWARE_BYTES or not name or not all(0x20 <= byte < 0x7F for byte in name):
        return {}
    return {"reported_at_s": int.from_bytes(rest[:4], "little"), "firmware": name.decode("ascii")}


def _without(said: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name not in names}
