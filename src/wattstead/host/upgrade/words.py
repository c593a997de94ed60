"""What a loader's answers mean, in words for a person."""

from typing import Final

from wattstead.wire.upgrade import Answer, Result, Why


def said_no(answer: Answer) -> str:
    """Say in words why a loader refused."""
    try:
        result = Result(answer.result)
    except ValueError:
        return f"the device refused (result {answer.result})"
    text = answer.content.decode("utf-8", "replace") if result is Result.NOT_READY else ""
    return f"{SENTENCES[result]}{text}"


RETURNS: Final = {
    Why.NOT_CONFIRMED: "the new image was not confirmed: something interrupted its trial",
    Why.DID_NOT_START: "the new image did not start",
    Why.BROKEN: "the new image was broken when it was to start",
    Why.ASKED: "somebody asked for the image before",
}
SENTENCES: Final = {
    Result.OK: "it agreed",
    Result.BUSY: "another tool is upgrading this device; let it end, or end it",
    Result.NO_LEASE: "the device began anew meanwhile",
    Result.WRONG_MODEL: "the device says that the image is for another model",
    Result.WRONG_HARDWARE: "the device says that the image is for another hardware revision",
    Result.TOO_LARGE: "the device says that the image, or its blocks, are too large for it",
    Result.OLDER: "the device says that the image is not newer than the one that runs",
    Result.NOT_READY: "the device says that it may not be upgraded now: ",
    Result.BAD_BLOCK: "the device says that the block is none of this image, or arrived broken",
    Result.NO_TRANSFER: "the device says that no image was announced",
    Result.INCOMPLETE: "the device says that blocks are missing",
    Result.WRONG_HASH: "the device says that what it holds has another SHA-256",
    Result.MEMORY: "the device says that its memory did not take it",
    Result.UNKNOWN: "the device does not know this operation",
    Result.NO_OTHER_IMAGE: "the device holds no other image that could run",
    Result.BAD_HEAD: "the device does not understand the head of the image",
    Result.IN_TRIAL: "the device runs another new image on trial; let that be confirmed or left first",
}
