"""Connecting again within one attempt: only while no connection came about, so nothing was sent and nothing repeats."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from aiohttp import ClientConnectorError, ClientSSLError
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential

from workflows.agencies.exchange import refused_address
from workflows.agencies.http1 import Late, NoAnswer
from workflows.ports import Clock

TRIES: Final = 3
"""Connections tried inside of one attempt, and only while not a byte has left."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 1.0

T = TypeVar("T")


async def patiently(exchange: Callable[[], Awaitable[T]], clock: Clock, *, until: float | None = None) -> T:
    """Exchange; where no connection came about, try again at once, by the loop's clock `until` at the latest.

    Raises:
        Late: `until` passed. Else what the last exchange raised.

    """
    try:
        return await exchange()
    except (ClientConnectorError, NoAnswer) as error:
        if not _worth_another_connection(error):
            raise
    # Only now: going through tenacity costs as much as a tenth of the call itself.
    again = AsyncRetrying(
        retry=retry_if_exception(_worth_another_connection),
        stop=stop_after_attempt(TRIES - 1),
        wait=wait_exponential(multiplier=FIRST_PAUSE_S, max=LONGEST_PAUSE_S),
        sleep=clock.sleep,
        reraise=True,
    )

    async def exchange_again() -> T:  # tenacity awaits what is declared `async` only
        return await exchange()

    try:
        async with asyncio.timeout_at(until):
            await clock.sleep(FIRST_PAUSE_S)
            return await again(exchange_again)
    except TimeoutError as error:
        if until is None:
            raise
        raise Late(sent=False) from error


def _worth_another_connection(error: BaseException) -> bool:
    """Say whether the same connection may come about a moment later: not against the guard, nor a bad certificate."""
    if isinstance(error, NoAnswer):
        return error.again
    if not isinstance(error, ClientConnectorError) or isinstance(error, ClientSSLError):
        return False
    return refused_address(error) is None
