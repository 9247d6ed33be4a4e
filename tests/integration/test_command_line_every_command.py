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
from tests.integration.person import WIDE, Desk, Person, Said, Town, commands, living
from tests.unit.workflows.core.office_days import WRITTEN
from workflows.loading.hashing import content_digest

ROOT = Path(__file__).parents[2]
ALL = dict(commands())
ELSEWHERE = {
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


class Way(Struct, frozen=True, kw_only=True):
    """How a command is typed when all is well: `{name}` is a file or a word of the scene; what its JSON then holds."""

    typed: str
    holds: frozenset[str] = frozenset()
    token: str = ""
    secret: str = ""


def way(typed: str, holds: str = "", *, token: str = "", secret: str = "") -> Way:
    return Way(typed=typed, holds=frozenset(holds.split()), token=token, secret=secret)


CASE = "case service version state steps"
REGISTERED = "name version digest new changed"
GOOD: dict[str, Way] = {
    "gapura doctor": way("", "word about detail"),
    "gapura agency list": way("", "agencies"),
    "gapura agency leases": way("", "errands", token="operator"),
    "gapura agency make-key": way("{fresh}", "private public kid"),
    "gapura agency register": way("alpha --title Alpha --keys {public}", "agency title contact", token="operator"),
    "gapura contract from-openapi": way("{document} --operation do --agency alpha", "file contract decide"),
    "gapura contract check": way("{contract}", "file name version digest"),
    "gapura contract register": way("{contract}", REGISTERED, token="agency"),
    "gapura plan check": way("{plan} --contracts {contracts}", "service version digest agencies steps"),
    "gapura plan draw": way("{plan} --contracts {contracts}"),
    "gapura plan diff": way(
        "{plan} {plan} --contracts {contracts}",
        "before after before_digest after_digest new_agreement must_sign joining leaving differences open_cases",
    ),
    "gapura plan try": way(
        "{plan} --contracts {contracts}",
        "service version digest roads cut_short ends straight stranded stops tried never_asked",
    ),
    "gapura plan publish": way("{plan}", REGISTERED, token="operator"),
    "gapura calendar check": way("{calendar}", "calendar free first_year last_year"),
    "gapura calendar register": way("{calendar}", "name version digest new", token="operator"),
    "gapura calendar show": way("office", "calendar zone week free version"),
    "gapura agreement propose": way(
        "{plan} --terms {terms} --contracts {contracts} --out {fresh} --send",
        "file digest agencies",
        token="operator",
    ),
    "gapura agreement sign": way("{agreement} --agency lead --key {lead} --send", "file signature"),
    "gapura agreement show": way("{digest}", "agreement view"),
    "gapura agreement list": way("--service again --ending 3650d", "agreements"),
    "gapura agreement fetch": way("{digest} --out {fresh}", "files"),
    "gapura agreement check": way(
        "{agreement} {sig_alpha} {sig_lead} --keys {trust}", "in_force missing decisions not_counted"
    ),
    "gapura case submit": way("quick {form} --wait 5", "case secret view"),
    "gapura case show": way("{issued}", "view", secret="issued"),
    "gapura case watch": way("{issued}", CASE, secret="issued"),
    "gapura case document": way("{papers} {paper} --to {fresh}.pdf", "file type bytes digest", secret="papers"),
    "gapura case form": way("{returned}", "answers form", secret="returned"),
    "gapura case correct": way("{returned} --answer /name=Siti-Baru", CASE, secret="returned"),
    "gapura case answer": way("{mine} letter --decline", CASE, secret="mine"),
    "gapura case withdraw": way("{open}", CASE, secret="open"),
    "gapura case announcements": way("heard", "announcements"),
    "gapura case object": way(
        "heard {heard} neighbours --name Sri --contact 0812 --grounds The-well-is-ours", "case step number"
    ),
    "gapura case list": way("", "cases next", token="operator"),
    "gapura case due": way("--days 5", "promises due more", token="operator"),
    "gapura case clocks": way("{stuck}", "clocks", token="operator"),
    "gapura case act": way("{stuck} pause --reason audit", CASE, token="operator"),
    "gapura case bulk": way("pause --reason audit --service late", "run state total lines", token="operator"),
    "gapura approval list": way("", "runs", token="operator"),
    "gapura case objections": way("", "objections", token="officer"),
    "gapura case retry": way("{stuck} delta --reason mended", CASE, token="operator"),
    "gapura case tasks": way("", "tasks counts done", token="officer"),
    "gapura case claim": way("{asked}/beta/ask/1", "key officer", token="officer"),
    "gapura case release": way("{asked}/beta/ask/1", "key officer", token="officer"),
    "gapura case hand-over": way("{asked}/beta/ask/1 --to beta/sri --reason leave", "key officer", token="officer"),
    "gapura case decide": way("{asked}/beta/ask/1 contribute --output {number}", "recorded", token="officer"),
    "gapura case sheet": way("beta {fresh}.csv", "file bytes", token="officer"),
    "gapura case decide-sheet": way("beta {sheet}", "preview ready empty lines", token="officer"),
    "gapura draft save": way("quick {form}", "draft secret view"),
    "gapura draft show": way("quick {draft}", "draft service form expires_at unfit", secret="draft"),
    "gapura draft apply": way("quick {draft}", CASE, secret="draft"),
    "gapura draft delete": way("quick {draft}", "draft deleted", secret="draft"),
    "gapura case contributions": way("--case {given}", "contributions next", token="officer"),
    "gapura case revoke-part": way(
        "{given}/beta/ask/1 --reason forged --legal-basis UU-30/2014 --objection counter-2",
        "key revoked required",
        token="officer",
    ),
    "gapura case notices": way("", "notices next", token="officer"),
    "gapura case take-notice": way("{told}:1", "recorded", token="officer"),
    "gapura case renew": way("{kept}", "draft service form renews", secret="kept"),
    "gapura facts list": way("--all", "facts next", token="operator"),
    "gapura facts ask": way("{kept} --reason yearly", CASE, token="operator"),
    "gapura facts answer": way("{questioned}:beta:name:1 different", "recorded", token="officer"),
    "gapura facts correct": way("{differing} beta --reason yearly", CASE, token="operator"),
    "gapura facts questions": way("", "questions next", token="officer"),
    "gapura output get": way("{issued} {fresh}.pdf", "file type bytes", secret="issued"),
    "gapura output verify": way("{output}", "word reasons parts status_checked"),
    "gapura hook add": way("https://alpha.example{fresh}", "hook secret", token="agency"),
    "gapura hook list": way("", "hooks", token="operator"),
    "gapura hook deliveries": way("{hooked}", "deliveries", token="operator"),
    "gapura hook resend": way("{hooked} --since 2026-01-01T00:00:00Z", "deliveries", token="operator"),
    "gapura hook rotate": way("{hooked}", "hook secret old_until", token="operator"),
    "gapura hook enable": way("{hooked}", "hook state kinds", token="operator"),
    "gapura hook remove": way("{hooked}", "hook", token="operator"),
    "gapura token issue": way("officer Budi --agency beta --reason shift", "token", token="operator"),
    "gapura token list": way("--all", "tokens", token="operator"),
    "gapura token revoke": way("{spare} --reason lost", "token state revoked_by", token="operator"),
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
