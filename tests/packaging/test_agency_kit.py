"""What agencies install: a wheel of its own that needs nothing of the product, and works where it was installed."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.tidy import tree

UV = str(Path(sys.prefix) / "bin" / "uv")
SOURCE = tree.ROOT / "sdk" / "python"
TRIED = """
import sys
from pathlib import Path
import gapura_agency
from gapura_agency import Agency, MemoryStore, SigningKey
from gapura_agency.testing import StandIn, check

assert "site-packages" in gapura_agency.__file__
gateway = StandIn()
agency = Agency(
    key=SigningKey.new("dukcapil"), gateway=gateway, contracts=sys.argv[1], store=MemoryStore(), url="https://a.test"
)
agency.contract("dukcapil/match-identity@1")(lambda ask: {"match": True, "matched_on": ask.now.date()})
heard = gateway.ask(agency, "dukcapil/match-identity@1", {"nik": "3303055203900000", "name": "Sri Rahayu"})
assert heard.output["match"] is True
assert not {"gateway", "workflows", "contracts", "observability"} & set(sys.modules)
print(heard.outcome)
"""


def run(*command: str | Path, cwd: Path) -> str:
    ended = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=110)
    assert ended.returncode == 0, f"{command}\n{ended.stdout}{ended.stderr}"
    return ended.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(UV, "build", "--wheel", "--offline", "--quiet", "--out-dir", folder, cwd=SOURCE)
    (built,) = folder.glob("gapura_agency-*.whl")
    return built


def test_every_file_of_the_package_is_in_the_wheel_and_nothing_else(wheel: Path) -> None:
    ours = {path.relative_to(SOURCE).as_posix() for path in tree.files() if SOURCE / "gapura_agency" in path.parents}
    names = zipfile.ZipFile(wheel).namelist()
    inside = {name for name in names if ".dist-info/" not in name and not name.endswith("/")}
    assert inside == ours
    assert "gapura_agency/py.typed" in ours


def test_the_licence_is_in_the_wheel_and_is_the_products(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/licenses/LICENSE")]
    assert archive.read(name) == (tree.ROOT / "LICENSE").read_bytes()


def test_the_image_of_the_examples_has_everything_that_the_kit_needs() -> None:
    needs, has = (
        set(tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"])
        for folder in (SOURCE, tree.ROOT)
    )
    assert needs <= has


def test_it_works_where_it_was_installed_with_what_it_names_alone(wheel: Path, tmp_path: Path) -> None:
    run(UV, "venv", "--quiet", "--python", sys.executable, tmp_path / "venv", cwd=tmp_path)
    # Only what the lock file has and the kit itself names: all of it is in uv's cache since `make setup`.
    wanted = tmp_path / "requirements.txt"
    exported = run(UV, "export", "--frozen", "--offline", "--quiet", "--no-emit-project", "--no-hashes", cwd=tree.ROOT)
    wanted.write_text("\n".join(line for line in exported.splitlines() if "==" in line))
    install = (UV, "pip", "install", "--quiet", "--python", tmp_path / "venv", "--constraint", wanted, wheel)
    try:
        run(*install, "--offline", cwd=tmp_path)
    except AssertionError:
        run(*install, cwd=tmp_path)
    contract = tree.ROOT / "examples" / "purbalingga" / "contracts" / "dukcapil-match-identity.yaml"
    said = run(tmp_path / "venv" / "bin" / "python", "-c", TRIED, contract, cwd=tmp_path)
    assert said.strip() == "contributed"
