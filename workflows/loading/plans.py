"""Plans from files, and their publication: resolved against contracts, checked, named by their content."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from contracts.contract import Contract
from contracts.documents import described
from contracts.plan import Plan, PublishedPlan, SubService
from workflows.core.form_check import forms_of
from workflows.core.mistakes import Finding, did_you_mean, pointer
from workflows.core.plan_check import check_plan
from workflows.core.service_terms import service_name, service_terms
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
    plan = shape(document, Plan, _check_form)
    findings = _check_form(plan)
    if findings:
        raise told(document, findings)
    return plan


def load_published(path: Path, contracts: Mapping[str, Contract], calendars: Path | None = None) -> PublishedPlan:
    """Read a plan and publish it: as `publish`, with the line of every mistake.

    `calendars` is the folder of those that are known, each in a file of its name: the one beside the plan's folder, if
    none is named. Services that are steps of it are looked for in the files beside it.

    Raises:
        LoadingError: it has mistakes: all of them.

    """
    folder = calendars or path.absolute().parents[1] / "calendars"
    known = [file.stem for file in folder.glob("*.yaml")]
    document = read_document(path)
    return _publish(document, contracts, known, lambda plan: _beside(path, plan, contracts, known))


def _beside(
    path: Path, plan: Plan, contracts: Mapping[str, Contract], calendars: Collection[str], above: tuple[Path, ...] = ()
) -> dict[str, PublishedPlan]:
    """Publish the services that a plan has as steps, from the files beside it: those that can be, and none twice."""
    wanted = {step.service for step in plan.steps.values() if step.service is not None}
    found: dict[str, PublishedPlan] = {}
    for file in sorted(path.parent.glob("*.yaml")) if wanted else ():
        if file == path or file in above:
            continue
        try:
            document = read_document(file)
            other = shape(document, Plan)
            if service_name(other) in wanted:
                inner = _beside(file, other, contracts, calendars, (*above, path))
                found |= inner | {service_name(other): _published_with(document, contracts, calendars, inner)}
        except LoadingError:
            continue  # it says so itself when it is checked
    return found


def parse_published(
    data: bytes,
    file: str,
    contracts: Mapping[str, Contract],
    calendars: Collection[str] = (),
    services: Mapping[str, PublishedPlan] | None = None,
) -> PublishedPlan:
    """Read a plan that came over the wire (YAML or JSON) and publish it; `file` is its name in messages.

    Raises:
        LoadingError: it has mistakes: all of them.

    """
    return _published_with(parse_document(data, file), contracts, calendars, services or {})


def _published_with(
    document: Document,
    contracts: Mapping[str, Contract],
    calendars: Collection[str],
    services: Mapping[str, PublishedPlan],
) -> PublishedPlan:
    return _publish(document, contracts, calendars, lambda _: services)


def _publish(
    document: Document,
    contracts: Mapping[str, Contract],
    calendars: Collection[str],
    services_of: Callable[[Plan], Mapping[str, PublishedPlan]],
) -> PublishedPlan:
    plan = shape(document, Plan, lambda mended: _check(mended, contracts, calendars, services_of(mended)))
    services = services_of(plan)
    findings = _check(plan, contracts, calendars, services)
    if findings:
        raise told(document, findings)
    return _resolve(plan, contracts, services)


def publish(
    plan: Plan,
    contracts: Mapping[str, Contract],
    calendars: Collection[str] = (),
    services: Mapping[str, PublishedPlan] | None = None,
) -> PublishedPlan:
    """Check a plan against what is known, by the names that it says, and name it by its content.

    `services` are published plans that it may have as steps, by `service@major`.

    Raises:
        LoadingError: it has mistakes: all of them, each with its place in the plan.

    """
    findings = _check(plan, contracts, calendars, services or {})
    if findings:
        raise LoadingError([_unlocated(plan, finding) for finding in findings])
    return _resolve(plan, contracts, services or {})


def _check(
    plan: Plan,
    contracts: Mapping[str, Contract],
    calendars: Collection[str],
    services: Mapping[str, PublishedPlan],
) -> list[Finding]:
    return [*_check_form(plan), *_check_calendar(plan, calendars), *check_plan(plan, contracts, services)]


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


def _resolve(plan: Plan, contracts: Mapping[str, Contract], services: Mapping[str, PublishedPlan]) -> PublishedPlan:
    resolved = {name: contracts[step.ask] for name, step in plan.steps.items() if step.ask is not None}
    digests: dict[str, str] = {name: contract_digest(contract) for name, contract in resolved.items()}
    inner = {name: services[step.service] for name, step in plan.steps.items() if step.service is not None}
    return PublishedPlan(
        digest=plan_digest(plan, digests, {name: published.digest for name, published in inner.items()}),
        plan=plan,
        contracts=resolved,
        contract_digests=digests,
        services={name: SubService(digest=each.digest, terms=service_terms(each)) for name, each in inner.items()},
    )
