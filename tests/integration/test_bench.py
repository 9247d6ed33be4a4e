"""`gapura bench` with a handful of cases: nothing here is timed, only that everything that is measured really runs."""

from __future__ import annotations

import subprocess
import sys

import msgspec

COMMAND = ["bench", "--rounds", "1", "--seconds", "0", "--in-flight", "2", "--parts", "signed", "--json"]


def test_what_is_measured_does_not_run() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "gateway.cli", *COMMAND], capture_output=True, check=False, timeout=100
    )
    assert ended.returncode == 0, ended.stderr.decode()
    told = msgspec.json.decode(ended.stdout)
    measured = {each["name"]: each["runs"] for each in told["runs"]}
    ours = {"Gapura, signed parts", "aiohttp floor", "kept floor"}
    alone = {"intake", "bare intake", "case", "bare case", "catalogue", "bare catalogue"}
    assert ours | alone <= measured.keys()
    assert all(run["cases"] for runs in measured.values() for run in runs)
    assert {bar["bar"] for bar in told["bars"]} == {1, 2, 3, 4, 5, 6, 7}
    assert measured.keys() | told["missing"].keys() >= {"DBOS on SQLite", "SpiffWorkflow"}
