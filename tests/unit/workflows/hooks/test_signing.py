"""Signatures, judged by somebody else's implementation."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from contracts.events import TokenIssued
from workflows.hooks.signing import secret_key, signed_headers, written_secret
from workflows.journal.memory import MemoryJournal
from workflows.ports import REGISTER, Append

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


async def journal() -> MemoryJournal:
    kept = MemoryJournal()
    issued = TokenIssued(at=NOW, digest="d", role="operator", agency="", person="p", expires_at=NOW)
    await kept.append(Append(stream=REGISTER, expected_version=0, events=[issued]))
    return kept


async def test_a_judge_does_not_accept_a_signature_or_accepts_another_ones() -> None:
    kept = await journal()
    new, old, other = [await secret_key(kept, name, number) for name, number in (("a", 2), ("a", 1), ("b", 2))]
    moment = int(datetime.now(UTC).timestamp())
    headers = signed_headers([new, old], "msg-1", moment, b'{"a":1}')
    for key in (new, old):
        assert Webhook(written_secret(key)).verify('{"a":1}', headers) == {"a": 1}
    with pytest.raises(WebhookVerificationError):
        Webhook(written_secret(other)).verify('{"a":1}', headers)
    for changed in ({"webhook-id": "msg-2"}, {"webhook-timestamp": str(moment + 1)}):
        with pytest.raises(WebhookVerificationError):
            Webhook(written_secret(new)).verify('{"a":1}', {**headers, **changed})


async def test_a_secret_is_weak_or_another_after_a_restart() -> None:
    kept = await journal()
    key = await secret_key(kept, "a", 1)
    assert len(key) == 32
    assert key == await secret_key(kept, "a", 1)
    assert key[:16] != key[16:], "half of it says nothing"
