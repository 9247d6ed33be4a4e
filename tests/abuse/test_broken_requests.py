"""Requests that no client of ours would send: broken heads, broken and slow bodies, paths that try tricks.

Whatever comes, the answer is a 4xx, or the connection ends; the gateway answers the next one as before, and what a
stranger sends is no fault of ours in the log.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from gateway.bodies import SLOWEST_S
from gateway.pages import posting
from tests.e2e.stage import Stage, stage
from tests.gateways import bearer

pytestmark = pytest.mark.asyncio(loop_scope="module")

APPLY: Final = "POST /v1/services/mulai-usaha/cases"
HEADERS_OF_APPLY: Final = {"Content-Type": "application/json"}


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="gateway")
async def _gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Stage, None]:
    async with stage(tmp_path_factory.mktemp("gateway"), guesses_per_min=100_000) as running:
        yield running


async def raw(gateway: Stage, data: bytes, *, within_s: float = 5) -> tuple[int, dict[str, str], bytes]:
    """Send bytes as they are; give status (0: the connection ended), headers and body of what comes back."""
    parts = urlsplit(gateway.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        async with asyncio.timeout(within_s):
            writer.write(data)
            await writer.drain()
            answered = await reader.read()
    except ConnectionError:
        return 0, {}, b""
    finally:
        writer.close()
    head, _, body = answered.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(first.split(" ")[1]) if first else 0, headers, body


def request(gateway: Stage, line: str, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """Write a request; `headers` are sent as they are, in Latin-1."""
    given = {"Host": urlsplit(gateway.url).netloc, "Connection": "close", **(headers or {})}
    if body and "Transfer-Encoding" not in given:
        given.setdefault("Content-Length", str(len(body)))
    lines = [f"{line} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def is_problem(headers: dict[str, str], body: bytes) -> dict[str, Any]:
    assert headers["content-type"] in {"application/problem+json", "text/html", "text/html; charset=utf-8"}
    return dict(json.loads(body)) if "json" in headers["content-type"] else {}


@pytest.mark.parametrize("host", ["[", "[::1", "[v1.a", "a b", "", "evil.example", "evil@localhost", "[::1]evil", "@"])
async def test_a_host_that_is_none_is_a_problem_like_every_other(gateway: Stage, host: str) -> None:
    status, headers, body = await raw(gateway, request(gateway, "GET /v1/services", {"Host": host}))
    assert status == 404, body
    assert is_problem(headers, body)["status"] == 404
    assert headers["x-content-type-options"] == "nosniff"


JUNK: Final = {
    "Idempotency-Key": ("\x80" * 20, "x" * 20_000, '"' * 40),
    "Prefer": ("wait=" + "9" * 1000, "," * 10_000, "wait=-1"),
    "Last-Event-ID": ("\xb2", "-1", "9" * 400),
    "traceparent": ("zz", f"00-{'0' * 32}-{'0' * 16}-01", "00-" + "f" * 5000),
    "Accept": ("," * 5000, "text/html;q=9", "\xff"),
    "Cookie": ('=;=;;;"\\', "gapura_language=\xff", f"gapura-role-operator={'x' * 4000}", "gapura-browser=\xff"),
    "Authorization": ("Bearer \xff", "Bearer gpt_" + "x" * 8000, "Basic eA=="),
    "Content-Type": ('application/json; charset="', "\xff/\xff", "application/json;" * 500),
    "Signature-Input": ("((((", "a" * 5000),
    "X-Forwarded-For": ("x" * 3000, "\xff, ,,"),
    "Sec-Fetch-Site": ("\xff",),
}

LINES: Final = ("GET /", "GET /permohonan", "GET /v1/cases/a-b-c/events", APPLY, "POST /v1/callbacks", "POST /masuk")


@pytest.mark.parametrize("name", JUNK)
async def test_no_header_whatever_it_says_is_a_fault_of_ours(gateway: Stage, name: str) -> None:
    for value in JUNK[name]:
        for line in (
            "GET /",
            "GET /permohonan",
            "GET /v1/cases/a-b-c/events",
            APPLY,
            "POST /v1/callbacks",
            "POST /masuk",
        ):
            body = b"{}" if line.startswith("POST") else b""
            status, _, said = await raw(gateway, request(gateway, line, {**HEADERS_OF_APPLY, name: value}, body))
            assert 200 <= status < 500, (line, value[:20], said)


async def test_ten_thousand_headers_are_not_read(gateway: Stage) -> None:
    many = {f"X-{number}": "y" for number in range(10_000)}
    assert (await raw(gateway, request(gateway, "GET /", many)))[0] in {0, 400, 431}


PATHS: Final = (
    "/layanan/%0d%0aSet-Cookie:%20a=b?bahasa=en",
    "/layanan/%0d%0aLocation:%20https:%2f%2fevil.example?bahasa=en",
    "/layanan/%ff?bahasa=en",
    "//evil.example?bahasa=en",
    "//evil.example/layanan?bahasa=en",
    "/%5cevil.example?bahasa=en",
    "/%2f%2fevil.example/?bahasa=en",
    "///evil.example/..?bahasa=en",
    "/aset/%2f%2fevil.example/x?bahasa=en",
    "/aset/a/..%2f..%2f..%2frendering.py",
    "/aset/..%2f..%2f/etc%2fpasswd",
    "/v1/reference/..%2f..%2fpages.py",
    "/v1/reference/%00",
    "/problems/..%2f..%2fpages.py",
    "/problems/%00",
    "http://evil.example/?bahasa=en",
    "*",
)


@pytest.mark.parametrize("path", PATHS)
async def test_a_path_leads_nowhere_but_into_our_own_pages(gateway: Stage, path: str) -> None:
    status, headers, body = await raw(gateway, request(gateway, f"GET {path}", {"Accept": "text/html"}))
    assert status in {303, 400, 404}, body
    assert "set-cookie" not in headers or "a=b" not in headers["set-cookie"]
    to = headers.get("location", "/")
    assert to.startswith("/")
    assert not to.startswith(("//", "/\\"))
    assert b"root:" not in body
    assert b"import annotations" not in body


TASKS: Final = (
    "register:alpha:ask:1",
    "register:alpha:item:ask:1",
    "register:x:undo:1",
    "%00:a:ask:1",
    "a:b:ask:" + "9" * 6000,
)


@pytest.mark.parametrize("task", TASKS, ids=[task[:24] for task in TASKS])
async def test_a_task_of_no_case_is_not_found(gateway: Stage, task: str) -> None:
    officer = bearer("gpt_officer-of-djp-in-the-browser-tests-01")
    for line, body in ((f"GET /v1/tasks/{task}", b""), (f"POST /v1/tasks/{task}/decision", b'{"decision": "undone"}')):
        status, headers, said = await raw(gateway, request(gateway, line, {**HEADERS_OF_APPLY, **officer}, body))
        assert status == 404, said
        is_problem(headers, said)


BROKEN: Final = {
    "a chunk that has no length": b"zz\r\n{}\r\n0\r\n\r\n",
    "a chunk of minus one": b"-1\r\n{}\r\n0\r\n\r\n",
    "a chunk beyond all numbers": b"ffffffffffffffffff\r\n{}",
    "a chunk with an endless note": b"2;" + b"x" * 100_000 + b"\r\n{}\r\n0\r\n\r\n",
}
UPLOAD: Final = "POST /verifikasi"
OF_UPLOAD: Final = {"Content-Type": "multipart/form-data; boundary=x"}


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize("line", [APPLY, "POST /v1/callbacks", "POST /v1/verifications", "POST /masuk", UPLOAD])
async def test_a_body_that_breaks_off_is_no_fault_of_ours(
    gateway: Stage, line: str, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    kinds = {"POST /v1/verifications": "text/plain", "POST /masuk": "application/x-www-form-urlencoded"}
    given = OF_UPLOAD if line == UPLOAD else {"Content-Type": kinds.get(line, "application/json")}
    with caplog.at_level(logging.ERROR):
        status, _, body = await raw(
            gateway, request(gateway, line, {**given, "Transfer-Encoding": "chunked"}, BROKEN[what])
        )
    assert status == 0 or 400 <= status < 500, body
    assert not caplog.records


async def test_a_body_that_is_cut_off_is_no_fault_of_ours(gateway: Stage, caplog: pytest.LogCaptureFixture) -> None:
    for line, given in ((APPLY, HEADERS_OF_APPLY), (UPLOAD, OF_UPLOAD)):
        data = request(gateway, line, {**given, "Content-Length": "100"}, b"{")
        parts = urlsplit(gateway.url)
        with caplog.at_level(logging.ERROR):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.write(data)
            writer.write_eof()
            answered = await reader.read()
            writer.close()
        assert b" 500 " not in answered.split(b"\r\n")[0]
        assert not caplog.records


async def test_a_body_that_dribbles_is_given_up_an_upload_too(gateway: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert SLOWEST_S <= 10
    assert posting.SLOWEST_UPLOAD_S <= 60
    monkeypatch.setattr(posting, "SLOWEST_UPLOAD_S", 0.3)
    data = request(gateway, UPLOAD, {**OF_UPLOAD, "Content-Length": "10000"}, TEXT_PART)
    status, _, body = await raw(gateway, data)
    assert status == 400, body


TEXT_PART: Final = b'--x\r\nContent-Disposition: form-data; name="teks"'
UPLOADS: Final = {
    "no boundary": ({"Content-Type": "multipart/form-data"}, b"--x--\r\n"),
    "an unknown charset": (
        OF_UPLOAD,
        TEXT_PART + b"\r\nContent-Type: text/plain; charset=nonsense\r\n\r\na\r\n--x--\r\n",
    ),
    "no UTF-8": (OF_UPLOAD, TEXT_PART + b"\r\n\r\n\xff\xfe\r\n--x--\r\n"),
    "no end": (OF_UPLOAD, TEXT_PART + b"\r\n\r\na\r\n"),
    "no name": (OF_UPLOAD, b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n"),
    "no head": (OF_UPLOAD, b"--x\r\n\r\na\r\n--x--\r\n"),
    "a long head": (OF_UPLOAD, b"--x\r\nA: " + b"a" * 100_000 + b"\r\n\r\na\r\n--x--\r\n"),
    "many parts": (OF_UPLOAD, b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 5000 + b"--x--\r\n"),
    "a long boundary": ({"Content-Type": "multipart/form-data; boundary=" + "x" * 5000}, b"--x--\r\n"),
    "a strange boundary": ({"Content-Type": "multipart/form-data; boundary=\xff\xfe"}, b"--x--\r\n"),
    "nothing": (OF_UPLOAD, b""),
    "garbage": (OF_UPLOAD, bytes(range(256)) * 100),
}


@pytest.mark.parametrize("what", UPLOADS)
async def test_an_upload_that_cannot_be_read_is_the_callers(gateway: Stage, what: str) -> None:
    given, body = UPLOADS[what]
    status, _, said = await raw(gateway, request(gateway, UPLOAD, {"Content-Length": str(len(body)), **given}, body))
    assert 400 <= status < 500, said


async def test_after_all_of_this_it_answers(gateway: Stage) -> None:
    status, _, body = await raw(gateway, request(gateway, "GET /health/ready"))
    assert status == 200, body
