"""What people install is the wheel: it is tested here, outside the checkout, in an environment of its own."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.tidy import tree

UV = str(Path(sys.prefix) / "bin" / "uv")
WHERE_FROM = f"import sys, {', '.join(tree.PACKAGES)}; print(*(sys.modules[name].__file__ for name in sys.argv[1:]))"


def run(*command: str | Path, cwd: Path = tree.ROOT, code: int = 0) -> str:
    ended = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=110)
    assert ended.returncode == code, f"{command}\n{ended.stdout}{ended.stderr}"
    return ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(UV, "build", "--wheel", "--offline", "--out-dir", folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the programs of an environment that holds the wheel and what it depends on, nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    wanted = folder / "requirements.txt"
    run(UV, "export", "--frozen", "--offline", "--quiet", "--no-dev", "--no-emit-project", "-o", wanted)
    run(UV, "venv", "--quiet", "--python", sys.executable, folder / "venv")
    install = (UV, "pip", "install", "--quiet", "--python", folder / "venv")
    try:  # everything is in uv's cache since `make setup`, unless that was told to keep none
        run(*install, "--offline", "-r", wanted)
    except AssertionError:
        run(*install, "-r", wanted)
    run(*install, "--offline", "--no-deps", wheel)
    return folder / "venv" / "bin"


def test_every_file_of_the_four_packages_is_in_the_wheel(wheel: Path) -> None:
    ours = {tree.name(path) for path in tree.files() if tree.folder(path) in tree.PACKAGES}
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert ours <= inside
    assert {name.partition("/")[0] for name in inside} == set(tree.PACKAGES)


def test_the_licence_is_in_the_wheel(wheel: Path) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in zipfile.ZipFile(wheel).namelist())


def test_the_packages_are_imported_from_where_they_were_installed(installed: Path, tmp_path: Path) -> None:
    files = run(installed / "python", "-c", WHERE_FROM, *tree.PACKAGES, cwd=tmp_path).split()
    assert len(files) == len(tree.PACKAGES)
    assert all("site-packages" in file for file in files)


def test_the_command_starts(installed: Path, tmp_path: Path) -> None:
    assert "demo" in run(installed / "gapura", "--help", cwd=tmp_path)


def test_the_demo_says_where_the_examples_are(installed: Path, tmp_path: Path) -> None:
    assert "make demo" in run(installed / "gapura", "demo", "--once", cwd=tmp_path, code=1)


def test_the_doctor_finds_the_four_packages_to_be_ours(installed: Path, tmp_path: Path) -> None:
    assert "bad" not in run(installed / "gapura", "doctor", "--json", cwd=tmp_path)


def test_what_is_installed_fits_together(installed: Path) -> None:
    run(UV, "pip", "check", "--offline", "--python", installed / "python")
