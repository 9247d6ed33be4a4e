"""The server as a process of its own: how it starts, refuses to start, stops, and dies."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import stat
import sys
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from msgspec import Struct

from contracts.events import GatewayWasAway
from tests.eventually import eventually_async
from workflows.journal.sqlite import SqliteJournal
from workflows.journal.vault import FileVault
from workflows.ports import REGISTER

SERVE = [sys.executable, "-m", "gateway.cli", "serve", "--port", "0"]


class Served(Struct, frozen=True):
    """A running server."""

    process: asyncio.subprocess.Process
    url: str
    client: aiohttp.ClientSession
    token: str


def environment(data: Path, **more: str) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GAPURA_", "OTEL_"))}
    return {**kept, "GAPURA_DATA": str(data), **more}


@asynccontextmanager
async def served(data: Path, **more: str) -> AsyncGenerator[Served, None]:
    process = await asyncio.create_subprocess_exec(
        *SERVE, env=environment(data, **more), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().strip()
        assert url.startswith("http://127.0.0.1:"), await _stderr(process)
        async with aiohttp.ClientSession() as client:
            yield Served(process, url, client, (data / "operator.token").read_text().strip())
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _stderr(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    return (await process.stderr.read()).decode()


async def register(server: Served) -> Any:  # noqa: ANN401 - JSON
    """Change the register, so that something is on record."""
    async with server.client.put(
        f"{server.url}/v1/agencies/oss",
        json={"title": "OSS", "keys": {"keys": []}},
        headers={"Authorization": f"Bearer {server.token}"},
    ) as response:
        assert response.status == 204


def children_of(pid: int) -> str:
    """Give a process's children, where the system tells them."""
    told = Path(f"/proc/{pid}/task/{pid}/children")
    return told.read_text() if told.exists() else ""


def opened(data: Path) -> AbstractAsyncContextManager[SqliteJournal]:
    return SqliteJournal.open(data / "journal.sqlite", FileVault.open(data / "master.key"))


async def directory(server: Served) -> list[str]:
    async with server.client.get(f"{server.url}/v1/directory") as response:
        return [line["agency"] for line in (await response.json())["agencies"]]


async def test_what_was_acknowledged_is_there_after_a_kill_and_the_process_is_gone_whole(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as server:
        await register(server)
        assert children_of(server.process.pid) == ""
        port = int(server.url.rpartition(":")[2])
        server.process.send_signal(signal.SIGKILL)
        await server.process.wait()
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
    now = datetime.now(UTC)
    async with opened(tmp_path / "data") as journal:
        killed_at = await journal.last_sign()
        assert killed_at is not None
        assert now - timedelta(minutes=2) < killed_at < now, "a kill leaves no sign of when it was"
        await journal.keep_sign(now - timedelta(hours=3))
    async with served(tmp_path / "data") as server:
        assert await directory(server) == ["oss"]
    async with opened(tmp_path / "data") as journal:
        absences = [row.event for row in await journal.read(REGISTER) if isinstance(row.event, GatewayWasAway)]
        assert [away.since for away in absences] == [now - timedelta(hours=3)]


async def test_a_server_that_is_told_to_stop_is_gone_within_seconds_streams_or_not(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as server:
        opened = [await _stalled(server.url) for _ in range(20)]
        started = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(server.process.wait(), 10) == 0
        assert time.monotonic() - started < 5, "half-sent requests are nobody's work"
        for writer in opened:
            writer.close()


async def _stalled(url: str) -> asyncio.StreamWriter:
    """Open a connection that sends half a request."""
    _, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    writer.write(b"POST /v1/services/x/cases HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n")
    await writer.drain()
    return writer


async def test_only_one_server_has_a_data_folder(tmp_path: Path) -> None:
    async with served(tmp_path / "data"):
        second = await asyncio.create_subprocess_exec(
            *SERVE,
            env=environment(tmp_path / "data"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        _, told = await asyncio.wait_for(second.communicate(), 30)
        assert second.returncode not in {0, None}
        assert "only one process may" in " ".join(told.decode().split())
        assert "Traceback" not in told.decode()


async def test_a_port_that_is_taken_is_told_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        process = await asyncio.create_subprocess_exec(
            *SERVE[:-1],
            port,
            env=environment(tmp_path / "data"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        _, told = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode not in {0, None}
        assert "Choose another port" in " ".join(told.decode().split())
        assert "Traceback" not in told.decode()


async def test_secrets_of_the_first_start_are_the_owners_alone(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as server:
        assert re.fullmatch(r"gpt_[\w-]{43}", server.token)
        for path in (tmp_path / "data").iterdir():
            assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), path
        first = server.token
    async with served(tmp_path / "data") as server:
        assert server.token == first


async def test_readiness_is_told_and_every_reply_names_the_version(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as server:

        async def ready() -> bool:
            async with server.client.get(f"{server.url}/health/ready") as response:
                assert response.headers["API-Version"] == "1"
                return response.status == 200

        await eventually_async(ready)


async def test_a_request_under_another_name_is_refused(tmp_path: Path) -> None:
    async with (
        served(tmp_path / "data") as server,
        server.client.get(f"{server.url}/v1/services", headers={"Host": "evil.example"}) as response,
    ):
        assert response.status == 404


async def test_metrics_count_requests_by_template_and_tell_no_path(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as server:
        async with server.client.get(f"{server.url}/v1/cases/3303010101900001") as response:
            assert response.status == 401
        async with server.client.get(f"{server.url}/3303010101900001") as response:
            assert response.status == 404
        async with server.client.get(f"{server.url}/metrics") as response:
            text = await response.text()
    assert "3303010101900001" not in text
    assert 'route="/v1/cases/{case}"' in text
    assert 'route="unrouted"' in text
