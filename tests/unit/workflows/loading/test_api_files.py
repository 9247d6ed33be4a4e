"""Files of OpenAPI documents as agencies write them: JSON or YAML, and nothing in them that grows or runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflows.loading.api_files import DocumentUnusable, parse_api, read_api

HEAD = b"openapi: 3.0.3\n"


def test_yaml_and_json_are_read_alike() -> None:
    assert parse_api(b'{"openapi": "3.1.0", "paths": {"/x": {}}}') == parse_api(b"openapi: 3.1.0\npaths: {/x: {}}\n")


def test_statuses_dates_and_words_of_yaml_1_1_stay_what_they_are() -> None:
    text = HEAD + b"a: {200: ok, 404: no}\nb: 2026-11-02\nc: [no, on, yes, true, 7, 1.5, null]\nd: 012\n"
    read = parse_api(text)
    assert read["a"] == {"200": "ok", "404": "no"}
    assert (read["b"], read["c"]) == ("2026-11-02", ["no", "on", "yes", True, 7, 1.5, None])


BOMB = b"a0: &a0 [1, 2]\n" + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (n, n, n - 1, n - 1) for n in range(1, 40))


def test_what_a_program_wrote_once_and_named_again_is_the_thing_itself() -> None:
    text = HEAD + b"a: &one {x: 1, y: [no]}\nb: *one\nc: {<<: *one, x: 2}\nd: 'R&D & more'\ne: {'&': *one}\n"
    read = parse_api(text)
    one = {"x": 1, "y": ["no"]}
    assert (read["a"], read["b"], read["c"], read["e"]) == (one, one, {"x": 2, "y": ["no"]}, {"&": one})


UNUSABLE: list[tuple[bytes, str]] = [
    (b"", "no OpenAPI document"),
    (b"[]", "no OpenAPI document"),
    (b"swagger: '2.0'\n", "no OpenAPI document"),
    (b"openapi: 4.0.0\n", "no OpenAPI document"),
    (b"{", "neither JSON nor YAML"),
    (b"{" + b'"a":{' * 100_000, "neither JSON nor YAML"),
    (b"\xff\xfe\x00", "neither JSON nor YAML"),
    (HEAD + b"a: [1\nb: 2\n", "neither JSON nor YAML (line "),
    (HEAD + b"a: &x [*x]\n", "aliases make more of it"),
    (HEAD + b"a: &x {b: {<<: *x}}\n", "aliases make more of it"),
    (HEAD + BOMB, "aliases make more of it"),
    (HEAD + b"? &x [a, a]\n: 1\n? [*x, *x]\n: 1\n", "neither JSON nor YAML (line 2)"),
    (HEAD + b"a: &x [1]\nb: *y\n", "neither JSON nor YAML (line 3)"),
    (HEAD + b"a: !!python/object/apply:os.getcwd []\n", "neither JSON nor YAML (line 2)"),
    (HEAD + b"a: " + b"[" * 5_000, "neither JSON nor YAML"),
    (b" " * (32 * 1024 * 1024 + 1), "larger than 32 MiB"),
]


@pytest.mark.parametrize("number", range(len(UNUSABLE)))
def test_what_is_no_document_is_told(number: int) -> None:
    data, why = UNUSABLE[number]
    with pytest.raises(DocumentUnusable) as refused:
        parse_api(data)
    assert why in refused.value.what


def test_a_file_that_is_not_there_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(DocumentUnusable, match=r"gone\.yaml cannot be read: No such file"):
        read_api(tmp_path / "gone.yaml")


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    path.write_bytes(HEAD + b"paths: {/x: {}}\n")
    assert read_api(path) is read_api(path), "every contract of a folder waits for its document to be read again"
    path.write_bytes(HEAD + b"paths: {/y: {}}\n")
    assert list(read_api(path)["paths"]) == ["/y"]
