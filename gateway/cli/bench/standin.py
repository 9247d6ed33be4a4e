"""The stand-in: one process that is every agency, answers at once, and takes spans like a collector.

`/attested/asks` and `/signed/asks` are the wire protocol, the second with parts that their agencies signed;
`/plain/asks` is the same ask and answer for engines that have no signatures. Run as `python -m
gateway.cli.bench.standin KEYS`; the file has each agency's private key.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from joserfc.jwk import ECKey

from contracts.wire import Ask
from gateway.cli.bench.plain_http import Answering, Exchanged, message
from gateway.cli.bench.work import OUTPUTS
from gateway.clock import SystemClock
from workflows.agencies.keys import SigningKey
from workflows.agencies.signing import Request, Response, sign_response
from workflows.outputs.sdjwt import Bindings, input_digest, issue_part

JSON: Final = {"Content-Type": "application/json"}
_BODIES: Final[Mapping[str, bytes]] = {name: msgspec.json.encode(output) for name, output in OUTPUTS.items()}


class Agencies:
    """Every agency at once."""

    def __init__(self, keys: Mapping[str, dict[str, Any]]) -> None:
        """Take each agency's private key."""
        self._clock = SystemClock()
        self._signing = {agency: SigningKey.from_jwk(agency, key) for agency, key in keys.items()}
        self._sealing = {agency: ECKey.import_key(key) for agency, key in keys.items()}
        self._routes: dict[bytes, Callable[[Exchanged], bytes]] = {
            b"/plain/asks": self._plain,
            b"/attested/asks": self._attested,
            b"/signed/asks": self._signed,
            b"/v1/traces": lambda _: message("HTTP/1.1 200 OK", {"Content-Type": "application/x-protobuf"}, b""),
        }

    def answer(self, request: Exchanged) -> bytes:
        """Answer a request."""
        path = request.first.split(b" ")[1]
        return self._routes[path](request)

    def _plain(self, request: Exchanged) -> bytes:
        ask = msgspec.json.decode(request.body, type=_PlainAsk)
        return message("HTTP/1.1 200 OK", JSON, _body(ask.key, ask.contract))

    def _attested(self, request: Exchanged) -> bytes:
        ask = msgspec.json.decode(request.body, type=Ask)
        return self._reply(request, ask, _body(ask.key, ask.contract))

    def _signed(self, request: Exchanged) -> bytes:
        ask = msgspec.json.decode(request.body, type=Ask)
        agency, output = ask.contract.partition("/")[0], OUTPUTS[ask.contract]
        salt = urlsafe_b64decode(ask.salt + "=" * (-len(ask.salt) % 4))
        bindings = Bindings(
            agency=agency,
            ask_key=ask.key,
            contract_digest=ask.contract_digest,
            input_digest=input_digest(salt, ask.input),
        )
        part = issue_part(output, bindings, key=self._sealing[agency], issued_at=self._clock.now())
        answer = {"outcome": "contributed", "key": ask.key, "output": output, "part": part}
        return self._reply(request, ask, msgspec.json.encode(answer))

    def _reply(self, request: Exchanged, ask: Ask, body: bytes) -> bytes:
        key = self._signing[ask.contract.partition("/")[0]]
        asked = Request("POST", "", request.headers(), request.body)
        added = sign_response(Response(200, JSON, body), asked, key, now=self._clock.now())
        return message("HTTP/1.1 200 OK", JSON | added, body)


class _PlainAsk(msgspec.Struct, frozen=True):
    key: str
    contract: str


def _body(key: str, contract: str) -> bytes:
    return b'{"outcome":"contributed","key":"%s","output":%s}' % (key.encode(), _BODIES[contract])


async def serve(agencies: Agencies) -> None:
    """Answer until told to end; the first line of standard output is the address."""
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    server = await loop.create_server(lambda: Answering(agencies.answer), "127.0.0.1", 0, backlog=1024)
    port = server.sockets[0].getsockname()[1]
    sys.stdout.write(f"http://127.0.0.1:{port}\n")
    sys.stdout.flush()
    await stopping.wait()


if __name__ == "__main__":
    asyncio.run(serve(Agencies(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=dict[str, dict[str, Any]]))))
