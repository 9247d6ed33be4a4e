"""The gateway's keys: fetched when wanted, again when unknown or old, and a failure is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from gapura_agency import Gateway, SigningKey, Unheard
from gapura_agency.testing import StandIn
from tests.unit.sdk.python.gapura_agency.small_office import Clock


def test_keys_come_from_the_gateways_address() -> None:
    stand_in = StandIn()
    with stand_in.listening() as url:
        gateway = Gateway(f"{url}/")
        assert gateway.find_key("gateway/1") is not None
        assert gateway.find_key("gateway/2") is None


def test_an_unknown_key_is_looked_for_again_but_not_at_once(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "jwks.json"
    gateway = Gateway("https://gateway.test", keys=path, now=clock)
    path.write_bytes(SigningKey.new("gateway", "old").jwk_set())
    assert gateway.find_key("gateway/old") is not None
    path.write_bytes(SigningKey.new("gateway", "new").jwk_set())
    assert gateway.find_key("gateway/new") is None
    clock.at += 5
    assert gateway.find_key("gateway/new") is not None


def test_a_withdrawn_key_is_not_believed_for_ever(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "jwks.json"
    gateway = Gateway("https://gateway.test", keys=str(path), now=clock)
    path.write_bytes(SigningKey.new("gateway", "old").jwk_set())
    assert gateway.find_key("gateway/old") is not None
    path.write_bytes(SigningKey.new("gateway", "new").jwk_set())
    clock.at += 3600
    assert gateway.find_key("gateway/old") is None


def test_known_keys_go_on_while_the_gateway_is_away(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock, path = Clock(), tmp_path / "jwks.json"
    gateway = Gateway("https://gateway.test", keys=path, now=clock)
    path.write_bytes(SigningKey.new("gateway", "old").jwk_set())
    gateway.find_key("gateway/old")
    path.write_bytes(b"<html>")
    clock.at += 3600
    assert gateway.find_key("gateway/old") is not None
    assert "those of before are used" in caplog.text


@pytest.mark.parametrize("keys", ["http://127.0.0.1:1/keys", "gone.json", "ftp://127.0.0.1/keys"])
def test_keys_that_cannot_be_had_are_said(keys: str) -> None:
    with pytest.raises(Unheard, match="keys cannot be read"):
        Gateway("https://gateway.test", keys=keys).find_key("gateway/1")
