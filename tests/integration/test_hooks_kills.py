"""The gateway's process is killed again and again while it tells a hook: nothing is lost, and names stay the same."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from joserfc.jwk import ECKey
from msgspec import structs

from contracts.declared import Value
from contracts.events import AgencyRegistered, ContractRegistered, PlanPublished, RegisterEvent
from contracts.plan import Output, Step
from gateway.clock import SystemClock
from tests.eventually import eventually_async
from tests.gateways import CONTRACTS, FORM, WORDS, agreed, plan_of
from tests.hooks import receiving
from tests.integration.test_serving import Served, opened, served
from workflows.loading.hashing import contract_digest
from workflows.loading.plans import publish
from workflows.ports import REGISTER, Append

KILLS = 2
ALLOWED = {"GAPURA_ALLOW_NETWORKS": "127.0.0.0/8"}


async def prepare(data: Path) -> None:
    """Write a register in which a service with one desk is on offer."""
    now, gamma = SystemClock().now(), CONTRACTS["gamma"]
    keys = {name: {**ECKey.generate_key("P-256").as_dict(private=True), "kid": name} for name in ("lead", "gamma")}
    parts: dict[str, dict[str, Value]] = {"gamma": {"number": "gamma.number"}}
    plan = structs.replace(
        plan_of("quick"),
        steps={"gamma": Step(ask="gamma/do@1", in_={"name": "form.name"})},
        output=Output(title=WORDS, holder={"name": "form.name"}, parts=parts),
    )
    published = publish(plan, {gamma.name: gamma})
    events: list[RegisterEvent] = []
    for name, key in keys.items():
        public = {member: value for member, value in key.items() if member != "d"}
        events.append(AgencyRegistered(at=now, agency=name, title=name, keys={"keys": [public]}, actor="test"))
    events.append(
        ContractRegistered(at=now, contract=gamma, digest=contract_digest(gamma), source="", actor="test"),
    )
    events += [PlanPublished(at=now, published=published, actor="test"), *agreed(published, keys, now)]
    async with opened(data) as journal:
        await journal.append(Append(stream=REGISTER, expected_version=0, events=events))


async def applied(server: Served) -> str:
    async with server.client.post(f"{server.url}/v1/services/quick/cases", json=FORM) as response:
        assert response.status == 202, await response.text()
        return str((await response.json())["case"])


async def test_a_kill_loses_what_a_hook_is_to_be_told_or_gives_it_another_name(tmp_path: Path) -> None:
    data, cases = tmp_path, list[str]()
    await prepare(data)
    async with receiving() as receiver:
        for kill in range(KILLS):
            async with served(data, **ALLOWED) as server:
                if kill == 0:
                    body = {"url": receiver.url, "kinds": ["case.changed"]}
                    owner = {"Authorization": f"Bearer {server.token}"}
                    async with server.client.post(f"{server.url}/v1/hooks", json=body, headers=owner) as response:
                        assert response.status == 201, await response.text()
                cases += [await applied(server) for _ in range(3)]
                server.process.send_signal(signal.SIGKILL)
                await server.process.wait()
        async with served(data, **ALLOWED):
            expected = {f"{case}-{version}-case-changed" for case in cases for version in (1, 2)}

            async def all_there() -> bool:
                return expected <= {sent.headers["webhook-id"] for sent in receiver.sent}

            await eventually_async(all_there)
    told = {sent.headers["webhook-id"]: json.loads(sent.body) for sent in receiver.sent}
    assert told.keys() == expected, "something has another name than what it is"
    assert all(json.loads(sent.body) == told[sent.headers["webhook-id"]] for sent in receiver.sent)
