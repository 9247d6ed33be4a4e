"""What happens from beside, tried: late answers and pauses."""

from __future__ import annotations

from typing import Any

from tests.unit.workflows.rehearsal.small import FORM, compiled
from workflows.rehearsal.play import Play, Road
from workflows.rehearsal.script import SILENT, Script

BY_LAW: dict[str, Any] = {
    "promise": {"within": "5 days", "on_deadline": "deemed"},
    "deemed": {"legal_basis": "UU 30/2014", "counts_from": "complete", "output": {"nib": "9", "risk": "low"}},
    "connection": {"kind": "desk"},
}


def played(script: Script, **of: dict[str, Any]) -> Road:
    return Play(compiled(None, of), FORM, script, title="t", form_name="f").run()


def said(road: Road) -> list[str]:
    return [f"{line.who} {line.says}" for line in road.lines]


def test_a_late_answer_decides_what_is_exhausted_before_an_operator_does() -> None:
    road = played(Script(asks={"business": (SILENT,)}, late={"business": "contributes"}))
    assert road.end == "issued"
    assert road.incidents == []
    assert "oss contributes nib, risk (business)" in said(road)
    no = played(Script(asks={"business": (SILENT,)}, late={"business": "refuses"}))
    assert no.end == "refused"


def test_a_late_answer_moves_nothing_that_the_law_has_granted() -> None:
    road = played(Script(asks={"business": (SILENT,)}, late={"business": "refuses"}), oss=BY_LAW)
    assert road.end == "issued"
    told = said(road)
    assert told.index("applicant sees business granted by law: UU 30/2014") < told.index(
        "oss answers business late: it is recorded, and moves nothing"
    )


def test_a_pause_is_longer_than_promises_and_nothing_leaves_in_it() -> None:
    road = played(Script(pauses_at="identity"))
    assert road.end == "issued"
    told = [f"{line.moment} {line.says}" for line in road.lines]
    paused, on = told.index("00:00 pauses the case"), told.index("30 d 00:00 lets the case go on")
    assert not [says for says in told[paused:on] if "is asked" in says]
    assert told[on + 1] == "30 d 00:00 is asked business, and reads nik, kbli, staff"


def test_what_is_never_asked_is_not_paused() -> None:
    assert "pauses the case" not in {line.says for line in played(Script(pauses_at="permit")).lines}
