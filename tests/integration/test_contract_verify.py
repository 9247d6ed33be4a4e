"""Systems verified over real HTTP: a sound one passes, and each way of getting it wrong fails the row that says so."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final, get_args

import msgspec
import pytest
from click.testing import CliRunner, Result
from msgspec import structs

from contracts.connection import WireConnection
from contracts.contract import Contract
from gateway.cli.main import main
from gateway.cli.proving.keys import NotThere, own_key
from gateway.cli.proving.standing import Settings
from gateway.cli.proving.standing import serving as standing_in
from gateway.cli.proving.verifying import Verification, Wanted, verify
from tests.integration.broken_agency import GATEWAY, Fault, broken_agency, broken_contract
from workflows.loading.contracts import load_contract
from workflows.proving.standing_in import StandIn
from workflows.proving.wishes import NOTHING, WISHES, read_wishes

EXAMPLES: Final = Path(__file__).parents[2] / "examples" / "purbalingga" / "contracts"

CAUGHT: Final[Mapping[Fault, set[str]]] = {
    "contributes a wrong output": {"output"},
    "refuses with a code of its own": {"example-2", "answers"},
    "answers under another key": {"answers"},
    "does repeats again": {"repeat"},
    "takes another input": {"other-wish"},
    "forgets what it holds": {"lookup"},
    "refuses every undo": {"undo"},
    "undoes once": {"undo-twice"},
    "forgets early undos": {"undo-first"},
    "does it again after an undo": {"ask-after-undo", "undo-first"},
    "believes any signature": {"wrong-signature"},
    "ignores the digest": {"altered-body"},
    "takes old signatures": {"stale"},
    "takes replays": {"replay"},
    "takes any contract": {"unknown-contract"},
    "breaks on malformed bodies": {"malformed"},
    "breaks on large bodies": {"oversize"},
    "hangs on large bodies": {"oversize"},
    "signs nothing": {"signed"},
    "signs another ask's part": {"part"},
    "answers late": {"deadline"},
    "never calls back": {"callback"},
    "calls back unsigned": {"callback"},
}
"""Which rows fail of a fault, and no others."""

WISHED: Final[Mapping[str, set[str]]] = {
    "refuse=not_a_resident": {"example-1", "example-2"},
    "return=nik+name": {"example-1", "example-2"},
    "refuse-undo": {"undo"},
    "silence": {"deadline"},
    "status=503": {"example-1", "example-2", "undo-first"},
    "slow=300 ms": {"deadline"},
    "duplicate": {"repeat"},
    "late-callback=20ms": set(),
    "late-callback=20ms, bad-signature": {"signed", "callback"},
    "late-callback=1 min": {"callback"},
    "bad-signature": {"signed"},
    "wrong-output": {"output"},
}
"""The same of what a stand-in can be wished to do."""


def rows(found: Verification, state: str) -> set[str]:
    return {row.name for row in found.rows if row.state == state}


async def verified(contract: Contract, url: str, *only: str) -> Verification:
    return await verify(Wanted(contract=contract, url=url, key=GATEWAY, waits_s=0.3, only=only))


@pytest.mark.parametrize("later", [False, True], ids=["at-once", "later"])
async def test_a_sound_agency_does_not_pass(later: bool) -> None:  # noqa: FBT001 - a parameter of the test
    async with broken_agency(later=later) as agency:
        found = await verified(agency.contract, agency.url)
        assert (rows(found, "failed"), rows(found, "blocked"), found.passed) == (set(), set(), True)
        assert rows(found, "not applicable") == (set() if later else {"callback"})
        assert {key for key in agency.held if key not in agency.undone} == {f"{found.case}/example-2/ask/1"}, (
            "a refusal"
        )
        assert found.standing == []


@pytest.mark.parametrize("fault", get_args(Fault))
async def test_a_fault_passes_or_fails_another_row(fault: Fault) -> None:
    async with broken_agency(fault) as agency:
        found = await verified(agency.contract, agency.url)
    assert rows(found, "failed") == CAUGHT[fault]
    assert not found.passed


async def test_what_stands_after_a_verification_is_not_told() -> None:
    async with broken_agency("refuses every undo") as agency:
        found = await verified(agency.contract, agency.url)
    assert found.standing == [f"{found.case}/example-1/ask/1"]


async def test_a_message_that_was_wrongly_taken_stays_there() -> None:
    async with broken_agency("believes any signature") as agency:
        found = await verified(agency.contract, agency.url)
        taken = f"{found.case}/stranger/ask/1"
        assert taken in found.undone
        assert taken in agency.undone


async def test_one_row_alone_sends_more_than_it_needs() -> None:
    async with broken_agency() as agency:
        found = await verified(agency.contract, agency.url, "ask-after-undo")
    assert [row.name for row in found.rows] == ["ask-after-undo"]
    assert list(found.exchanges) == ["example 1", "undo", "ask after undo"]
    assert found.passed


async def test_a_system_that_is_not_there_fails_row_by_row() -> None:
    async with broken_agency() as agency:
        url = agency.url
    with pytest.raises(NotThere, match="Connection refused"):
        await verified(broken_contract(), url)


def oss() -> Contract:
    contract = load_contract(EXAMPLES / "oss-register-business.yaml")
    assert isinstance(contract.connection, WireConnection)
    return structs.replace(contract, connection=structs.replace(contract.connection, deadline="250 ms"))


async def test_a_system_that_fetches_the_gateways_keys_turns_a_new_key_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    keys = f"http://127.0.0.1:{port}/v1/keys"
    settings = Settings(host="127.0.0.1", port=0, url="", always=NOTHING, gateway_keys=keys)
    async with standing_in(StandIn(oss()), own_key("oss", None, "stand-in"), settings) as server:
        fresh, place = own_key("gateway", None, "verify"), ("127.0.0.1", port)
        found = await verify(Wanted(contract=oss(), url=server.url, key=fresh, listen=place))
    assert found.passed


# --- as commands ----------------------------------------------------------------------------------------------


def typed(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["contract", *map(str, arguments)])


def test_a_stand_in_verified_by_its_command_is_told_otherwise(tmp_path: Path) -> None:
    key = tmp_path / "gateway.json"
    assert CliRunner().invoke(main, ["agency", "make-key", str(key)]).exit_code == 0
    file, known = EXAMPLES / "oss-register-business.yaml", key.with_suffix(".public.json")
    stands_in = ["contract", "stand-in", str(file), "--gateway-keys", str(known), "--json", "--always", "duplicate"]
    with subprocess.Popen([sys.executable, "-m", "gateway.cli", *stands_in], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        serving = msgspec.json.decode(process.stdout.readline())
        place = ("--key", key, "--url", serving["url"])
        told, well = typed("verify", file, *place), typed("verify", file, *place, "--only", "undo", "--details")
        programs = typed("verify", file, *place, "--only", "repeat", "--only", "undo", "--json")
        strange = typed("verify", file, "--url", serving["url"], "--only", "example-1")
        process.terminate()
        assert process.wait(10) == 0
    assert (told.exit_code, well.exit_code, programs.exit_code, strange.exit_code) == (1, 0, 1, 1)
    failed = told.stdout.split("✗ repeat")[1].splitlines()[1:5]
    assert [line.split()[0] for line in failed] == ["sent", "got", "expected", "again"]
    assert failed[3].endswith(f"--url {serving['url']} --key {key} --only repeat")
    assert "25 checks: 20 passed, 1 failed, 1 could not be judged, 3 do not apply." in told.stdout
    assert "      expected  200 undone" in well.stdout
    rows = msgspec.json.decode(programs.stdout)["rows"]
    assert {row["name"]: row["state"] for row in rows} == {"repeat": "failed", "undo": "passed"}
    assert all({"sent", "got", "expected", "again"} <= row.keys() for row in rows)
    assert "does it know the public half of --key as the gateway's?" in strange.stderr


# --- stand-ins ------------------------------------------------------------------------------------------------


def test_every_wish_has_its_row() -> None:
    assert {wish.name for wish in WISHES} <= {name.split("=")[0] for wish in WISHED for name in wish.split(", ")}


@pytest.mark.parametrize("wish", ["", *WISHED])
async def test_a_stand_in_is_verified_wrongly(wish: str, tmp_path: Path) -> None:
    contract = oss()
    keys = tmp_path / "gateway.json"
    keys.write_bytes(msgspec.json.encode(GATEWAY.published))
    settings = Settings(host="127.0.0.1", port=0, url="", always=read_wishes(wish, contract), gateway_keys=str(keys))
    async with AsyncExitStack() as stack:
        serves = standing_in(StandIn(contract), own_key("oss", None, "stand-in"), settings)
        server = await stack.enter_async_context(serves)
        found = await verified(contract, server.url)
    assert rows(found, "failed") == WISHED.get(wish, set())
    assert found.passed is not bool(WISHED.get(wish))
