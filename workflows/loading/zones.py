"""Time zones by their names, as the machine or the package `tzdata` knows them."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo | None:
    """Give the zone of a name (`Asia/Jakarta`); None: there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
