"""What a loader is at, and the way back to the image before."""

import asyncio
from typing import Final

from wattstead.host.upgrade.link import LoaderLink
from wattstead.host.upgrade.words import said_no
from wattstead.model.errors import DecodeError, NoAnswer, Refused
from wattstead.wire.upgrade import Op, Result, Status
from wattstead.wire.upgrade_image import shown_version

PATIENCE_S: Final = 30.0
_PAUSE_S: Final = 0.5


async def read_status(link: LoaderLink) -> Status:
    """Ask a loader that was met what it is at. Raises NoAnswer, LinkLost."""
    answer = await link.ask(Op.STATUS)
    try:
        return Status.read(answer.content)
    except DecodeError as error:
        raise NoAnswer(str(error)) from None


async def roll_back(link: LoaderLink, *, patience_s: float = PATIENCE_S) -> Status:
    """Let the image before run again. link: to a loader that was met. Raises Refused, NoAnswer, LinkLost."""
    loop = asyncio.get_running_loop()
    before = await read_status(link)
    taken = await link.ask(Op.TAKE)
    if taken.result != Result.OK:
        raise Refused(said_no(taken), reason="rollback")
    try:
        answer = await link.ask(Op.ROLLBACK)
    except NoAnswer:
        answer = None
    if answer is not None and answer.result not in (Result.OK, Result.NO_LEASE):
        raise Refused(said_no(answer), reason="rollback")
    until_s = loop.time() + patience_s
    while loop.time() < until_s:
        try:
            await link.meet()
            status = await read_status(link)
        except NoAnswer:
            await asyncio.sleep(_PAUSE_S)
            continue
        if status.boots == before.boots:
            raise NoAnswer("the device did not restart; say the same command again")
        if status.sha256 != before.other_sha256:
            raise Refused(f"the device runs {shown_version(status.version)} still", reason="rollback")
        return status
    raise NoAnswer(
        "the device does not answer since it was to go back; it runs one image or the other: "
        "`wattstead upgrade status` asks which"
    )
