from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.judge import judged
from tests.e2e.tour_weeks import walk_weeks


@pytest.mark.timeout(300)
async def test_a_page_of_what_takes_weeks_shuts_somebody_out(tmp_path: Path) -> None:
    await judged(tmp_path, walk_weeks)
