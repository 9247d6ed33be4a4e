"""Every journal in turn, as a folder's and as an open one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conformance.journals import ADAPTERS, Opening
from workflows.ports import Journal


@pytest.fixture(params=ADAPTERS)
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Opening:
    return ADAPTERS[request.param](tmp_path)


@pytest.fixture
async def journal(opening: Opening) -> AsyncIterator[Journal]:
    async with opening() as opened_journal:
        yield opened_journal
