"""The gateway's process beside us: its port, and what is said when it does not start."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from gateway.cli.demo.processes import GatewayNotStarted, GatewayProcess, kept_port


def test_a_port_may_be_taken_for_a_call_while_the_gateway_is_dead() -> None:
    ports = {kept_port() for _ in range(20)}
    assert len(ports) > 10
    assert max(ports) < 32768
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", next(iter(ports))))


def test_the_end_of_the_log_is_not_told(tmp_path: Path) -> None:
    """A setting that is wrong keeps the gateway from starting: what it said must be seen."""
    gateway = GatewayProcess(tmp_path / "gateway", environment={"GAPURA_LOG_LEVEL": "loud"})
    with pytest.raises(GatewayNotStarted, match=r"(?s)ended before it served; its log ends:.*GAPURA_LOG_LEVEL"):
        gateway.start()
    assert gateway.stop() == 0


def test_a_gateway_that_is_slow_to_start_seems_broken(tmp_path: Path) -> None:
    gateway = GatewayProcess(tmp_path / "gateway", start_s=0)
    with pytest.raises(GatewayNotStarted, match="did not serve within 0 s: start it again when this machine has less"):
        gateway.start()
    assert gateway.pid == 0


def test_settings_of_whoever_watches_reach_the_gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAPURA_LOG_LEVEL", "loud")
    gateway = GatewayProcess(tmp_path / "gateway")
    try:
        assert gateway.start() > 0
        assert gateway.operator_token.startswith("gpt_")
    finally:
        assert gateway.stop() == 0


def test_a_log_that_is_not_there_shows_a_traceback(tmp_path: Path) -> None:
    gateway = GatewayProcess(tmp_path / "gateway")
    assert gateway.end_of_log() == ""
    gateway.log.write_text("\n".join(map(str, range(100))))
    assert gateway.end_of_log(2) == "98\n99"
