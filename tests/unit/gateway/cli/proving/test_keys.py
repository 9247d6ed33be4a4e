"""Keys of one's own, and others'."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import msgspec
import pytest

from gateway.cli.exits import Ends
from gateway.cli.proving.keys import KeysUnread, NotThere, OthersKeys, own_key


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture
def published(file: Path) -> Path:
    file.write_bytes(msgspec.json.encode(own_key("oss", None, "2026-1").published))
    return file


async def read(keys: OthersKeys) -> None:
    async with aiohttp.ClientSession() as session:
        await keys.read(session)


async def find(keys: OthersKeys, key_id: str) -> None:
    async with aiohttp.ClientSession() as session:
        await keys.find(key_id, session)


async def test_keys_are_known_under_another_partys_name(published: Path) -> None:
    keys = OthersKeys("oss", str(published))
    await find(keys, "oss/2026-1")
    assert keys.get("oss/2026-1") == keys.published["keys"][0]
    assert keys.get("oss/2026-2") is None
    assert "d" not in keys.published["keys"][0], "what is published is not private"


def test_a_file_is_read_for_every_key_that_is_not_known(published: Path) -> None:
    keys = OthersKeys("oss", str(published))
    asyncio.run(find(keys, "oss/2026-1"))
    published.unlink()
    asyncio.run(find(keys, "oss/another"))
    assert keys.get("oss/2026-1")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no JWK Set"),
        ("[]", "is no JWK Set"),
        ("{}", "is no JWK Set"),
        ('{"keys":[{"kty":"EC","crv":"P-256","kid":"1","x":"a","y":"b"}]}', "is no JWK Set"),
        ('{"keys":[{"kty":"RSA","kid":"1"}]}', "has no P-256 key with a kid"),
    ],
)
def test_what_is_no_set_of_keys_is_trusted(file: Path, text: str, words: str) -> None:
    file.write_text(text)
    with pytest.raises(KeysUnread, match=rf"keys\.json {words}"):
        asyncio.run(read(OthersKeys("oss", str(file))))


def test_a_key_for_another_purpose_spoils_the_set(file: Path) -> None:
    own = own_key("oss", None, "1").published["keys"]
    file.write_bytes(msgspec.json.encode({"keys": [{"kty": "RSA", "kid": "2"}, *own]}))
    keys = OthersKeys("oss", str(file))
    asyncio.run(read(keys))
    assert keys.published == {"keys": own}


async def test_nobody_at_an_address_has_bad_keys() -> None:
    with pytest.raises(NotThere, match="Connection refused"):
        await read(OthersKeys("oss", "http://127.0.0.1:9/keys"))


def test_a_public_key_signs(file: Path) -> None:
    file.write_bytes(msgspec.json.encode(own_key("oss", None, "1").published["keys"][0]))
    with pytest.raises(Ends, match="cannot sign"):
        own_key("oss", file, "1")


def test_a_key_from_a_file_is_another(file: Path) -> None:
    made = own_key("oss", None, "1")
    file.write_bytes(msgspec.json.encode(made.jwk.as_dict(private=True)))
    kept = own_key("gateway", file, "ignored")
    assert kept.signing.key_id == "gateway/1"
    assert kept.published == made.published
