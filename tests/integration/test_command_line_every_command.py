"""Every command of `gapura` at a live gateway: its good way, and the bad ways that every one of them has."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rich_click as click
from msgspec import Struct, to_builtins

from gateway.identity.secrets import digest_of
from gateway.tokens import name_of
from tests.gateways import CONTRACTS, FORM, PAPER, TOKENS, plan_of
from tests.integration.good_ways import GOOD
from tests.integration.person import WIDE, Desk, Person, Said, Town, commands, living
from tests.unit.workflows.core.office_days import WRITTEN
from workflows.loading.hashing import content_digest

ROOT = Path(__file__).parents[2]
ALL = dict(commands())
ELSEWHERE = {
    "gapura agreement record-signed": "test_agreements_on_paper.py",
    "gapura bench": "test_bench.py",
    "gapura case check-payment": "test_payments.py",
    "gapura case confirm": "test_desk.py",
    "gapura case confirm-revocation": "test_second_revocation.py",
    "gapura case decide-objection": "test_lead_agency.py",
    "gapura contract stand-in": "test_contract_verify.py",
    "gapura contract verify": "test_contract_verify.py",
    "gapura approval show": "test_bulk.py",
    "gapura approval approve": "test_second_person.py",
    "gapura approval stop": "test_second_person.py",
    "gapura approval review": "test_second_person.py",
    "gapura demo": "test_demo.py",
    "gapura serve": "test_serving.py",
}
"""What needs minutes or a process of its own has its good way in another file of this folder."""

THEIR_API = {
    "openapi": "3.1.0",
    "info": {"title": "Alpha", "version": "1"},
    "servers": [{"url": "https://alpha.example"}],
    "paths": {"/do": {"post": {"operationId": "do", "responses": {"200": {"description": "done"}}}}},
}


class Scene(Struct, frozen=True):
    """A live gateway, a person, and everything that the ways name."""

    town: Town
    person: Person
    desk: Desk
    words: dict[str, str]
    cases: dict[str, Callable[[], tuple[str, str]]]

    def types(
        self, name: str, *more: str, change: dict[str, str] | None = None, columns: int = WIDE, **environment: str
    ) -> Said:
        """Type a command in its good way, with some words of the scene changed, or more of them."""
        good, words, secrets = GOOD[name], {**self.words, "fresh": str(self.desk.fresh())}, dict[str, str]()
        for case, made in self.cases.items():
            if f"{{{case}}}" in good.typed:
                words[case], secrets[case] = made()
        typed = [word.format(**words | (change or {})) for word in good.typed.split()]
        return self.person.types(
            *name.split()[1:],
            *typed,
            *more,
            columns=columns,
            **{
                "GAPURA_URL": self.town.url,
                "GAPURA_TOKEN": TOKENS.get(good.token, ""),
                "GAPURA_SECRET": secrets.get(good.secret, ""),
                "GAPURA_DATA": str(self.desk.fresh()),
                "GAPURA_PORT": "0",
                **environment,
            },
        )


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("scene")
    with living(folder / "gateway") as town:
        person, desk = Person(folder / "home"), Desk(folder / "desk")
        issued = town.applied("quick")
        town.on_the_desk()  # a task that stays there
        cases = {
            "issued": lambda: issued,
            "returned": town.sent_back,
            "open": lambda: town.applied("desk"),
            "stuck": town.stuck,
            "papers": town.documented,
            "heard": town.announced,
            "draft": town.drafted,
            "asked": town.on_the_desk,
            "mine": town.asked,
            "given": town.given,
            "kept": lambda: town.given("spare"),
            "questioned": town.questioned,
            "differing": town.differing,
            "told": town.told,
            "hooked": town.hooked,
        }
        words = {**_files(desk, town), "paper": content_digest(PAPER)}
        made = Scene(town, person, desk, words, cases)
        _agree(made, issued)
        yield made


def _files(desk: Desk, town: Town) -> dict[str, str]:
    """Write what people have on their desks; give each by its name."""
    public = {key: value for key, value in town.keys["alpha"].items() if key != "d"}
    terms = {
        "instrument": {"kind": "PKS", "number": "2/2026", "date": "2026-01-02"},
        "valid_from": "2026-01-01T00:00:00Z",
        "valid_until": "2036-01-01T00:00:00Z",
        "data_rights_contact": "dpo@lead.example",
    }
    files = {
        "form": desk.file("form.json", FORM),
        "sheet": desk.file("sheet.csv", "task,digest,decision,code,return,text\n"),
        "number": desk.file("number.json", {"number": "B-1"}),
        "public": desk.file("alpha.public.json", {"keys": [public]}),
        "key": desk.file("alpha.json", town.keys["alpha"]),
        "lead": desk.file("lead.json", town.keys["lead"]),
        "contract": desk.file("contracts/alpha-do.yaml", CONTRACTS["alpha"]),
        "calendar": desk.file("office.yaml", to_builtins(WRITTEN)),
        "document": desk.file("their-api.json", THEIR_API),
        "plan": desk.file("services/again.yaml", {**to_builtins(plan_of("quick")), "service": "again"}),
        "terms": desk.file("terms.json", terms),
    }
    return {"contracts": str(desk.folder / "contracts"), **{name: str(path) for name, path in files.items()}}


def _agree(scene: Scene, issued: tuple[str, str]) -> None:
    """Publish, propose and sign the plan, and fetch what a stranger would verify."""
    said = [scene.types("gapura plan publish"), scene.types("gapura agreement propose", "--json")]
    agreement = Path(json.loads(said[1].out)["file"])
    scene.words.update({"agreement": str(agreement), "digest": json.loads(said[1].out)["digest"]})
    for agency, key in (("alpha", "key"), ("lead", "lead")):
        typed = ("agreement", "sign", agreement, "--agency", agency, "--key", scene.words[key], "--json")
        said.append(scene.person.types(*typed))
        scene.words[f"sig_{agency}"] = json.loads(said[-1].out)["file"]
    said.append(scene.types("gapura token issue", "--break-glass"))
    scene.words["spare"] = name_of(digest_of(said[-1].out.strip()))
    output = scene.desk.fresh(".pdf")
    said.append(scene.person.types("output", "get", issued[0], output, "--secret", issued[1], "--url", scene.town.url))
    scene.words.update({"output": str(output), "trust": str(scene.desk.file("trust.json", scene.town.trust()))})
    assert [one.code for one in said] == [0] * len(said), said


def takes(name: str, option: str) -> bool:
    return any(option in one.opts for one in ALL[name].params if isinstance(one, click.Option))


def documents(text: str) -> list[Any]:
    """Give every JSON document that is in a text, which holds nothing else."""
    found: list[Any] = []
    rest = text.strip()
    while rest:
        document, end = json.JSONDecoder().raw_decode(rest)
        found.append(document)
        rest = rest[end:].lstrip()
    return found


def error_in(said: Said) -> dict[str, Any]:
    (document,) = documents(said.out)
    error: dict[str, Any] = document["error"]
    assert error["exit_code"] == said.code
    assert error["message"].strip()
    return error


LISTS = {"gapura doctor", "gapura contract check"}
WITH_JSON = [name for name in GOOD if takes(name, "--json")]
ONLINE = [name for name in GOOD if takes(name, "--url")]
BY_TOKEN = [name for name in ONLINE if GOOD[name].token]
BY_SECRET = [name for name in ONLINE if GOOD[name].secret]
FILES = {
    "document",
    "form",
    "public",
    "key",
    "lead",
    "contract",
    "plan",
    "terms",
    "agreement",
    "sig_alpha",
    "output",
    "trust",
}
BROKEN = {
    ("gapura plan publish", "plan"): ({4}, "/: line 1, column"),
    ("gapura output verify", "output"): ({1}, "UNKNOWN There is no joint service output in this file."),
}
"""What is judged elsewhere: how it ends, and what is said. Everything else is judged here, and named."""
GIVEN = [(name, file) for name in GOOD for file in sorted(FILES) if f"{{{file}}}" in GOOD[name].typed]


def test_a_command_is_in_no_case() -> None:
    assert GOOD.keys() | ELSEWHERE.keys() == ALL.keys()
    for name, file in ELSEWHERE.items():
        assert name.split()[-1] in (Path(__file__).parent / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", GOOD)
def test_a_good_way_ends_badly_or_is_wider_than_its_terminal(name: str, scene: Scene) -> None:
    said = scene.types(name, columns=40)
    assert said.code == 0, said
    assert said.out.strip()
    assert "\x1b" not in said.out + said.err, "colours go to terminals only"
    assert all(len(line) <= 40 for line in said.out.splitlines() if "──" in line), "a table is wider"


@pytest.mark.parametrize("name", WITH_JSON)
def test_json_is_mixed_with_words_or_lacks_what_is_documented(name: str, scene: Scene) -> None:
    said = scene.types(name, "--json")
    assert said.code == 0, said
    found = documents(said.out)
    assert len(found) == 1 or name == "gapura case watch"
    entries = found[-1] if name in LISTS else found[-1:]
    assert entries
    for entry in entries:
        assert entry.keys() >= GOOD[name].holds


@pytest.mark.parametrize("name", ONLINE)
def test_a_gateway_that_is_not_there_is_told_otherwise(name: str, scene: Scene) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
        said = scene.types(name, "--json", GAPURA_URL=nobody)
    assert said.code == 3
    assert error_in(said)["message"].startswith(f"{nobody} does not answer: Connection refused.")
    assert "Is the gateway running there?" in said.told


@pytest.mark.parametrize("name", BY_TOKEN)
def test_a_wrong_token_is_told_otherwise(name: str, scene: Scene) -> None:
    said = scene.types(name, "--json", GAPURA_TOKEN="gpt_of-nobody-0123456789012345678901234567")
    assert said.code == 4
    assert error_in(said)["problem"]["status"] == 401
    assert "`gapura token issue` makes one" in said.told


@pytest.mark.parametrize("name", BY_SECRET)
def test_a_wrong_secret_or_a_foreign_case_is_told_otherwise(name: str, scene: Scene) -> None:
    for secret in ("gpc_of-nobody-0123456789012345678901234567", scene.cases["issued"]()[1] + "x"):
        said = scene.types(name, "--json", GAPURA_SECRET=secret)
        assert said.code == 4
        assert error_in(said)["problem"]["status"] == 404
        assert "look at the number of the case, and whether its secret" in said.told


@pytest.mark.parametrize("name", BY_SECRET)
def test_a_secret_that_is_not_kept_here_is_not_asked_for(name: str, scene: Scene) -> None:
    said = scene.types(name, "--json", GAPURA_SECRET="")
    assert said.code == 2
    assert "--secret or GAPURA_SECRET" in error_in(said)["message"]


@pytest.mark.parametrize(("name", "file"), GIVEN)
def test_a_file_that_is_not_there_is_not_named(name: str, file: str, scene: Scene) -> None:
    missing = str(scene.desk.fresh(".yaml"))
    said = scene.types(name, change={file: missing})
    assert said.code == 2
    told = re.sub(r"[\s│]", "", said.told)  # a long path is told over several lines, in a frame
    assert "doesnotexist" in told
    assert Path(missing).name in told


@pytest.mark.parametrize(
    "content", [b"{: [", b"\xff\xfe\x00", b"", b"[1]"], ids=["broken", "binary", "empty", "a list"]
)
@pytest.mark.parametrize(("name", "file"), GIVEN)
def test_a_broken_file_is_sent_or_not_named(name: str, file: str, content: bytes, scene: Scene) -> None:
    broken = scene.desk.file("broken.yaml", content)
    said = scene.types(name, change={file: str(broken)})
    code, words = BROKEN.get((name, file), ({1, 2}, "broken.yaml"))
    assert said.code in code
    assert words in said.told


def test_a_folder_in_place_of_a_file_shows_a_traceback(scene: Scene) -> None:
    for name, file in GIVEN:
        assert scene.types(name, change={file: str(scene.desk.folder)}).code == 2
