"""Pages that are made from the code are as the code is now."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
import yaml

from gateway.cli.reference import FOLDER, PAGES
from tests.tidy import tree

PLAN = tree.ROOT / "examples" / "purbalingga" / "services" / "mulai-usaha.yaml"
PICTURE = tree.ROOT / "docs" / "pictures" / "joint-service.svg"


@pytest.mark.parametrize("page", PAGES)
def test_a_generated_page_is_the_committed_one(page: str) -> None:
    committed = (FOLDER / page).read_text(encoding="utf-8")
    assert committed == PAGES[page](), f"docs/reference/{page} is not what the code says: run `make reference`"


def test_the_picture_shows_the_plan() -> None:
    said = re.findall(r"<text[^>]*>([^<]+)</text>", PICTURE.read_text(encoding="utf-8"))
    steps = yaml.safe_load(PLAN.read_text(encoding="utf-8"))["steps"]
    agencies = {step: entry["ask"].partition("/")[0] for step, entry in steps.items()}
    assert set(agencies.items()) <= set(pairwise(said))
