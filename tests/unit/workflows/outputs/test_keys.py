from __future__ import annotations

import stat
from pathlib import Path

import pytest

from workflows.outputs.jws import open_jws, read_keys, sign_jws
from workflows.outputs.keys import KeyFileUnusable, SigningKeys


def test_the_file_is_made_on_first_start_and_nobody_else_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "data" / "keys.json"
    first = SigningKeys(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SigningKeys(path).current.kid == first.current.kid == first.current.thumbprint()
    assert list(path.parent.iterdir()) == [path]


def test_nothing_private_is_published(tmp_path: Path) -> None:
    published = SigningKeys(tmp_path / "keys.json").public()
    assert [set(key) for key in published["keys"]] == [{"kty", "crv", "x", "y", "kid", "alg", "use"}]


def test_what_an_older_key_signed_stays_verifiable_and_the_older_key_can_sign_no_more(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = SigningKeys(path)
    signed = sign_jws(b"{}", typ="t", key=keys.current)
    fresh = keys.rotate()
    assert fresh.kid != open_jws(signed, read_keys(keys.public()), typ="t").kid
    again = SigningKeys(path)
    assert (again.current.kid, again.public()) == (fresh.kid, keys.public())
    assert path.read_text().count('"d":') == 1


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    SigningKeys(path)
    path.chmod(0o640)
    with pytest.raises(KeyFileUnusable, match="chmod 600"):
        SigningKeys(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no JWK Set"),
        ("{}", "no JWK Set"),
        ('{"keys": []}', "must be a private one"),
        ('{"keys": [{"kty": "EC", "crv": "P-256"}]}', "no JWK Set"),
    ],
)
def test_a_damaged_file_is_refused_with_its_name(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(KeyFileUnusable, match=said) as caught:
        SigningKeys(path)
    assert str(path) in str(caught.value)


def test_a_public_key_in_first_place_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = SigningKeys(path)
    path.write_bytes(path.read_bytes().replace(b'"d":', b'"e":'))
    with pytest.raises(KeyFileUnusable, match="must be a private one"):
        SigningKeys(path)
    assert keys.current.is_private


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyFileUnusable, match="cannot be written"):
        SigningKeys(tmp_path / "file" / "keys.json")
