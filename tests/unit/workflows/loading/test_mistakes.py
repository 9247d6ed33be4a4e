"""Files that are deliberately wrong: each tells exactly the mistakes in the `.expected` beside it, line by line.

After a change of words, `GAPURA_WRITE_EXPECTED=1 pytest` on this file writes them anew; read what changed.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workflows.loading.contracts import load_contract, load_contracts
from workflows.loading.mistakes import LoadingError, LoadMistake
from workflows.loading.plans import load_published

HERE = Path(__file__).parent
WRONG = sorted(path for path in (HERE / "wrong").iterdir() if path.suffix in {".contract", ".plan"})


def load(path: Path) -> object:
    if path.suffix == ".plan":
        return load_published(path, load_contracts(HERE / "right" / "contracts"))
    return load_contract(path)


def mistakes_in(path: Path) -> str:
    with pytest.raises(LoadingError) as refused:
        load(path)
    return str(refused.value).replace(str(path), path.name) + "\n"


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.name)
def test_a_wrong_file_tells_exactly_its_mistakes(path: Path) -> None:
    expected = path.with_suffix(f"{path.suffix}.expected")
    told = mistakes_in(path)
    if os.environ.get("GAPURA_WRITE_EXPECTED"):
        expected.write_text(told, encoding="utf-8")
    assert told == expected.read_text(encoding="utf-8")


def test_mistakes_are_told_in_the_order_of_their_lines_and_once() -> None:
    later, earlier = LoadMistake("f", 10, 1, "b", "c"), LoadMistake("f", 9, 5, "a", "d", "/x")
    error = LoadingError([later, earlier, later])
    assert error.mistakes == [earlier, later]
    assert str(error) == "f:9:5: a; write d\nf:10:1: b; write c"
