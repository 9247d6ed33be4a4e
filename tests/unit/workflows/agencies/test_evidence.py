"""Evidence names the key, both digests and the signature; silence is our own word."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from contracts.wire import Contributed, Undone
from tests.conformance.agencies import make_ask
from workflows.agencies.evidence import evidence_of_answer, evidence_of_silence
from workflows.agencies.signing import Verified
from workflows.loading.hashing import content_digest

NOW = datetime(2026, 11, 24, tzinfo=UTC)
VERIFIED = Verified(key_id="civil/1", created=NOW, nonce="", proof="base\n\nsignature")
KEY = make_ask().key


def test_an_answer_is_evidenced_by_the_agency() -> None:
    heard = Contributed(key=KEY, output={}, part="p~")
    evidence = evidence_of_answer(VERIFIED, b"raw", heard, received_at=NOW, sent=b"ask")
    assert (evidence.kind, evidence.key_id, evidence.part) == ("agency", "civil/1", "p~")
    assert evidence.digest == f"sha256:{hashlib.sha256(b'raw').hexdigest()}"
    assert evidence.sent_digest == content_digest(b"ask")
    assert evidence.signature == "base\n\nsignature"


def test_a_callback_has_no_sent_body_and_an_undo_no_part() -> None:
    evidence = evidence_of_answer(VERIFIED, b"raw", Undone(key=KEY), received_at=NOW)
    assert (evidence.sent_digest, evidence.part) == ("", "")


def test_silence_is_our_own_word() -> None:
    nothing = evidence_of_silence(None, received_at=NOW, sent=b"")
    something = evidence_of_silence(b"", received_at=NOW, sent=b"ask")
    assert (nothing.kind, nothing.digest, nothing.sent_digest) == ("attested", "", "")
    assert something.digest == content_digest(b"")
    assert something.signature == ""
