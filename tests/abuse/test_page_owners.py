"""Every page as every role, on one's own case and on somebody else's; and forms that are not ours.

A page that is missing in `PAGES` here fails, and so does a line without a page.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from gateway.choosing import BulkBody, Seen
from gateway.identity.callers import Caller, Grant
from gateway.identity.rules import Owner
from gateway.pages.owners import PAGE_OWNERS
from tests.abuse.whole import Whole
from tests.e2e.stage import ANSWERS, SERVICE, TOKENS, Stage, stage
from tests.eventually import eventually_async
from workflows.agencies.fake import Behaviour

ROLES: Final = ("anyone", "holder", "other", "officer", "stranger", "operator")
SCRIPT: Final[Mapping[str, list[Behaviour]]] = {"bpjs/enrol-employer@1": ["later"]}
OPEN_TO: Final = {
    Owner.ANYONE: set(ROLES),
    Owner.HOLDER: {"holder"},
    Owner.OFFICER: {"officer", "stranger"},
    Owner.OPERATOR: {"operator"},
}
BARRED: Final = {401, 403, 404}
FOREIGN_TASK: Final = "stranger"
"""An officer of another agency: the inbox is theirs to open, this task is not."""
PAGES: Final[Mapping[str, str]] = {
    "{service}": SERVICE,
    "{calendar}": "id-purbalingga",
    "{act}": "pause",
    "{step}": "nothing",
    "{digest}": "0",
    "{name}": "gapura.css",
}


class Person:
    """One browser, as a test drives it without one."""

    def __init__(self, stage: Stage | Whole) -> None:
        self._stage = stage
        self.client = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), headers={"Accept": "text/html"})

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.client.get(f"{self._stage.url}{path}", headers=headers, allow_redirects=False) as response:
            if response.content_type == "text/event-stream":
                return response.status, ""
            return response.status, (await response.read()).decode("utf-8", "replace")

    async def sees(self, path: str, text: str) -> bool:
        """Say whether a page has a text."""
        return text in (await self.get(path))[1]

    async def post(
        self, path: str, form: Mapping[str, str], *, token: str | None = None, **headers: str
    ) -> tuple[int, str]:
        """Send a form as our own page would; `token` replaces what the page carries."""
        if token is None:
            _, page = await self.get("/masuk")
            found = re.search(r'name="_token" value="([0-9a-f]{64})"', page)
            assert found is not None
            token = found[1]
        own = {"Sec-Fetch-Site": "same-origin", **headers}
        url = f"{self._stage.url}{path}"
        async with self.client.post(
            url, data={"_token": token, **form}, headers=own, allow_redirects=False
        ) as response:
            return response.status, response.headers.get("Location", "")

    async def apply(self) -> str:
        """Apply; give the reference."""
        _, page = await self.get(f"/layanan/{SERVICE}/formulir")
        key = re.search(r'name="_key" value="([^"]+)"', page)
        assert key is not None
        status, to = await self.post(f"/layanan/{SERVICE}/formulir", {**ANSWERS, "_key": key[1]})
        assert status == 303
        return to.rpartition("/")[2]

    async def sign_in(self, role: str) -> None:
        """Sign in with a token."""
        assert (await self.post("/masuk", {"token": TOKENS[role]}))[0] == 303


@asynccontextmanager
async def people(folder: Path) -> AsyncGenerator[tuple[Stage, dict[str, Person], str], None]:
    """Give a gateway, a browser for each role, and the holder's case, which waits at the tax officer's desk."""
    async with stage(folder, script=SCRIPT, guesses_per_min=1000) as running:
        found = {role: Person(running) for role in ROLES}
        try:
            case = await found["holder"].apply()
            await found["other"].apply()
            for role, token in (("officer", "officer"), ("stranger", "licensing"), ("operator", "operator")):
                await found[role].sign_in(token)
            await eventually_async(lambda: found["officer"].sees("/petugas", f"{case}/taxpayer"))
            yield running, found, case
        finally:
            for person in found.values():
                await person.client.close()


def address_of(template: str, case: str) -> str:
    """Fill a path template in."""
    names = {**PAGES, "{case}": case, "{draft}": case, "{key}": f"{case}/taxpayer/ask/1"}
    for name, value in names.items():
        template = template.replace(name, value)
    return template


def lets_in(method: str, template: str, role: str) -> bool:
    """Say whether a role should get through to a page."""
    owner = PAGE_OWNERS[method, template]
    if role == FOREIGN_TASK and "{key}" in template:
        return False
    return role in OPEN_TO[owner]


async def test_a_page_opens_to_somebody_else(tmp_path: Path) -> None:
    async with people(tmp_path) as (running, persons, case):
        operator = Caller(grants=(Grant(role="operator", person="Bagus"),))
        run = (
            await running.calls.bulk.start(
                operator, BulkBody(act="pause", reason="audit", seen=[Seen(case="nothing-of-this-name")])
            )
        ).run
        agreement = next(iter(running.parts.engine.directory.agreements))
        wrong: list[str] = []
        agreement = next(iter(running.parts.engine.directory.agreements))
        for method, template in PAGE_OWNERS:
            path = address_of(template, case).replace("{run}", run).replace("{agreement}", agreement)
            for role, person in persons.items():
                allowed = lets_in(method, template, role)
                if method == "POST" and allowed:
                    continue  # what they do is in the journeys; here, that nobody else can
                status, _ = await (person.get(path) if method == "GET" else person.post(path, {}))
                if allowed == (status in BARRED) and not (
                    allowed
                    and template.endswith(
                        (".pdf", ".jwt", "/hasil", "/{digest}", "/dokumen/{key}", "/hasil/{key}", "/{step}")
                    )
                ):
                    wrong.append(f"{method} {template} as {role}: {status}")
        assert not wrong, "\n".join(wrong)


async def test_a_foreign_case_differs_from_one_that_does_not_exist(tmp_path: Path) -> None:
    async with people(tmp_path) as (_, persons, case):
        for path in ("/permohonan/{}", "/permohonan/{}/hasil", "/permohonan/{}/kabar", "/permohonan/{}/dokumen/0"):
            foreign, page = await persons["other"].get(path.format(case))
            nowhere, other_page = await persons["other"].get(path.format("0000-0000-0000-0000"))
            assert foreign == nowhere == 404
            assert page.replace(case, "") == other_page.replace("0000-0000-0000-0000", "")


@pytest.mark.parametrize("token", ["", "0" * 64])
async def test_a_form_of_another_site_is_taken(tmp_path: Path, token: str) -> None:
    async with people(tmp_path) as (running, persons, case):
        holder = persons["holder"]
        path = f"/permohonan/{case}/tarik"
        assert (await holder.post(path, {"/reason": ""}, token=token))[0] == 403
        assert (await holder.post(path, {}, **{"Sec-Fetch-Site": "cross-site"}))[0] in BARRED
        assert (await holder.post("/masuk", {"token": TOKENS["operator"]}, token=token))[0] == 403
        state = await running.parts.engine.state(case)  # type: ignore[arg-type]  # a CaseId by its form
        assert state is not None
        assert state.status == "open"


async def test_a_cookie_is_read_by_a_script_or_sent_from_another_site(tmp_path: Path) -> None:
    async with stage(tmp_path) as running:
        person = Person(running)
        try:
            await person.apply()
            await person.sign_in("operator")
            jar = list(person.client.cookie_jar)
        finally:
            await person.client.close()
        assert {cookie.key.rsplit("-", 1)[0][:11] for cookie in jar} >= {"gapura-case", "gapura-role"}
        assert all(cookie["httponly"] and cookie["samesite"] == "strict" for cookie in jar)


async def test_a_sign_in_page_leads_elsewhere(tmp_path: Path) -> None:
    async with stage(tmp_path) as running:
        person = Person(running)
        try:
            for onward in (
                "https://elsewhere.example/",
                "//elsewhere.example",
                "/operasi\\..",
                "/petugas",
                "/operasixx",
            ):
                _, to = await person.post("/masuk", {"token": TOKENS["operator"], "tujuan": onward})
                assert to == "/operasi", onward
            _, to = await person.post("/masuk", {"token": TOKENS["operator"], "tujuan": "/operasi/permohonan/x"})
            assert to == "/operasi/permohonan/x"
        finally:
            await person.client.close()


async def test_a_problem_is_json_to_a_browser_or_a_page_to_a_machine(tmp_path: Path) -> None:
    async with stage(tmp_path) as running, aiohttp.ClientSession() as client:
        for accept, kind in (("text/html,*/*;q=0.8", "text/html"), ("application/json", "application/problem+json")):
            async with client.get(f"{running.url}/layanan/nothing", headers={"Accept": accept}) as response:
                assert (response.status, response.content_type) == (404, kind)
