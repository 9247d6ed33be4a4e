"""A response as it came from an agency."""

from __future__ import annotations

import zlib
from typing import Final, Protocol

from msgspec import Struct

from workflows.agencies.messages import Fields

MAX_ANSWER_BYTES: Final = 4 * 1024 * 1024
"""Of an answer, decoded or not."""

_GZIP: Final = 16 + zlib.MAX_WBITS


class AnswerTooLarge(Exception):
    """The answer is over the cap; reading stopped there."""


class AnswerUndecodable(Exception):
    """The answer has a content coding that is not accepted, or is broken in it."""


class Headers(Fields, Protocol):
    """Header fields that can be asked for by name."""

    def get(self, key: str, /, default: str) -> str:
        """Give the first line of a field, whatever the case of its name, or the default."""
        ...


class Received(Struct, frozen=True):
    """A response: `raw` is what its digest is over."""

    status: int
    headers: Headers
    raw: bytes

    def media_type(self) -> str:
        """Give the media type without parameters, in lower case."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    def decoded(self) -> bytes:
        """Undo the content coding.

        Raises:
            AnswerTooLarge: it unfolds to more than the cap.
            AnswerUndecodable: not gzip, or broken.

        """
        coding = self.headers.get("Content-Encoding", "identity").strip().lower()
        if coding == "identity":
            return self.raw
        if coding not in {"gzip", "x-gzip"}:
            raise AnswerUndecodable(f"the content coding {coding[:32]!r} is not accepted")
        unfolding = zlib.decompressobj(_GZIP)
        try:
            body = unfolding.decompress(self.raw, MAX_ANSWER_BYTES + 1)
        except zlib.error as error:
            raise AnswerUndecodable("the answer is not the gzip that it says it is") from error
        if len(body) > MAX_ANSWER_BYTES:
            raise AnswerTooLarge
        if not unfolding.eof:
            raise AnswerUndecodable("the gzip of the answer is cut off")
        return body
