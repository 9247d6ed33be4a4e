"""The bills of a case on operations' page: what is to be paid, and every call to the provider with what it gave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from contracts.bills import BillCall, BillEntry, BillView, BillWord
from contracts.ids import Instant
from contracts.units import Text
from contracts.views import CaseView
from gateway.pages.formats import money
from gateway.pages.kind_words import PAYMENT_WORDS
from gateway.pages.operations.acts import ACT_WORDS
from gateway.pages.operations.views import ActLink, act_link
from gateway.pages.words import Word

CALL_WORDS: Final[Mapping[BillCall, Text]] = {
    "make": Text("Tagihan dibuat", "The bill is made"),
    "look": Text("Ditanyakan", "It is asked about"),
    "last-look": Text("Ditanyakan terakhir kali, lalu ditutup", "It is asked about a last time, and closed"),
    "refund": Text("Dikembalikan karena langkahnya batal", "Paid back, since the step is undone"),
    "refund-by-hand": Text("Dikembalikan oleh petugas", "Paid back by hand"),
}
RESULT_WORDS: Final[Mapping[BillWord, Text]] = {
    "under_way": Text("belum dijawab", "not answered yet"),
    "made": Text("tagihan ada", "the bill is there"),
    "nothing_new": Text("belum dibayar", "not paid so far"),
    "not_heard": Text("penyedia tidak menjawab", "the provider did not answer"),
    "paid": Text("lunas", "paid"),
    "another_amount": Text("jumlahnya lain", "another amount was paid"),
    "paid_beside": Text("uang yang tidak diminta", "money that nobody asked for"),
    "ended": Text("berakhir tanpa dibayar", "ended, and was not paid"),
    "overtaken": Text("disusul panggilan berikutnya", "overtaken by the next call"),
    "held": Text("perlu dilihat petugas", "somebody must look"),
    "accepted": Text("penyedia sedang mengerjakannya", "the provider is at it"),
    "paid_back": Text("sudah dikembalikan, atau tidak ada yang dibayar", "paid back, or nothing had been paid"),
    "not_paid_back": Text("tidak dikembalikan", "not paid back"),
}
BY_WORDS: Final[Mapping[str, Text]] = {
    "gateway": Text("gateway sendiri", "the gateway itself"),
    "provider": Text("pemberitahuan penyedia", "a notice of the provider"),
    "applicant": Text("pemohon", "the applicant"),
    "operator": Text("petugas", "an operator"),
}


class EntryLine(Struct, frozen=True, kw_only=True):
    """One call to the provider."""

    at: Instant
    call: Text
    by: Text
    result: Text
    amount: str
    reason: str
    again_at: Instant | None


class BillBox(Struct, frozen=True, kw_only=True):
    """One bill."""

    step: str
    title: Text
    round: int
    number: str
    amount: str
    payee: Text
    legal_basis: str
    word: Word
    due_at: Instant | None
    receipt: str
    entries: list[EntryLine]
    owner: str
    is_incident: bool
    acts: list[ActLink]


def bill_boxes(case: CaseView, bills: Iterable[BillView], language: str) -> list[BillBox]:
    """Give the bills of a case as a page shows them, with the acts that an incident of theirs offers."""
    return [
        BillBox(
            step=bill.step,
            title=bill.title,
            round=bill.round,
            number=bill.payment.number,
            amount=money(bill.payment.amount, language),
            payee=bill.payment.payee,
            legal_basis=bill.payment.legal_basis,
            word=PAYMENT_WORDS[bill.payment.state],
            due_at=bill.due_at,
            receipt=bill.payment.receipt,
            entries=[_line(entry, language) for entry in bill.entries],
            owner=bill.incident.owner if bill.incident is not None else "",
            is_incident=bill.incident is not None,
            acts=_acts(case, bill),
        )
        for bill in bills
    ]


def _acts(case: CaseView, bill: BillView) -> list[ActLink]:
    step = next((step for step in case.steps if step.step == bill.step), None)
    offered = bill.incident.acts if bill.incident is not None else []
    links = [act_link(case.case, act, step, bill.round) for act in offered if act in ACT_WORDS]
    return sorted(links, key=lambda link: link.grave)


def _line(entry: BillEntry, language: str) -> EntryLine:
    return EntryLine(
        at=entry.at,
        call=CALL_WORDS[entry.call],
        by=BY_WORDS.get(entry.by, Text(entry.by, entry.by)),
        result=RESULT_WORDS[entry.result],
        amount="" if entry.amount is None else money(entry.amount, language),
        reason=entry.reason,
        again_at=entry.again_at,
    )
