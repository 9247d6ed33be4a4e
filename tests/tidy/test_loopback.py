"""The guard that keeps tests on this machine, tested."""

from __future__ import annotations

import asyncio
import socket

import pytest


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"])
def test_nothing_outside_this_machine_is_connected_to(host: str, loopback_only: list[str]) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe, pytest.raises(ConnectionRefusedError, match="this machine only"):
        probe.connect((host, 9))
    assert loopback_only
    loopback_only.clear()


async def test_no_name_server_is_asked(loopback_only: list[str]) -> None:
    with pytest.raises(ConnectionRefusedError, match="this machine only"):
        await asyncio.get_running_loop().getaddrinfo("gateway.example", 443)
    assert loopback_only == ["socket.getaddrinfo of gateway.example"]
    loopback_only.clear()


async def test_this_machine_can_be_reached() -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "localhost", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("localhost", port)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
