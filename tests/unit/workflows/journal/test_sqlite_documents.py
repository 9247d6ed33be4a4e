"""Documents in the journal's file: sealed, bound to their place, and new to a journal of before."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.conformance.journals import opening_of, sqlite
from workflows.ports import JournalDamaged

CONTENT = b"%PDF-1.4 Siti Contoh, 3303055203900000"
OTHER = b"%PDF-1.4 Budi Contoh, 3303055203900001"


def change(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "journal.sqlite")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def contents(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


async def test_a_journal_of_before_documents_is_read_on_and_takes_them(tmp_path: Path) -> None:
    async with sqlite(tmp_path)() as journal:
        await journal.append(opening_of("A"))
        before = await journal.read("A")
    change(tmp_path, "DROP TABLE documents", "DELETE FROM migrations WHERE number = 2")
    async with sqlite(tmp_path)() as journal:
        assert await journal.read("A") == before
        digest = await journal.keep_document("A", CONTENT)
        assert await journal.document("A", digest) == CONTENT


async def test_neither_a_document_nor_its_digest_stands_in_the_clear_in_any_file(tmp_path: Path) -> None:
    async with sqlite(tmp_path)() as journal:
        await journal.append(opening_of("A"))
        await journal.keep_document("A", CONTENT)
        files = contents(tmp_path)
    digest = hashlib.sha256(CONTENT)
    for told in (CONTENT, b"Siti Contoh", digest.digest(), digest.hexdigest().encode()):
        assert told not in files


@pytest.mark.parametrize(
    "alteration",
    [
        "UPDATE documents SET ciphertext = zeroblob(length(ciphertext))",
        "UPDATE documents SET nonce = zeroblob(length(nonce))",
        (
            "UPDATE documents SET (nonce, ciphertext) = "
            "(SELECT nonce, ciphertext FROM documents AS other WHERE other.name <> documents.name)"
        ),
    ],
    ids=["another ciphertext", "another nonce", "one document for another"],
)
async def test_a_document_that_was_altered_behind_our_back_is_not_given(tmp_path: Path, alteration: str) -> None:
    async with sqlite(tmp_path)() as journal:
        await journal.append(opening_of("A"))
        digest = await journal.keep_document("A", CONTENT)
        await journal.keep_document("A", OTHER)
    change(tmp_path, alteration)
    async with sqlite(tmp_path)() as journal:
        with pytest.raises(JournalDamaged, match="a document of A"):
            await journal.document("A", digest)


async def test_erasing_leaves_no_row_of_a_document(tmp_path: Path) -> None:
    async with sqlite(tmp_path)() as journal:
        await journal.append(opening_of("A"))
        await journal.append(opening_of("B"))
        await journal.keep_document("A", CONTENT)
        kept = await journal.keep_document("B", OTHER)
        await journal.erase("A")
        assert await journal.document("B", kept) == OTHER
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM documents").fetchone() == (1,)
