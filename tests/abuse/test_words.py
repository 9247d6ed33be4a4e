"""Words of others (applicants, agencies, officers, whoever makes plans) are shown, and never obeyed.

One hostile text stands in everything that somebody else may fill in; then every page, document and terminal line that
shows it is read as a browser, or a terminal, reads it.
"""

from __future__ import annotations

import io
import re
from collections.abc import AsyncGenerator
from html.parser import HTMLParser
from typing import Any, Final

import msgspec
import pytest
import pytest_asyncio
from msgspec import Struct, structs
from rich.console import Console

from contracts.contract import Contract, Objection, Refusal
from contracts.plan import PublishedPlan
from contracts.units import Text
from contracts.views import CaseView
from gateway.cli import case_text
from gateway.pages.owners import PAGE_OWNERS
from tests.abuse.whole import NIK, NPWP, OFFICER, Whole, desk_contract, whole
from tests.eventually import eventually_async
from tests.gateways import bearer
from workflows.core.diagram import draw
from workflows.outputs.document import ATTACHMENT
from workflows.outputs.pdf import read_pdf

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE: Final = (
    "'\"><script>alert(1)</script><img src=x onerror=alert(2)><a href=javascript:alert(3)>{{7*7}}${7*7}"
    '#eval("1")#panic() $ sum $ `x` [red]rot[/] @import \\u{202e}'
)
WORDS: Final = Text(HOSTILE, HOSTILE)
NAME: Final = HOSTILE[:80]


def hostile_contract() -> Contract:
    """Give the contract of a desk whose every text for people is hostile."""
    plain = desk_contract("beta")
    labelled: dict[str, Any] = {
        **plain.output,
        "properties": {"number": {"type": "string", "x-ui": {"label": {"id": HOSTILE, "en": HOSTILE}}}},
    }
    refusal = Refusal(title=WORDS, objection=Objection(where=WORDS, within="14 days", legal_basis=HOSTILE))
    asked = Refusal(title=WORDS, correct=["name"], within="3 days")
    return structs.replace(
        plain,
        title=WORDS,
        legal_basis=HOSTILE,
        output=labelled,
        refusals={"no": refusal, "fixable": asked},
    )


class Town(Struct, frozen=True, kw_only=True):
    """A gateway where everything is hostile, and a case in each state that shows other words."""

    gateway: Whole
    cases: dict[str, dict[str, Any]]

    async def page(self, path: str, case: str = "", token: str = "", language: str = "id") -> tuple[int, str]:
        """Load a page as its holder, or with a token."""
        cookie = f"gapura_language={language}"
        if case:
            cookie += f"; gapura-case-{self.cases[case]['case']}={self.cases[case]['secret']}"
        headers = {"Accept": "text/html", "Cookie": cookie, **(bearer(token) if token else {})}
        async with self.gateway.client.get(self.gateway.url + path, headers=headers, allow_redirects=False) as response:
            policy = response.headers["Content-Security-Policy"]
            assert "script-src 'self'" in policy
            assert "unsafe" not in policy
            return response.status, await response.text()


DECISIONS: Final[dict[str, dict[str, Any]]] = {
    "waiting": {},
    "issued": {"decision": "contribute", "output": {"number": HOSTILE}},
    "refused": {"decision": "refuse", "code": "no", "text": HOSTILE},
    "returned": {"decision": "return", "inputs": ["name"], "text": HOSTILE},
}
SETTLED: Final = {"waiting": "open", "issued": "issued", "refused": "refused", "returned": "open"}


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="town")
async def _town(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Town, None]:
    data = tmp_path_factory.mktemp("town") / "data"
    async with whole(data, [hostile_contract()], words=WORDS, operator=HOSTILE) as gateway:
        cases = {name: await decided(gateway, name, decision) for name, decision in DECISIONS.items()}
        yield Town(gateway=gateway, cases=cases)


async def decided(gateway: Whole, name: str, decision: dict[str, Any]) -> dict[str, Any]:
    """Apply, and let the officer decide; give the receipt."""
    form = {"nik": NIK, "npwp": NPWP, "name": NAME}
    async with gateway.client.post(f"{gateway.url}/v1/services/canary/cases", json=form) as response:
        receipt: dict[str, Any] = await response.json()
        assert response.status == 202, receipt
    key = f"{receipt['case']}/beta/ask/1"

    async def asked() -> bool:
        async with gateway.client.get(f"{gateway.url}/v1/tasks", headers=bearer(OFFICER)) as response:
            return key in {task["key"] for task in (await response.json())["tasks"]}

    async def settled() -> bool:
        url = f"{gateway.url}/v1/cases/{receipt['case']}"
        async with gateway.client.get(url, headers=bearer(receipt["secret"])) as response:
            view = await response.json()
            return bool(view["state"] == SETTLED[name] and (name != "returned" or view["corrections"]))

    await eventually_async(asked)
    if decision:
        path = f"{gateway.url}/v1/tasks/{key.replace('/', ':')}/decision"
        async with gateway.client.post(path, json=decision, headers=bearer(OFFICER)) as response:
            assert response.status == 204, await response.text()
    await eventually_async(settled)
    return receipt


class Reader(HTMLParser):
    """Reads a page as a browser does, and notes what a browser would carry out."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.carried_out: list[str] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "script" and not values.get("src", "").startswith("/aset/"):
            self.carried_out.append("script")
        if tag in {"iframe", "object", "embed", "base", "style"}:
            self.carried_out.append(tag)
        for name, value in values.items():
            leads = name in {"href", "src", "action", "formaction"}
            own = value.startswith(("/", "#", "mailto:", "?")) or value in {"", "data:,"}
            if name.startswith("on") or name == "style" or (leads and (not own or value.startswith("//"))):
                self.carried_out.append(f"{tag} {name}={value[:40]}")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


PAGES: Final = (
    ("/", "", ""),
    ("/bantuan", "", ""),
    ("/layanan/canary", "", ""),
    ("/layanan/canary/formulir", "", ""),
    ("/permohonan/{waiting}", "waiting", ""),
    ("/permohonan/{issued}", "issued", ""),
    ("/permohonan/{issued}/hasil", "issued", ""),
    ("/permohonan/{refused}", "refused", ""),
    ("/permohonan/{refused}/hasil", "refused", ""),
    ("/permohonan/{returned}", "returned", ""),
    ("/permohonan/{returned}/perbaikan", "returned", ""),
    ("/permohonan/{waiting}/tarik", "waiting", ""),
    ("/petugas", "", "officer"),
    ("/petugas/tugas/{waiting}/beta/ask/1", "", "officer"),
    ("/petugas/hasil", "", "officer"),
    ("/petugas/hasil/{issued}/beta/ask/1", "", "officer"),
    ("/operasi", "", "operator"),
    ("/operasi/permohonan/{refused}", "", "operator"),
    ("/operasi/permohonan/{waiting}/tindakan/pause", "", "operator"),
    ("/masuk", "", ""),
    ("/verifikasi", "", ""),
    ("/v1/reference", "", ""),
    ("/problems", "", ""),
    ("/layanan/%3Cscript%3Ealert(1)%3C%2Fscript%3E", "", ""),
    ("/operasi?service=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E", "", "operator"),
    ("/permohonan/{waiting}?diam=%22%3E%3Cscript%3E", "waiting", ""),
)


@pytest.mark.parametrize(("path", "case", "role"), PAGES, ids=[path for path, _, _ in PAGES])
@pytest.mark.parametrize("language", ["id", "en"])
async def test_a_page_obeys_words_that_it_shows(town: Town, path: str, case: str, role: str, language: str) -> None:
    names = {name: receipt["case"] for name, receipt in town.cases.items()}
    token = {"officer": OFFICER, "operator": town.gateway.operator}.get(role, "")
    status, page = await town.page(path.format(**names), case, token, language)
    assert status in {200, 404}, page[:500]
    assert 'lang="' not in page or f'<html lang="{language}"' in page or path.startswith(("/v1/", "/problems"))
    read = Reader(page)
    assert not read.carried_out
    assert "${7*7}" in page or HOSTILE[:8] not in page, "a template evaluated what it was given"


async def test_the_hostile_words_are_shown_as_they_are(town: Town) -> None:
    shown = 0
    for path, case, role in PAGES:
        names = {name: receipt["case"] for name, receipt in town.cases.items()}
        token = {"officer": OFFICER, "operator": town.gateway.operator}.get(role, "")
        _, page = await town.page(path.format(**names), case, token)
        shown += "<script>alert(1)</script>" in "".join(Reader(page).texts)
    assert shown >= 12, "the pages do not show what was to be tried on them"


async def test_documents_print_hostile_words(town: Town) -> None:
    for name in ("issued", "refused"):
        receipt = town.cases[name]
        url = f"{town.gateway.url}/v1/cases/{receipt['case']}/output"
        headers = {**bearer(receipt["secret"]), "Accept": "application/pdf"}
        async with town.gateway.client.get(url, headers=headers) as response:
            assert response.status == 200
            document = await response.read()
        printed = "".join(read_pdf(document, attachment=ATTACHMENT).words).replace("\u200b", "")
        assert '#eval("1")' in printed
        assert "{{7*7}}" in printed
        assert b"/JavaScript" not in document
        assert b"/Launch" not in document


async def test_a_diagram_breaks_out_of_its_labels(town: Town) -> None:
    published: PublishedPlan = next(iter(town.gateway.parts.engine.directory.plans.values()))
    drawn = draw(published, "en")
    assert "<script" not in drawn
    for line in drawn.splitlines():
        assert line.count('"') in {0, 2}, line
        assert not re.match(r"\s*(click|style|linkStyle|%%)", line), line


async def test_a_terminal_obeys_words_that_it_is_told(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(case_text, "out", Console(file=written, width=200, highlight=False))
    controls = "\x1b]0;title\x07\x1b[2J\x9b31m\u202egnirts\u2066[bold]x[/]\r[link=https://evil.example]y[/]"
    receipt = town.cases["returned"]
    url = f"{town.gateway.url}/v1/cases/{receipt['case']}"
    async with town.gateway.client.get(url, headers=bearer(receipt["secret"])) as response:
        view = msgspec.json.decode(await response.read(), type=CaseView)
    words = Text(controls, controls)
    steps = [structs.replace(step, text=controls, refusal=words) for step in view.steps]
    asked = [structs.replace(item, text=controls) for item in view.corrections]
    case_text.print_case(structs.replace(view, title=words, steps=steps, corrections=asked))
    written.write(case_text.event_line({"at": "x", "version": 1, "event": "E", "code": controls, "step": controls}))
    said = written.getvalue()
    assert "[bold]x[/]" in said.replace("\\", "")
    assert not set(said) & set("\x1b\x07\x9b\r\u202e\u2066")


# --- forms of other sites -----------------------------------------------------------------------------------------

POSTS: Final = sorted(template for method, template in PAGE_OWNERS if method == "POST")


@pytest.mark.parametrize("template", POSTS)
async def test_a_page_takes_a_form_that_is_not_its_own(town: Town, template: str) -> None:
    receipt = town.cases["waiting"]
    key = f"{receipt['case']}/beta/ask/1"
    case: str = receipt["case"]
    names = {"service": "canary", "case": case, "draft": case, "key": key, "act": "pause", "step": "beta"}
    names |= {"run": "0" * 32, "agreement": "sha256:0", "digest": "sha256:0"}
    url = town.gateway.url + template.format(**names)
    cookie = f"gapura-case-{receipt['case']}={receipt['secret']}; gapura-browser={'b' * 43}"
    for role, value in (("officer", OFFICER), ("operator", town.gateway.operator)):
        cookie += f"; gapura-role-{role}={value}"
    before = await town.gateway.parts.journal.read(receipt["case"])
    for form, site, origin in (
        ({}, "same-origin", ""),
        ({"_token": ""}, "same-origin", ""),
        ({"_token": "0" * 64}, "same-origin", ""),
        ({"_token": "0" * 64}, "cross-site", "https://evil.example"),
        ({"_token": "0" * 64}, "", "null"),
    ):
        headers = {
            "Cookie": cookie,
            **({"Sec-Fetch-Site": site} if site else {}),
            **({"Origin": origin} if origin else {}),
        }
        async with town.gateway.client.post(url, data=form, headers=headers, allow_redirects=False) as response:
            assert response.status in {401, 403, 404}, (form, site, response.status)
            if site == "same-origin":
                assert response.status == 403, await response.text()
    for kind in ("text/plain", "application/json", "multipart/form-data; boundary=x"):
        headers = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin", "Content-Type": kind}
        async with town.gateway.client.post(url, data=b"_token=0", headers=headers) as response:
            assert response.status in {400, 403, 415}, (kind, response.status)
    assert await town.gateway.parts.journal.read(receipt["case"]) == before
