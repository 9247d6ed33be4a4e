"""Connections lead where the guard lets them, over TLS that holds, and a name is asked for once in a while."""

from __future__ import annotations

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from workflows.agencies.addresses import AddressGuard, parse_networks
from workflows.agencies.connecting import NAMES_KEPT_S, Connector, Origin
from workflows.agencies.http1 import NoAnswer

LOOPBACK = AddressGuard(parse_networks(["127.0.0.0/8"]))


class Names(AbstractResolver):
    """Every name is this machine, but those that are not known; counts how often it is asked."""

    def __init__(self, *addresses: str) -> None:
        self.addresses, self.asked = addresses, 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        assert family == socket.AF_UNSPEC
        self.asked += 1
        if host == "unknown.test":
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=socket.AI_NUMERICHOST
            )
            for address in self.addresses
        ]

    async def close(self) -> None:
        """Nothing is open."""


def certificate(folder: Path, name: str) -> Path:
    """Make a certificate that nobody vouches for but itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


async def serving(tls: ssl.SSLContext | None = None) -> tuple[asyncio.Server, int]:
    def ends(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(ends, "127.0.0.1", 0, ssl=tls)
    return server, server.sockets[0].getsockname()[1]


async def test_a_certificate_must_be_vouched_for_and_be_the_host_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = certificate(tmp_path, "office.test")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(path)
    server, port = await serving(tls)
    names = Names("127.0.0.1")
    for trusted, host, holds in (
        (False, "office.test", False),
        (True, "other.test", False),
        (True, "office.test.", True),
    ):
        monkeypatch.setenv("SSL_CERT_FILE", str(path) if trusted else str(tmp_path / "none"))
        connector = Connector(LOOPBACK, names)
        if holds:
            (await connector.open(Origin(secure=True, host=host, port=port))).close()
            continue
        with pytest.raises(NoAnswer, match="certificate") as silence:
            await connector.open(Origin(secure=True, host=host, port=port))
        assert (silence.value.sent, silence.value.again) == (False, False)
    server.close()


async def test_what_speaks_no_tls_is_not_spoken_to() -> None:
    server, port = await serving()
    with pytest.raises(NoAnswer, match="TLS") as silence:
        await Connector(LOOPBACK, Names("127.0.0.1")).open(Origin(secure=True, host="office.test", port=port))
    assert not silence.value.sent
    server.close()


@pytest.mark.parametrize(("kept_s", "asked"), [(NAMES_KEPT_S, 1), (0, 2)])
async def test_a_name_is_asked_for_once_in_a_while(kept_s: float, asked: int) -> None:
    server, port = await serving()
    names = Names("127.0.0.1")
    connector = Connector(LOOPBACK, names, names_kept_s=kept_s)
    for _ in range(2):
        (await connector.open(Origin(secure=False, host="office.test", port=port))).close()
    assert names.asked == asked
    server.close()


async def test_the_next_address_is_tried_where_the_first_does_not_answer() -> None:
    server, port = await serving()
    connector = Connector(LOOPBACK, Names("127.0.0.9", "127.0.0.1"))
    (await connector.open(Origin(secure=False, host="office.test", port=port))).close()
    server.close()


@pytest.mark.parametrize(
    ("host", "words", "again"),
    [
        ("unknown.test", "cannot be resolved", True),
        ("nowhere.test", "cannot be resolved", True),
        ("127.0.0.1", "no connection", True),
        ("10.0.0.1", "operator", False),
        ("0127.0.0.1", "operator", False),
        ("::1", "operator", False),
    ],
)
async def test_where_no_connection_came_about_nothing_was_sent(host: str, words: str, *, again: bool) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(NoAnswer, match=words) as silence:
        await Connector(LOOPBACK, Names()).open(Origin(secure=False, host=host, port=port))
    assert (silence.value.sent, silence.value.again) == (False, again)
