"""Cookies that somebody plants from a neighbouring name or over plain http open nothing, and ours do not leak so."""

from __future__ import annotations

from http.cookies import SimpleCookie
from pathlib import Path
from typing import Final

import pytest

from gateway.identity.authentication import COOKIE_HOST
from tests.abuse.whole import OFFICER, Whole, desk_contract, whole

PUBLIC: Final = "https://gapura.example"


async def page(gateway: Whole, path: str, host: str, cookie: str = "") -> tuple[int, SimpleCookie]:
    """Load a page; give its status and the cookies that it sets."""
    headers = {"Host": host, "Accept": "text/html", "Cookie": cookie}
    async with gateway.client.get(gateway.here + path, headers=headers) as response:
        return response.status, SimpleCookie("\r\n".join(response.headers.getall("Set-Cookie", [])))


@pytest.mark.parametrize("secure", [True, False], ids=["https", "http on this machine"])
async def test_a_cookie_is_taken_that_another_host_could_have_set(tmp_path: Path, *, secure: bool) -> None:
    public, prefix = (PUBLIC, COOKIE_HOST) if secure else ("", "")
    async with whole(tmp_path / "data", [desk_contract("beta")], public_url=public) as gateway:
        host = gateway.url.partition("://")[2]
        _, given = await page(gateway, "/", host)
        assert given
        for name, morsel in given.items():
            assert name.startswith(f"{prefix}gapura")
            assert (morsel["path"], morsel["domain"], morsel["samesite"].lower()) == ("/", "", "strict")
            assert (bool(morsel["httponly"]), bool(morsel["secure"])) == (True, secure)
        role = f"gapura-role-officer={OFFICER}"
        opened = {cookie: (await page(gateway, "/petugas", host, cookie))[0] for cookie in (role, COOKIE_HOST + role)}
        assert opened == {role: 401 if secure else 200, COOKIE_HOST + role: 200 if secure else 401}
