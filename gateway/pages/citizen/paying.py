"""A step that is paid: how much, to whom, until when, how; and what became of it. Works without JavaScript."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from litestar import Response, post

from contracts.views import CaseView, PaymentView, StepView
from gateway.pages import replies
from gateway.pages.formats import moment, money
from gateway.pages.posting import read_posted
from gateway.pages.steps import step_sentence, step_word
from gateway.requests import GatewayRequest, caller_of, calls_of, path_of

_OPEN: Final = frozenset({"preparing", "to_pay", "checking"})


def paid_step(case: CaseView, step: str) -> tuple[StepView, PaymentView] | None:
    """Give a step of a case that is paid, once its turn has come."""
    return next(((each, each.payment) for each in case.steps if each.step == step and each.payment is not None), None)


def payment_page(request: GatewayRequest, case: CaseView, step: StepView, payment: PaymentView) -> Response[bytes]:
    """Show a payment as it stands."""
    shell, word = replies.shell_of(request), step_word(step)
    context = {
        "case": case.case,
        "step": step,
        "payment": payment,
        "amount": money(payment.amount, shell.language),
        "word": word,
        "sentence": step_sentence(word, step, shell.language),
        "paid_at": _moment(payment.paid_at, shell.language),
        "is_open": case.state == "open" and payment.state in _OPEN,
        "may_decline": case.state == "open" and payment.state == "to_pay",
        "action": f"/permohonan/{case.case}/langkah/{step.step}",
    }
    return replies.page(request, "citizen/pay.html", shell, context=context)


def _moment(written: str, language: str) -> str:
    """Give when it was paid as people read it; as it is written where an operator wrote it otherwise."""
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return written
    return moment(at, language) if at.tzinfo else written


@post("/permohonan/{case:str}/langkah/{step:str}/periksa", status_code=200, include_in_schema=False)
async def check(request: GatewayRequest) -> Response[bytes]:
    """Take "I have paid": the provider is asked, and the page shows what it says."""
    await read_posted(request)
    case, step = path_of(request, "case"), path_of(request, "step")
    await calls_of(request).paying.check(caller_of(request), case, step)
    return replies.go(f"/permohonan/{case}/langkah/{step}")


ROUTES: Final = (check,)
