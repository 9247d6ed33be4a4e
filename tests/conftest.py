"""What every test can rely on: only loopback is reachable, and a failing seed says how to run it again."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import cast

import pytest

TESTS = Path(__file__).parent
LOOPBACK_NAMES = {"localhost", "localhost.localdomain", "ip6-localhost", ""}
REACHING_OUT = {"socket.connect", "socket.sendto", "socket.sendmsg"}
LOOKING_UP = {"socket.getaddrinfo", "socket.gethostbyname"}

# pytest-asyncio asks for the current loop before each test. On Python 3.11 that makes one, which is
# never closed, and some later and innocent test is blamed for it. No loop is what we have between tests.
if sys.version_info < (3, 14):
    asyncio.set_event_loop(None)

# Folders whose tests wait for browsers and other processes: begun first, they do not keep everybody waiting at the end.
WAITING = ("docs", "e2e", "integration", "deploy", "packaging", "simulation", "abuse")

refused: list[str] = []


class OutsideLoopbackError(ConnectionRefusedError):
    """A test tried to reach something that is not this machine."""


def is_loopback(host: str) -> bool:
    """Say whether a host, as sockets name it, is this machine."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host in LOOPBACK_NAMES or host.endswith(".localhost")


def is_address(host: str) -> bool:
    """Say whether a host is an address already, so that no name server is asked about it."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def guard_sockets(event: str, args: tuple[object, ...]) -> None:
    """Refuse, before it happens, whatever would leave this machine. An audit hook: nothing gets past it."""
    if event in REACHING_OUT and isinstance(args[1], tuple):
        host = text(cast("tuple[object, ...]", args[1])[0])
        if not is_loopback(host):
            refuse(f"{event} to {host}")
    elif event in LOOKING_UP:
        host = text(args[0])
        if not is_address(host) and not is_loopback(host):
            refuse(f"{event} of {host}")


def text(host: object) -> str:
    """Return a host as text: sockets take bytes and None, too."""
    return host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "")


def refuse(what: str) -> None:
    """Stop it, and remember it: the code under test may well swallow the error."""
    refused.append(what)
    raise OutsideLoopbackError(f"{what}: tests reach this machine only")


sys.addaudithook(guard_sockets)


def pytest_xdist_auto_num_workers() -> int:
    """Give one worker more than there are cores: some test is always waiting for another process."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders that take longest; the order within each stays."""
    items.sort(key=lambda item: folder_rank(item.path.relative_to(TESTS).parts[0]))


def folder_rank(folder: str) -> int:
    """Give the place of a folder of tests in the order in which they are begun."""
    return WAITING.index(folder) if folder in WAITING else len(WAITING)


@pytest.fixture(autouse=True)
def loopback_only() -> Iterator[list[str]]:
    """Fail a test that tried to leave this machine, whatever became of the error."""
    refused.clear()
    yield refused
    assert not refused, f"tests reach this machine only: {refused}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give a failing test that has a seed the command that runs just this seed again."""
    report = yield
    seed: object = getattr(item, "funcargs", {}).get("seed")
    if report.failed and seed is not None:
        report.sections.append(("run this seed again", rerun_command(item.nodeid)))
    return report


def rerun_command(nodeid: str) -> str:
    """Return the command that runs one test with one seed: a seed is part of the test's name."""
    return f".venv/bin/pytest '{nodeid}'"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it when nothing was run: a row of skips proves nothing."""
    if not terminalreporter.config.option.collectonly and not ran_something(terminalreporter):
        terminalreporter.write_line("No test was run: this is not a pass.", red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run that executed no test, even when nothing in it failed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not isinstance(reporter, pytest.TerminalReporter) or session.config.option.collectonly:
        return
    if exitstatus == pytest.ExitCode.OK and not ran_something(reporter):
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED


def ran_something(reporter: pytest.TerminalReporter) -> bool:
    """Say whether at least one test was executed."""
    return any(reporter.stats.get(outcome) for outcome in ("passed", "failed", "error", "xfailed"))
