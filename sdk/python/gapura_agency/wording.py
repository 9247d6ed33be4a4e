"""From what a function returned to what the wire says, judged against the contract before it leaves the house."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from gapura_agency.asked import Accept, Refuse, SendBack
from gapura_agency.contracts import Contract
from gapura_agency.documents import Document
from gapura_agency.exchange import LARGEST_ANSWER
from gapura_agency.keys import SigningKey
from gapura_agency.messages import Accepted, AskMessage, Contributed, Refused, Returned
from gapura_agency.parts import Bound, input_digest, sign_part

LONGEST_TEXT = 4_000
"""Characters; a longer one breaks the protocol."""
Worded = Contributed | Refused | Returned | Accepted


class AnswerWrong(Exception):
    """A function of the agency answers what its contract does not have; the text says what, and where."""


def worded(given: object, ask: AskMessage, contract: Contract, key: SigningKey, *, now: float) -> Worded:
    """Give the answer to an ask; `now` in seconds since 1970.

    Raises:
        AnswerWrong: what was returned is no answer under this contract.

    """
    text_of = getattr(given, "text", "")
    if len(text_of) > LONGEST_TEXT:
        raise AnswerWrong(f"{contract.name}: the text for the applicant has more than {LONGEST_TEXT} characters")
    match given:
        case Refuse(code, text):
            if code not in contract.refusals:
                known = ", ".join(sorted(contract.refusals)) or "none"
                raise AnswerWrong(f"{contract.name}: refuse({code!r}): the contract's refusals are: {known}")
            return Refused(ask.key, code, text)
        case SendBack(inputs, text):
            unknown = [name for name in inputs if name not in contract.input_names]
            if unknown or not inputs:
                known = ", ".join(contract.input_names)
                raise AnswerWrong(f"{contract.name}: send_back({list(inputs)}): name inputs of the contract: {known}")
            return Returned(ask.key, list(inputs), text)
        case Accept(ticket):
            return Accepted(ask.key, ticket)
        case Mapping():
            return _contributed(cast("Mapping[str, Any]", given), ask, contract, key, now)
        case _:
            kind = type(given).__name__
            raise AnswerWrong(
                f"{contract.name}: the function returned {kind}; return a dict, refuse(), send_back() or accept()"
            )


def _contributed(
    given: Mapping[str, Any], ask: AskMessage, contract: Contract, key: SigningKey, now: float
) -> Contributed:
    documents = {name: value for name, value in given.items() if isinstance(value, Document)}
    if stray := sorted(documents.keys() - contract.output_documents):
        raise AnswerWrong(f"{contract.name}: {', '.join(stray)}: the contract marks no document there")
    try:
        plain: dict[str, Any] = msgspec.to_builtins(
            {name: value for name, value in given.items() if name not in documents}
        )
    except (TypeError, ValueError) as error:
        raise AnswerWrong(f"{contract.name}: the output is no JSON: {error}") from error
    described = plain | {name: document.described() for name, document in documents.items()}
    if mistakes := contract.output_mistakes(described):
        raise AnswerWrong(f"{contract.name}: the output does not fit the contract:\n  " + "\n  ".join(mistakes))
    values = msgspec.json.decode(ask.input, type=dict[str, Any])
    bound = Bound(ask.key, ask.contract_digest, input_digest(ask.salt, contract.bare_input(values)))
    part = sign_part(key, bound, described, now=now)
    answer = Contributed(ask.key, plain | {name: one.sent() for name, one in documents.items()}, part)
    if len(msgspec.json.encode(answer)) > LARGEST_ANSWER:
        raise AnswerWrong(f"{contract.name}: the answer has more than 4 MiB: give its documents by link")
    return answer
