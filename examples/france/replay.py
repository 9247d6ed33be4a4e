"""A server that answers as the agencies once did: by number, byte by byte; and it can be as bad as a real one.

    python -m examples.france.replay --data FOLDER --port 7200

It demands what the real API demands: a token, and of every read its purpose (`recipient`, `context`, `object`).
"""

from __future__ import annotations

import argparse
import asyncio
import re
import signal
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec
from aiohttp import web
from msgspec import Struct

from examples.france.applications import read_application
from examples.france.certificate import make_certificate
from examples.france.recordings import ENDPOINTS, NoRecordings, Recordings, read_recordings, recorded_folder


class Said(Struct, frozen=True):
    """An error in the API's words; `parameter` is what it is about."""

    code: str
    title: str
    detail: str
    parameter: str = ""


_PURPOSE: Final[Mapping[str, str]] = {"context": "00201", "object": "00202", "recipient": "00203"}
"""What every read says of itself, and the API's code of the mistake when it does not."""
_LINK: Final = re.compile(rb'("document_url":\s*")https?://[^"]+')
_WORDS: Final[Mapping[int, Said]] = {
    403: Said("00100", "Privilèges insuffisants", "Votre token est valide mais vos privilèges sont insuffisants."),
    404: Said("01003", "Entité non trouvée", "Le ou les paramètre(s) d'entrée n'existent pas, ne sont pas connus."),
    409: Said("00015", "Conflit", "Une requête associé à votre jeton est déjà en cours de traitement."),
    422: Said("00301", "Entité non traitable", "Un paramètre n'est pas correctement formatté."),
    429: Said("00429", "Trop de requêtes", "Vous avez effectué trop de requêtes"),
    502: Said("01999", "Erreur inconnue du fournisseur de données", "La réponse retournée est invalide."),
    503: Said("01001", "Service non disponible", "Service du fournisseur de données temporairement indisponible."),
    504: Said("01002", "Intermédiaire hors-délai", "Temps d'attente d'une réponse du fournisseur de données écoulé."),
}
"""Errors in the words of the API's document, for what nobody recorded."""
_SHUTDOWN_S: Final = 0.2


class Read(Struct, frozen=True):
    """One read that came: about which number, for which purpose, and how it was answered."""

    endpoint: str
    number: str
    recipient: str
    context: str
    object: str
    status: int


class Fault(Struct):
    """So many reads of the endpoints that have this word in their names fail with this status."""

    status: int
    left: int
    word: str = ""


class Delay(Struct, frozen=True):
    """Endpoints that have this word in their names answer so many seconds later."""

    seconds: float
    word: str = ""


def read_fault(text: str) -> Fault:
    """Read a fault as it is written: `STATUS:TIMES`, or `STATUS:TIMES:WORD`; raises ValueError."""
    status, times, *word = text.split(":")
    return Fault(int(status), int(times), *word)


def read_delay(text: str) -> Delay:
    """Read a delay as it is written: `SECONDS`, or `SECONDS:WORD`; raises ValueError."""
    seconds, _, word = text.partition(":")
    return Delay(float(seconds), word)


class Replay:
    """Answers reads; `reads` are those that came."""

    def __init__(
        self,
        recordings: Recordings,
        *,
        faults: Sequence[Fault] = (),
        delays: Sequence[Delay] = (),
        retry_after: str = "",
        live_links: bool = False,
    ) -> None:
        """Take what was recorded, and what goes wrong.

        `retry_after` goes with every fault. With `live_links`, links to documents lead here; else they are as recorded.
        """
        self.reads: list[Read] = []
        self.faults, self.delays, self.retry_after = list(faults), list(delays), retry_after
        self._recordings, self._live_links = recordings, live_links

    def application(self) -> web.Application:
        """Give the application with its routes."""
        app = web.Application()
        for path in ENDPOINTS:
            app.router.add_get(path, self._answer)
        app.router.add_get("/documents/{endpoint}/{number}.pdf", self._show_document)
        app.router.add_get("/reads", self._show_reads)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        resource = request.match_info.route.resource
        endpoint = ENDPOINTS[resource.canonical if resource else ""]
        (number,) = request.match_info.values()
        status, payload, headers = self._reply(request, endpoint, number)
        given = {name: request.query.get(name, "") for name in ("recipient", "context", "object")}
        self.reads.append(Read(endpoint=endpoint, number=number, status=status, **given))
        await asyncio.sleep(max((each.seconds for each in self.delays if each.word in endpoint), default=0))
        if self._live_links:
            here = f"{request.url.origin()}/documents/{endpoint}/{number}.pdf"
            payload = _LINK.sub(rb"\g<1>" + here.encode(), payload)
        return web.Response(status=status, body=payload, headers={"Content-Type": "application/json", **headers})

    def _reply(self, request: web.Request, endpoint: str, number: str) -> tuple[int, bytes, dict[str, str]]:
        """Give status, payload and headers: what is wrong with the read first, then faults, then what was recorded."""
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return 401, _errors(Said("00101", "Interdit", "Votre token n'est pas valide", "token")), {}
        lacking = [name for name in _PURPOSE if not request.query.get(name)]
        if lacking:
            words = "Entité non traitable", "Le paramètre {} est obligatoire"
            told = [Said(_PURPOSE[name], words[0], words[1].format(name), name) for name in lacking]
            return 422, _errors(*told), {}
        for fault in self.faults:
            if fault.left > 0 and fault.word in endpoint:
                fault.left -= 1
                again = {"Retry-After": self.retry_after} if self.retry_after else {}
                return fault.status, self._failure(endpoint, fault.status), again
        recorded = self._recordings.about(endpoint, number)
        if recorded is None:
            return 404, self._failure(endpoint, 404), {}
        return recorded.status, recorded.payload, {}

    def _failure(self, endpoint: str, status: int) -> bytes:
        """Give what the endpoint once said with this status, else what the document says that it would."""
        recorded = self._recordings.with_status(endpoint, status)
        return recorded.payload if recorded else _errors(_WORDS.get(status, _WORDS[502]))

    async def _show_document(self, request: web.Request) -> web.Response:
        endpoint, number = request.match_info["endpoint"], request.match_info["number"]
        content = make_certificate("Specimen, made for an example", endpoint.removeprefix("api_entreprise_"), number)
        return web.Response(body=content, content_type="application/pdf")

    async def _show_reads(self, request: web.Request) -> web.Response:
        del request
        return web.Response(body=msgspec.json.encode(self.reads), content_type="application/json")


def _errors(*told: Said) -> bytes:
    """Give a body in the shape of the API's schema `Error`."""
    errors = [
        {
            "code": said.code,
            "title": said.title,
            "detail": said.detail,
            "source": {"parameter": said.parameter} if said.parameter else None,
            "meta": {},
        }
        for said in told
    ]
    return msgspec.json.encode({"errors": errors})


@asynccontextmanager
async def serving(replay: Replay, port: int = 0) -> AsyncGenerator[str]:
    """Serve on this machine (port 0: a free one); give the address."""
    runner = web.AppRunner(
        replay.application(), access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_S
    )
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    try:
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


# --- by hand --------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="examples.france.replay", description="Recorded answers, served (a sandbox).")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the recorded answers; else GAPURA_RECORDED_ANSWERS")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--sample", type=Path, metavar="FILE", help="its stand-ins and faults")
    parser.add_argument("--fault", type=read_fault, action="append", default=[], metavar="STATUS:TIMES[:WORD]")
    parser.add_argument("--delay", type=read_delay, action="append", default=[], metavar="SECONDS[:WORD]")
    parser.add_argument("--retry-after", default="", metavar="SECONDS", help="sent with every fault")
    parser.add_argument("--live-links", action="store_true", help="links to documents lead here, to small ones")
    return parser


async def _serve(replay: Replay, port: int) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with serving(replay, port) as url:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        await ended.wait()


def main() -> None:
    """Serve until Ctrl-C; the first line says where."""
    given = _parser().parse_args()
    try:
        recorded = read_recordings(recorded_folder(given.data))
        sample = read_application(given.sample) if given.sample else None
        recordings = Recordings(recorded, sample.stand_ins if sample else {})
    except NoRecordings as error:
        sys.exit(str(error))
    faults = [*given.fault, *map(read_fault, sample.faults if sample else ())]
    retry_after = given.retry_after or (sample.retry_after if sample else "")
    replay = Replay(recordings, faults=faults, delays=given.delay, retry_after=retry_after, live_links=given.live_links)
    asyncio.run(_serve(replay, given.port))


if __name__ == "__main__":
    main()
