"""A town to try things in: the example's agencies as processes, a gateway, everything registered and agreed.

The demonstration and the tests share it. It does by the API what agencies and an operator would do.
"""

from __future__ import annotations

import asyncio
import importlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar, cast

import aiohttp
import msgspec
import yaml
from joserfc.jwk import ECKey

from contracts.agreement import Decision
from gateway.cli.calling import Reply, connect
from gateway.cli.demo.processes import GatewayProcess, kept_port
from gateway.clock import SystemClock
from workflows.loading.agreements import sign
from workflows.loading.contracts import load_contract
from workflows.ports import Clock

FIRST: Final = "mulai-usaha"
"""The service that a town is about where nothing else is said."""
T = TypeVar("T")


async def in_thread(work: Callable[[], T]) -> T:
    """Do something in a thread, and wait for its end even when told to stop: a thread cannot be cancelled."""
    doing = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        await asyncio.wait({doing})
    except asyncio.CancelledError:
        await asyncio.wait({doing})
        doing.exception()  # what went wrong while it was ended interests nobody
        raise
    return doing.result()


class TownNotStarted(Exception):
    """An agency's process is not ready; the message has the end of its log."""


class ExamplesMissing(Exception):
    """The examples are not here: they come with the repository, not with the installed package."""


class AgencyProcess(Protocol):
    """An agency's process, as `examples.purbalingga.start` gives it."""

    agency: str
    data: Path

    @property
    def url(self) -> str:
        """Where it serves."""
        ...

    def launch(self) -> None:
        """Start it without waiting for it."""
        ...

    def wait(self) -> Any:  # noqa: ANN401 - its ready line
        """Wait until it serves."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...

    def start(self) -> Any:  # noqa: ANN401 - its ready line
        """Bring it back."""
        ...

    def stop(self) -> None:
        """Ask it to end."""
        ...


def examples_folder() -> Path:
    """Give the folder of the example.

    Raises:
        ExamplesMissing: it is not here.

    """
    try:
        module = importlib.import_module("examples.purbalingga")
    except ModuleNotFoundError as error:
        message = "The demonstration needs the examples, which come with the repository: clone it and run `make demo`."
        raise ExamplesMissing(message) from error
    return Path(str(module.__file__)).parent


class Town:
    """Purbalingga, small and invented."""

    def __init__(
        self,
        folder: Path,
        *,
        environment: Mapping[str, str] | None = None,
        options: Mapping[str, Sequence[str]] | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Take an empty folder for everybody's data; `options` are the agencies' command lines (None: as shown).

        The clock is the machine's where no other is given.
        """
        self.clock = clock or SystemClock()
        self.examples = examples_folder()
        self.folder = folder
        self.secrets = folder / "secrets"
        self._start = importlib.import_module("examples.purbalingga.start")
        port = kept_port()
        self.payments: AgencyProcess = self._start.Running(self._start.PAYMENTS, folder / "agencies", "", port=port)
        """The sandbox of payments, at a port that the gateway is told before it serves there."""
        environment = {
            "GAPURA_SECRETS_FOLDER": str(self.secrets),
            "GAPURA_PAYMENTS_URL": f"http://127.0.0.1:{port}",
            **(environment or {}),
        }
        self.gateway = GatewayProcess(folder / "gateway", environment=environment)
        self.people = self._loaded(self.examples / "agencies.yaml")
        self.agencies: dict[str, AgencyProcess] = {}
        self.plans = {path.stem: self._loaded(path) for path in sorted((self.examples / "services").glob("*.yaml"))}
        self.agreements: dict[str, str] = {}
        """By service: the digest of what its agencies sign."""
        self._options = self._start.AS_SHOWN if options is None else options

    @staticmethod
    def _loaded(path: Path) -> dict[str, Any]:
        return cast("dict[str, Any]", yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader))

    @property
    def url(self) -> str:
        """Where the gateway is."""
        return self.gateway.url

    @property
    def by_wire(self) -> list[str]:
        """The agencies whose systems know the wire protocol, called or fetching: these sign what they give."""
        return [name for name, about in self.people["agencies"].items() if about["connection"] in {"wire", "pull"}]

    def parties(self, service: str) -> list[str]:
        """Give the agencies of a service, each once: the lead, and those that its steps ask."""
        plan = self.plans[service]
        asked = [step["ask"].partition("/")[0] for step in plan["steps"].values() if "ask" in step]
        return list(dict.fromkeys([plan["lead"], *asked]))

    def start(self) -> None:
        """Start gateway and agencies beside each other, and wait until all serve."""
        self.gateway.launch()
        self.payments.launch()
        keys = f"{self.gateway.url}/v1/keys"
        try:
            self.agencies = self._start.start_all(self.folder / "agencies", keys, self._options)
            self.payments.wait()
            self.gateway.wait()
        except self._start.NotStarted as error:
            self.stop()
            raise TownNotStarted(str(error)) from error
        except BaseException:
            self.stop()
            raise
        self._hand_over_keys()

    def _hand_over_keys(self) -> None:
        """Give the operator the API key of each agency that has one, and the provider's secret, as a letter would."""
        self.secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, agency in self.agencies.items():
            key = agency.data / "api-key.txt"
            if key.exists():
                shutil.copy(key, self.secrets / f"{name.upper()}__API_KEY")
        secret = self.payments.data / "payments-secret.txt"
        if secret.exists():
            shutil.copy(secret, self.secrets / "PAYMENTS__SECRET")

    def stop(self) -> None:
        """Stop everything, all at once."""
        ending = [self.gateway.stop, self.payments.stop, *(agency.stop for agency in self.agencies.values())]
        with ThreadPoolExecutor(len(ending)) as threads:
            for ended in [threads.submit(stop) for stop in ending]:
                ended.result()

    # --- the register -----------------------------------------------------------------------------------------

    async def register(self) -> None:
        """Register agencies, contracts and plans, and propose the agreements: all but the signatures."""
        async with connect(self.url, self.gateway.operator_token) as client:
            for agency, about in self.people["agencies"].items():
                body = {"title": about["title"]["id"], "contact": about["contact"], "keys": await self._keys(agency)}
                await client.send("PUT", f"/v1/agencies/{agency}", body)
            for document in self._contracts():
                await self._contract(document)
            as_yaml = {"Content-Type": "application/yaml"}
            for path in sorted((self.examples / "calendars").glob("*.yaml")):
                await client.call("PUT", f"/v1/calendars/{path.stem}", body=path.read_bytes(), headers=as_yaml)
            for service in self.plans:
                plan = (self.examples / "services" / f"{service}.yaml").read_bytes()
                published = await client.call("POST", "/v1/plans", body=plan, headers=as_yaml)
                proposed = await client.send("POST", "/v1/agreements", self._terms(service, published.json()["digest"]))
                self.agreements[service] = proposed.json()["digest"]

    async def _keys(self, agency: str) -> dict[str, Any]:
        """Who speaks the wire protocol publishes their keys; any other agency has one that it signs agreements with."""
        if agency in self.by_wire:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"{self.agencies[agency].url}/.well-known/jwks.json") as response,
            ):
                return cast("dict[str, Any]", await response.json(content_type=None))
        key = ECKey.generate_key("P-256", {"kid": "agreements-1", "alg": "ES256", "use": "sig"})
        path = self._key_file(agency)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.encode(key.as_dict(private=True)))
        path.chmod(0o600)
        return {"keys": [key.as_dict(private=False)]}

    def _key_file(self, agency: str) -> Path:
        return self.folder / "agencies" / agency / "signing-key.json"

    def _contracts(self) -> list[dict[str, Any]]:
        """Read the contracts of those who take part, each with where its agency serves now."""
        documents: list[dict[str, Any]] = []
        for path in sorted((self.examples / "contracts").glob("*.yaml")):
            document = cast("dict[str, Any]", msgspec.to_builtins(load_contract(path)))
            if document["agency"] not in self.people["agencies"]:
                continue
            if document["connection"]["kind"] not in {"desk", "pull"}:
                document["connection"]["url"] = self.agencies[document["agency"]].url
            documents.append(document)
        return documents

    async def _contract(self, document: dict[str, Any]) -> None:
        agency = document["agency"]
        token = await self.token("agency", f"{agency} register", agency)
        async with connect(self.url, token) as own:
            where = f"/v1/agencies/{agency}/contracts/{document['contract']}/{document['version']}"
            await own.send("PUT", where, document)

    def _terms(self, service: str, plan: str) -> dict[str, Any]:
        about = self.people["agreement"]
        now = self.clock.now() - timedelta(minutes=1)
        people = self.people["agencies"]
        signatories = [{"agency": name, **people[name]["signatory"]} for name in self.parties(service)]
        return {
            "plan": plan,
            "instrument": about["instrument"],
            "valid_from": now.isoformat(),
            "valid_until": (now + timedelta(days=3 * 365)).isoformat(),
            "exhausted_owner": about["exhausted_owner"],
            "data_rights_contact": about["data_rights_contact"],
            "signatories": signatories,
        }

    async def sign(self, agency: str, decision: Decision = "accept", reason: str = "") -> None:
        """Let an agency sign the agreement of every service that it takes part in, with its own key."""
        key = msgspec.json.decode(self._key_file(agency).read_bytes(), type=dict[str, Any])
        async with connect(self.url) as client:
            for service, agreement in self.agreements.items():
                if agency in self.parties(service):
                    signature = sign(agreement, agency, decision, key, now=self.clock.now(), reason=reason)
                    await client.send("POST", f"/v1/agreements/{agreement}/signatures", signature)

    async def sign_all(self) -> None:
        """Let every agency accept."""
        for agency in self.people["agencies"]:
            await self.sign(agency)

    async def token(self, role: str, person: str, agency: str = "", valid_for: str = "1 day") -> str:
        """Issue a token, as the operator."""
        async with connect(self.url, self.gateway.operator_token) as client:
            body = {"role": role, "person": person, "agency": agency, "valid_for": valid_for}
            return str((await client.send("POST", "/v1/tokens", body)).json()["token"])

    # --- what people do ---------------------------------------------------------------------------------------

    async def offered(self) -> list[str]:
        """Give the services in the catalogue."""
        async with connect(self.url) as client:
            return [entry["service"] for entry in (await client.get("/v1/services"))["services"]]

    async def apply(self, form: dict[str, Any], service: str = FIRST, *, traceparent: str = "") -> dict[str, Any]:
        """Apply for a service; give the receipt: case, secret, view."""
        async with connect(self.url) as client:
            headers = {"traceparent": traceparent} if traceparent else {}
            reply: Reply = await client.send("POST", f"/v1/services/{service}/cases", form, headers)
            return cast("dict[str, Any]", reply.json())

    async def view(self, receipt: Mapping[str, Any]) -> dict[str, Any]:
        """Give a case as its applicant sees it."""
        async with connect(self.url, receipt["secret"]) as client:
            return cast("dict[str, Any]", await client.get(f"/v1/cases/{receipt['case']}"))

    async def inspect(self, case: str) -> dict[str, Any]:
        """Give a case as operations see it: `view` and `history`."""
        async with connect(self.url, self.gateway.operator_token) as client:
            return cast("dict[str, Any]", await client.get(f"/v1/operations/cases/{case}"))

    async def registers(self) -> dict[str, dict[str, Any]]:
        """Give what each agency's own register holds, by ask key."""
        async with aiohttp.ClientSession() as session:
            found: dict[str, dict[str, Any]] = {}
            for name, agency in self.agencies.items():
                async with session.get(f"{agency.url}/register") as response:
                    found[name] = await response.json(content_type=None)
            return found

    async def until(self, receipt: Mapping[str, Any], states: Sequence[str], *, within_s: float = 60) -> dict[str, Any]:
        """Wait until a case is in one of these states.

        Raises:
            TimeoutError: it is not, in that time.

        """
        async with asyncio.timeout(within_s), connect(self.url, receipt["secret"]) as client:
            while True:
                view = cast("dict[str, Any]", await client.get(f"/v1/cases/{receipt['case']}"))
                if view["state"] in states:
                    return view
                async for _ in client.events(f"/v1/cases/{receipt['case']}/events", view["version"]):
                    break
