"""Plans from files, and their publication: resolved against contracts, checked, named by their content."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from contracts.contract import Contract
from contracts.documents import described
from contracts.plan import Plan, PublishedPlan
from workflows.core.form_check import forms_of
from workflows.core.mistakes import Finding, did_you_mean, pointer
from workflows.core.plan_check import check_plan
from workflows.loading.hashing import contract_digest, plan_digest
from workflows.loading.mistakes import LoadingError, LoadMistake
from workflows.loading.structure import shape, told
from workflows.loading.validation import check_schema
from workflows.loading.yaml import Document, parse_document, read_document


def load_plan(path: Path) -> Plan:
    """Read a plan and hold its shape and form; what it refers to is checked when it is published.

    Raises:
        LoadingError: it has mistakes: all of them.

    """
    document = read_document(path)
    plan = shape(document, Plan)
    findings = _check_form(plan)
    if findings:
        raise told(document, findings)
    return plan


def load_published(path: Path, contracts: Mapping[str, Contract], calendars: Path | None = None) -> PublishedPlan:
    """Read a plan and publish it: as `publish`, with the line of every mistake.

    `calendars` is the folder of those that are known, each in a file of its name: the one beside the plan's folder, if
    none is named.

    Raises:
        LoadingError: it has mistakes: all of them.

    """
    folder = calendars or path.absolute().parents[1] / "calendars"
    return _publish(read_document(path), contracts, [file.stem for file in folder.glob("*.yaml")])


def parse_published(
    data: bytes, file: str, contracts: Mapping[str, Contract], calendars: Collection[str] = ()
) -> PublishedPlan:
    """Read a plan that came over the wire (YAML or JSON) and publish it; `file` is its name in messages.

    Raises:
        LoadingError: it has mistakes: all of them.

    """
    return _publish(parse_document(data, file), contracts, calendars)


def _publish(document: Document, contracts: Mapping[str, Contract], calendars: Collection[str]) -> PublishedPlan:
    plan = shape(document, Plan)
    findings = _check(plan, contracts, calendars)
    if findings:
        raise told(document, findings)
    return _resolve(plan, contracts)


def publish(plan: Plan, contracts: Mapping[str, Contract], calendars: Collection[str] = ()) -> PublishedPlan:
    """Check a plan against the contracts and calendars known, by the names that it says, and name it by its content.

    Raises:
        LoadingError: it has mistakes: all of them, each with its place in the plan.

    """
    findings = _check(plan, contracts, calendars)
    if findings:
        raise LoadingError([_unlocated(plan, finding) for finding in findings])
    return _resolve(plan, contracts)


def _check(plan: Plan, contracts: Mapping[str, Contract], calendars: Collection[str]) -> list[Finding]:
    return [*_check_form(plan), *_check_calendar(plan, calendars), *check_plan(plan, contracts)]


def _check_calendar(plan: Plan, calendars: Collection[str]) -> list[Finding]:
    if not plan.calendar or plan.calendar in calendars:
        return []
    return [Finding(("calendar",), f"there is no calendar {plan.calendar}", did_you_mean(plan.calendar, calendars))]


def _check_form(plan: Plan) -> list[Finding]:
    return [
        Finding((*place, *finding.place), finding.what, finding.instead)
        for place, form in forms_of(plan)
        for finding in check_schema(described(form))
    ]


def _unlocated(plan: Plan, finding: Finding) -> LoadMistake:
    place = ".".join(map(str, finding.place))
    what = f"{place}: {finding.what}" if place else finding.what
    return LoadMistake(plan.service, 1, 1, what, finding.instead, pointer(finding.place))


def _resolve(plan: Plan, contracts: Mapping[str, Contract]) -> PublishedPlan:
    resolved = {name: contracts[step.ask] for name, step in plan.steps.items() if step.ask is not None}
    digests: dict[str, str] = {name: contract_digest(contract) for name, contract in resolved.items()}
    return PublishedPlan(digest=plan_digest(plan, digests), plan=plan, contracts=resolved, contract_digests=digests)
