"""`make setup` on a machine with nothing but Python: what it fetches, from where, and what it refuses."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.tidy import tree


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that it has in the base class
        """Say nothing: tests are read, too."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copytree(tree.ROOT / ".ci", tmp_path / "checkout" / ".ci")
    return tmp_path / "checkout"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Serve a folder as a package index, on this machine only."""
    folder = tmp_path / "index"
    (folder / "uv").mkdir(parents=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    server.server_close()
    thread.join()


def set_up(checkout: Path, index: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "", "PIP_INDEX_URL": index, "HOME": str(checkout)}
    command = [sys.executable, str(checkout / ".ci" / "bootstrap.py")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_a_wheel_that_is_not_the_pinned_one_is_refused(checkout: Path, index: tuple[str, Path]) -> None:
    address, folder = index
    pinned = {
        line.strip(' ",') for line in (checkout / ".ci" / "bootstrap.py").read_text().splitlines() if ".whl" in line
    }
    links = "".join(f'<a href="../files/{name}#sha256=0">{name}</a>' for name in sorted(pinned))
    (folder / "uv" / "index.html").write_text(links)
    (folder / "files").mkdir()
    for name in pinned:
        (folder / "files" / name).write_bytes(b"something else")
    ended = set_up(checkout, address)
    assert ended.returncode == 1
    assert "its digest differs" in ended.stderr
    assert not (checkout / ".venv-tools").exists()


def test_an_index_without_the_wheel_is_named(checkout: Path, index: tuple[str, Path]) -> None:
    address, folder = index
    (folder / "uv" / "index.html").write_text("<p>nothing here</p>")
    ended = set_up(checkout, address)
    assert ended.returncode == 1
    assert f"{address}/uv/ does not list" in ended.stderr


def test_no_index_within_reach_is_said_in_one_line(checkout: Path) -> None:
    ended = set_up(checkout, "http://127.0.0.1:1")
    assert ended.returncode == 1
    assert ended.stderr.startswith("setup: uv could not be fetched")
    assert ended.stderr.count("\n") == 1
