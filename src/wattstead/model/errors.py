"""What can go wrong, by whose fault it is.

WattsteadError
├── EncodeError    we asked for something that the device cannot say
├── DecodeError    the device said something that it must not
├── NoAnswer       the line stayed silent until the deadline
├── Refused        the device, or its owner, said no; ``reason`` tells
├── LinkLost       the port went away or never opened
├── FileError      a file or folder cannot be read or written: no right, no room, no such folder
├── UsageError     a person asked in a way we do not understand (a bad URL, an unknown name)
└── ProfileError   a file of data is broken: which file, which place in it, what would be right

Every text is one sentence for the person at the battery, with a remedy where there is one.
"""


class WattsteadError(Exception):
    """The root: whoever catches this catches all that we raise on purpose."""


class EncodeError(WattsteadError):
    """A value cannot be put on the wire: out of range, missing, or unknown to the device."""


class DecodeError(WattsteadError):
    """A frame arrived whole but its content breaks the profile."""


class NoAnswer(WattsteadError):
    """Nothing that could be the answer came before the deadline, retries included."""


class Refused(WattsteadError):
    """The device or its owner said no."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class LinkLost(WattsteadError):
    """The port cannot be opened, is busy, or disappeared."""


class UsageError(WattsteadError):
    """What a person typed or configured cannot be understood; the text says what would be right."""


class FileError(WattsteadError):
    """A file or folder cannot be read or written, be it named by a person or ours; the text says what would help."""


class ProfileError(WattsteadError):
    """A profile or a file of words is broken.

    file: name of the file; place: table and key in it; what: what is wrong; remedy: what would be right.
    """

    def __init__(self, file: str, place: str, what: str, remedy: str) -> None:
        super().__init__(f"{file}, {place}: {what}; {remedy}")
        self.file = file
        self.place = place
        self.what = what
        self.remedy = remedy
