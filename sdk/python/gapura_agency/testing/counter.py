"""The side of the stand-in gateway that agencies call: callbacks, leases, questions, notices, revocations, keys."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from gapura_agency.contracts import Contract
from gapura_agency.exchange import Call, Fields, Problem, Response, Unheard, problem
from gapura_agency.keys import PublicKey, SigningKey
from gapura_agency.signatures import SignatureInvalid, Signed, sign_response, verify_request

LEASE_S = 60.0


class Offered(Struct):
    """A message that an agency may fetch."""

    lease: str
    verb: str
    message: Mapping[str, Any]
    beats: int = 0
    released: Mapping[str, Any] | None = None
    answer: Mapping[str, Any] | None = None
    given_out: bool = False


class Counter:
    """Takes what agencies tell; everything is verified, and kept in lists for the test to look at.

    `callbacks` are late answers by ask key; `confirmations` answers by question; `noted` names of notices;
    `revocations` what agencies took back; `refused` what was turned away, and why. Put questions and notices into
    `questions` and `notices`. `down` many calls are answered by nothing at all.
    """

    def __init__(self, key: SigningKey, address: str, now: Callable[[], float]) -> None:
        """Take the gateway's key, its address and its clock."""
        self.key, self.address, self.now = key, address, now
        self.agency_keys: dict[str, PublicKey] = {}
        self.known_contracts: dict[str, Contract] = {}
        self.salts: dict[str, str] = {}
        self.callbacks: dict[str, dict[str, Any]] = {}
        self.confirmations: dict[str, str] = {}
        self.noted: list[str] = []
        self.revocations: list[dict[str, Any]] = []
        self.questions: list[dict[str, Any]] = []
        self.notices: list[dict[str, Any]] = []
        self.traceparents: list[str] = []
        self.refused: list[str] = []
        self.offers: dict[str, Offered] = {}
        self.down = 0
        self._leases = itertools.count(1)
        self._nonces: set[tuple[str, str]] = set()

    def agency_key(self, key_id: str) -> PublicKey | None:
        """Give an agency's public key."""
        return self.agency_keys.get(key_id)

    def offer(self, verb: str, message: Mapping[str, Any]) -> Offered:
        """Offer a message (`ask`, `undo` or `lookup`) to whoever fetches; look at what is given back for its answer."""
        offered = Offered(f"{verb}.{next(self._leases)}", verb, message)
        self.offers[offered.lease] = offered
        return offered

    # --- what an Agency needs of a gateway ----------------------------------------------------------------

    def find_key(self, key_id: str) -> PublicKey | None:
        """Give the stand-in's own public key."""
        return self.key.verifier() if key_id == self.key.name else None

    def send(self, call: Call, *, within_s: float) -> Response:
        """Take a call of an agency."""
        del within_s
        if self.down > 0:
            self.down -= 1
            raise Unheard("the stand-in is down")
        signed = Signed(call.url, call.headers, call.body)
        try:
            party = self._verified(signed)
            answer = self._routed(urlsplit(call.url).path, party, call)
        except SignatureInvalid as error:
            answer = problem(401, "The signature is not valid", str(error))
        except (msgspec.MsgspecError, KeyError) as error:
            answer = problem(400, "The body cannot be read", str(error))
        if answer.status >= 400:  # noqa: PLR2004 - the statuses of failure
            self.refused.append(msgspec.json.decode(answer.body, type=Problem).detail)
            return answer
        headers = sign_response(self.key, signed, status=answer.status, body=answer.body, now=self.now())
        return Response(answer.status, headers, answer.body)

    def wsgi(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Take calls over HTTP."""
        path = environ["PATH_INFO"]
        if path == "/v1/keys":
            answer = Response(200, Fields([("Content-Type", "application/json")]), self.key.jwk_set())
        else:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            lines = [(name[5:].replace("_", "-"), value) for name, value in environ.items() if name.startswith("HTTP_")]
            lines.append(("content-type", environ.get("CONTENT_TYPE", "")))
            try:
                answer = self.send(Call(f"{self.address}{path}", Fields(lines), body), within_s=0)
            except Unheard as error:
                answer = problem(503, "Not now", str(error))
        start_response(f"{answer.status} -", answer.headers.items())
        return [answer.body]

    def _verified(self, signed: Signed) -> str:
        verified = verify_request(signed, self.agency_key, now=self.now())
        if (verified.key_id, verified.nonce) in self._nonces:
            raise SignatureInvalid("this signature was used before: sign every attempt afresh")
        self._nonces.add((verified.key_id, verified.nonce))
        return verified.key_id.partition("/")[0]

    # --- routes -------------------------------------------------------------------------------------------

    def _routed(self, path: str, party: str, call: Call) -> Response:
        said: dict[str, Any] = msgspec.json.decode(call.body)
        if path == "/v1/callbacks":
            self.traceparents.append(call.headers.get("traceparent"))
            return self._called_back(said)
        match path.split("/")[2:]:
            case ["agencies", agency, *_] if agency != party:
                return problem(404, "Not found", f"the path is of {agency}, and {party} signed")
            case ["agencies", _, "leases"]:
                return self._leased(int(said.get("most", 1)))
            case ["agencies", _, "leases", lease, act] if lease in self.offers:
                return self._acted(self.offers[lease], act, said)
            case ["agencies", _, name]:
                return self._told(name, said)
            case _:
                return problem(404, "Not found", f"{path} is nothing that an agency calls")

    def _told(self, name: str, said: dict[str, Any]) -> Response:
        """Answer what agencies ask and say after issue."""
        match name:
            case "questions":
                open_ = [one for one in self.questions if one["question"] not in self.confirmations]
                return _json(200, {"questions": open_, "next": ""})
            case "confirmations":
                self.confirmations[said["question"]] = said["answer"]
            case "notices":
                unknown = [one for one in self.notices if one["notice"] not in self.noted]
                return _json(200, {"notices": unknown, "next": ""})
            case "noted":
                self.noted.append(said["notice"])
            case "revocations":
                self.revocations.append(said)
                return _json(200, {"required": True})
            case _:
                return problem(404, "Not found", f"{name} is nothing that an agency calls")
        return _json(204)

    def _called_back(self, said: dict[str, Any]) -> Response:
        if said["key"] not in self.salts:
            return problem(404, "Not found", "no ask has this key")
        earlier = self.callbacks.setdefault(said["key"], said)
        return _json(204) if earlier == said else problem(422, "Answered otherwise", "another answer came before")

    def _leased(self, most: int) -> Response:
        waiting = [one for one in self.offers.values() if not one.given_out][:most]
        until = datetime.fromtimestamp(self.now() + LEASE_S, UTC)
        for one in waiting:
            one.given_out = True
        leases = [{"lease": one.lease, "verb": one.verb, "until": until, "message": one.message} for one in waiting]
        return _json(200, {"leases": leases})

    def _acted(self, offered: Offered, act: str, said: dict[str, Any]) -> Response:
        match act:
            case "heartbeat":
                offered.beats += 1
                return _json(200, {"until": datetime.fromtimestamp(self.now() + LEASE_S, UTC)})
            case "release":
                offered.released = said
                return _json(204)
            case "answer":
                offered.answer = said
                return _json(204)
            case _:
                return problem(404, "Not found", f"{act} is nothing that is done with a lease")


def _json(status: int, value: object = None) -> Response:
    body = b"" if value is None else msgspec.json.encode(value)
    return Response(status, Fields([("Content-Type", "application/json")]), body)
