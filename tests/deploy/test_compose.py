"""compose.yaml: valid by its published schema, clean by the linters, and every command of ours starts as a process."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.eventually import eventually
from tests.tidy import tree

BIN = Path(sys.prefix) / "bin"
COMPOSE = tree.ROOT / "compose.yaml"
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
HAPROXY = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")


def test_it_is_valid_by_the_published_schema() -> None:
    command = (BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE)
    judged = subprocess.run(command, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout + judged.stderr


def test_the_dockerfile_is_clean() -> None:
    command = (BIN / "hadolint", tree.ROOT / "deploy" / "Dockerfile")
    judged = subprocess.run(command, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout + judged.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_pinned_and_reached_from_this_machine_only(name: str) -> None:
    service = SERVICES[name]
    assert name in OURS or re.search(r":\d+\.\d+", service["image"])
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_mounted_is_there(name: str) -> None:
    declared = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["volumes"]
    for volume in SERVICES[name].get("volumes", []):
        source = volume.split(":")[0]
        assert (tree.ROOT / source).is_file() if source.startswith("./") else source in declared


class Machine:
    """The services of compose.yaml as processes of this machine: names become ports, volumes become folders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = {name: free_port() for name in [*OURS, "edge"]}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def mount(self, name: str) -> Path:
        """Make a service's file system: a folder with a link to a volume wherever one is mounted."""
        root = self.folder / "file-systems" / name
        mounts = [volume.split(":")[:2] for volume in SERVICES[name].get("volumes", [])]
        for source, inside in sorted(mounts, key=lambda mount: mount[1]):
            volume, link = self.folder / "volumes" / source, root / inside.lstrip("/")
            volume.mkdir(parents=True, exist_ok=True)
            link.parent.mkdir(parents=True, exist_ok=True)
            if not link.exists():
                link.symlink_to(volume)
        return root

    def here(self, name: str, text: str) -> str:
        """Say of an address or a path of a container what it is on this machine."""
        text = re.sub(r"^(.*=)?/", rf"\g<1>{self.folder}/file-systems/{name}/", text) if "://" not in text else text
        text = text.replace("gapura.localhost:8443", f"localhost:{self.ports['edge']}")
        for service, port in self.ports.items():
            text = re.sub(rf"(?<![\w-]){service}:8000\b", f"127.0.0.1:{port}", text)
        return text.replace("0.0.0.0", "127.0.0.1").replace("172.28.0.0/24", "127.0.0.0/8")  # noqa: S104

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """Start a service's own command with its own environment."""
        service = SERVICES[name]
        port = str(self.ports[name])
        self.mount(name)
        command = [self.here(name, part).replace("--port=8000", f"--port={port}") for part in service["command"]]
        given = {key: self.here(name, value) for key, value in service.get("environment", {}).items()}
        given |= {key: port for key in given if key == "GAPURA_PORT"}
        given.pop("OTEL_EXPORTER_OTLP_ENDPOINT", None)
        environment = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(self.folder), **given}
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=tree.ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        return self.processes[name]

    def start_edge(self) -> None:
        """Start HAProxy as its image does."""
        given = {"EDGE": str(self.folder / "volumes" / "edge"), "GATEWAY": f"127.0.0.1:{self.ports['gateway']}"}
        listen = {"LISTEN": f"127.0.0.1:{self.ports['edge']}"}
        with (self.folder / "edge.log").open("ab") as log:
            assert HAPROXY
            self.processes["edge"] = subprocess.Popen(
                [HAPROXY, "-db", "-f", tree.ROOT / "deploy" / "haproxy.cfg"], env=given | listen, stdout=log, stderr=log
            )

    def answers(self, name: str, path: str) -> bool:
        """Say whether a service answers on its port."""
        try:
            scheme = "https" if "https:" in SERVICES[name]["healthcheck"]["test"][3] else "http"
            trusted = ssl.create_default_context(cafile=self.folder / "volumes" / "edge" / "agencies.pem")
            address = f"{scheme}://localhost:{self.ports[name]}{path}"
            # The scheme is one of the two above.
            with urllib.request.urlopen(address, timeout=2, context=trusted) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except OSError:
            return False

    def log(self, name: str) -> str:
        """Return what a service said."""
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    machine = Machine(tmp_path_factory.mktemp("compose"))
    yield machine
    for process in machine.processes.values():
        process.terminate()
    for process in machine.processes.values():
        process.wait()


def health_path(service: dict[str, Any]) -> str:
    (path,) = re.findall(r"https?://[^:]+:8000(/[^']*)", service["healthcheck"]["test"][3])
    return str(path)


@pytest.mark.skipif(HAPROXY is None, reason="HAProxy is not installed: `make system`")
def test_the_services_start_and_a_case_travels_through_all_of_them(machine: Machine) -> None:
    assert machine.start("certificates").wait() == 0, machine.log("certificates")
    lasting = [name for name, service in OURS.items() if "test" in service["healthcheck"]]
    for name in lasting:
        machine.start(name)
    machine.start_edge()
    for name in lasting:
        path = health_path(SERVICES[name])
        eventually(functools.partial(machine.answers, name, path), within_s=60)
    for _ in range(2):  # a second run finds everything done
        assert machine.start("town").wait() == 0, machine.log("town")
    context = ssl.create_default_context(cafile=machine.folder / "volumes" / "edge" / "agencies.pem")
    edge = f"localhost:{machine.ports['edge']}"

    def call(path: str, body: bytes | None = None, secret: str = "") -> Any:  # noqa: ANN401 - JSON
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {secret}"} if secret else {})}
        request = urllib.request.Request(f"https://{edge}/v1{path}", body, headers)
        # The request's scheme stands in the line above.
        with urllib.request.urlopen(request, context=context) as answer:  # noqa: S310
            return json.load(answer)

    example = tree.ROOT / "examples" / "purbalingga"
    offered = {entry["service"] for entry in call("/services")["services"]}
    assert offered == {path.stem for path in (example / "services").glob("*.yaml")}
    sample = example / "samples" / "mulai-usaha" / "01-stall.yaml"
    form = yaml.safe_load(sample.read_text(encoding="utf-8"))["form"]
    receipt = call("/services/mulai-usaha/cases", json.dumps(form).encode())

    def state() -> dict[str, str]:
        view = call(f"/cases/{receipt['case']}", secret=receipt["secret"])
        return {step["step"]: step["state"] for step in view["steps"]}

    eventually(lambda: state()["taxpayer"] == "accepted", within_s=30)
    assert state()["regional_tax"] == "contributed", "the agency with an API of its own is not reached"
