"""The command line as people use it: mending, taking back, going wrong, and terminals of all kinds."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest

from tests.gateways import FORM, TOKENS
from tests.integration.person import Desk, Person, Said, Town, living

BAD_CONTRACT = "agency: oss\neffekt: final\n"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with living(tmp_path_factory.mktemp("gateway")) as living_town:
        yield living_town


@pytest.fixture
def person(tmp_path: Path) -> Person:
    return Person(tmp_path / "home")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "desk")


def test_who_submitted_a_case_has_to_give_its_secret(town: Town, person: Person, desk: Desk) -> None:
    said = person.types(
        "case", "submit", "quick", desk.file("form.yaml", "name: Siti\n"), "--json", GAPURA_URL=town.url
    )
    case = json.loads(said.out)["case"]
    assert person.types("case", "watch", case, GAPURA_URL=town.url).code == 0
    assert person.types("output", "get", case, desk.fresh(".jwt"), GAPURA_URL=town.url).code == 0


def test_a_form_from_standard_input_or_under_form_is_not_taken(town: Town, person: Person, desk: Desk) -> None:
    assert person.types("case", "submit", "quick", "-", stdin="name: Siti\n", GAPURA_URL=town.url).code == 0
    sample = desk.file("sample.yaml", {"form": FORM})
    assert person.types("case", "submit", "quick", sample, GAPURA_URL=town.url).code == 0


def test_the_same_wish_becomes_two_cases(town: Town, person: Person, desk: Desk) -> None:
    typed = ("case", "submit", "quick", desk.file("form.json", FORM), "--key", "0" * 32, "--json", "--url", town.url)
    assert len({json.loads(person.types(*typed).out)["case"] for _ in range(2)}) == 1


# --- correct and withdraw -------------------------------------------------------------------------------------


def test_what_was_sent_back_cannot_be_corrected(town: Town, person: Person, desk: Desk) -> None:
    by_hand, by_file = town.sent_back(), town.sent_back()
    shown = person.types("case", "show", by_hand[0], "--url", town.url, "--secret", by_hand[1])
    assert "/name" in shown.out
    assert "as on the identity card" in shown.out
    for (case, secret), typed in (
        (by_hand, ("--answer", "/name=Siti Nurhaliza")),
        (by_file, ("--file", desk.file("answers.yaml", "name: Siti Nurhaliza\n"))),
    ):
        said = person.types("case", "correct", case, *typed, "--url", town.url, "--secret", secret, "--json")
        assert said.code == 0, said
        view = json.loads(said.out)
        assert view["state"] == "open"
        assert view["corrections"] == []


def test_what_was_answered_cannot_be_edited_and_sent_again(town: Town, person: Person, desk: Desk) -> None:
    case, secret = town.sent_back()
    mine = ("--url", town.url, "--secret", secret)
    answers = person.types("case", "form", case, *mine).out
    assert answers == "name: Siti Contoh\nkbli: '47112'\n"
    edited = desk.file("edited.yaml", answers.replace("Contoh", "Nurhaliza"))
    said = person.types("case", "correct", case, "--file", edited, *mine)
    assert said.code == 0, said
    assert "Siti Nurhaliza" in person.types("case", "form", case, *mine).out
    other = town.sent_back()[1]
    assert person.types("case", "form", case, "--url", town.url, "--secret", other).code == 4


def test_a_correction_that_is_declined_is_asked_for_on(town: Town, person: Person) -> None:
    case, secret = town.sent_back()
    said = person.types("case", "correct", case, "--decline", "beta", "--url", town.url, "--secret", secret, "--json")
    assert said.code == 0, said
    assert json.loads(said.out)["corrections"] == []


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (("--answer", "/name=Siti Contoh"), "The answers are the same as before"),
        (("--answer", "/kbli=56101"), "Only /name may be changed now, not /kbli."),
        (("--answer", "/name=S"), "/name: "),
        (("--answer", "/name:=null"), "/name: name is required."),
        (("--decline", "gamma"), "There is no step 'gamma' in this case."),
    ],
)
def test_a_correction_that_cannot_be_is_not_explained(
    typed: tuple[str, ...], told: str, sent_back: tuple[str, str], town: Town, person: Person
) -> None:
    case, secret = sent_back
    said = person.types("case", "correct", case, *typed, "--url", town.url, "--secret", secret)
    assert (said.code, said.out) == (4, "")
    assert told in said.told


@pytest.fixture(scope="module")
def sent_back(town: Town) -> tuple[str, str]:
    return town.sent_back()


def test_an_application_is_not_taken_back_or_twice(town: Town, person: Person) -> None:
    case, secret = town.sent_back()
    typed = ("case", "withdraw", case, "--reason", "moved away", "--url", town.url, "--secret", secret)
    assert person.types(*typed).code == 0
    ended = person.types("case", "watch", case, "--url", town.url, "--secret", secret)
    assert ended.code == 1, "a case that is not issued is no success"
    assert "withdrawn" in ended.out
    again = person.types(*typed, "--json")
    assert again.code == 4
    assert json.loads(again.out)["error"]["problem"]["status"] == 409


# --- what goes wrong ------------------------------------------------------------------------------------------


def test_only_one_mistake_of_a_form_is_told_or_its_fields_are_renamed(town: Town, person: Person, desk: Desk) -> None:
    form = desk.file("wrong.yaml", {"nik": "33", "kbli": "x"})
    said = person.types("case", "submit", "quick", form, "--url", town.url, "--json")
    error = json.loads(said.out)["error"]
    assert said.code == error["exit_code"] == 4
    told = {mistake["pointer"]: mistake["detail"] for mistake in error["problem"]["errors"]}
    assert told.keys() == {"/name", "/nik", "/kbli"}
    assert told["/name"].startswith("name is required.")
    assert told["/nik"].startswith("nik is not asked for here.")
    assert all(f"  {pointer}: {detail}" in said.err for pointer, detail in told.items())


def test_a_service_that_is_not_there_is_told_without_those_that_are(town: Town, person: Person, desk: Desk) -> None:
    said = person.types("case", "submit", "quik", desk.file("form.json", FORM), "--url", town.url)
    assert said.code == 4
    assert "on offer: desk, handed, heard, late, papers, passed, quick, signed, spare" in said.told


def test_a_case_that_is_nobodys_is_told_apart_from_a_foreign_one(town: Town, person: Person) -> None:
    foreign, _ = town.applied("desk")
    secret = town.applied("desk")[1]
    nobodys = "0000-0000-0000-0000"
    seen: dict[str, Said] = {
        case: person.types("case", "show", case, "--url", town.url, "--secret", secret) for case in (foreign, nobodys)
    }
    first, second = (said.err.splitlines()[:-1] for said in seen.values())
    assert first == second
    assert {said.code for said in seen.values()} == {4}


def test_an_officers_token_opens_what_is_the_operators(town: Town, person: Person) -> None:
    said = person.types("case", "list", "--url", town.url, "--token", TOKENS["officer"], "--json")
    assert said.code == 4
    assert json.loads(said.out)["error"]["problem"]["status"] == 403


# --- terminals: real processes --------------------------------------------------------------------------------


def in_a_terminal(*typed: str, columns: int, **environment: str) -> tuple[int, str]:
    """Run `gapura` in a pseudo-terminal of so many columns; give its code and everything that it showed."""
    ours, its = pty.openpty()
    env = {**_clean(), "COLUMNS": str(columns), "TERM": "xterm-256color", **environment}
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway.cli", *typed], stdin=its, stdout=its, stderr=its, env=env
    )
    os.close(its)
    shown = b""
    try:
        while data := os.read(ours, 65536):
            shown += data
    except OSError:  # how Linux says that the other side has closed
        pass
    finally:
        os.close(ours)
    return process.wait(timeout=20), shown.decode()


def _clean() -> Mapping[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("GAPURA_", "NO_COLOR", "FORCE"))}


def test_colours_are_shown_where_nobody_wants_them_or_not_in_a_terminal(desk: Desk) -> None:
    typed = ("contract", "check", str(desk.file("bad.yaml", BAD_CONTRACT)))
    code, shown = in_a_terminal(*typed, columns=40)
    assert code == 1
    assert "\x1b[" in shown
    plain = in_a_terminal(*typed, columns=40, NO_COLOR="1")
    assert plain[0] == 1
    assert "\x1b[3" not in plain[1]
    assert "write effect?" in " ".join(plain[1].split())


def test_a_table_is_cut_off_or_wider_than_a_terminal_of_40_columns(town: Town) -> None:
    code, shown = in_a_terminal("agency", "list", "--url", town.url, columns=40, NO_COLOR="1")
    assert code == 0
    assert "…" not in shown
    assert max(len(line) for line in click.unstyle(shown).splitlines()) <= 40


def test_a_pipe_whose_reader_has_gone_shows_a_traceback(town: Town) -> None:
    typed = [sys.executable, "-m", "gateway.cli", "agency", "list", "--url", town.url, "--json"]
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(typed, stdout=writing, stderr=subprocess.PIPE, text=True, check=False, env=_clean())
    os.close(writing)
    assert "Traceback" not in ended.stderr
    assert ended.returncode != 0
