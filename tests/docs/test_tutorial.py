"""What the tutorial tells a reader to type is typed here: a file of its own, to run beside the other pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.console import Session
from tests.tidy import tree


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "page", [path for path in tree.markdown() if "docs/tutorial" in tree.name(path)], ids=tree.name
)
def test_the_tutorial_tells_the_truth(page: Path, session: Session) -> None:
    session.follow(page)
