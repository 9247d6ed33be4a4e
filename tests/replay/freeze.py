"""Freeze the journals of a release: `python -m tests.replay.freeze VERSION` (README.md)."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from contracts import events as ev
from tests.replay.cases import BOUND, LISTED, SCENE, WAITING, played
from tests.replay.family import WHOLE, WITHIN
from tests.replay.frozen import (
    BOUND_PLAN,
    EVENTS,
    FIELDS,
    FOLDER,
    LISTED_PLAN,
    PAID_PLAN,
    PLAN,
    WAITING_PLAN,
    WHOLE_PLAN,
    WITHIN_PLAN,
    fields_of,
    seen,
)
from tests.replay.payment import PAID
from tests.unwind.plays import MONDAY
from workflows.journal.codec import encode

PLANS = {
    PLAN: SCENE,
    BOUND_PLAN: BOUND,
    WAITING_PLAN: WAITING,
    LISTED_PLAN: LISTED,
    WHOLE_PLAN: WHOLE,
    WITHIN_PLAN: WITHIN,
    PAID_PLAN: PAID,
}
CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"


def released(version: str, changelog: str) -> bool:
    """Whether a version's journals may not change any more: the changelog names it, and not as unreleased."""
    heading = re.search(rf"^## {re.escape(version)}(?:\.\d+)*\b(.*)$", changelog, re.MULTILINE)
    return heading is not None and "not released yet" not in heading[1]


def freeze(version: Path) -> None:
    """Write a version's folder: the plan, the fields of every event class, and every case."""
    version.mkdir(exist_ok=True)
    for path in version.glob("*.json"):
        path.unlink()
    for name, scene in PLANS.items():
        published = ev.PlanPublished(at=MONDAY, published=scene.plan.published, actor="operator")
        (version / name).write_bytes(encode(published).payload + b"\n")
    fields = {name: fields_of(kind) for name, kind in EVENTS.items()}
    (version / FIELDS).write_text(json.dumps(fields, indent=1) + "\n", "utf-8")
    for name, title, play in played():
        events = [json.loads(encode(event).payload) for event in play.journal]
        plan = next((name for name, scene in PLANS.items() if play.scene is scene), PLAN)
        _write(version / f"{name}.json", {"title": title, "plan": plan, "events": events, "expected": seen(play.state)})


def _write(path: Path, content: dict[str, Any]) -> None:
    """One event a line, and one line for each thing that is expected: a difference can be read."""
    events = ",\n".join(json.dumps(event, ensure_ascii=False) for event in content["events"])
    expected = ",\n".join(
        f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in content["expected"].items()
    )
    title = json.dumps(content["title"], ensure_ascii=False)
    plan = json.dumps(content["plan"])
    path.write_text(
        f'{{"title": {title},\n"plan": {plan},\n"events": [\n{events}\n],\n"expected": {{\n{expected}\n}}}}\n', "utf-8"
    )


def main() -> None:
    """Freeze the version that is named, unless it was released."""
    match sys.argv[1:]:
        case [version] if re.fullmatch(r"\d+(\.\d+)+", version):
            if released(version, CHANGELOG.read_text("utf-8")) and (FOLDER / version).exists():
                raise SystemExit(f"{version} is released: its journals do not change, the code has to read them")
            freeze(FOLDER / version)
        case _:
            raise SystemExit("say which version: python -m tests.replay.freeze 0.2")


if __name__ == "__main__":
    main()
