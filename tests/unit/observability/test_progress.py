from __future__ import annotations

from pathlib import Path

import pytest

from observability.progress import Progress


def test_progress_outlives_its_process_and_never_goes_back(tmp_path: Path) -> None:
    progress = Progress(tmp_path / "told")
    assert progress.told is None
    for sequence in (0, 7, 5, 123_456):
        progress.tell(sequence)
    progress.tell(8)
    progress.close()
    again = Progress(tmp_path / "told")
    assert again.told == 123_456
    again.close()


@pytest.mark.parametrize("content", [b"", b"12", b"x" * 20, b"\xff" * 40])
def test_a_file_that_says_nothing_readable_is_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "told").write_bytes(content)
    progress = Progress(tmp_path / "told")
    assert progress.told is None
    progress.close()
