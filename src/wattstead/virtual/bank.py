"""A bank of packs of one make on one bus: the array engine behind the device's side of the wire."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from wattstead.battery.packs import Packs
from wattstead.catalog.profile import Profile
from wattstead.model.bank import BankView, Member, Request, Standing, bank_request, bank_view, heard
from wattstead.model.bank_values import bank_values
from wattstead.model.errors import UsageError
from wattstead.virtual.course import Course
from wattstead.virtual.given import Given, Input
from wattstead.virtual.master import Master
from wattstead.virtual.pack import new_packs
from wattstead.virtual.preset import Character
from wattstead.virtual.stack import Stack
from wattstead.virtual.status import statuses
from wattstead.virtual.telling import Telling
from wattstead.virtual.unread import reads_all, tells_unread
from wattstead.virtual.vocabulary import Vocabulary
from wattstead.virtual.written import Written
from wattstead.wire.codec import Question
from wattstead.wire.fill import Report
from wattstead.wire.layout import fields_of
from wattstead.wire.message import Message

_ALL = 0xFF  # in a request to the master: all modules
_MASTERS_OWN = (0, 1)


class Bank:
    """Packs in parallel, with consecutive addresses; what ``wire.responder`` calls a device.

    packs: how many. first_address: of the first one; the profile's master where None. seed: the same seed gives the
    same cells. soc_pct: at the start. characters: what makes one pack differ from another; all are new where None.
    now_ms: the wall clock that the packs' own clocks follow, UTC. input: what is done to all packs together.
    Raises UsageError for addresses beyond the protocol's.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        now_ms: Callable[[], int],
        packs: int = 1,
        first_address: int | None = None,
        seed: int = 0,
        soc_pct: float = 50.0,
        characters: Sequence[Character] | None = None,
    ) -> None:
        if not 0.0 <= soc_pct <= 100.0:
            raise UsageError(f"a state of charge of {soc_pct:g} % cannot be; give 0 to 100")
        self.profile = profile
        self.vocabulary = Vocabulary.of(profile.dialect)
        self._flags_unread = any(tells_unread(message) for message in profile.dialect.messages)
        self.packs = new_packs(profile, _addresses(profile, packs, first_address), seed)
        self.stack = Stack([pack.preset for pack in self.packs], characters or [Character()] * packs, soc_pct / 100.0)
        self.master = Master([str(address) for address in self.addresses])
        self.input = Input()
        self.inverter_lost = False  # on the bus that this bank speaks on; what a person says of it counts more
        self._telling = Telling(profile, self.packs, self.stack, self.vocabulary, now_ms, lambda: self.course.apart)
        self._written = Written(profile, self.packs, self.stack, now_ms, self._telling.measured)
        self.course = Course(self.packs, self.stack, self.master, self._telling.measured, self._member)

    @property
    def addresses(self) -> tuple[int, ...]:
        """Of each pack, now: a host may give a pack another one. Where two have the same the first one answers."""
        return tuple([pack.address for pack in self.packs])

    @property
    def state(self) -> Packs:
        """The arrays of all packs."""
        return self.stack.state

    # The battery.

    def advance(
        self,
        dt_s: float,
        current_a: float = 0.0,
        *,
        steps: int = 1,
        own_current_a: Mapping[int, float] | None = None,
        ambient_degc: float | Sequence[float] = 25.0,
        stops_at_its_voltage: bool = False,
    ) -> None:
        """Let ``steps`` steps of dt_s seconds pass.

        current_a: asked of the packs on the bus, positive charges; physics shares it. own_current_a: asked of packs
        that stand alone, by their place from 0. ambient_degc: of the air, one for all or one each.
        stops_at_its_voltage: the charger holds its voltage, as it does where nobody fixed the current.
        """
        own, common = own_current_a or {}, self.input
        if self.inverter_lost and common.inverter_silent is None:
            common = replace(common, inverter_silent=True)
        self.course.advance(dt_s, current_a, steps, own, ambient_degc, common, holds=stops_at_its_voltage)

    # The device.

    def simulated(self, place: int) -> Report:
        """Give all that a pack would tell by itself now. place: in the bank, from 0."""
        return self._flagged(place, self._telling.told(place, {}))

    def report(
        self, place: int, message: Message | None = None, given: Given | None = None, *, asks: bool = False
    ) -> Report:
        """Give all that a pack tells now. message: the one that it is for. given: in place of the pack's own.

        asks: with what it asks of the inverter, also where no message of its wire says that.
        """
        given = given or self.packs[place].given
        simulated = self._telling.told(place, given.sense, asks=asks)
        if given.active:  # the words of cells and probes follow the rows that are said to hold
            words = statuses(simulated.values, given.active, self.packs[place].model)
            simulated = Report({**simulated.values, **words}, simulated.active)
        return self._flagged(
            place, given.change(simulated, self.vocabulary.following.get(message.name, ()) if message else ())
        )

    def _flagged(self, place: int, report: Report) -> Report:
        """Add what nobody has read yet, where the wire tells that."""
        if not self._flags_unread:
            return report
        unread = self.packs[place].unread.flags(report.values, report.active)
        return Report({"unread_changes": unread, **report.values}, report.active)

    # The bank as one battery.

    def members(self) -> tuple[Member, ...]:
        """Give what the master knows of each pack, named by its address; none while the master is off."""
        return self.master.members(self.state.time_s, self._member)

    def view(self) -> BankView | None:
        """Give what the master shows: totals, extremes and who; None while it is off."""
        members = self.members()
        return bank_view(members) if members else None

    def request(self) -> Request | None:
        """Give what the bank asks of the inverter; None while nobody knows."""
        return bank_request(self.members())

    def bank_report(self) -> Report | None:
        """Give what the master tells of the whole bank, by quantity name as ``model.bank_values`` says.

        None before there is data, and while the master is off: then it says nothing at all, and never 0 %.
        """
        members = self.members()
        values = bank_values(members)
        if not values:
            return None
        saturated = self.vocabulary.saturated(dict(values), of_bank=bool(self.vocabulary.bank_ranges))
        return Report(saturated, tuple(bank_view(members).active))

    def on_bus(self) -> list[int]:
        """Name the packs, from 0, that share the current of the bus; all before anybody has looked."""
        return self._telling.on_bus()

    def _member(self, place: int) -> Member:
        told = self.report(place, asks=True)
        said = heard(str(self.addresses[place]), told.values, told.active)
        alone = not self.state.on[place] or place in self.course.apart
        return replace(said, standing=Standing.ISOLATED) if alone else said

    def reports(self, question: Question) -> Sequence[Report]:
        """Give the reports of the packs that a request names; one that is off says nothing."""
        places = self._awake(question)
        if question.message.of_bank:
            return self._of_bank(places, question.message)
        if question.message.behind and places:  # the pack that was asked tells of others, too
            places = [places[0] + k for k in range(question.message.behind + 1)]
        reports = [self.report(place, question.message) for place in places]
        if reads_all(question.message):
            for place, report in zip(places, reports, strict=True):
                self.packs[place].unread.read(report.values, report.active)
        return reports

    def knows(self, question: Question) -> bool:
        """Whether the firmware of the asked pack knows the message: as the profile says, or as a state file does."""
        places, message = self._asked(question), question.message
        if message.of_bank and places[:1] != [0]:
            return not places  # only the master speaks for the bank; who is not there is silent
        if message.behind and places and not self._is_behind(places, message):
            return False
        return all(self.packs[place].given.knows.get(message.name, message.answered) for place in places)

    def _is_behind(self, places: Sequence[int], message: Message) -> bool:
        """Whether the master was asked and has so many packs behind it that are on."""
        last = places[0] + message.behind
        return places[:1] == [0] and last < len(self.packs) and bool(self.state.on[last])

    def write(self, question: Question) -> bool:
        """Take settings, a time or an order. Raises Refused for what the pack cannot do, or refuses on purpose."""
        places = self._awake(question)
        for place in places:
            self._written.take(place, question.message, question.record)
        return bool(places)

    def _of_bank(self, places: Sequence[int], message: Message) -> Sequence[Report]:
        """Give what the master tells of all packs; its state file may name what only such messages carry."""
        told = self.bank_report()
        if not places or told is None:
            return ()
        master, serials = self.packs[0], [pack.says.get("serial_number", "") for pack in self.packs]
        said = {name: value for name, value in master.given.report.items() if name in self.vocabulary.of_bank}
        values = {**master.says, "serial_number": tuple(serials), **told.values, **said}
        if "serial_number" in (one.name for one in fields_of(message.reply)):
            values["module_count"] = len(values["serial_number"])  # who belongs to the stack, on its bus or not
        return [Report(self.vocabulary.saturated(values, of_bank=True), told.active)]

    def _awake(self, question: Question) -> list[int]:
        asked, on = self._asked(question), self.state.on
        # The master speaks for all; while it is off nobody does.
        return [place for place in asked if on[place]] if asked and on[asked[0]] else []

    def _asked(self, question: Question) -> list[int]:
        if question.address not in self.addresses:
            return [0] if question.address == 0 else []  # the responder lets address 0 through where the make does
        place = self.addresses.index(question.address)
        module = question.record.get("module")
        if module == _ALL and place == 0:
            return list(range(len(self.packs)))
        if self.profile.link.master_speaks and place == 0 and module is not None:
            return self._behind(module)
        return [place]

    def _behind(self, module: int) -> list[int]:
        """Find the pack that the master is asked for; 0 and 1 are its own names, too."""
        if module in self.addresses:
            return [self.addresses.index(module)]
        return [0] if module in _MASTERS_OWN else []


def _addresses(profile: Profile, packs: int, first: int | None) -> tuple[int, ...]:
    known = profile.addresses
    start = known.master if first is None else first
    if packs < 1:
        raise UsageError(f"a bank of {packs} packs cannot be; give 1 or more")
    if start < known.first or start + packs - 1 > known.last:
        asked = f"{packs} packs from address {start} on" if packs > 1 else f"address {start}"
        raise UsageError(f"{profile.name} has no place for {asked}; it knows addresses {known.first} to {known.last}")
    return tuple(range(start, start + packs))
