"""The edge of compose.yaml, run as a process: what it takes away, what it vouches for, and what it shows nobody."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509

from tests.eventually import eventually_async
from tests.tidy import tree

HAPROXY = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
CLAIMED = {
    "Client-Cert": ":forged:",
    "Client-Cert-Chain": ":forged:",
    "X-Forwarded-For": "192.0.2.7",
    "Forwarded": "for=x",
}

pytestmark = pytest.mark.skipif(HAPROXY is None, reason="HAProxy is not installed: `make system`")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("edge")
    subprocess.run([sys.executable, tree.ROOT / "deploy" / "certificate.py", folder, "dukcapil"], check=True)
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def tell_headers(request: web.Request) -> web.Response:
    return web.json_response({name.lower(): value for name, value in request.headers.items()})


@pytest.fixture
async def edge(certificates: Path) -> AsyncGenerator[str]:
    """Run HAProxy before a gateway that answers with the headers that reached it."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", tell_headers)
    runner = web.AppRunner(app)
    await runner.setup()
    gateway, listen = free_port(), free_port()
    await web.TCPSite(runner, "127.0.0.1", gateway).start()
    environment = {"EDGE": str(certificates), "GATEWAY": f"127.0.0.1:{gateway}", "LISTEN": f"127.0.0.1:{listen}"}
    assert HAPROXY
    process = await asyncio.create_subprocess_exec(
        HAPROXY, "-db", "-f", str(tree.ROOT / "deploy" / "haproxy.cfg"), env=environment, stdout=subprocess.DEVNULL
    )
    address = f"https://localhost:{listen}"

    async def is_up() -> bool:
        try:
            return bool(await headers(address, certificates))
        except (aiohttp.ClientError, ValueError):
            return False

    try:
        await eventually_async(is_up)
        yield address
    finally:
        process.kill()
        await process.wait()
        await runner.cleanup()


async def headers(address: str, certificates: Path, *, client: str = "", path: str = "/") -> dict[str, str]:
    context = ssl.create_default_context(cafile=certificates / "agencies.pem")
    if client:
        context.load_cert_chain(certificates / f"{client}.pem", certificates / f"{client}.pem.key")
    async with (
        aiohttp.ClientSession() as session,
        session.get(address + path, ssl=context, headers=CLAIMED) as answer,
    ):
        return dict(json.loads(await answer.text()))


async def test_what_a_caller_claims_about_itself_is_taken_away(edge: str, certificates: Path) -> None:
    seen = await headers(edge, certificates)
    assert seen["x-forwarded-for"] == "127.0.0.1"
    assert seen["x-forwarded-proto"] == "https"
    assert not {"client-cert", "client-cert-chain", "forwarded"} & seen.keys()


async def test_a_client_certificate_is_passed_on_as_rfc_9440_says(edge: str, certificates: Path) -> None:
    shown = (await headers(edge, certificates, client="dukcapil"))["client-cert"]
    assert (shown[0], shown[-1]) == (":", ":")
    theirs = x509.load_pem_x509_certificate((certificates / "dukcapil.pem").read_bytes())
    assert x509.load_der_x509_certificate(base64.b64decode(shown[1:-1])) == theirs


async def test_measurements_are_for_those_inside(edge: str, certificates: Path) -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        await headers(edge, certificates, path="/metrics")
