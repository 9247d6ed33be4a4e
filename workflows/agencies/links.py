"""Fetching what an agency links to: within the address guard, bounded in time and size, nothing followed."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import ClientError, InvalidURL
from yarl import URL

from contracts.documents import LARGEST_BYTES
from workflows.agencies.documents import DocumentTooLarge, DocumentUnreachable
from workflows.agencies.exchange import HttpExchange, failure_in_words
from workflows.agencies.received import AnswerTooLarge

FETCH_S: Final = 30.0
OK: Final = 200


class Links:
    """Fetches documents by their links. Makes a `Fetch`."""

    def __init__(self, exchange: HttpExchange) -> None:
        """Take the exchange; it is the caller's to close."""
        self._exchange = exchange

    async def fetch(self, link: str) -> bytes:
        """Give what is at `link`, at most the largest document.

        Raises:
            DocumentUnreachable: no address that may be fetched, no answer in time, another status than 200, compressed.
            DocumentTooLarge: reading stopped at the cap.

        """
        try:
            async with asyncio.timeout(FETCH_S):
                received = await self._exchange.get(_address(link), LARGEST_BYTES)
            if received.status != OK:
                raise DocumentUnreachable(f"the document's link answers {received.status}")
            if received.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
                raise DocumentUnreachable("the document's link gives it compressed, which was not asked for")
        except TimeoutError:
            raise DocumentUnreachable(f"the document's link gives nothing within {FETCH_S:g} s") from None
        except AnswerTooLarge:
            raise DocumentTooLarge from None
        except (ClientError, OSError) as error:
            raise DocumentUnreachable(f"the document's link: {failure_in_words(error)}") from error
        return received.raw


def _address(link: str) -> URL:
    """Give a link as an address: http or https, with a query perhaps, but no credentials.

    Raises:
        InvalidURL: it is not such an address.

    """
    try:
        url = URL(link)
    except ValueError as error:
        raise InvalidURL(link, "not a URL") from error
    if url.scheme not in {"http", "https"} or not url.host or url.user or url.password:
        raise InvalidURL(link, "not a plain http or https address")
    return url
