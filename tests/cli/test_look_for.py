"""A device that a person did not name: on a bus of several packs the usual one is taken, whoever was met first."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from cli.setting_desk import battery
from wattstead.cli import look_for as looking
from wattstead.host.conversation import Conversation
from wattstead.host.discover import Found
from wattstead.model.errors import NoAnswer


def test_the_usual_pack_is_taken_where_another_one_was_met_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def search(*_: object) -> AsyncGenerator[Found, None]:
        for address in (1, 0):
            yield Found("seplos-v2", there.url, address)

    async def silent(*_: object, **__: object) -> None:
        raise NoAnswer("the line stayed silent")

    def found(address: int | None = None) -> int:
        return asyncio.run(looking.look_for(there.url, None, address, "en"))[2]

    monkeypatch.setattr(looking, "discover", search)
    with battery("seplos-v2", packs=2) as there:
        assert found() == 0
        assert "address 0; next time say --profile seplos-v2 --address 0" in capsys.readouterr().err
        assert found(1) == 1, "who names an address gets that one"
        monkeypatch.setattr(Conversation, "ask", silent)
        assert found() == 1, "nobody is at the usual one"
