"""Make `.venv` with nothing but Python 3.11 or newer: no pip, no venv, no uv needed.

`make setup` runs this file; `make bench` runs it as `bootstrap.py bench`, which makes `.venv-bench` with the product
and the engines that it is measured beside, and none of the tools. It finds uv, or fetches the pinned wheel of uv and
unpacks it into `.venv-tools/`, and lets uv build the environment from `uv.lock`. Standard library only.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import ssl
import stat
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".venv-tools"
PYPI_FILES = "https://files.pythonhosted.org/packages/"
TRIES = 3
# What goes into an environment beside the product, in uv's words.
CHOSEN = {".venv": (), ".venv-bench": ("--no-default-groups", "--group", "bench")}

UV_VERSION = "0.13.9"
# An older uv may not read our lock file; a newer one may.
UV_OLDEST = (0, 9, 0)
# (system, machine): folder on PyPI's file host, file name, sha256.
UV_WHEELS = {
    ("linux", "x86_64"): (
        "3d/aa/26d64642d808de4a652579ef950d7cd2d37f080a8babf9c67c6b75fc4c3f",
        "uv-0.13.9-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19",
    ),
    ("linux", "aarch64"): (
        "57/15/94b6cd62ac3ff6550288328e8035288875197cbc183f51554b266a69877b",
        "uv-0.13.9-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64.whl",
        "5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe",
    ),
    ("darwin", "arm64"): (
        "f3/a7/a8d7b074798c7fb3b26b37584b8fe2e29df2ccdc24ce7902caab2a53edbf",
        "uv-0.13.9-py3-none-macosx_11_0_arm64.whl",
        "66c512266d633bef48384a1f53003f41f2a8e7b36fe6e7fbfd3e0fd52d96fa63",
    ),
    ("darwin", "x86_64"): (
        "1e/db/08e9ef4879bd667e6d7b4705e594e5bd3e4585f10fc63cb16b9fa2fac63e",
        "uv-0.13.9-py3-none-macosx_10_12_x86_64.whl",
        "c16ed11e013557536b3e60065f1b912f6407bd6518e041b961e23ef9e6b4fbf5",
    ),
}


def main() -> int:
    """Find or fetch uv, then make the environment exactly as `uv.lock` says."""
    if sys.version_info < (3, 11):  # noqa: UP036 - an older Python may well be what runs this
        return refuse(f"Python 3.11 or newer is needed, this is {platform.python_version()}.")
    trust_the_certificates_that_pip_trusts()
    uv = installed_uv() or unpacked_uv() or fetch_uv()
    if uv is None:
        return 1
    return sync(uv, ".venv-bench" if sys.argv[1:] == ["bench"] else ".venv")


def refuse(reason: str) -> int:
    """Say what is wrong, and return the exit code for it."""
    print(f"setup: {reason}", file=sys.stderr)
    return 1


def trust_the_certificates_that_pip_trusts() -> None:
    """Hand on a private authority that this machine named for pip or requests only."""
    if "SSL_CERT_FILE" in os.environ:
        return
    for name in ("PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        bundle = os.environ.get(name, "")
        if Path(bundle).is_file():
            os.environ["SSL_CERT_FILE"] = bundle
            return


def installed_uv() -> Path | None:
    """Return the uv on the PATH when it is new enough to read the lock file."""
    found = shutil.which("uv")
    if found is None:
        return None
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"(\d+)\.(\d+)\.(\d+)", said.stdout)
    if version is None or tuple(int(part) for part in version.groups()) < UV_OLDEST:
        return None
    return Path(found)


def unpacked_uv() -> Path | None:
    """Return the uv that an earlier set-up unpacked."""
    uv = TOOLS / f"uv-{UV_VERSION}" / "uv"
    return uv if uv.is_file() else None


def fetch_uv() -> Path | None:
    """Fetch the pinned wheel for this machine, check its digest and unpack the program in it."""
    here = (platform.system().lower(), platform.machine().lower().replace("amd64", "x86_64"))
    if here not in UV_WHEELS:
        refuse(f"no uv is pinned for {'-'.join(here)}: install uv yourself, then run this again.")
        return None
    folder, name, digest = UV_WHEELS[here]
    print(f"setup: fetching uv {UV_VERSION}", flush=True)
    try:
        wheel = download(wheel_address(folder, name))
    except OSError as problem:
        refuse(f"uv could not be fetched ({problem}): is a package index within reach?")
        return None
    if hashlib.sha256(wheel).hexdigest() != digest:
        refuse(f"{name} is not the file that this project pins: its digest differs.")
        return None
    return unpack(wheel)


def wheel_address(folder: str, name: str) -> str:
    """Return the wheel's address on PyPI, or on the index that this machine is set to use."""
    index = mirror()
    if index is None:
        return f"{PYPI_FILES}{folder}/{name}"
    page = f"{index.rstrip('/')}/uv/"
    listing = download(page).decode()
    for link in re.findall(r'href="([^"]+)"', listing):
        address = urllib.parse.urljoin(page, link)
        if urllib.parse.unquote(urllib.parse.urlsplit(address).path).endswith(f"/{name}"):
            return str(address.partition("#")[0])
    message = f"{page} does not list {name}"
    raise OSError(message)


def mirror() -> str | None:
    """Return the package index that stands in for PyPI on this machine, if there is one."""
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        index = os.environ.get(name)
        if index and "//pypi.org/" not in index:
            return index
    return None


def download(address: str) -> bytes:
    """Read one address, with a few tries."""
    for attempt in range(1, TRIES + 1):
        try:
            return read(address, ssl.create_default_context())
        except urllib.error.URLError as problem:
            if isinstance(problem.reason, ssl.SSLCertVerificationError) and has_no_authorities():
                # A slim image has no authorities to verify with. The digest that is checked
                # after this is what we rely on, so a stranger can stop us but not deceive us.
                unverified = ssl._create_unverified_context()  # noqa: S323, SLF001 - the digest decides
                return read(address, unverified)
            if attempt == TRIES:
                raise
    raise AssertionError


def read(address: str, context: ssl.SSLContext) -> bytes:
    """Read one address once."""
    with urllib.request.urlopen(address, timeout=60, context=context) as answer:  # noqa: S310 - a person set the index
        return bytes(answer.read())


def has_no_authorities() -> bool:
    """Say whether this machine has no certificate authority at all."""
    return not ssl.create_default_context().cert_store_stats()["x509_ca"] and not any(
        Path(ssl.get_default_verify_paths().openssl_capath).glob("*.0")
    )


def unpack(wheel: bytes) -> Path:
    """Put the program of the wheel in its place in one step, so that a broken run leaves none."""
    TOOLS.mkdir(exist_ok=True)
    home = TOOLS / f"uv-{UV_VERSION}"
    with tempfile.TemporaryDirectory(dir=TOOLS) as beside, zipfile.ZipFile(BytesIO(wheel)) as parts:
        fresh = Path(beside) / "fresh"
        fresh.mkdir()
        program = fresh / "uv"
        program.write_bytes(parts.read(f"uv-{UV_VERSION}.data/scripts/uv"))
        program.chmod(program.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
        shutil.rmtree(home, ignore_errors=True)
        fresh.rename(home)
    return home / "uv"


def sync(uv: Path, name: str) -> int:
    """Let uv make an environment from the lock file, with the Python that runs this file."""
    chosen = CHOSEN[name]
    settings = {
        "UV_PYTHON": sys.executable,
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_PROJECT_ENVIRONMENT": str(ROOT / name),
    }
    if not has_no_authorities():
        # What this machine trusts, a private authority included; else the list that uv carries.
        settings["UV_SYSTEM_CERTS"] = "1"
    environment = {**os.environ, **settings}
    environment.pop("VIRTUAL_ENV", None)
    if mirror() is None:
        return run([str(uv), "sync", "--frozen", *chosen], environment)
    # The lock file names PyPI's own file host. A mirror serves the same files: their digests say so.
    wanted = TOOLS / f"requirements{name}.txt"
    TOOLS.mkdir(exist_ok=True)
    venv = str(ROOT / name)
    environment["UV_DEFAULT_INDEX"] = mirror() or ""
    return (
        run([str(uv), "export", "--frozen", "--quiet", *chosen, "-o", str(wanted)], environment)
        or run([str(uv), "venv", "--allow-existing", venv], environment)
        or run([str(uv), "pip", "sync", "--python", venv, str(wanted)], environment)
    )


def run(command: list[str], environment: dict[str, str]) -> int:
    """Run one command in the checkout and return its exit code."""
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
