"""What differs in a payment between two versions of a plan, in sentences: how much, to whom, why, until when."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from contracts.declared import Value
from contracts.plan import ApplicantTask, Step


def payment_told(name: str, before: Step | None, after: Step | None) -> Iterator[str]:
    """Say what is newly paid in a step, no longer paid, or paid otherwise; nothing where nothing is paid at all."""
    old, new = _task(before), _task(after)
    if old is None and new is not None:
        basis = f", on the basis of {new.legal_basis}" if new.legal_basis else ""
        yield f"Applicants newly pay in {name}: {_amount(new.amount)}, to {_payee(new)}, within {new.within}{basis}."
        if before is not None and before.applicant is not None:
            yield f"{name} no longer asks the applicant anything else: {before.applicant.page} before."
    elif old is not None and new is None:
        yield f"Applicants no longer pay in {name}: {_amount(old.amount)}, to {_payee(old)} before."
        if after is not None and after.applicant is not None:
            yield f"{name} asks the applicant something else now: {after.applicant.page}."
    elif old is not None and new is not None:
        told = {
            "How much is paid in": (_amount(old.amount), _amount(new.amount)),
            "To whom it is paid in": (_payee(old), _payee(new)),
            "What the payment rests on in": (old.legal_basis or "nothing", new.legal_basis or "nothing"),
            "The time to pay in": (old.within, new.within),
        }
        for what, (one, other) in told.items():
            if one != other:
                yield f"{what} {name} was {one}, and is {other}."


def _task(step: Step | None) -> ApplicantTask | None:
    return step.applicant if step is not None and step.pays else None


def _amount(amount: Value | None) -> str:
    """Give an amount as it is declared: rupiah, or where it comes from."""
    if amount is None or isinstance(amount, str):
        return f"what {amount or 'nothing'} says"
    return f"{amount.const} rupiah" if amount.const is not UNSET else f"what {amount.cel} gives"


def _payee(task: ApplicantTask) -> str:
    return f"{task.payee.id} / {task.payee.en}" if task.payee is not None else "nobody"
