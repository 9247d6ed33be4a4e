"""Keys: made once, read again, and a bad file is named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from gapura_agency import KeyUnusable, SigningKey
from gapura_agency.keys import read_jwk_set


def test_a_key_is_made_at_the_first_start_and_read_at_the_second(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "signing-key.json"
    first, second = SigningKey.read_or_make("oss", path, "2026-1"), SigningKey.read_or_make("oss", path, "2027-1")
    assert first.name == second.name == "oss/2026-1"
    assert second.verifier().verifies(first.sign(b"x"), b"x")


def test_a_made_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    SigningKey.read_or_make("oss", tmp_path / "key.json")
    assert (tmp_path / "key.json").stat().st_mode & 0o777 == 0o600


def test_a_key_of_the_gateways_command_is_read(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gateway.cli", "agency", "make-key", str(tmp_path / "oss.json")]
    subprocess.run(command, check=True, capture_output=True)
    key = SigningKey.read("oss", tmp_path / "oss.json")
    public = read_jwk_set("oss", (tmp_path / "oss.public.json").read_bytes(), "it")
    assert public[key.name].verifies(key.sign(b"x"), b"x")


def test_the_first_private_key_of_a_set_signs() -> None:
    new, old = SigningKey.new("oss", "new"), SigningKey.new("oss", "old")
    content = msgspec.json.encode({"keys": [old.public_jwk(), new.private_jwk()]})
    assert SigningKey.from_jwk("oss", content).kid == "new"


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"keys":[]}', b'{"kid":"1","x":"","y":"","d":"AA"}', b'"x"'])
def test_what_holds_no_private_key_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key.json").write_bytes(content)
    with pytest.raises(KeyUnusable, match=r"key\.json holds no private P-256 key"):
        SigningKey.read("oss", tmp_path / "key.json")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable, match=r"gone\.json cannot be read"):
        SigningKey.read("oss", tmp_path / "gone.json")


def test_a_signature_of_another_key_or_length_does_not_verify() -> None:
    key, other = SigningKey.new("oss"), SigningKey.new("oss")
    assert not key.verifier().verifies(other.sign(b"x"), b"x")
    assert not key.verifier().verifies(key.sign(b"x")[:-1], b"x")


def test_keys_of_other_kinds_are_left_out() -> None:
    key = SigningKey.new("gateway")
    content = msgspec.json.encode({"keys": [{"kty": "RSA", "kid": "r"}, key.public_jwk()]})
    assert list(read_jwk_set("gateway", content, "it")) == ["gateway/1"]


@pytest.mark.parametrize("content", [b"{}", b'{"keys":[{"crv":"P-256"}]}', b"x"])
def test_what_is_no_set_of_keys_is_named(content: bytes) -> None:
    with pytest.raises(KeyUnusable, match="somewhere is no JWK Set"):
        read_jwk_set("gateway", content, "somewhere")
