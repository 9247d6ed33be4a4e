"""The house itself: what is fetched, which commands there are, and that every exception has its reason."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from tests.tidy import tree

PYPROJECT = (tree.ROOT / "pyproject.toml").read_text(encoding="utf-8")
MAKEFILE = (tree.ROOT / "Makefile").read_text(encoding="utf-8")


def test_everything_is_fetched_from_pypi() -> None:
    lock = (tree.ROOT / "uv.lock").read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[^/\"]+", lock)) <= {"https://pypi.org", "https://files.pythonhosted.org"}


def test_one_distribution_with_the_four_packages() -> None:
    settings = tomllib.loads(PYPROJECT)
    assert settings["project"]["name"] == "gapura"
    assert sorted(settings["tool"]["uv"]["build-backend"]["module-name"]) == sorted(tree.PACKAGES)
    for package in tree.PACKAGES:
        assert (tree.ROOT / package / "py.typed").is_file()


def test_every_ignore_of_a_linter_has_its_reason() -> None:
    codes = re.findall(r'^    "[A-Z]+[0-9]*",(.*)$', PYPROJECT, re.MULTILINE)
    assert codes
    assert all(re.match(r" +# \w+", reason) for reason in codes)


def test_the_list_of_commands_is_the_makefile() -> None:
    targets = set(re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE))
    explained = set(re.findall(r"^([a-z-]+):[^#\n]*## ", MAKEFILE, re.MULTILINE))
    assert targets == explained
    assert "\nmake check\n" in (tree.ROOT / ".ci" / "run").read_text(encoding="utf-8")


def missing_module(test: Path) -> str | None:
    """Return the module that a unit test claims to be about, when there is none."""
    folder = tree.ROOT / test.relative_to(tree.ROOT / "tests" / "unit").parent
    subject = test.stem.removeprefix("test_")
    words = subject.split("_")
    candidates = ["_".join(words[:count]) for count in range(len(words), 0, -1)]
    found = any((folder / f"{name}.py").is_file() or (folder / name).is_dir() for name in candidates)
    return None if found else f"{tree.name(test)}: no module {subject} in {tree.name(folder)}/"


def test_unit_tests_mirror_the_packages() -> None:
    assert missing_module(tree.ROOT / "tests" / "unit" / "contracts" / "test_nothing_such.py")
    tests = [path for path in tree.python("tests") if path.parts[-2:] and tree.name(path).startswith("tests/unit/")]
    lost = [missing_module(path) for path in tests if path.name.startswith("test_")]
    assert not [line for line in lost if line]


def test_no_name_trips_over_a_case_blind_file_system() -> None:
    names = [tree.name(path).lower() for path in tree.files()]
    assert len(names) == len(set(names))
