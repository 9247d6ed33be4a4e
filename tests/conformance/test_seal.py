"""What every seal does, whatever holds its key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from contracts.trust import AgencyKeys, TrustFile
from tests.unit.workflows.outputs.sample import AGENCY_KEYS, ISSUER, NOW, joint_output, refused_part
from workflows.outputs.keys import SigningKeys
from workflows.outputs.memory import MemorySeal
from workflows.outputs.seal import LocalSeal
from workflows.outputs.verify import verify
from workflows.ports import Seal, SealUnavailable


class PublishedSeal(Seal, Protocol):
    """A seal whose public keys can be asked for, as every one's must be somehow."""

    def public_keys(self) -> dict[str, Any]: ...


def local(folder: Path) -> PublishedSeal:
    return LocalSeal(SigningKeys(folder / "keys.json"), issuer=ISSUER)


def memory(_: Path) -> PublishedSeal:
    return MemorySeal(issuer=ISSUER)


@pytest.fixture(params=[local, memory], ids=["local", "memory"])
def seal(request: pytest.FixtureRequest, tmp_path: Path) -> PublishedSeal:
    make: Callable[[Path], PublishedSeal] = request.param
    return make(tmp_path)


def trust_in(seal: PublishedSeal) -> TrustFile:
    agencies = {name: AgencyKeys(keys=[dict(key.as_dict(private=False))]) for name, key in AGENCY_KEYS.items()}
    return TrustFile(issuer=ISSUER, keys=seal.public_keys()["keys"], agencies=agencies)


async def test_what_it_seals_is_valid_by_its_published_keys_alone(seal: PublishedSeal) -> None:
    sealed = await seal.seal(joint_output(), status_index=4)
    verdict = verify(sealed.credential, trust_in(seal), now=NOW)
    assert verdict.word == "valid"
    assert verdict.status_list == f"{ISSUER}/v1/status-lists/1"


async def test_the_digest_is_the_credentials(seal: PublishedSeal) -> None:
    sealed = await seal.seal(joint_output(), status_index=4)
    assert sealed.digest == f"sha256:{hashlib.sha256(sealed.credential.encode()).hexdigest()}"


async def test_sealing_again_after_a_crash_gives_the_same_credential(seal: PublishedSeal) -> None:
    output = joint_output(refused_part())
    assert await seal.seal(output, status_index=4) == await seal.seal(output, status_index=4)
    assert await seal.seal(output, status_index=4) != await seal.seal(output, status_index=5)


async def test_an_outage_is_an_outage_and_passes() -> None:
    seal = MemorySeal(outages=2)
    for _ in range(2):
        with pytest.raises(SealUnavailable, match="cannot be sealed at the moment"):
            await seal.seal(joint_output(), status_index=1)
    assert (await seal.seal(joint_output(), status_index=1)).credential
