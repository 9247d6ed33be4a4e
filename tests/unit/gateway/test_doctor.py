"""The doctor: what is wrong is told with what to do, and nothing that it finds makes it fall over."""

from __future__ import annotations

import socket
import sys
from datetime import date
from pathlib import Path

import pytest
from msgspec import structs

from contracts.connection import BearerAuth, BoundOperation, Secret
from contracts.contract import Contract, Limits, OpenApiConnection, WireConnection
from gateway import doctor
from gateway.doctor import Finding, ForeignPackages, examine, owners, reachable
from gateway.secrets import KeptSecrets
from gateway.settings import Settings
from tests.gateways import contract
from workflows.agencies.addresses import AddressGuard

ALWAYS = "daily 00:00-24:00 Asia/Jakarta"


def words(findings: list[Finding], about: str) -> list[str]:
    return [finding.word for finding in findings if finding.about == about]


def test_a_fresh_machine_is_well(tmp_path: Path) -> None:
    findings = examine({"GAPURA_DATA": str(tmp_path / "data"), "GAPURA_PORT": "0"})
    assert not [finding for finding in findings if finding.word == "bad"]
    assert not (tmp_path / "data").exists(), "looking changes nothing"


def test_wrong_settings_are_told_each_by_itself() -> None:
    findings = examine({"GAPURA_PORT": "x", "GAPURA_STREAMS": "0"})
    assert words(findings, "settings") == ["bad", "bad"]


def test_a_package_name_of_another_distribution_is_told() -> None:
    (found,) = owners({"contracts": ["gapura", "contracts"], "gateway": ["gapura"]})
    assert found.word == "bad"
    assert "'contracts' also belongs to contracts" in found.detail


def test_a_distribution_that_installs_one_of_our_names_is_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, files in {
        "folder": "contracts/__init__.py,,\n",
        "file": "x/y.py,,\ncontracts.py,,\n",
        "other": "my/contracts/x,,\n",
    }.items():
        (tmp_path / f"{name}-1.dist-info").mkdir()
        (tmp_path / f"{name}-1.dist-info" / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        (tmp_path / f"{name}-1.dist-info" / "RECORD").write_text(files)
    (tmp_path / "old-1.dist-info").mkdir()
    (tmp_path / "old-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: old\nVersion: 1\n")
    (tmp_path / "old-1.dist-info" / "top_level.txt").write_text("other\ncontracts\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    owned = doctor.distributions_of_packages()
    assert sorted(owned["contracts"]) == ["file", "folder", "old"]
    assert owned.keys() == set(doctor.PACKAGES)


def test_it_refuses_to_start_beside_a_foreign_package() -> None:
    doctor.refuse_foreign_packages()
    with pytest.raises(ForeignPackages, match="somebody-else"):
        doctor.refuse_foreign_packages({"gateway": ["somebody-else"]})


def test_a_data_folder_that_others_can_read_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert "warn" in [found.word for found in doctor.data_folder(Settings(data=tmp_path))]


def test_a_data_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    assert [found.word for found in doctor.data_folder(Settings(data=tmp_path / "data"))] == ["bad"]


def test_keys_that_cannot_be_used_are_told(tmp_path: Path) -> None:
    (tmp_path / "master.key").write_text("nonsense")
    (tmp_path / "signing-keys.json").write_text("{}")
    (tmp_path / "master.key").chmod(0o600)
    (tmp_path / "signing-keys.json").chmod(0o600)
    assert [found.word for found in doctor.keys(Settings(data=tmp_path))] == ["bad", "bad"]


def test_a_journal_without_its_key_is_told(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_text("")
    assert [found.word for found in doctor.journal(Settings(data=tmp_path))] == ["bad"]


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = Settings(port=taken.getsockname()[1])
        assert [found.word for found in doctor.port(settings)] == ["warn"]


def test_an_agency_that_is_not_there_is_told_and_a_desk_needs_no_address() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        here = WireConnection(url=f"http://127.0.0.1:{listening.getsockname()[1]}/gapura")
        guard = AddressGuard(Settings(allow_networks=("127.0.0.0/8",)).networks)
        contracts = [contract("alpha", desk=True), _at(here), _at(WireConnection(url="http://127.0.0.1:1/x"))]
        assert [found.word for found in reachable(contracts, guard)] == ["good", "warn"]
        assert [found.word for found in reachable([_at(here)], AddressGuard())] == ["warn"]


def test_an_agency_under_maintenance_is_told_and_not_called() -> None:
    here = structs.replace(_at(WireConnection(url="http://127.0.0.1:1/x")), limits=Limits(maintenance=[ALWAYS]))
    (found,) = reachable([here], AddressGuard())
    assert found.word == "warn"
    assert "is under maintenance until" in found.detail


def _at(connection: WireConnection) -> Contract:
    return structs.replace(contract("alpha"), connection=connection)


def bound(secret: Secret, *, url: str = "", proxy: Secret | None = None) -> Contract:
    """Give a contract that is bound to an API behind a secret."""
    connection = OpenApiConnection(
        document={"openapi": "3.1.0", "servers": [{"url": "https://127.0.0.1:1"}]},
        url=url or None,
        repeat="never",
        ask=BoundOperation(operation="do"),
        auth=[BearerAuth(token=secret)],
        proxy=proxy,
    )
    return structs.replace(contract("alpha"), connection=connection)


SECRETS = [
    (None, "good", "is set"),
    ("2026-12-31", "good", "until 2026-12-31"),
    ("2026-12-02", "warn", "expires on 2026-12-02"),
    ("2026-11-02", "warn", "expires on 2026-11-02"),
    ("2026-11-01", "bad", "expired on 2026-11-01"),
    ("2026-02-31", "bad", "is no day"),
]


@pytest.mark.parametrize(("expires", "word", "says"), SECRETS)
def test_a_secret_is_watched_before_it_expires(expires: str | None, word: str, says: str) -> None:
    kept = KeptSecrets({"GAPURA_SECRET_ALPHA__TOKEN": "x"}, None)
    named = [bound(Secret(secret="ALPHA__TOKEN", expires=expires)), contract("beta")]
    (found,) = doctor.secrets(named, kept, date(2026, 11, 2))
    assert found.word == word
    assert says in found.detail


def test_a_secret_that_is_not_set_is_told_with_where_to_put_it() -> None:
    (found,) = doctor.secrets([bound(Secret(secret="ALPHA__TOKEN"))], KeptSecrets({}, None), date(2026, 11, 2))
    assert found.word == "bad"
    assert "set GAPURA_SECRET_ALPHA__TOKEN, or put a file ALPHA__TOKEN" in found.detail


def test_a_bound_agency_is_looked_for_where_its_document_says() -> None:
    token = Secret(secret="ALPHA__TOKEN")
    guard = AddressGuard()
    (found,) = reachable([bound(token)], guard)
    assert "alpha/do@1 at 127.0.0.1:1 cannot be reached" in found.detail
    (found,) = reachable([bound(token, url="http://127.0.0.1:2/api")], guard)
    assert "127.0.0.1:2" in found.detail
    assert not list(reachable([bound(token, proxy=token)], guard)), "what a proxy reaches is not ours to reach"
