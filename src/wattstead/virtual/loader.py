"""The boot loader of a virtual device: takes an image, keeps it beside the one that runs, starts it on trial.

Whatever happens, the image that was, or the new one, runs. A new one runs on trial until the tool confirms it; where
that does not come in time, or the power fails before, the one before runs again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from wattstead.model.errors import DecodeError
from wattstead.virtual.loader_faults import Faults
from wattstead.virtual.loader_flash import PowerLost
from wattstead.virtual.loader_slots import BootRecord, Phase, Slot, Store
from wattstead.wire.upgrade import (
    MARK,
    MOST_TEXT,
    Answer,
    Op,
    Question,
    Result,
    State,
    Status,
    Why,
    pack_echo,
    pack_numbers,
    read_block,
)
from wattstead.wire.upgrade_image import Head, Image

LEASE_S: Final = 5.0
"""So long a tool has the loader for itself since its last question."""
OLDER_TOO: Final = 1
"""Flag of OPEN: the image may be older than the one that runs."""


@dataclass(frozen=True, slots=True)
class Make:
    """What a device is. room: bytes of one image. restart_s, confirm_s: so long a restart and a trial take."""

    model: str
    hardware: int
    serial: str
    block_bytes: int
    room: int
    restart_s: float
    confirm_s: float


@dataclass
class Loader:
    """One boot loader. unfit: says why the battery may not be upgraded now, "" where it may. now_s: any clock.

    faults: what goes wrong on purpose. restarts: called after each start, with the head of what runs.
    """

    make: Make
    store: Store
    now_s: Callable[[], float]
    unfit: Callable[[], str] = lambda: ""
    faults: Faults = field(default_factory=Faults)
    restarts: Callable[[Head | None], None] = lambda _: None
    _deaf_until_s: float = float("-inf")
    _confirm_until_s: float | None = None
    _session: int | None = None
    _lease_until_s: float = float("-inf")
    _why: Why = Why.USUAL  # of the next start

    # Starting.

    def ship(self, image: Image) -> None:
        """Put the image of the factory in, where nothing was ever written."""
        if self.store.is_new:
            self.store.slots[0].fill(image)
            self.store.settle(BootRecord())

    def start(self) -> None:
        """Begin anew, as after a loss of power: decide which image runs. May be cut by the next loss of power."""
        self._session, self._confirm_until_s = None, None
        self.store.load()
        record = replace(self.store.record, boots=self.store.record.boots + 1, why=self._why)
        self._why = Why.USUAL
        other = 1 - record.slot
        if record.phase is Phase.TRIAL:
            record = replace(record, slot=other, phase=Phase.SETTLED, why=Why.NOT_CONFIRMED)
        elif record.phase is Phase.PENDING:
            if self.store.slots[record.slot].can_run() and not self.faults.no_start:
                record = replace(record, phase=Phase.TRIAL, why=Why.ACTIVATED)
            else:
                record = replace(record, slot=other, phase=Phase.SETTLED, why=Why.DID_NOT_START)
        elif not self.store.slots[record.slot].can_run() and self.store.slots[other].can_run():
            record = replace(record, slot=other, why=Why.BROKEN)
        self.store.settle(record)
        if record.phase is Phase.TRIAL:
            self._confirm_until_s = max(self.now_s(), self._deaf_until_s) + self.make.confirm_s
        self.restarts(self.running)

    def _restart(self, at_s: float | None = None) -> None:
        """Say nothing for as long as a restart takes; what runs then is decided now. at_s: when it began."""
        self._deaf_until_s = (self.now_s() if at_s is None else at_s) + self.make.restart_s
        while True:
            try:
                self.start()
            except PowerLost:
                continue
            return

    def look(self) -> bool:
        """Let time act; tell whether the device is there: while it restarts it says nothing."""
        now_s = self.now_s()
        if self._confirm_until_s is not None and now_s >= self._confirm_until_s:
            self._restart(self._confirm_until_s)
        return now_s >= self._deaf_until_s

    # What it is at.

    @property
    def running(self) -> Head | None:
        """The head of the image that runs."""
        slot = self.store.slots[self.store.record.slot]
        return slot.head if slot.whole else None

    @property
    def coming(self) -> Slot:
        """The slot that does not run."""
        return self.store.slots[1 - self.store.record.slot]

    @property
    def state(self) -> State:
        if self.running is None:
            return State.NO_IMAGE
        if self.store.record.phase is Phase.TRIAL:
            return State.TRIAL
        if self.coming.head is None:
            return State.IDLE
        return State.COMPLETE if self.coming.whole else State.RECEIVING

    @property
    def speaks(self) -> bool:
        """Whether what runs speaks as a battery."""
        return self.look() and not (self.faults.no_speech and self.store.record.phase is Phase.TRIAL)

    @property
    def at_work(self) -> bool:
        """Whether a tool is sending an image."""
        return self._session is not None and self.now_s() < self._lease_until_s

    def status(self) -> Status:
        runs, comes, record = self.running, self.coming.head, self.store.record
        able = comes is not None and self.coming.whole
        return Status(
            self.state,
            record.slot,
            record.boots,
            record.why,
            self.make.model,
            self.make.hardware,
            runs.version if runs else (0, 0, 0),
            runs.sha256 if runs else b"",
            comes.version if comes and able else None,
            comes.sha256 if comes and able else b"",
            comes.sha256 if comes else b"",
            comes.blocks if comes else 0,
            len(self.coming.held),
            self.make.serial,
            self.make.block_bytes,
            self.make.room,
        )

    # Answering.

    def answer(self, asked: bytes) -> bytes | None:
        """Answer a question, b"" for the first one; None where nothing is said."""
        if not self.look():
            return None
        if not asked:
            return MARK
        try:
            question = Question.read(asked)
        except DecodeError:
            return None
        try:
            said = self._answer(question)
        except PowerLost:
            self._why = Why.USUAL
            self._restart()
            return None
        if said is None:
            return None
        result, content = said
        return Answer(question.op, question.number, question.session, result, content).packed()

    def _answer(self, question: Question) -> tuple[Result, bytes] | None:
        if question.op == Op.STATUS:
            return Result.OK, self.status().packed()
        if question.op == Op.MISSING:
            return Result.OK, pack_numbers(self.coming.missing)
        work = _WORK.get(question.op)
        if work is None:
            return Result.UNKNOWN, b""
        now_s = self.now_s()
        held = self._session is not None and now_s < self._lease_until_s
        if question.op == Op.TAKE:
            if held and question.session != self._session:
                return Result.BUSY, round((self._lease_until_s - now_s) * 1000).to_bytes(4)
            self._session = question.session
        elif not held or question.session != self._session:
            return Result.NO_LEASE, b""
        self._lease_until_s = now_s + LEASE_S
        try:
            return work(self, question.content)
        except DecodeError:
            return (Result.BAD_BLOCK if question.op == Op.BLOCK else Result.BAD_HEAD), b""

    # Operations: each is given the content of the question and gives result and content of the answer.

    def take(self, _: bytes) -> tuple[Result, bytes]:
        return Result.OK, b""

    def open(self, content: bytes) -> tuple[Result, bytes]:
        """Make room for an image; what is held of the same one stays."""
        head = Head.read(content[1:])
        if self.store.record.phase is Phase.TRIAL:
            return Result.IN_TRIAL, b""
        if head.model != self.make.model:
            return Result.WRONG_MODEL, b""
        if not head.first_hardware <= self.make.hardware <= head.last_hardware:
            return Result.WRONG_HARDWARE, b""
        if head.size > self.make.room or head.block_bytes > self.make.block_bytes:
            return Result.TOO_LARGE, b""
        runs = self.running
        if runs is not None and head.version <= runs.version and not content[0] & OLDER_TOO:
            return Result.OLDER, b""
        if why := self.unfit():
            return Result.NOT_READY, _text(why)
        self.coming.open(head)
        return Result.OK, b""

    def block(self, content: bytes) -> tuple[Result, bytes] | None:
        head = self.coming.head
        if head is None:
            return Result.NO_TRANSFER, b""
        index, data = read_block(content)
        if index >= head.blocks or len(data) != head.length_of(index):
            return Result.BAD_BLOCK, b""
        for kind in ("silence", "refuse"):
            if self.faults.at_block(kind, index):
                return (Result.MEMORY, b"") if kind == "refuse" else None
        crc = self._store(index, data)
        if self.faults.at_block("lost_echo", index):
            return None
        if self.faults.at_block("wrong_echo", index):
            crc ^= 1
        return Result.OK, pack_echo(index, crc)

    def _store(self, index: int, data: bytes) -> int:
        """Write a block, as well as the faults let it; give the check sum of what is there. Raises PowerLost."""
        if self.faults.at_block("power_before", index):
            raise PowerLost
        if self.faults.at_block("power_during", index):
            self.coming.spoil(index, data[: len(data) // 2])
            raise PowerLost
        if self.faults.at_block("bad_write", index):
            return self.coming.spoil(index, bytes((data[0] ^ 1,)) + data[1:])
        crc = self.coming.put(index, data)
        if self.faults.at_block("power_after", index):
            raise PowerLost
        return crc

    def verify(self, _: bytes) -> tuple[Result, bytes]:
        if self.coming.head is None:
            return Result.NO_TRANSFER, b""
        return (Result.OK, self.coming.sha256()) if self.coming.whole else (Result.INCOMPLETE, b"")

    def activate(self, content: bytes) -> tuple[Result, bytes]:
        """Let the new image run from the next start on, on trial, and start."""
        if self.store.record.phase is Phase.TRIAL:
            return Result.IN_TRIAL, b""
        head = self.coming.head
        if head is None:
            return Result.NO_TRANSFER, b""
        if not self.coming.whole:
            return Result.INCOMPLETE, b""
        if content != head.sha256 or not self.coming.can_run():
            return Result.WRONG_HASH, b""
        if why := self.unfit():
            return Result.NOT_READY, _text(why)
        return self._switch(replace(self.store.record, slot=1 - self.store.record.slot, phase=Phase.PENDING))

    def _switch(self, record: BootRecord) -> tuple[Result, bytes]:
        if self.faults.at_switch("power_before"):
            raise PowerLost
        if self.faults.at_switch("power_during"):
            self.store.tear(record)
            raise PowerLost
        self.store.settle(record)
        if self.faults.at_switch("power_after"):
            raise PowerLost
        self._restart()
        return Result.OK, b""

    def confirm(self, content: bytes) -> tuple[Result, bytes]:
        """Let the image on trial stay."""
        runs = self.running
        if runs is None or content != runs.sha256:
            return Result.WRONG_HASH, b""
        if self.store.record.phase is Phase.TRIAL:
            self.store.settle(replace(self.store.record, phase=Phase.SETTLED))
            self._confirm_until_s = None
        return Result.OK, b""

    def rollback(self, _: bytes) -> tuple[Result, bytes]:
        """Let the image before run again. One on trial is left at once."""
        if not self.coming.can_run():
            return Result.NO_OTHER_IMAGE, b""
        on_trial = self.store.record.phase is Phase.TRIAL
        if not on_trial and (why := self.unfit()):
            return Result.NOT_READY, _text(why)
        back = replace(self.store.record, slot=1 - self.store.record.slot, phase=Phase.SETTLED)
        self._why = Why.ASKED
        return self._switch(back)

    def close(self, _: bytes) -> tuple[Result, bytes]:
        self._session = None
        return Result.OK, b""


def _text(why: str) -> bytes:
    return why.encode()[:MOST_TEXT]


_WORK: Final[Mapping[int, Callable[[Loader, bytes], tuple[Result, bytes] | None]]] = {
    Op.TAKE: Loader.take,
    Op.OPEN: Loader.open,
    Op.BLOCK: Loader.block,
    Op.VERIFY: Loader.verify,
    Op.ACTIVATE: Loader.activate,
    Op.CONFIRM: Loader.confirm,
    Op.ROLLBACK: Loader.rollback,
    Op.CLOSE: Loader.close,
}
