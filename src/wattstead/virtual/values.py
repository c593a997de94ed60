"""A device that is no battery: it says what its profile and its settings say, until somebody says something else.

An inverter or a meter answers so as long as no house is simulated behind it. What it says may change at any time by its
state file, so that a script can let it live through a day.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wattstead.catalog.profile import Profile
from wattstead.model.errors import EncodeError, Refused, UsageError
from wattstead.model.setting import Setting
from wattstead.virtual.given import Given, Writes
from wattstead.virtual.state_file import WatchedFile
from wattstead.virtual.vocabulary import Vocabulary, readable
from wattstead.wire.codec import Question
from wattstead.wire.field import Bits, Clock, Dotted, Hex, Number, Positions, Text, Type, Word
from wattstead.wire.fill import Report, tell
from wattstead.wire.layout import fields_of
from wattstead.wire.responder import Manners, Responder

_NOTHING = object()


class ValuesDevice:
    """One device at one address; what ``wire.responder`` calls a device.

    now_ms: the wall clock that its own clock follows, UTC. before: called before each request.
    Raises UsageError for an address beyond the protocol's.
    """

    def __init__(self, profile: Profile, *, now_ms: Callable[[], int], address: int | None = None) -> None:
        where = profile.addresses
        self.address = where.master if address is None else address
        if not where.first <= self.address <= where.last:
            raise UsageError(f"{profile.name} has no address {self.address}; it knows {where.first} to {where.last}")
        self.profile = profile
        self.vocabulary = Vocabulary.of(profile.dialect)
        self.settings: dict[str, Any] = {
            name: one.default for name, one in profile.settings.items() if one.default is not None
        }
        self.given = Given()
        self.before: Callable[[], None] = lambda: None
        self._now_ms = now_ms
        self._idle = _idle_values(profile)

    def responder(self, over: str = "") -> Responder:
        """Make the device's side of one line. over: the framing that its URL prescribes. Raises UsageError."""
        profile = self.profile
        manners = Manners(profile.link.refuse_noise, profile.link.zero_answers)
        return Responder(profile.codec(over), profile.framer(over), self, [self.address], manners)

    def report(self, given: Given | None = None) -> Report:
        """Give all that it tells now. given: in place of what is in force."""
        clock = datetime.fromtimestamp(self._now_ms() // 1000, UTC).replace(tzinfo=None)
        values = {**self._idle, **self.profile.virtual.says, **self.settings, "device_time": clock}
        return (given or self.given).change(Report(values))

    def reports(self, question: Question) -> Sequence[Report]:  # noqa: ARG002
        """Give what it has to tell; the responder asks for its own address alone."""
        self.before()
        return [self.report()]

    def write(self, question: Question) -> bool:
        """Take settings. Raises Refused for what they cannot be, and while it takes none."""
        self.before()
        if self.given.writes is Writes.REFUSE:
            raise Refused(f"the {self.profile.name} takes no writes", reason="invalid_data")
        if self.given.writes is Writes.IGNORE:
            return True
        self._check_lock()
        told, _ = tell(question.message.request, question.record, self.profile.dialect.told)
        new = {name: value for name, value in told.values.items() if name in self.profile.settings}
        for name, value in new.items():
            _check_setting(self.profile.settings[name], value)
        self.settings |= {name: value for name, value in new.items() if name not in self.given.report}
        return True

    def obey(self, tables: Mapping[str, Any]) -> None:
        """Take what a state file says: the table ``[report]``. Raises UsageError; then all stays as it was."""
        for name in tables:
            if name != "report":
                raise UsageError(f"[{name}]: a device that is no battery has no such table; write [report]")
        said = tables.get("report", {})
        if not isinstance(said, dict):
            raise UsageError(f"report: {said!r} is no table; write [report] and its values below")
        given = self._given(dict(said))
        self._check_carried(given)
        self.given = given

    def _given(self, said: dict[str, Any]) -> Given:
        writes, active = said.pop("writes", Writes.ACCEPT), said.pop("active", _NOTHING)
        if writes not in set(Writes):
            raise UsageError(f"[report] writes: {writes!r} is none of {', '.join(Writes)}")
        simulated = self.report(Given()).values
        report = {name: _at(name, self._carried, name, value, simulated) for name, value in said.items()}
        codes = None if active is _NOTHING else _at("active", self.vocabulary.active, active)
        return Given(report, codes, Writes(str(writes)))

    def _carried(self, name: str, value: object, simulated: Mapping[str, Any]) -> Any:
        """Switches may be said by their name, too."""
        setting = self.profile.settings.get(name)
        if setting is not None and isinstance(setting.default, bool):
            if not isinstance(value, bool):
                raise UsageError(f"{value!r} is neither true nor false")
            return value
        return self.vocabulary.carried(name, value, simulated)

    def _check_carried(self, given: Given) -> None:
        codec, report = self.profile.codec(), self.report(given)
        for message in readable(self.profile.dialect):
            try:
                codec.answer(Question(message, self.address), [report])
            except EncodeError as error:
                raise UsageError(f"message {message.name}: {error}") from None

    def _check_lock(self) -> None:
        lock = self.profile.virtual.lock
        if lock is not None and self.report().values.get(lock.setting) == lock.value:
            raise Refused(f"{lock.setting} is {lock.value}: it takes no writes", reason=lock.reason)


class ValuesFile(WatchedFile):
    """The state file of a device that is no battery."""

    def __init__(
        self, path: Path, device: ValuesDevice, *, clock_s: Callable[[], float], complain: Callable[[str], None]
    ) -> None:
        super().__init__(path, device.obey, clock_s=clock_s, complain=complain)


def _at(name: str, check: Callable[..., Any], *arguments: object) -> Any:
    try:
        return check(*arguments)
    except UsageError as error:
        raise UsageError(f"[report] {name}: {error}") from None


def _check_setting(setting: Setting, value: object) -> None:
    """Refuse a value beyond the range, and a word that stands for no number of the table."""
    low, high = setting.minimum, setting.maximum
    if isinstance(value, str) and value.startswith("0x"):
        raise Refused(f"{setting.name} knows no {value}", reason="invalid_data")
    if isinstance(value, bool) or not isinstance(value, int | float) or low is None or high is None:
        return
    if not low <= value <= high:
        raise Refused(f"{setting.name} {value:g} lies outside {low:g} to {high:g}", reason="invalid_data")


def _idle_values(profile: Profile) -> dict[str, Any]:
    """Give each field that nobody says anything of a value that means nothing: 0, "", the first word."""
    idle: dict[str, Any] = {}
    for message in readable(profile.dialect):
        for field in fields_of(message.reply):
            if isinstance(field.type, Bits) or field.fill or field.default is not None:
                continue
            value = _idle(field.type)
            idle[field.quantity or field.name] = value if field.repeat is None else (value,)
    return idle


def _idle(kind: Type) -> Any:
    match kind:
        case Number():
            low, high = kind.limits
            return min(max(0, low), high)
        case Word():
            return next(iter(kind.names.values()))
        case Text():
            return ""
        case Dotted():
            return ".".join(["0"] * kind.size)
        case Hex():
            return " ".join(["00"] * kind.size)
        case Positions():
            return ()
        case Clock():
            return None
    return None
