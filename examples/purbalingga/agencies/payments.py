"""The sandbox of payments: a provider that takes no money. Every page says so.

It speaks the protocol of `docs/reference/payments.md`: four POSTs signed by a shared secret, a page to which payers are
sent, and notices. What it tells is in its books (`bills.py`); a notice may be lost or doubled (`--lose-notices`,
`--double-notices`), as it happens with real ones.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import html
import json
import logging
import os
import secrets
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from examples.purbalingga.agencies.bills import Books

SIGNATURE, SIGNED_AT = "Payment-Signature", "Payment-Signed-At"
SECRET_FILE = "payments-secret.txt"  # noqa: S105 - a file's name
LARGEST_BODY = 64 * 1024
_NOTICE_S = 5.0
_AGAIN_S = (0.5, 2.0, 10.0)
_log = logging.getLogger(__name__)

Calls = Callable[[dict[str, Any]], None]

HEAD = """<!doctype html><html lang="id"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Pembayaran contoh (sandbox)</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}
.sandbox{background:#7a1f00;color:#fff;padding:.5rem 1rem;font-weight:bold}
[lang=en]{color:#444}.sandbox [lang=en]{color:#fff}
button{font:inherit;padding:.6rem 1.2rem;margin:.25rem .5rem .25rem 0}code{font-size:1.2rem}</style>
<p class="sandbox">SANDBOX: tidak ada uang yang berpindah. <span lang="en">No money moves.</span></p>
"""
FRONT = """<h1>Pembayaran contoh</h1>
<p>Tagihan dibuka dari permohonan Anda. <span lang="en">A bill is opened from your application.</span></p>
</html>"""
PAGE = """<h1>{title}</h1>
<p><strong>{amount}</strong><br>kepada <span lang="en">(to)</span> {payee}<br>Virtual account: <code>{code}</code><br>
paling lambat <span lang="en">(by)</span> {until}</p>
<p>Status: <strong>{state}</strong> <span lang="en">({state_in_english})</span></p>
{form}
{back}
</html>"""
FORM = """<form method="post"><button name="do" value="pay">Bayar (Pay)</button>
<button name="do" value="fail">Gagal (Fail)</button><button name="do" value="leave">Batal (Leave)</button>
<details><summary>Mencoba jumlah lain <span lang="en">(try another amount)</span></summary>
<label>Jumlah <input name="amount" inputmode="numeric" value="{amount}"></label></details></form>"""
STATES = {"unpaid": "belum dibayar", "paid": "lunas", "expired": "kedaluwarsa", "cancelled": "dibatalkan"}
WIB = timezone(timedelta(hours=7), "WIB")


def rupiah(amount: int) -> str:
    """Write an amount as people here do: Rp 1.250.000."""
    return f"Rp {amount:,}".replace(",", ".")


class Provider:
    """The sandbox over HTTP."""

    def __init__(
        self,
        books: Books,
        secret: str,
        *,
        lose_notices: bool = False,
        double_notices: bool = False,
        fail_first: int = 0,
    ) -> None:
        """Take the books and the secret that the gateway shares; the rest are faults, for tests."""
        self.books, self._secret = books, secret
        self.notices = 0 if lose_notices else 2 if double_notices else 1
        self.failures_left = fail_first
        self._owed: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    def application(self) -> web.Application:
        """Give the HTTP application."""
        application = web.Application(client_max_size=LARGEST_BODY)
        calls: dict[str, Calls] = {
            "/bills": self.books.create,
            "/bills/find": lambda _: None,
            "/bills/cancel": lambda asked: self.books.cancel(asked["key"]),
            "/bills/refund": lambda asked: self.books.refund(asked["key"], asked["under"], asked["keep"]),
        }
        application.add_routes([web.post(path, self._call(call)) for path, call in calls.items()])
        application.add_routes(
            [
                web.get("/", self.front),
                web.get("/bayar/{number}", self.show),
                web.post("/bayar/{number}", self.decide),
                web.get("/register", self.show_books),
            ]
        )
        return application

    def _call(self, call: Calls) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            body = await request.read()
            signed_at = request.headers.get(SIGNED_AT, "")
            signature = request.headers.get(SIGNATURE, "")
            if not hmac.compare_digest(self.sign(signed_at, request.path, body).encode(), signature.encode()):
                return web.json_response({"code": "not_signed"}, status=401)
            if self.failures_left > 0:
                self.failures_left -= 1
                return web.json_response({"code": "not_now"}, status=503, headers={"Retry-After": "1"})
            asked: dict[str, Any] = json.loads(body)
            call(asked)
            held = self.books.held(asked["key"])
            if held is None:
                return web.json_response({"code": "nothing_held"}, status=404)
            return web.json_response(held)

        return answer

    def sign(self, signed_at: str, path: str, body: bytes) -> str:
        """Sign a call or a notice: HMAC-SHA-256 over its moment, its path and its body."""
        message = b"\n".join((signed_at.encode(), path.encode(), body))
        return hmac.new(self._secret.encode(), message, sha256).hexdigest()

    # --- what payers see ----------------------------------------------------------------------------------------

    async def front(self, _request: web.Request) -> web.Response:
        """Say what this is to whoever opens its address."""
        return web.Response(text=HEAD + FRONT, content_type="text/html")

    async def show(self, request: web.Request) -> web.Response:
        """Show a bill to whoever pays it."""
        bill = self.books.row("number", request.match_info["number"])
        if bill is None:
            raise web.HTTPNotFound
        state = self.books.state(bill)
        link = f'<a href="{html.escape(bill["back"])}">Kembali ke permohonan Anda <span lang="en">(back)</span></a>'
        page = PAGE.format(
            title=html.escape(bill["title"]),
            amount=rupiah(bill["amount"]),
            payee=html.escape(bill["payee"]),
            code=bill["code"],
            until=datetime.fromisoformat(bill["until"]).astimezone(WIB).strftime("%d-%m-%Y %H.%M WIB"),
            state=STATES[state],
            state_in_english=state,
            form=FORM.format(amount=bill["amount"]) if state == "unpaid" else "",
            back=f"<p>{link}</p>" if bill["back"] else "",
        )
        return web.Response(text=HEAD + page, content_type="text/html")

    async def decide(self, request: web.Request) -> web.Response:
        """Pay, fail or leave, as the payer chose; then tell the gateway that something may have happened."""
        number, form = request.match_info["number"], await request.post()
        bill = self.books.row("number", number)
        if bill is None:
            raise web.HTTPNotFound
        amount = str(form.get("amount", ""))
        if form.get("do") == "pay":
            self.books.pay(number, int(amount) if amount.isascii() and amount.isdigit() else bill["amount"])
        self.tell(bill["key"], bill["notify"])
        leaves = form.get("do") == "leave" and bill["back"]
        raise web.HTTPSeeOther(bill["back"] if leaves else request.path)

    async def show_books(self, request: web.Request) -> web.Response:
        """Show the books: how a test sees that nothing was paid twice."""
        if request.remote not in {"127.0.0.1", "::1"}:
            raise web.HTTPNotFound
        return web.json_response(self.books.dump())

    # --- notices ------------------------------------------------------------------------------------------------

    def tell(self, key: str, notify: str) -> None:
        """Owe the notices of a bill."""
        for _ in range(self.notices if notify else 0):
            self._owed.put_nowait((key, notify))

    async def run(self) -> None:
        """Send what is owed, one after another."""
        while True:
            await self._notice(*await self._owed.get())

    async def tell_all(self) -> None:
        """Send everything that is owed by now."""
        while not self._owed.empty():
            await self._notice(*self._owed.get_nowait())

    async def _notice(self, key: str, notify: str) -> None:
        body = json.dumps({"key": key}).encode()
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(_NOTICE_S)) as session:
            for pause_s in (*_AGAIN_S, 0):
                signed_at = str(int(self.books.now().timestamp()))
                signature = self.sign(signed_at, URL(notify).raw_path, body)
                headers = {"Content-Type": "application/json", SIGNED_AT: signed_at, SIGNATURE: signature}
                try:
                    async with session.post(notify, data=body, headers=headers) as response:
                        if response.status < 500:  # noqa: PLR2004 - it was taken, or never will be
                            return
                except (aiohttp.ClientError, TimeoutError, OSError) as error:
                    _log.info("notice of %s not taken: %s", key, type(error).__name__)
                await asyncio.sleep(pause_s)


def shared_secret(path: Path) -> str:
    """Give the secret that the gateway shares, made once."""
    if not path.exists():
        path.write_text(secrets.token_urlsafe(32), encoding="ascii")
        path.chmod(0o600)
    return path.read_text(encoding="ascii").strip()


async def serve(given: argparse.Namespace) -> None:
    """Serve until SIGTERM; prints one JSON line when it is ready."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    data: Path = given.data
    books = Books(data / "register.sqlite")
    provider = Provider(
        books,
        shared_secret(given.secret or data / SECRET_FILE),
        lose_notices=given.lose_notices,
        double_notices=given.double_notices,
        fail_first=given.fail_first,
    )
    runner = web.AppRunner(provider.application(), access_log=None, shutdown_timeout=2)
    await runner.setup()
    await web.TCPSite(runner, given.host, given.port).start()
    port = runner.addresses[0][1]
    books.pages = given.url or f"http://{given.host}:{port}"
    async with asyncio.TaskGroup() as tasks:
        telling = tasks.create_task(provider.run())
        ready = {"agency": "payments", "port": port, "url": books.pages, "pid": os.getpid()}
        print(json.dumps(ready), flush=True)  # noqa: T201  # what whoever started us waits for
        await stopped.wait()
        telling.cancel()
    await runner.cleanup()
    books.close()


def main() -> None:
    """Be the program."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s payments %(message)s")
    parser = argparse.ArgumentParser(prog="examples.purbalingga.agencies.payments", description=__doc__)
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=0)
    add("--url", default="", help="address under which payers know it")
    add("--data", type=Path, required=True, metavar="DIR", help="folder of the books and the shared secret")
    add("--secret", type=Path, metavar="FILE", help="the shared secret, made where there is none (default: in DIR)")
    add("--fail-first", type=int, default=0, metavar="N", help="answer the first N calls with 503")
    add("--lose-notices", action="store_true", help="send none")
    add("--double-notices", action="store_true", help="send each twice")
    given = parser.parse_args()
    given.data.mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(given))


if __name__ == "__main__":
    main()
