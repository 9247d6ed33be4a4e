"""A reader's terminal for each test, with free ports in place of those that pages name."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.console import Session

NAMED_PORTS = ("8000", *map(str, range(7101, 7108)))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    session = Session(tmp_path, {port: free_port() for port in NAMED_PORTS})
    yield session
    session.close()
