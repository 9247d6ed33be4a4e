"""A person's data goes through a whole gateway, and is looked for wherever it may not be."""

from __future__ import annotations

import base64
import hashlib
import io
import logging
import stat
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import web
from msgspec import structs

from contracts.contract import Contract
from observability.logs import configure_logs
from tests.abuse.whole import FORM, NAME, NIK, NPWP, OFFICER, Whole, desk_contract, whole, wire_contract
from tests.eventually import eventually_async
from tests.gateways import bearer
from tests.unit.observability.collector import collecting
from workflows.outputs.document import ATTACHMENT
from workflows.outputs.pdf import read_pdf

CANARIES: Final = (NIK, NPWP, NPWP.replace(".", "").replace("-", ""), NAME, NAME.split()[1])


def spellings(text: str) -> Iterator[bytes]:
    """Give the ways in which a text may stand in a file: plain, turned, in other characters, hashed."""
    data = text.encode()
    yield from (data, data[::-1], text.encode("utf-16-le"), data.hex().encode())
    yield from (hashlib.sha256(data).hexdigest().encode(), hashlib.sha256(data).digest())
    for before in range(3):
        turned = base64.b64encode(b"\0" * before + data)
        kept = turned[(before * 8 + 5) // 6 : len(data) * 8 // 6]
        yield from (kept, kept.translate(bytes.maketrans(b"+/", b"-_")))


def found_in(data: bytes) -> list[tuple[str, bytes]]:
    return [(text, said) for text in CANARIES for said in spellings(text) if len(said) > 5 and said in data]


@asynccontextmanager
async def indiscreet_agency() -> AsyncGenerator[str, None]:
    """An agency's system that repeats what it was asked in everything that it says, and never answers."""

    async def complain(request: web.Request) -> web.Response:
        asked = (await request.json()).get("input", {})
        problem = {"type": "about:blank", "title": f"no {asked}", "status": 503, "detail": str(asked), "instance": "/"}
        reason = f"{asked.get('nik')} unknown"
        return web.json_response(problem, status=503, reason=reason, content_type="application/problem+json")

    app = web.Application()
    app.router.add_post("/{path:.*}", complain)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.fixture(name="lines")
def _lines() -> Iterator[io.StringIO]:
    """Give everything that is logged, down to the last detail."""
    before = logging.getLogger().handlers[:], logging.getLogger().level
    told = io.StringIO()
    configure_logs("debug", stream=told)
    yield told
    logging.captureWarnings(capture=False)
    logging.getLogger().handlers[:], level = before
    logging.getLogger().setLevel(level)


class Told:
    """What strangers and operators were told."""

    def __init__(self, gateway: Whole) -> None:
        self._gateway = gateway
        self._said: list[tuple[str, bytes]] = []

    async def call(self, method: str, path: str, secret: str = "", *, json: Any = None, **headers: str) -> Any:  # noqa: ANN401 - JSON
        """Call, and keep address, headers and body of the reply; a holder may be told all of their own case."""
        given = {**(bearer(secret) if secret else {}), **headers}
        async with self._gateway.client.request(
            method, self._gateway.url + path, json=json, headers=given, allow_redirects=False
        ) as response:
            body = await response.read()
            kept = repr(response.headers).encode() + (b"" if secret.startswith("gpc_") and response.ok else body)
            self._said.append((f"{method} {path}", kept))
            return await response.json() if response.content_type.endswith("json") else body

    def leaks(self) -> list[tuple[str, bytes]]:
        """Give where a canary was told, with what stood around it."""
        return [
            (call, said[max(0, said.index(found) - 60) :][:120])
            for call, said in self._said
            for _, found in found_in(said)
        ]


async def test_personal_data_is_found_where_it_may_not_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: io.StringIO
) -> None:
    data = tmp_path / "data"
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
        async with indiscreet_agency() as url:
            contracts = [wire_contract("alpha", url), desk_contract("beta")]
            async with whole(data, contracts, allow_networks=("127.0.0.0/8",)) as gateway:
                told = Told(gateway)
                await go_through(gateway, told)
                monkeypatch.setattr(gateway.parts.engine, "tasks", fault)
                await told.call("GET", "/v1/tasks", OFFICER)
                assert not told.leaks()
                assert not (leaks := at_rest(data)), leaks
        assert collector.bodies
        assert not (spans := [found for body in collector.bodies for found in found_in(body)]), spans
    assert not at_rest(data)
    assert "request_failed" in lines.getvalue()
    assert not (logged := found_in(lines.getvalue().encode())), logged


async def fault(agency: str) -> list[Any]:
    """Fail as a library does that repeats what it was given."""
    raise KeyError(f"{agency}: no row ({NIK}, {NPWP!r}, {NAME!r})")


async def go_through(gateway: Whole, told: Told) -> None:
    """Do everything with a case that strangers, its holder, officers and operators do."""
    apply = "/v1/services/canary/cases"
    await told.call("POST", apply, json={**FORM, "nik": f"{NIK}0", "name": 7, "more": NIK})
    await told.call("POST", apply, json={**FORM, "nik": int(NIK)})
    await told.call("POST", f"/v1/cases/{'x' * 20}/withdrawal", "gpc_wrong", json={"reason": NAME})
    receipt = await told.call("POST", apply, json=FORM, **{"Idempotency-Key": f"application-{NIK}"})
    await told.call("POST", apply, json={**FORM, "name": "Other"}, **{"Idempotency-Key": f"application-{NIK}"})
    case, secret = receipt["case"], receipt["secret"]

    async def asked() -> bool:
        return f"{case}/beta/ask/1" in {task["key"] for task in await tasks_of(gateway)}

    async def unheard() -> bool:
        history = await told.call("GET", f"/v1/operations/cases/{case}", gateway.operator)
        return any(attempt["result"] == "failed" for attempt in history["history"]["attempts"])

    await eventually_async(asked)
    await eventually_async(unheard)
    decision = f"/v1/tasks/{case}:beta:ask:1/decision"
    await told.call("POST", decision, OFFICER, json={"decision": "contribute", "output": {"number": 7, "more": NIK}})
    await told.call("POST", decision, OFFICER, json={"decision": "return", "inputs": ["name"], "text": f"Not {NAME}?"})
    for path in (f"/v1/operations/cases/{case}", "/v1/operations/cases", f"/operasi/permohonan/{case}", "/operasi"):
        await told.call("GET", path, gateway.operator)
    await told.call("POST", f"/v1/cases/{case}/corrections", secret, json={"answers": {"nik": NAME}})
    await told.call("POST", f"/v1/cases/{case}/withdrawal", secret, json={"reason": f"{NAME} changed"})
    await told.call("GET", f"/v1/operations/cases/{case}", gateway.operator)
    await told.call("GET", f"/v1/operations/cases?service={NIK}", gateway.operator)
    for path in ("/metrics", "/health/ready", "/v1/directory", "/v1/keys", "/v1/services", "/v1/status-lists/1"):
        await told.call("GET", path)


async def tasks_of(gateway: Whole) -> list[dict[str, Any]]:
    """Give the officer's tasks: these do show what the contract declares, so they are not kept."""
    async with gateway.client.get(f"{gateway.url}/v1/tasks", headers=bearer(OFFICER)) as response:
        tasks: list[dict[str, Any]] = (await response.json())["tasks"]
        assert all(task["input"] == FORM for task in tasks)
        return tasks


def at_rest(data: Path) -> list[tuple[str, str, bytes]]:
    """Give what is found in any byte of any file."""
    files = [path for path in data.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"journal.sqlite", "master.key", "operator.token", "signing-keys.json"}
    return [(path.name, *found) for path in files for found in found_in(path.read_bytes())]


async def test_a_file_of_the_gateway_can_be_read_by_others(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)  # as a volume comes
    async with whole(data, [desk_contract("beta")]) as gateway:
        body = b'{"outcome": "undone", "key": "a/b/ask/1"}'
        headers = gateway.signed("beta", "/v1/callbacks", body)
        async with gateway.client.post(f"{gateway.url}/v1/callbacks", data=body, headers=headers) as response:
            assert response.status == 404
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in data.rglob("*")}
        assert "nonces.sqlite" in modes
        assert not {name: oct(mode) for name, mode in modes.items() if mode & 0o077}


def with_paper(contract: Contract) -> Contract:
    """Give the contract with a document in its output."""
    properties = {**contract.output["properties"], "paper": {"document": "application/pdf"}}
    return structs.replace(contract, output={**contract.output, "properties": properties})


async def test_a_document_tells_of_its_person_elsewhere_than_to_its_holder(tmp_path: Path, lines: io.StringIO) -> None:
    content = f"%PDF-1.4 {NAME}, {NIK}, {NPWP}".encode()
    paper = {"name": f"{NIK} {NAME}.pdf", "bytes": base64.b64encode(content).decode()}
    async with whole(tmp_path / "data", [with_paper(desk_contract("beta"))]) as gateway:
        told = Told(gateway)
        receipt = await told.call("POST", "/v1/services/canary/cases", json=FORM)
        case, secret = receipt["case"], receipt["secret"]

        async def asked() -> bool:
            return bool(await tasks_of(gateway))

        await eventually_async(asked)
        decision = f"/v1/tasks/{case}:beta:ask:1/decision"
        wrong = {"name": NAME, "bytes": base64.b64encode(NIK.encode()).decode(), NPWP: NIK}
        await told.call("POST", decision, OFFICER, json={"decision": "contribute", "output": {"paper": wrong}})
        given = {"decision": "contribute", "output": {"number": "B-1", "paper": paper}}
        await told.call("POST", decision, OFFICER, json=given)
        (step,) = (await told.call("GET", f"/v1/cases/{case}", secret))["steps"]
        (shown,) = step["documents"]
        path = f"/v1/cases/{case}/documents/{shown['document']['digest']}"
        assert await told.call("GET", path, secret) == content
        await told.call("GET", path, "gpc_wrong")
        await told.call("GET", path, OFFICER)
        for where in (f"/v1/operations/cases/{case}", f"/operasi/permohonan/{case}", "/metrics"):
            await told.call("GET", where, gateway.operator)
        assert not told.leaks()
        assert not at_rest(gateway.data)
        digest = shown["document"]["digest"].encode()
        raw = [path.read_bytes() for path in gateway.data.rglob("*") if path.is_file()]
        assert not any(digest in data or bytes.fromhex(digest[7:].decode()) in data for data in raw), (
            "it can be guessed"
        )
    assert not at_rest(tmp_path / "data")
    assert not found_in(lines.getvalue().encode())


async def test_an_issued_output_tells_its_holder_alone(tmp_path: Path) -> None:
    async with whole(tmp_path / "data", [desk_contract("beta")]) as gateway:
        told = Told(gateway)
        receipt = await told.call("POST", "/v1/services/canary/cases", json=FORM)
        case = receipt["case"]

        async def asked() -> bool:
            return bool(await tasks_of(gateway))

        async def issued() -> bool:
            view = await told.call("GET", f"/v1/cases/{case}", receipt["secret"])
            return bool(view["state"] == "issued")

        await eventually_async(asked)
        decided = {"decision": "contribute", "output": {"number": "B-1"}}
        await told.call("POST", f"/v1/tasks/{case}:beta:ask:1/decision", OFFICER, json=decided)
        await eventually_async(issued)
        assert not told.leaks()
        output = f"/v1/cases/{case}/output"
        headers = {**bearer(receipt["secret"]), "Accept": "application/pdf"}
        async with gateway.client.get(gateway.url + output, headers=headers) as response:
            document = await response.read()
        contents = read_pdf(document, attachment=ATTACHMENT)
        assert not any(found_in(link.encode()) for link in contents.links)
        code = next(link for link in contents.links if "#" in link)
        async with gateway.client.post(
            f"{gateway.url}/v1/verifications", data=code, headers={"Content-Type": "text/plain"}
        ) as response:
            verdict = await response.text()
        assert '"valid"' in verdict
        assert not found_in(verdict.encode())
        assert not told.leaks()
        assert NAME.replace(" ", "") in "".join(contents.words)
        assert not any(found_in(text.encode()) for text in (repr(contents.description), output))
        assert not at_rest(gateway.data)
