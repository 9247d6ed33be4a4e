"""Every route of the API's document, as every role, on one's own and on somebody else's object.

The routes come from the document: a new one that is not in `ROUTES` here fails; so does a line without a route.
What is not a role's is 401, 403 or 404, and a foreign object never differs from one that is not there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from msgspec import Struct

from contracts.events import HookRegistered
from gateway.app import create_app, served_routes
from gateway.choosing import BulkBody, Seen
from gateway.identity.callers import Caller, Grant
from gateway.identity.rules import API_OWNERS, Owner
from gateway.openapi import document
from gateway.routes import api_routes
from gateway.tokens import name_of
from tests.gateways import PAPER, TOKENS, Gateway, bearer, running
from workflows.loading.hashing import content_digest

ROLES: Final = ("anyone", "holder", "other holder", "agency", "officer", "stranger", "operator")
NEVER: Final = "0000-0000-0000-0000"


class Route(Struct, frozen=True, kw_only=True):
    """How a route is called: the objects in its path, and its body; and who gets through."""

    path: Mapping[str, str] = {}
    body: Any = None
    foreign: Mapping[str, str] = {}
    allowed: tuple[str, ...] = ROLES
    hidden: bool = False
    """A foreign object is told as one that does not exist."""


def only(*roles: str, **more: Any) -> Route:
    return Route(allowed=roles, **more)


CASE: Final = {"case": "CASE"}
DRAFT: Final = {"draft": "CASE", "service": "papers"}
TASK: Final = {"task": "TASK"}
CONTRACT: Final = {"agency": "alpha", "contract": "do", "version": "1.0.0"}

OWN: Final = {"agency": "alpha"}
BETA: Final = {"agency": "beta"}
HOOK: Final = {"hook": "hook-alpha"}
HOOK_OF_BETA: Final = {"hook": "hook-beta"}
LEASE: Final = {"agency": "alpha", "lease": "ask.0"}

ROUTES: Final[Mapping[tuple[str, str], Route]] = {
    ("GET", "/v1/services"): Route(),
    ("GET", "/v1/services/{service}"): Route(path={"service": "quick"}),
    ("POST", "/v1/services/{service}/cases"): Route(path={"service": "quick"}, body={"name": "Siti Contoh"}),
    ("POST", "/v1/services/{service}/drafts"): Route(path={"service": "quick"}, body={}),
    ("GET", "/v1/services/{service}/drafts/{draft}"): only("holder", path=DRAFT, hidden=True),
    ("PUT", "/v1/services/{service}/drafts/{draft}"): only("holder", path=DRAFT, body={}, hidden=True),
    ("DELETE", "/v1/services/{service}/drafts/{draft}"): only("holder", path=DRAFT, hidden=True),
    ("POST", "/v1/services/{service}/drafts/{draft}/case"): only("holder", path=DRAFT, hidden=True),
    ("GET", "/v1/services/{service}/announcements"): Route(path={"service": "quick"}),
    ("POST", "/v1/services/{service}/announcements/{case}/{step}/objections"): Route(
        path={"service": "quick", **CASE, "step": "alpha"},
        body={"name": "Sri", "contact": "0812", "grounds": "The well."},
    ),
    ("GET", "/v1/cases/{case}"): only("holder", path=CASE, hidden=True),
    ("GET", "/v1/cases/{case}/form"): only("holder", path=CASE, hidden=True),
    ("GET", "/v1/cases/{case}/events"): only("holder", path=CASE, hidden=True),
    ("GET", "/v1/cases/{case}/output"): only("holder", path=CASE, hidden=True),
    ("GET", "/v1/cases/{case}/documents/{digest}"): only("holder", path={**CASE, "digest": "DIGEST"}, hidden=True),
    ("POST", "/v1/cases/{case}/withdrawal"): only("holder", path=CASE, body={}, hidden=True),
    ("POST", "/v1/cases/{case}/corrections"): only("holder", path=CASE, body={"answers": {"name": "X"}}, hidden=True),
    ("POST", "/v1/cases/{case}/steps/{step}/answer"): only(
        "holder", path={**CASE, "step": "scribe"}, body={"answers": {}}, hidden=True
    ),
    ("POST", "/v1/cases/{case}/steps/{step}/payment-check"): only(
        "holder", path={**CASE, "step": "scribe"}, hidden=True
    ),
    ("POST", "/v1/payments/notices"): only(body={"key": "KEY"}),
    ("POST", "/v1/callbacks"): only(body={"outcome": "undone", "key": "KEY"}),
    ("GET", "/v1/directory"): Route(),
    ("GET", "/v1/calendars"): Route(),
    ("GET", "/v1/calendars/{calendar}"): Route(path={"calendar": "office"}),
    ("PUT", "/v1/calendars/{calendar}"): only("operator", path={"calendar": "new"}, body={}),
    ("GET", "/v1/keys"): Route(),
    ("GET", "/v1/status-lists/{number}"): Route(path={"number": "1"}),
    ("POST", "/v1/verifications"): Route(body="text"),
    ("PUT", "/v1/agencies/{agency}"): only(
        "operator", path={"agency": "new"}, body={"title": "New", "keys": {"keys": []}}
    ),
    ("PUT", "/v1/agencies/{agency}/contracts/{contract}/{version}"): only(
        "agency", path=CONTRACT, foreign={"agency": "beta"}, body={"agency": "alpha"}, hidden=True
    ),
    ("GET", "/v1/agencies/{agency}/contracts/{contract}/{version}"): Route(path=CONTRACT),
    ("POST", "/v1/agencies/{agency}/leases"): only("agency", path=OWN, foreign=BETA, body={}, hidden=True),
    ("POST", "/v1/agencies/{agency}/leases/{lease}/heartbeat"): only("agency", path=LEASE, foreign=BETA, hidden=True),
    ("POST", "/v1/agencies/{agency}/leases/{lease}/answer"): only(path=LEASE, body={"outcome": "undone", "key": "KEY"}),
    ("POST", "/v1/agencies/{agency}/leases/{lease}/release"): only(
        "agency", path=LEASE, foreign=BETA, body={}, hidden=True
    ),
    ("POST", "/v1/agencies/{agency}/revocations"): only("agency", path=OWN, foreign=BETA, body={}, hidden=True),
    ("GET", "/v1/notices"): only("officer", "stranger"),
    ("POST", "/v1/notices/{notice}/taking"): only(path={"notice": "TASK"}),
    ("POST", "/v1/agencies/{agency}/notices"): only("agency", path=OWN, foreign=BETA, body={}, hidden=True),
    ("POST", "/v1/agencies/{agency}/noted"): only("agency", path=OWN, foreign=BETA, body={}, hidden=True),
    ("POST", "/v1/cases/{case}/renewal"): only("holder", path=CASE, hidden=True),
    ("POST", "/v1/agencies/{agency}/questions"): only("agency", path=OWN, foreign=BETA, body={}, hidden=True),
    ("POST", "/v1/agencies/{agency}/confirmations"): only(
        "agency", path=OWN, foreign=BETA, body={"question": "x", "answer": "perhaps"}, hidden=True
    ),
    ("POST", "/v1/plans"): only("operator", body={}),
    ("POST", "/v1/agreements"): only("operator", body={}),
    ("GET", "/v1/agreements"): Route(),
    ("GET", "/v1/agreements/{agreement}"): Route(path={"agreement": "AGREEMENT"}),
    ("POST", "/v1/agreements/{agreement}/signatures"): Route(path={"agreement": "AGREEMENT"}, body={}),
    ("POST", "/v1/agreements/{agreement}/papers"): only("operator", path={"agreement": "AGREEMENT"}, body={}),
    ("GET", "/v1/agreements/{agreement}/papers/{digest}"): only(  # none came back here
        path={"agreement": "AGREEMENT", "digest": "DIGEST"}
    ),
    ("GET", "/v1/tasks"): only("officer", "stranger"),
    ("GET", "/v1/tasks/{task}"): only("officer", path=TASK, hidden=True),
    ("GET", "/v1/tasks/{task}/documents/{digest}"): only("officer", path={**TASK, "digest": "DIGEST"}, hidden=True),
    ("POST", "/v1/tasks/{task}/claim"): only("officer", path=TASK, hidden=True),
    ("POST", "/v1/tasks/{task}/release"): only("officer", path=TASK, hidden=True),
    ("POST", "/v1/tasks/{task}/handover"): only(
        "officer", path=TASK, body={"to": "nobody", "reason": "x"}, hidden=True
    ),
    ("POST", "/v1/tasks/{task}/confirmation"): only(
        "officer", path=TASK, body={"confirm": True, "digest": "x"}, hidden=True
    ),
    ("POST", "/v1/tasks/{task}/decision"): only("officer", path=TASK, body={"decision": "sleep"}, hidden=True),
    ("GET", "/v1/sheets/{step}"): only("officer", path={"step": "beta"}),
    ("POST", "/v1/sheets/{step}"): only("officer", path={"step": "beta"}, body="task"),
    ("GET", "/v1/contributions"): only("officer", "stranger"),
    ("POST", "/v1/contributions/{contribution}/revocation"): only(path={"contribution": "TASK"}, body={}),
    ("POST", "/v1/contributions/{contribution}/confirmation"): only(
        path={"contribution": "TASK"}, body={"confirm": True, "digest": "x"}
    ),
    ("GET", "/v1/questions"): only("officer", "stranger"),
    ("POST", "/v1/questions/{question}/answer"): only(path={"question": "TASK"}, body={"answer": "same"}),
    ("GET", "/v1/operations/facts"): only("operator"),
    ("POST", "/v1/tokens"): only("operator", body={}),
    ("GET", "/v1/tokens"): only("operator"),
    ("POST", "/v1/tokens/{token}/revocation"): only("operator", path={"token": "TOKEN"}, body={}),
    ("GET", "/v1/operations/cases"): only("operator"),
    ("POST", "/v1/operations/bulk"): only("operator", body={"act": "pause", "reason": ""}),
    ("GET", "/v1/operations/bulk/{run}"): only("operator", path={"run": "RUN"}),
    ("GET", "/v1/objections"): only("officer", "stranger"),
    ("POST", "/v1/objections/{case}/{step}"): only(  # nobody here is an officer of the lead agency
        path={**CASE, "step": "alpha"}, body={"number": 1, "upheld": False, "reason": "x"}
    ),
    ("GET", "/v1/operations/bulk"): only("operator"),
    ("POST", "/v1/operations/bulk/{run}/approval"): only("operator", path={"run": "RUN"}),
    ("POST", "/v1/operations/bulk/{run}/stop"): only("operator", path={"run": "RUN"}, body={}),
    ("POST", "/v1/operations/bulk/{run}/review"): only("operator", path={"run": "RUN"}, body={}),
    ("GET", "/v1/operations/leases"): only("operator"),
    ("GET", "/v1/operations/cases/{case}"): only("operator", path=CASE),
    ("GET", "/v1/operations/cases/{case}/clocks"): only("operator", path=CASE),
    ("GET", "/v1/operations/promises"): only("operator"),
    ("POST", "/v1/operations/cases/{case}/acts"): only("operator", path=CASE, body={"act": "dance", "reason": "r"}),
    ("POST", "/v1/hooks"): only("agency", "operator", body={"url": "none"}),
    ("GET", "/v1/hooks"): only("agency", "operator"),
    ("GET", "/v1/hooks/{hook}"): only("agency", "operator", path=HOOK, foreign=HOOK_OF_BETA, hidden=True),
    ("DELETE", "/v1/hooks/{hook}"): only("agency", path=HOOK, foreign=HOOK_OF_BETA, hidden=True),  # then it is no more
    ("POST", "/v1/hooks/{hook}/rotation"): only("agency", "operator", path=HOOK, foreign=HOOK_OF_BETA, hidden=True),
    ("POST", "/v1/hooks/{hook}/enabling"): only("agency", "operator", path=HOOK, foreign=HOOK_OF_BETA, hidden=True),
    ("GET", "/v1/hooks/{hook}/deliveries"): only("agency", "operator", path=HOOK, foreign=HOOK_OF_BETA, hidden=True),
    ("POST", "/v1/hooks/{hook}/resending"): only(
        "agency", "operator", path=HOOK, foreign=HOOK_OF_BETA, body={}, hidden=True
    ),
    ("GET", "/v1/openapi.json"): Route(),
    ("GET", "/health/live"): Route(),
    ("GET", "/health/ready"): Route(),
    ("GET", "/metrics"): Route(),
}

REFUSED: Final = {401, 403, 404}


def documented() -> set[tuple[str, str]]:
    paths = document(api_routes(), contact="", operator="")["paths"]
    return {(method.upper(), path) for path, item in paths.items() for method in item}


def test_every_documented_route_is_in_the_matrix_and_every_line_is_a_route() -> None:
    assert documented() == set(ROUTES)


def test_every_owner_rule_of_the_document_agrees_with_the_matrix() -> None:
    open_to_all = {route for route, owner in API_OWNERS.items() if owner is Owner.ANYONE}
    assert {route for route, line in ROUTES.items() if line.allowed == ROLES} == open_to_all & set(ROUTES)


async def test_no_served_route_is_without_a_rule(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        app = create_app(gateway.parts)
        assert set(served_routes(app)) == set(API_OWNERS)


class Objects(Struct, frozen=True):
    """What exists in the gateway under test."""

    names: Mapping[str, str]
    credentials: Mapping[str, dict[str, str]]


def hook(gateway: Gateway, agency: str) -> HookRegistered:
    now, url = gateway.parts.clock.now(), f"https://{agency}.example/"
    return HookRegistered(at=now, hook=f"hook-{agency}", agency=agency, url=url, kinds=["case.changed"], actor="test")


async def objects_of(gateway: Gateway) -> Objects:
    own, other = await gateway.apply("papers"), await gateway.apply("quick", Prefer="wait=10")
    case = own["case"]
    async with gateway.client.get(f"{gateway.url}/v1/cases/{case}/events", headers=bearer(own["secret"])) as stream:
        async for line in stream.content:
            if line.startswith(b"data:") and b"StepAccepted" in line:
                break
    await gateway.parts.engine.register([hook(gateway, agency) for agency in ("alpha", "beta")])
    agreement = next(iter(gateway.parts.engine.directory.agreements))
    operator = Caller(grants=(Grant(role="operator", person="op"),))
    run = await gateway.calls.bulk.start(
        operator, BulkBody(act="pause", reason="audit", seen=[Seen(case="nothing-of-this-name")])
    )
    return Objects(
        names={
            "RUN": run.run,
            "TOKEN": name_of(next(iter(gateway.parts.engine.directory.tokens))),
            "CASE": case,
            "TASK": f"{case}:beta:ask:1",
            "KEY": f"{case}/beta/ask/1",
            "AGREEMENT": agreement,
            "DIGEST": content_digest(PAPER),
        },
        credentials={
            "anyone": {},
            "holder": bearer(own["secret"]),
            "other holder": bearer(other["secret"]),
            **{role: bearer(TOKENS[role]) for role in ("agency", "officer", "stranger", "operator")},
        },
    )


async def call(gateway: Gateway, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any]:  # noqa: ANN401
    """Call a route; of an event stream only the head is read."""
    data, given = None, dict(headers)
    if isinstance(body, str):
        data, given["Content-Type"] = body.encode(), "text/plain"
    elif body is not None:
        data, given["Content-Type"] = json.dumps(body).encode(), "application/json"
    async with gateway.client.request(method, gateway.url + path, data=data, headers=given) as response:
        if response.content_type != "application/problem+json":
            return response.status, None
        problem = await response.json()
        return response.status, (problem["type"], problem["detail"])


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
async def test_nobody_gets_through_to_what_is_not_theirs(route: tuple[str, str], tmp_path: Path) -> None:
    method, template = route
    line = ROUTES[route]
    async with running(tmp_path, guesses_per_min=1000) as gateway:
        objects = await objects_of(gateway)
        path = template.format(**{name: objects.names.get(value, value) for name, value in line.path.items()})
        body = json.loads(json.dumps(line.body).replace("KEY", objects.names["KEY"]))
        for role, credentials in objects.credentials.items():
            status, told = await call(gateway, method, path, body, credentials)
            assert status < 500, (role, status, told)
            if role in line.allowed:
                assert status not in REFUSED, (role, status, told)
            else:
                assert status in REFUSED, (role, status, told)


@pytest.mark.parametrize("route", [route for route, line in ROUTES.items() if line.hidden], ids=" ".join)
async def test_a_foreign_object_looks_like_one_that_does_not_exist(route: tuple[str, str], tmp_path: Path) -> None:
    method, template = route
    line = ROUTES[route]
    foreigner = {"CASE": "other holder", "TASK": "stranger"}.get(next(iter(line.path.values())), "agency")
    async with running(tmp_path, guesses_per_min=1000) as gateway:
        objects = await objects_of(gateway)
        own = {name: objects.names.get(value, value) for name, value in line.path.items()}
        absent = {
            "case": NEVER,
            "draft": NEVER,
            "service": "papers",
            "task": f"{NEVER}:beta:ask:1",
            "agency": "nobody",
            "contract": "do",
            "version": "1.0.0",
            "lease": "ask.0",
            "hook": "hook-nobody",
            "step": "nothing",
            "digest": content_digest(PAPER),
        }
        seen = await call(
            gateway,
            method,
            template.format(**{**own, **line.foreign}),
            line.body,
            objects.credentials[foreigner],
        )
        never = await call(
            gateway,
            method,
            template.format(**{name: absent[name] for name in line.path}),
            line.body,
            objects.credentials[foreigner],
        )
        assert seen == never
        assert seen[0] == 404
