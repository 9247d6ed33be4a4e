"""Statuses that a document names and a binding forgets, where what then happens would surprise its author.

Most defaults surprise nobody: a 400 or 401 is a mistake of ours, a 503 is asked again. But 404, 409, 410 or 422 are
often an agency's business "no", and become an incident unless they are mapped; and a 202, or a 2xx without a body,
cannot contribute what the contract requires.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from contracts.contract import Contract
from workflows.core.cel_evaluation import evaluator
from workflows.core.cel_nodes import Both, Either, Node, Not
from workflows.core.cel_paths import references
from workflows.core.expressions import ExpressionError
from workflows.core.mistakes import Finding
from workflows.core.schema_paths import names_in
from workflows.loading.bindings import BoundCall, Purpose, Rule

OFTEN_A_NO: Final = frozenset({404, 409, 410, 412, 422, 423, 451})
ACCEPTED: Final = 202
EMPTY: Final = frozenset({204, 205})


def forgotten_statuses(purpose: Purpose, call: BoundCall, contract: Contract) -> Iterator[Finding]:
    """Say which statuses that the document names need a word of the binding."""
    named = sorted(int(status) for status in call.operation.statuses if status.isdecimal())
    for status in named:
        if any(_may_fit(rule, status) for rule in call.rules):
            continue
        place = (purpose, "outcomes")
        if status in OFTEN_A_NO:
            what = f"the document names {status}, and no outcome says what it means: a person would have to look"
            yield Finding(place, what, f'{{when: "status == {status}", {_INSTEAD[purpose]}}}')
        elif status == ACCEPTED and purpose != "undo":
            what = "the document names 202, and no outcome says that it is only accepted"
            yield Finding(place, what, '{when: "status == 202", accepted: body.…}')
        elif status in EMPTY and purpose == "ask" and names_in(contract.output, "required"):
            what = f"a {status} has no body, and the contract requires something"
            yield Finding(place, what, f'{{when: "status == {status}", contribute: {{…: headers.location}}}}')


_INSTEAD: Final[dict[Purpose, str]] = {
    "ask": "refuse: …}, or {…, exhaust: true",
    "undo": "undone: true}, or {…, exhaust: true",
    "lookup": "nothing_held: true}, or {…, exhaust: true",
    "poll": "nothing_held: true}, or {…, exhaust: true",
}


def _may_fit(rule: Rule, status: int) -> bool:
    """Whether an outcome may be of this status, whatever else the answer says."""
    if rule.when is None or rule.when.node is None:
        return 200 <= status < 300  # noqa: PLR2004 - any success
    return _truth(rule.when.node, {"status": status}) is not False


def _truth(node: Node, known: dict[str, object]) -> bool | None:
    """Give what a condition says when only the status is known; None where the rest of the answer decides."""
    if isinstance(node, Not):
        inner = _truth(node.of, known)
        return None if inner is None else not inner
    if isinstance(node, Both | Either):
        decisive = isinstance(node, Either)
        sides = _truth(node.left, known), _truth(node.right, known)
        return decisive if decisive in sides else None if None in sides else not decisive
    if any(reference.path[0] not in known for reference in references(node)):
        return None
    try:
        return bool(evaluator(node)(known))
    except ExpressionError:
        return None
