"""What every journal does with documents, whatever it is made of."""

from __future__ import annotations

import hashlib

import pytest

from tests.conformance.journals import Opening, opening_of
from workflows.ports import Erased, Journal


async def test_a_document_comes_back_whole_by_its_digest_and_is_kept_once(opening: Opening) -> None:
    content = bytes(range(256)) * 8_000
    async with opening() as journal:
        await journal.append(opening_of("A"))
        digest = await journal.keep_document("A", content)
        assert digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert await journal.keep_document("A", content) == digest
        assert await journal.keep_document("A", b"") != digest
    async with opening() as journal:
        assert await journal.document("A", digest) == content
        assert await journal.document("A", "sha256:" + "0" * 64) is None
        assert len(await journal.read("A")) == 1


async def test_a_document_of_one_case_is_not_anothers(journal: Journal) -> None:
    await journal.append(opening_of("A"))
    await journal.append(opening_of("B"))
    digest = await journal.keep_document("A", b"of A")
    assert await journal.document("B", digest) is None
    assert await journal.document("nobody's", digest) is None
    with pytest.raises(Erased):
        await journal.keep_document("nobody's", b"of nobody")


async def test_an_erased_case_has_no_documents(journal: Journal) -> None:
    await journal.append(opening_of("A"))
    digest = await journal.keep_document("A", b"of A")
    await journal.erase("A")
    with pytest.raises(Erased):
        await journal.document("A", digest)
    with pytest.raises(Erased):
        await journal.keep_document("A", b"of A")
