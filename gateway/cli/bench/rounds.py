"""The rounds: everybody is measured once in each, one after the other, so that a slow moment is everybody's."""

from __future__ import annotations

import asyncio
import importlib.util
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import ExitStack, contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from gateway.cli.bench.bars import BUSY
from gateway.cli.bench.driving import Order, Run
from gateway.cli.bench.figures import DBOS, FLOOR, GAPURA, KEPT_FLOOR, SERVER, SIGNED, SPIFF, STAND_IN, Figures, Key
from gateway.cli.bench.load import RequestWork
from gateway.cli.bench.processes import Beside
from gateway.cli.bench.product import Product, agency_keys, receipt_of
from gateway.cli.bench.work import form
from gateway.cli.demo.processes import kept_port

PEERS: Final[Mapping[str, tuple[str, str]]] = {
    DBOS: ("bench.peers.dbos_sqlite", "dbos"),
    SPIFF: ("bench.peers.spiff", "spiffworkflow"),
}
"""Other engines with the same work: their module in the repository, and the distribution that it needs."""

NAMES: Final[Mapping[str, str]] = {"attested": GAPURA, "signed": SIGNED}


class Extent(Struct, frozen=True, kw_only=True):
    """How much is measured."""

    rounds: int
    seconds: float
    in_flight: tuple[int, ...]
    parts: tuple[str, ...]
    """Whose parts: `attested` by the gateway, `signed` by the agencies."""


def missing_peers() -> dict[str, str]:
    """Give the peers that cannot be measured here, with what they lack."""
    missing: dict[str, str] = {}
    for name, (module, distribution) in PEERS.items():
        try:
            version(distribution)
        except PackageNotFoundError:
            missing[name] = f"the package {distribution} is not installed"
        if importlib.util.find_spec(module.partition(".")[0]) is None:
            missing[name] = "its part of the measurement comes with the repository, not with the package"
    return missing


class Contender(Struct, frozen=True):
    """Somebody who is measured: the process that drives, what it is told to do, and processes to look at."""

    name: str
    driver: Beside
    processes: Mapping[str, int]
    work: RequestWork | None = None

    def measure(self, in_flight: int, seconds: float) -> Run:
        """Measure once."""
        work: dict[str, Any] = msgspec.to_builtins(self.work) if self.work is not None else {}
        return self.driver.measure(
            Order(in_flight=in_flight, seconds=seconds, processes=dict(self.processes), work=work)
        )


def measure(folder: Path, extent: Extent, tell: Callable[[str], None]) -> Figures:
    """Measure everybody; `folder` is empty and takes everybody's data. `tell` is told of each round.

    Raises:
        MeasuringFailed, GatewayNotStarted: a process did not go on.
        Ends: the gateway declined its set-up.

    """
    keys = agency_keys()
    key_file = folder / "agency-keys.json"
    key_file.touch(mode=0o600)
    key_file.write_bytes(msgspec.json.encode(keys))
    with ExitStack() as stack:
        stand_in = stack.enter_context(_running(Beside("the stand-in", "gateway.cli.bench.standin", str(key_file))))
        client = stack.enter_context(_running(Beside("the client", "gateway.cli.bench.load")))
        products = {
            parts: stack.enter_context(_open(Product(folder / parts, stand_in.said, parts=parts), keys))
            for parts in dict.fromkeys(extent.parts)
        }
        body = msgspec.json.encode(form()).decode()

        def product(name: str, one: Product) -> Contender:
            pids = {"gateway": one.gateway.pid, STAND_IN: stand_in.pid}
            return Contender(name, client, pids, one.applying(body))

        contenders = [product(NAMES[parts], one) for parts, one in products.items()]
        kept = ("gateway.cli.bench.kept_floor", stand_in.said, str(key_file), str(folder / "kept.sqlite"))
        others = {FLOOR: ("gateway.cli.bench.floor", stand_in.said), KEPT_FLOOR: kept}
        others |= {name: (module, stand_in.said) for name, module in _peer_modules().items()}
        for name, started in others.items():
            beside = stack.enter_context(_running(Beside(name, *started)))
            contenders.append(Contender(name, beside, {STAND_IN: stand_in.pid}))
        runs = _rounds(contenders, extent, extent.in_flight, tell)
        first = next(iter(products.values()))
        journal_bytes = first.bytes_per_case()
        alone = _rounds(list(_alone(stack, folder, client, first, body)), extent, (BUSY,), tell)
    return Figures(runs, alone, journal_bytes)


def _peer_modules() -> dict[str, str]:
    missing = missing_peers()
    return {name: module for name, (module, _) in PEERS.items() if name not in missing}


def _alone(stack: ExitStack, folder: Path, client: Beside, product: Product, body: str) -> Iterable[Contender]:
    """Give the gateway's routes and the bare ones beside them, by turns."""
    payloads = asyncio.run(product.intake_payloads())
    file, port = folder / "payloads.json", kept_port()
    file.write_bytes(msgspec.json.encode(payloads))
    routes = stack.enter_context(_running(Beside("bare routes", "gateway.cli.bench.bare", str(port), str(file))))
    for what, work in product.alone(body, receipt_of(payloads)).items():
        yield Contender(what, client, {SERVER: product.gateway.pid}, work)
        method, status = ("POST", 202) if what == "intake" else ("GET", 200)
        bare = RequestWork(
            url=f"http://127.0.0.1:{port}",
            method=method,
            path=f"/{what}",
            fields={"Content-Type": "application/json", "Accept": "application/json"},
            body=body if method == "POST" else "",
            status=status,
            fresh=method == "POST",
        )
        yield Contender(f"bare {what}", client, {SERVER: routes.pid}, bare)


def _rounds(
    contenders: list[Contender], extent: Extent, in_flight: Iterable[int], tell: Callable[[str], None]
) -> dict[Key, list[Run]]:
    runs: defaultdict[Key, list[Run]] = defaultdict(list)
    for number in range(1, extent.rounds + 1):
        for level in in_flight:
            for contender in contenders:
                run = contender.measure(level, extent.seconds)
                runs[contender.name, level].append(run)
                tell(f"round {number}: {contender.name}, {level} in flight: {run.per_second:,.0f}/s")
    return dict(runs)


@contextmanager
def _running(process: Beside) -> Generator[Beside]:
    try:
        process.start()
        yield process
    finally:
        process.stop()


@contextmanager
def _open(product: Product, keys: Mapping[str, dict[str, Any]]) -> Generator[Product]:
    try:
        asyncio.run(product.open(keys))
        yield product
    finally:
        product.gateway.stop()
