"""What agencies are called, for people."""

from __future__ import annotations

from gateway.calls import Calls


async def agency_names(calls: Calls) -> dict[str, str]:
    """Give every agency's name by its identifier."""
    return {line.agency: line.title for line in await calls.directory()}
