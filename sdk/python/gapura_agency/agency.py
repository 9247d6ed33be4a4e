"""An agency: its functions by contract, and everything around them."""

from __future__ import annotations

import inspect
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from gapura_agency import after_issue
from gapura_agency.asked import AskFunction, ConfirmFunction, Given, NoticeFunction, NotNow, UndoFunction
from gapura_agency.background import Background
from gapura_agency.contracts import Contract, read_contracts
from gapura_agency.deliveries import LONGEST_WAIT_S, deliver_due
from gapura_agency.exchange import Fields, Request, Response, Unheard, problem
from gapura_agency.gateway import Calls, GatewayPort
from gapura_agency.keys import SigningKey
from gapura_agency.messages import Unreadable
from gapura_agency.procedure import Duty, NotAsked, Procedure, Reply
from gapura_agency.signatures import SignatureInvalid, Signed, sign_response, verify_request
from gapura_agency.stores import Store
from gapura_agency.tracing import CarryingTracer, Tracer
from gapura_agency.wording import AnswerWrong

if TYPE_CHECKING:
    from gapura_agency.asgi import AsgiApp
    from gapura_agency.wsgi import WsgiApp

LARGEST_BODY = 14 * 1024 * 1024
"""Bytes of an ask: a document among its input comes with it."""
LOOK_EVERY_S = 60.0

_Function = TypeVar("_Function", AskFunction, UndoFunction, ConfirmFunction)
_log = logging.getLogger("gapura_agency")


class FunctionMissing(Exception):
    """Contracts and functions do not fit together; the text names every mistake and what to write."""


class Agency:
    """One agency's system on the wire protocol. Give it functions with `contract`, `undo`, `confirm` and `notice`."""

    def __init__(
        self,
        *,
        key: SigningKey,
        gateway: GatewayPort,
        contracts: str | Path | Iterable[str | Path],
        store: Store,
        url: str = "",
        tracer: Tracer | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Make an agency.

        Args:
            key: signs for it; its agency is whose contracts are read.
            gateway: who may ask, and who is called.
            contracts: a folder, a file, or files.
            store: where it remembers.
            url: the address under which the gateway knows it; one that only fetches needs none.
            tracer: makes spans; without one only the ids are carried on.
            now: the clock, seconds since 1970.

        Raises:
            ContractUnusable: names every mistake of the contract files.

        """
        self.name, self.key, self.gateway, self.store, self.now = key.agency, key, gateway, store, now
        self.url = url.rstrip("/")
        self.contracts: Mapping[str, Contract] = read_contracts(self.name, contracts)
        self.calls = Calls(key, gateway, now)
        self.longest_wait_s = LONGEST_WAIT_S
        self.look_every_s: float | None = LOOK_EVERY_S
        self._tracer = tracer or CarryingTracer()
        self._duties = {name: Duty(contract) for name, contract in self.contracts.items()}
        self._note: NoticeFunction | None = None
        self._procedure = Procedure(key, self._duties, store, self._tracer, now)
        self._background = Background(self)
        self._is_ready = threading.Event()

    # --- functions ----------------------------------------------------------------------------------------

    def contract(self, name: str, *, later: float | None = None) -> Callable[[AskFunction], AskFunction]:
        """Say which function decides under a contract (`agency/contract@major`).

        Args:
            name: of the contract.
            later: accept at once, and call the function so many seconds later in the background.

        """
        duty = self._duty(name)

        def take(function: AskFunction) -> AskFunction:
            duty.decide, duty.later_s = _fitting(function, name, duty.decide), later
            return function

        return take

    def undo(self, name: str) -> Callable[[UndoFunction], UndoFunction]:
        """Say which function takes back what was done under a contract."""
        duty = self._duty(name)

        def take(function: UndoFunction) -> UndoFunction:
            duty.take_back = _fitting(function, name, duty.take_back)
            return function

        return take

    def confirm(self, name: str) -> Callable[[ConfirmFunction], ConfirmFunction]:
        """Say which function knows whether a fact is still so: it returns `same`, `different` or `unknown`."""
        duty = self._duty(name)

        def take(function: ConfirmFunction) -> ConfirmFunction:
            duty.confirm = _fitting(function, name, duty.confirm)
            return function

        return take

    def notice(self, function: NoticeFunction) -> NoticeFunction:
        """Say which function takes note of what was revoked."""
        self._note = function
        return function

    def check(self) -> None:
        """Check that every contract has its functions; done by itself before the first answer.

        Raises:
            FunctionMissing: names every one that is missing.

        """
        mistakes: list[str] = []
        for name, duty in self._duties.items():
            if duty.decide is None:
                mistakes.append(f'{name} has no function: write @agency.contract("{name}") over one')
            if duty.contract.must_undo and duty.take_back is None:
                mistakes.append(f'{name} can be undone by its contract: write @agency.undo("{name}") over a function')
            if duty.contract.confirms and duty.confirm is None:
                mistakes.append(
                    f'{name} confirms facts by its contract: write @agency.confirm("{name}") over a function'
                )
        if mistakes:
            raise FunctionMissing("Contracts and functions do not fit together:\n" + "\n".join(mistakes))
        self._is_ready.set()

    def _duty(self, name: str) -> Duty:
        if name not in self._duties:
            raise FunctionMissing(f"there is no contract {name!r}; there are: {', '.join(self._duties)}")
        return self._duties[name]

    # --- being asked --------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Response:  # noqa: PLR0911 - one for each way in which it can go wrong
        """Answer any request: asks, undos, lookups, and the agency's public keys. Never raises.

        The last piece of its path says what it is; everything in front of it may be a mount's.
        """
        try:
            if not self._is_ready.is_set():
                self.check()
            return self._handle(request)
        except SignatureInvalid as error:
            return problem(401, "The signature is not valid", str(error))
        except NotAsked as error:
            return problem(422, "This is no ask of this agency", str(error))
        except Unreadable as error:
            return problem(400, "The body cannot be read", str(error))
        except Unheard as error:
            return problem(503, "Not possible at the moment", str(error), retry_after_s=1)
        except NotNow as error:
            return problem(503, "Not possible at the moment", str(error), retry_after_s=error.retry_after_s)
        except (AnswerWrong, FunctionMissing) as error:
            _log.error("%s", error)
            return problem(500, "The agency's own answer breaks its contract", "its log says what is wrong")
        except Exception:  # noqa: BLE001 - whatever a function of the agency raises
            _log.exception("a function of the agency failed; nothing is remembered, and the gateway asks again")
            return problem(500, "The agency's system failed", "its log says what is wrong")

    def _handle(self, request: Request) -> Response:
        piece = request.path.rstrip("/").rpartition("/")[2]  # Litestar adds a slash behind what it mounts
        if piece == "jwks.json" and request.method == "GET":
            return Response(200, Fields([("Content-Type", "application/jwk-set+json")]), self.key.jwk_set())
        if piece not in {"asks", "undos", "lookups"}:
            return problem(404, "There is nothing here", "asks, undos and lookups are answered")
        if request.method != "POST":
            return problem(405, "Only POST is answered")
        if len(request.body) > LARGEST_BODY:
            return problem(413, "The body is too large", f"at most {LARGEST_BODY} bytes")
        signed = self._verified(request, piece)
        with self._tracer.span(f"{self.name} {piece[:-1]}", request.headers.get("traceparent")) as span:
            reply = self.reply_to(piece[:-1], request.body, span.traceparent)
            span.note("gapura.outcome", reply.outcome)
        headers = sign_response(self.key, signed, status=reply.status, body=reply.body, now=self.now())
        return Response(reply.status, headers, reply.body)

    def _verified(self, request: Request, piece: str) -> Signed:
        """Verify that the gateway signed this, for us, now, and for the first time."""
        if not self.url:
            raise SignatureInvalid("this agency does not know its own address: give url= to Agency(...)")
        # The address is our own configuration: what the Host header says is not believed.
        url = f"{self.url}/{piece}" + (f"?{request.query}" if request.query else "")
        signed = Signed(url, request.headers, request.body)
        now = self.now()
        verified = verify_request(signed, self.gateway.find_key, now=now)
        if not request.headers.get("idempotency-key"):
            raise SignatureInvalid("Idempotency-Key is missing: it repeats the body's key, and is covered")
        with self.store.transaction() as memory:
            is_new = memory.take_nonce(verified.key_id, verified.nonce, now=now, until=verified.forget_at)
        if not is_new:
            raise SignatureInvalid("this signature was used before: sign every attempt afresh")
        return signed

    def reply_to(self, verb: str, body: bytes, traceparent: str) -> Reply:
        """Answer a message that is known to be the gateway's; `verb` is `ask`, `undo` or `lookup`.

        Raises:
            NotAsked: it cannot be taken as one for this agency.
            AnswerWrong: a function of the agency answers what its contract does not have.
            Unreadable: it cannot be read.

        """
        if verb == "ask":
            reply = self._procedure.ask(body, traceparent)
            self._background.wake()
            return reply
        return self._procedure.undo(body) if verb == "undo" else self._procedure.lookup(body)

    # --- answering later ----------------------------------------------------------------------------------

    def answer(self, ask_key: str, given: Given) -> bool:
        """Answer what was accepted earlier: a dict, `refuse()` or `send_back()`. It is sent until it is heard.

        Returns:
            Whether this is the answer now: False where it was answered before, or taken back meanwhile.

        Raises:
            KeyError: nothing is known under this key.
            AnswerWrong: the contract has no such answer; nothing is remembered.

        """
        is_answer = self._procedure.answer(ask_key, given, self._callback)
        self._background.wake()
        return is_answer

    def work(self) -> None:
        """Do now what is due: work that was put off, and answers that the gateway has not yet taken."""
        self._procedure.decide_due(self._callback)
        deliver_due(self.store, self.calls, self.now, self.longest_wait_s)

    def look(self) -> None:
        """Fetch and answer now what the gateway asks after issue, where there are functions for it.

        Raises:
            Unheard: the gateway was not reached.

        """
        if any(duty.confirm for duty in self._duties.values()):
            after_issue.answer_questions(self.store, self.calls, self._duties)
        if self._note is not None:
            after_issue.take_notices(self.calls, self._note)

    def revoke(self, ask_key: str, *, reason: str, legal_basis: str, objection: str) -> bool:
        """Take the agency's own part of an issued output back.

        Args:
            ask_key: of the ask that the part answered.
            reason: for the applicant.
            legal_basis: for the applicant, and whoever verifies the output.
            objection: where and until when to object.

        Returns:
            Whether the whole output is revoked with it.

        Raises:
            NotTaken: the gateway says no.
            Unheard: it was not reached; say it again.

        """
        return after_issue.revoke(self.calls, ask_key, reason=reason, legal_basis=legal_basis, objection=objection)

    @property
    def _callback(self) -> str:
        return f"{self.gateway.address}/v1/callbacks"

    # --- running ------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to work in the background: answers that are due, and what the gateway asks after issue.

        `look_every_s` says how often that is fetched; None: only by `look`.

        Raises:
            FunctionMissing: contracts and functions do not fit together.

        """
        self.check()
        self._background.start()

    def stop(self) -> None:
        """End the work in the background, after what is under way."""
        self._background.stop()

    def asgi(self) -> AsgiApp:
        """Give an ASGI application."""
        from gapura_agency.asgi import AsgiApp  # noqa: PLC0415 - it needs this module

        return AsgiApp(self)

    def wsgi(self) -> WsgiApp:
        """Give a WSGI application."""
        from gapura_agency.wsgi import WsgiApp  # noqa: PLC0415 - it needs this module

        return WsgiApp(self)


def _fitting(function: _Function, name: str, earlier: _Function | None) -> _Function:
    if inspect.iscoroutinefunction(function):
        raise FunctionMissing(
            f"{name}: {function.__name__} is `async def`; write a plain `def`: it runs in a thread and may block"
        )
    if earlier is not None:
        raise FunctionMissing(f"{name} has a function already: one is enough")
    return function
