"""Connecting again within one attempt: only while no connection came about, so nothing was sent and nothing repeats."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from aiohttp import ClientConnectorError, ClientSSLError
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential

from workflows.agencies.exchange import refused_address
from workflows.ports import Clock

TRIES: Final = 3
"""Connections tried inside of one attempt, and only while not a byte has left."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 1.0

T = TypeVar("T")


async def patiently(exchange: Callable[[], Awaitable[T]], clock: Clock) -> T:
    """Exchange; where no connection came about, try again at once. Raises what the last exchange raised."""
    try:
        return await exchange()
    except ClientConnectorError as error:
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
    await clock.sleep(FIRST_PAUSE_S)

    async def exchange_again() -> T:  # tenacity awaits what is declared `async` only
        return await exchange()

    return await again(exchange_again)


def _worth_another_connection(error: BaseException) -> bool:
    """Say whether the same connection may come about a moment later: not against the guard, nor a bad certificate."""
    if not isinstance(error, ClientConnectorError) or isinstance(error, ClientSSLError):
        return False
    return refused_address(error) is None
