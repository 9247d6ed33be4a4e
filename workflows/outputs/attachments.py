"""Which of a case's documents a PDF carries, and as which files: it follows from the parts alone.

Whoever verifies a PDF makes it again from its credential, so nothing else may decide what is attached.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Final

from msgspec import Struct

from contracts.documents import ENDINGS, LARGEST_BYTES, documents_among
from workflows.outputs.credential import CredentialPart
from workflows.outputs.wording import label_text, printable

CARRIED_BYTES: Final = 12 * 1024 * 1024
"""Bytes of documents that one PDF carries at most; what comes after is listed, and downloaded from the case."""
_LARGEST_WORDS: Final = 200


class Carried(Struct, frozen=True, kw_only=True):
    """One document as a file in a PDF."""

    digest: str
    file: str
    type: str
    about: str


def carried_documents(parts: Sequence[CredentialPart]) -> list[Carried]:
    """Give the documents of these parts that their PDF carries, in order; the same content is carried once."""
    carried: dict[str, Carried] = {}
    room = CARRIED_BYTES
    for number, part in enumerate(parts, start=1):
        for name, document in documents_among(part.values, part.documents).items():
            if document.digest in carried or not 0 < document.size <= min(room, LARGEST_BYTES):
                continue
            room -= document.size
            about = f"{part.agency_title}: {label_text(name, part.labels).id}"
            carried[document.digest] = Carried(
                digest=document.digest,
                file=f"{number}-{part.step}-{len(carried) + 1}{ENDINGS.get(document.type, '.bin')}",
                type=document.type,
                about=printable(about)[:_LARGEST_WORDS],
            )
    return list(carried.values())


@contextmanager
def laid_out(templates: Path, files: Mapping[str, bytes]) -> Generator[Path, None, None]:
    """Give a folder with the templates, and these files below `documents`; the files are never written to a disk.

    What is in a document is personal: the folder has links to memory, which is gone with the block or the process.
    """
    if not files:
        yield templates
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="gapura-")))
        copytree(templates, folder, dirs_exist_ok=True)
        (folder / "documents").mkdir()
        for name, content in files.items():
            memory = os.memfd_create(name)
            with os.fdopen(memory, "wb", closefd=False) as file:
                file.write(content)
            stack.callback(os.close, memory)
            (folder / "documents" / name).symlink_to(f"/proc/self/fd/{memory}")
        yield folder
