"""How commands end: exit codes, and what is said where."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from gateway.cli.exits import (
    DECLINED,
    INTERRUPTED,
    NOT_SO,
    OK,
    UNREACHABLE,
    USAGE,
    Ends,
    emit,
    ending,
    print_json,
    text,
)


@ending
def command(error: BaseException | None, *, as_json: bool = False) -> str:
    if error is not None:
        raise error
    return f"done {as_json}"


def test_an_exit_code_changed() -> None:
    assert (OK, NOT_SO, USAGE, UNREACHABLE, DECLINED, INTERRUPTED) == (0, 1, 2, 3, 4, 130)


def test_a_command_that_is_well_ends_another_way() -> None:
    assert command(None) == "done False"


@pytest.mark.parametrize("code", [NOT_SO, USAGE, UNREACHABLE, DECLINED])
def test_the_reason_is_not_on_standard_error(code: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        command(Ends(code, "because [red]so"))
    assert end.value.code == code
    assert capsys.readouterr() == ("", "because [red]so\n")


def test_a_program_is_not_told_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command(Ends(DECLINED, "no", {"status": 409}), as_json=True)
    told = capsys.readouterr()
    assert json.loads(told.out) == {"error": {"exit_code": 4, "message": "no", "problem": {"status": 409}}}
    assert told.out.count("\n") == 1
    assert told.err == "no\n"


def test_what_was_said_already_is_said_twice(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        command(Ends(NOT_SO), as_json=True)
    assert end.value.code == NOT_SO
    assert capsys.readouterr() == ("", "")


def test_ctrl_c_shows_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        command(KeyboardInterrupt())
    assert end.value.code == INTERRUPTED
    assert capsys.readouterr().err == "Interrupted.\n"


def test_json_and_words_are_mixed(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"a": 1}, as_json=True, human=lambda: print_json("human"))
    assert json.loads(capsys.readouterr().out) == {"a": 1}
    emit({"a": 1}, as_json=False, human=lambda: print_json("human"))
    assert json.loads(capsys.readouterr().out) == "human"


def test_a_line_of_a_stream_is_several_lines(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": {"b": [1, 2]}}, indent=0)
    assert capsys.readouterr().out == '{"a":{"b":[1,2]}}\n'


@pytest.mark.parametrize(
    ("value", "shown"),
    [({"id": "Ya", "en": "Yes"}, "Yes"), (None, ""), (12, "12"), ("[bold]x", r"\[bold]x")],
)
def test_a_text_is_shown_otherwise(value: object, shown: str) -> None:
    assert text(value) == shown


def test_a_reader_that_leaves_early_sees_a_traceback() -> None:
    """As in `gapura ... | head -1`."""
    code = "from gateway.cli.main import main; main(['case', 'act', '--help'])"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read()
    assert b"Traceback" not in said
