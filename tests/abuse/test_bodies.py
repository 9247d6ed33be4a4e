"""Whatever body comes, to whichever route: a 4xx problem, never a 5xx, and nothing is done."""

from __future__ import annotations

import gzip
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from gateway.identity.rules import API_OWNERS
from tests.gateways import TOKENS, Gateway, bearer, running

MOST_TOLD: Final = 64 * 1024
JSON: Final = {"Content-Type": "application/json"}

BAD: Final[dict[str, bytes]] = {
    "nothing": b"",
    "white space": b" \n\t ",
    "no JSON": b"{name: 1}",
    "cut": b'{"name": "Si',
    "rest after the end": b'{"name": "Siti"} {"name": "Siti"}',
    "a list": b"[]",
    "a text": b'"name"',
    "a number": b"1",
    "null": b"null",
    "invalid UTF-8": b'{"name": "\xff\xfe"}',
    "overlong UTF-8": b'{"name": "\xc0\xaf"}',
    "UTF-16": '{"name": "Siti"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a lone surrogate": b'{"name": "\\ud800"}',
    "a lone surrogate as a name": b'{"\\ud800": "x"}',
    "a NUL": b'{"name": "a\\u0000b"}',
    "a raw NUL": b'{"name": "a\x00b"}',
    "a raw control character": b'{"name": "a\x01b"}',
    "a doubled name": b'{"name": "Siti", "name": "Sita"}',
    "a doubled name below": b'{"name": "Siti", "kbli": {"a": 1, "a": 2}}',
    "NaN": b'{"name": NaN}',
    "Infinity": b'{"name": -Infinity}',
    "a number beyond doubles": b'{"name": 1e999}',
    "a number of 5,000 digits": b'{"name": ' + b"9" * 5000 + b"}",
    "a fraction of 5,000 digits": b'{"name": 0.' + b"9" * 5000 + b"}",
    "a number beyond 2^53": b'{"name": 9007199254740993}',
    "65 levels": b'{"name": ' + b"[" * 64 + b"]" * 64 + b"}",
    "10,000 levels of lists": b"[" * 10_000 + b"]" * 10_000,
    "10,000 levels of objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "60,000 empty objects": b'{"name": [' + b"{}," * 59_999 + b"{}]}",
    "60,000 members": b'{"name": {' + b",".join(b'"%d":1' % number for number in range(60_000)) + b"}}",
    "a name of 100,000 characters": b'{"' + b"/" * 100_000 + b'": 1}',
    "half a megabyte of quotes": b'{"name": "' + b'\\"' * 262_144,
    "more than a megabyte": b'{"name": "' + b"a" * 1_048_576 + b'"}',
}

ROUTES: Final[dict[str, tuple[str, str]]] = {
    "POST /v1/services/quick/cases": ("", "/v1/services/quick/cases"),
    "POST /v1/cases/{case}/corrections": ("holder", "/v1/cases/{case}/corrections"),
    "POST /v1/tasks/{task}/decision": ("officer", "/v1/tasks/{case}:beta:ask:1/decision"),
    "POST /v1/operations/cases/{case}/acts": ("operator", "/v1/operations/cases/{case}/acts"),
    "POST /v1/tokens": ("operator", "/v1/tokens"),
    "POST /v1/agreements": ("operator", "/v1/agreements"),
}


def headers_of(gateway: Gateway, role: str, secret: str, path: str, body: bytes) -> dict[str, str]:
    if role == "signed":
        return gateway.signed("alpha", path, body)
    credentials = bearer(secret) if role == "holder" else bearer(TOKENS[role]) if role else {}
    return {**credentials, **JSON}


async def refused(gateway: Gateway, path: str, body: Any, headers: dict[str, str], method: str = "POST") -> int:  # noqa: ANN401
    """Send it and give the status of its problem, which reaches a client that writes all of it first."""
    data = io.BytesIO(body) if isinstance(body, bytes) else body
    async with gateway.client.request(method, gateway.url + path, data=data, headers=headers) as response:
        assert response.content_type == "application/problem+json", await response.text()
        problem = await response.json()
        assert 400 <= response.status < 500, problem
        assert problem["status"] == response.status
        assert len(await response.read()) < MOST_TOLD
        assert problem["detail"]
        return response.status


@pytest.mark.parametrize("route", [*ROUTES, "POST /v1/callbacks"])
async def test_a_bad_body_is_a_problem_of_the_caller(route: str, tmp_path: Path) -> None:
    role, path = ROUTES.get(route, ("signed", "/v1/callbacks"))
    async with running(tmp_path) as gateway:
        receipt = await gateway.apply("desk")
        path = path.format(case=receipt["case"])
        for what, body in BAD.items():
            headers = headers_of(gateway, role, receipt["secret"], path, body)
            assert await refused(gateway, path, body, headers) in {400, 401, 413, 422}, what


async def test_every_bad_contract_is_a_problem_of_the_agency(tmp_path: Path) -> None:
    path = "/v1/agencies/alpha/contracts/do/1.0.0"
    async with running(tmp_path) as gateway:
        for kind in ("application/json", "application/yaml"):
            for what, body in BAD.items():
                headers = {**bearer(TOKENS["agency"]), "Content-Type": kind}
                status = await refused(gateway, path, body, headers, "PUT")
                assert status in {400, 413, 422}, (what, kind)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/json"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/msgpack"},
        {**JSON, "Content-Encoding": "gzip"},
        {**JSON, "Content-Encoding": "br"},
        {**JSON, "Content-Encoding": "identity, gzip"},
    ],
    ids=str,
)
async def test_another_type_or_a_compressed_body_is_415(headers: dict[str, str], tmp_path: Path) -> None:
    body = gzip.compress(b'{"name": "Siti"}') if "Content-Encoding" in headers else b'{"name": "Siti"}'
    async with (
        running(tmp_path) as gateway,
        gateway.client.post(
            f"{gateway.url}/v1/services/quick/cases", data=body, headers=headers, skip_auto_headers=["Content-Type"]
        ) as response,
    ):
        assert response.status == 415, await response.text()


async def test_a_body_without_a_length_is_cut_off_at_a_megabyte(tmp_path: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"[" * 65_536

    async with running(tmp_path) as gateway:
        assert await refused(gateway, "/v1/services/quick/cases", endless(), JSON) == 413


async def test_no_route_of_the_api_answers_garbage_with_a_fault_of_its_own(tmp_path: Path) -> None:
    async with running(tmp_path, guesses_per_min=10_000) as gateway:
        for method, template in API_OWNERS:
            for junk in ("%00", "a" * 5000, "..%2f..%2fetc", "%ff%fe", "register", "💥", "-1", "a:b:c:d"):
                path = template
                while "{" in path:
                    before, _, rest = path.partition("{")
                    path = before + junk + rest.partition("}")[2]
                for credentials in ({}, bearer(TOKENS["operator"]), bearer(TOKENS["officer"]), bearer("gpc_wrong")):
                    async with gateway.client.request(
                        method, gateway.url + path, data=b"{}", headers={**JSON, **credentials}
                    ) as response:
                        assert response.status < 500, (method, path, await response.text())
