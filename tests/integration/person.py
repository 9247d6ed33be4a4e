"""A person at a terminal, beside a live gateway: what is typed, what is said, and how it ends."""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
import traceback
from collections.abc import Coroutine, Generator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import rich_click as click
import structlog
from click.testing import CliRunner
from msgspec import Struct, structs

from contracts.contract import DeskConnection
from contracts.events import ContractRegistered, HookRegistered
from gateway.cli.exits import err, out
from gateway.cli.main import main
from tests.eventually import eventually_async
from tests.gateways import CONTRACTS, FORM, TOKENS, Gateway, bearer, running
from workflows.agencies.fake import Behaviour
from workflows.loading.hashing import contract_digest

WIDE = 160
TROUBLE: Mapping[str, list[Behaviour]] = {"delta/do@1": ["rejects"] * 1000}
"""The agency that is last in `late` takes no such requests, however often it is asked."""
T = TypeVar("T")


def commands(command: click.Command = main, name: str = "gapura") -> Generator[tuple[str, click.Command]]:
    """Give every command, by the words that are typed."""
    if not isinstance(command, click.Group):
        yield name, command
        return
    context = click.Context(command)
    for sub in command.list_commands(context):
        found = command.get_command(context, sub)
        assert found is not None
        yield from commands(found, f"{name} {sub}")


class Said(Struct, frozen=True):
    """How a command ended, and what it said where."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> str:
        """What was said on both, each white space as one: lines are broken where the terminal ends."""
        return " ".join(f"{self.out}\n{self.err}".split())


class Person:
    """Types commands, in this process; nothing of the machine's own environment or home is seen."""

    def __init__(self, home: Path) -> None:
        """Take a folder that is this person's own."""
        self.home = home

    def types(self, *words: object, columns: int = WIDE, stdin: str | None = None, **environment: str) -> Said:
        """Type a command (without `gapura`); give what it said. A traceback is never an answer."""
        env: dict[str, str | None] = {
            "XDG_STATE_HOME": str(self.home),
            **dict.fromkeys(("GAPURA_TOKEN", "GAPURA_SECRET", "GAPURA_URL", "GAPURA_KEYS", "LANG")),
            **environment,
        }
        with _as_wide_as(columns):
            result = CliRunner().invoke(main, [str(word) for word in words], input=stdin, env=env)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise AssertionError("".join(traceback.format_exception(result.exception)))
        assert "Traceback" not in result.output
        return Said(result.exit_code, result.stdout, result.stderr)


@contextmanager
def _as_wide_as(columns: int) -> Generator[None]:
    before = out.width, err.width
    out.width = err.width = columns
    try:
        yield
    finally:
        out.width, err.width = before


async def with_second_officer(gateway: Gateway) -> None:
    """Let the desk's contract ask for a second officer of every decision."""
    contract = structs.replace(CONTRACTS["beta"], connection=DeskConnection(second_officer="all"))
    event = ContractRegistered(
        at=gateway.parts.clock.now(), contract=contract, digest=contract_digest(contract), source="", actor="test"
    )
    await gateway.parts.engine.register([event])


class Town:
    """A live gateway in a thread of its own, and what its other people do when somebody needs it done."""

    def __init__(self, gateway: Gateway, loop: asyncio.AbstractEventLoop) -> None:
        """Take a running gateway, and the loop that it runs in."""
        self.url, self.keys = gateway.url, gateway.keys
        self._gateway, self._loop = gateway, loop
        self._somebody = itertools.count()

    def applied(self, service: str) -> tuple[str, str]:
        """Apply; give the case and its secret."""

        async def work() -> tuple[str, str]:
            receipt = await self._gateway.apply(service, Prefer="wait=5" if service == "quick" else "wait=0")
            return receipt["case"], receipt["secret"]

        return self._do(work())

    def sent_back(self) -> tuple[str, str]:
        """Give a case whose name an officer wants corrected, and its secret."""
        case, secret = self.applied("desk")

        async def work() -> None:
            await self._until(case, "beta", "accepted")
            path = f"{self.url}/v1/tasks/{case}:beta:ask:1/decision"
            decision = {"decision": "refuse", "code": "fixable", "text": "as on the identity card"}
            async with self._gateway.client.post(path, json=decision, headers=bearer(TOKENS["officer"])) as response:
                assert response.status == 204, await response.text()

        self._do(work())
        return case, secret

    def asked(self) -> tuple[str, str]:
        """Give a case that asks something of its applicant, and its secret."""
        case, secret = self.applied("signed")
        self._do(self._until(case, "letter", "accepted"))
        return case, secret

    def drafted(self) -> tuple[str, str]:
        """Give a draft, and its secret."""

        async def work() -> tuple[str, str]:
            begun = await self._gateway.calls.drafts.begin("quick", FORM, address=f"somebody {next(self._somebody)}")
            return begun.draft, begun.secret

        return self._do(work())

    def hooked(self) -> tuple[str, str]:
        """Give a hook of its own."""
        name = f"hook-{next(self._somebody)}"
        made = HookRegistered(
            at=self._gateway.parts.clock.now(),
            hook=name,
            agency="lead",
            url=f"https://lead.example/{name}",
            kinds=["case.changed"],
            actor="test",
        )
        self._do(self._gateway.parts.engine.register([made]))
        return name, ""

    def announced(self) -> tuple[str, str]:
        """Give a case that is announced, and its secret."""
        case, secret = self.applied("heard")
        self._do(self._until(case, "neighbours", "accepted"))
        return case, secret

    def on_the_desk(self) -> tuple[str, str]:
        """Give a case that is on an officer's desk, and its secret."""
        case, secret = self.applied("desk")
        self._do(self._until(case, "beta", "accepted"))
        return case, secret

    def asks_for_two(self) -> None:
        """Let the desk's contract ask for a second officer from now on."""
        self._do(with_second_officer(self._gateway))

    def proposed(self) -> tuple[str, str]:
        """Let a contract ask for a second officer, and one decide; give the task's key, and the decision's digest."""

        async def work() -> tuple[str, str]:
            await with_second_officer(self._gateway)
            case = (await self._gateway.apply("desk"))["case"]
            await self._until(case, "beta", "accepted")
            path = f"{self.url}/v1/tasks/{case}:beta:ask:1"
            officer, decision = bearer(TOKENS["officer"]), {"decision": "refuse", "code": "no"}
            async with self._gateway.client.post(f"{path}/decision", json=decision, headers=officer) as response:
                assert response.status == 202, await response.text()
            async with self._gateway.client.get(path, headers=officer) as response:
                task = await response.json()
            return task["key"], task["proposal"]["digest"]

        return self._do(work())

    def trust(self) -> bytes:
        """Give everybody's public keys, as anybody gets them."""

        async def work() -> bytes:
            async with self._gateway.client.get(f"{self.url}/v1/keys") as response:
                return await response.read()

        return self._do(work())

    def stuck(self) -> tuple[str, str]:
        """Give a case whose last agency takes no such requests, and its secret."""
        case, secret = self.applied("late")
        self._do(self._until(case, "delta", "exhausted"))
        return case, secret

    def documented(self) -> tuple[str, str]:
        """Give a case in which an agency has given its document, and its secret."""
        case, secret = self.applied("papers")
        self._do(self._until(case, "scribe", "contributed"))
        return case, secret

    def given(self, service: str = "desk") -> tuple[str, str]:
        """Give a case that was issued with an officer's part, and its secret."""
        case, secret = self.applied(service)
        self._do(self._until(case, "beta", "accepted"))

        async def work() -> None:
            path = f"{self.url}/v1/tasks/{case}:beta:ask:1/decision"
            decision = {"decision": "contribute", "output": {"number": "B-1"}}
            async with self._gateway.client.post(path, json=decision, headers=bearer(TOKENS["officer"])) as response:
                assert response.status == 204

            async def issued() -> bool:
                url = f"{self.url}/v1/cases/{case}"
                async with self._gateway.client.get(url, headers=bearer(secret)) as response:
                    return bool((await response.json())["state"] == "issued")

            await eventually_async(issued)

        self._do(work())
        return case, secret

    def questioned(self) -> tuple[str, str]:
        """Give a case whose agencies are asked whether its facts are still so, and its secret."""
        case, secret = self.given("spare")
        asks = {"act": "ask-facts", "reason": "yearly"}
        self._do(self._posted(f"operations/cases/{case}/acts", "operator", asks))
        return case, secret

    def told(self) -> tuple[str, str]:
        """Give a case of which an agency took its part back, which another has still to note, and its secret."""
        case, secret = self.given("spare")
        said = {"reason": "forged", "legal_basis": "UU 30/2014", "objection": "counter 2"}
        self._do(self._posted("agencies/alpha/revocations", "agency", {"key": f"{case}/alpha/ask/1", **said}))
        return case, secret

    def differing(self) -> tuple[str, str]:
        """Give such a case of which an agency said that it differs, and its secret."""
        case, secret = self.questioned()
        self._do(self._posted(f"questions/{case}:beta:name:1/answer", "officer", {"answer": "different"}))
        return case, secret

    async def _posted(self, path: str, role: str, body: dict[str, str]) -> None:
        url = f"{self.url}/v1/{path}"
        async with self._gateway.client.post(url, json=body, headers=bearer(TOKENS[role])) as response:
            assert response.status < 300, await response.text()

    async def _until(self, case: str, step: str, state: str) -> None:
        path = f"{self.url}/v1/operations/cases/{case}"

        async def there() -> bool:
            async with self._gateway.client.get(path, headers=bearer(TOKENS["operator"])) as response:
                view = (await response.json())["view"]
            return any((entry["step"], entry["state"]) == (step, state) for entry in view["steps"])

        await eventually_async(there)

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=20)


@contextmanager
def living(folder: Path) -> Generator[Town]:
    """Run a gateway in a thread until the end of the block; its logs are nobody's business here."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    started: Future[Town] = Future()
    over = threading.Event()

    async def live() -> None:
        async with running(folder, script=TROUBLE, guesses_per_min=10_000.0) as gateway:
            started.set_result(Town(gateway, asyncio.get_running_loop()))
            await asyncio.to_thread(over.wait)

    def run() -> None:
        try:
            asyncio.run(live())
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield started.result(timeout=30)
    finally:
        over.set()
        thread.join(timeout=30)
        structlog.reset_defaults()


class Desk:
    """Files of a person: each by a name, and fresh places for new ones."""

    def __init__(self, folder: Path) -> None:
        """Take an empty folder."""
        self.folder = folder
        self._numbers = itertools.count()

    def file(self, name: str, content: object) -> Path:
        """Write a file: bytes and texts as they are, anything else as JSON."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else msgspec.json.encode(content)
        path.write_bytes(content.encode() if isinstance(content, str) else data)
        return path

    def fresh(self, ending: str = "") -> Path:
        """Give a path where nothing is yet."""
        return self.folder / f"new-{next(self._numbers)}{ending}"
