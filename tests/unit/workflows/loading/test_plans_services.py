"""Services that are steps of a plan, found in the files beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.declared import contracts
from tests.unit.workflows.core.test_service_terms import INNER, STEP, inner, outer, published
from workflows.loading.mistakes import LoadingError
from workflows.loading.plans import load_published


def write(folder: Path, name: str, whole: dict[str, Any]) -> Path:
    path = folder / "services" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(whole))
    return path


def test_a_service_is_found_in_the_files_beside(tmp_path: Path) -> None:
    write(tmp_path, "b-inner", inner())
    write(tmp_path, "c-broken", {"service": "broken"})
    assert load_published(write(tmp_path, "a-outer", outer()), contracts()) == published(outer(), INNER)


def test_files_that_have_each_other_as_a_step_are_told_so(tmp_path: Path) -> None:
    around = inner(steps={"branch": {**STEP, "service": "outer@1"}})
    write(tmp_path, "inner", around)
    with pytest.raises(LoadingError) as caught:
        load_published(write(tmp_path, "outer", outer()), contracts())
    assert any("there is no service inner@1" in mistake.what for mistake in caught.value.mistakes)
