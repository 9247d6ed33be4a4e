"""Messages come in pieces."""

from __future__ import annotations

import pytest

from gateway.cli.bench.plain_http import Buffer, message

WHOLE = message("POST /asks HTTP/1.1", {"Host": "here", "Idempotency-Key": "a: b"}, b"{}\r\n\r\n")


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_message_in_pieces_is_misread(size: int) -> None:
    buffer = Buffer()
    found = [
        given
        for at in range(0, 2 * len(WHOLE), size)
        if (given := buffer.feed((WHOLE + WHOLE)[at : at + size])) is not None
    ]
    if size < len(WHOLE):
        assert len(found) == 2
    assert {each.body for each in found} == {b"{}\r\n\r\n"}
    assert found[0].first == b"POST /asks HTTP/1.1"
    assert found[0].headers() == {"host": "here", "idempotency-key": "a: b", "content-length": "6"}
