"""One verification of a system, from its first message to the last undo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from msgspec import Struct

from contracts.contract import Contract
from gateway.cli.proving.hearing import CALLBACKS, Hearing, listening
from gateway.cli.proving.keys import KeysUnread, OthersKeys, OwnKey
from gateway.cli.proving.player import Player
from workflows.proving.checks import judged, steps_for
from workflows.proving.messages import new_writer
from workflows.proving.rows import Judging, Row
from workflows.proving.steps import Exchange

_WELL_KNOWN: Final = "/.well-known/jwks.json"


class Wanted(Struct, frozen=True, kw_only=True):
    """What is verified, and how: `agency_keys` (a file or an address; nothing: where the system shows them).

    `listen` is where callbacks are taken, `callback_url` what the agency is told instead; `only` the rows wanted.
    """

    contract: Contract
    url: str
    key: OwnKey
    agency_keys: str = ""
    listen: tuple[str, int] = ("127.0.0.1", 0)
    callback_url: str = ""
    waits_s: float = 30
    only: Sequence[str] = ()


class Verification(Struct, frozen=True, kw_only=True):
    """What came of it. `undone` and `standing` are keys of asks that it made."""

    contract: str
    url: str
    case: str
    rows: list[Row]
    exchanges: dict[str, Exchange]
    undone: list[str]
    standing: list[str]

    @property
    def passed(self) -> bool:
        """Whether nothing failed, and nothing was left unjudged."""
        return all(row.state in {"passed", "not applicable"} for row in self.rows)


async def verify(wanted: Wanted) -> Verification:
    """Verify a system.

    Raises:
        NotThere: nothing answers at its address.
        KeysUnread: its public keys cannot be had.
        OSError: callbacks cannot be listened for.

    """
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
        keys = await _agency_keys(wanted, session)
        hearing = Hearing(wanted.key.published, keys.get, wanted.callback_url.removesuffix(CALLBACKS))
        async with listening(hearing, *wanted.listen):
            writer = new_writer(wanted.contract, wanted.url, wanted.key.signing, f"{hearing.url}{CALLBACKS}")
            player = Player(writer, keys.get, hearing, session, wanted.waits_s)
            try:
                await player.play(steps_for(wanted.contract, wanted.only))
            finally:
                undone, standing = await player.undo_all()
    judging = Judging(
        contract=wanted.contract,
        talk=player.talk,
        case=writer.case,
        salt=writer.salt,
        deadline_s=writer.deadline_s,
        waited_s=wanted.waits_s,
        jwks=keys.published,
        stopped=player.stopped,
    )
    return Verification(
        contract=wanted.contract.name,
        url=writer.url,
        case=writer.case,
        rows=judged(judging, wanted.only),
        exchanges=player.talk,
        undone=undone,
        standing=standing,
    )


async def _agency_keys(wanted: Wanted, session: aiohttp.ClientSession) -> OthersKeys:
    """Read the agency's public keys: as given, or where systems show them, below its address or its host."""
    parts = urlsplit(wanted.url)
    shown = [f"{wanted.url.rstrip('/')}{_WELL_KNOWN}", f"{parts.scheme}://{parts.netloc}{_WELL_KNOWN}"]
    sources = [wanted.agency_keys] if wanted.agency_keys else list(dict.fromkeys(shown))
    for number, source in enumerate(sources, start=1):
        keys = OthersKeys(wanted.contract.agency, source)
        try:
            await keys.read(session)
        except KeysUnread:
            if number == len(sources):
                raise
        else:
            return keys
    raise AssertionError  # there is at least one source
