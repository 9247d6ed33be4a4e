"""What repeats a row, and how rows are counted."""

from __future__ import annotations

import shlex

from tests.unit.workflows.proving.talk import judging, step, turned_away
from workflows.proving.checks import judged
from workflows.proving.report import counted, curl, told
from workflows.proving.rows import brief
from workflows.proving.steps import Message

COMMAND = ["gapura", "contract", "verify", "kkpr file.yaml"]


def test_a_row_is_repeated_by_something_else() -> None:
    found = judging(old=turned_away(step("old"), 200), undo=turned_away(step("undo"), 500))
    again = {each.row.name: each.again for each in told(judged(found), found.talk, COMMAND)}
    assert shlex.split(again["stale"])[:3] == ["curl", "-sS", "-i"], "it is to be turned away however often it comes"
    assert again["undo"] == "gapura contract verify 'kkpr file.yaml' --only undo", "curl cannot sign"
    assert again["signed"].endswith("--only signed")
    assert again["callback"] == "", "nothing to repeat"


def test_a_line_of_curl_sends_something_else() -> None:
    line = shlex.split(curl(Message("http://127.0.0.1:1/asks", {"Signature": "a=:b:"}, b'{"text":"it\'s"}')))
    assert line[3:] == [
        "-X",
        "POST",
        "http://127.0.0.1:1/asks",
        "-H",
        "Signature: a=:b:",
        "--data-binary",
        '{"text":"it\'s"}',
    ]


def test_rows_are_counted_wrongly() -> None:
    assert counted(judged(judging())) == "24 checks: 21 passed, 3 do not apply."
    found = judging(undo=turned_away(step("undo"), 500))
    assert counted(judged(found)) == "24 checks: 17 passed, 1 failed, 3 could not be judged, 3 do not apply."
    two = [each for each in judged(judging()) if each.name in {"undo", "part"}]
    assert counted(two) == "2 checks: 1 passed, 1 does not apply."
    assert counted([]) == "0 checks: none."
    assert counted(judged(judging(), ["undo"])) == "1 check: 1 passed."


def test_a_long_body_is_told_in_full() -> None:
    assert brief(b"a\n  b") == "a b"
    assert brief(b"x" * 5000) == "x" * 300 + "…"
