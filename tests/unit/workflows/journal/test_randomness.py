from __future__ import annotations

from workflows.journal.randomness import Randomness


def test_no_byte_is_given_twice() -> None:
    randomness = Randomness()
    sizes = [12, 32] * 500 + [5_000, 12]
    taken = [randomness.take(size) for size in sizes]
    assert [len(each) for each in taken] == sizes
    assert len(set(taken)) == len(taken)
    assert len(set(zip(*[iter(b"".join(taken))] * 12, strict=False))) == sum(sizes) // 12
