"""Words for the states of steps that no agency carries out, where an agency's would say something else."""

from __future__ import annotations

from typing import Final

from contracts.payments import PaymentState
from contracts.plan import Kind
from contracts.units import Text
from gateway.pages.words import STEP_WORDS, Word

_WITH_US: Final = Word(
    Text("Ditangani petugas", "With our staff"),
    "warn",
    Text(
        "Langkah ini tidak dapat dimulai. Petugas kami sedang mengurusnya; Anda tidak perlu melakukan apa-apa.",
        "This step cannot begin. Our staff are seeing to it; you need not do anything.",
    ),
)
_NOT_CONTINUED: Final = Word(
    STEP_WORDS["dropped"].word, "quiet", Text("Langkah ini tidak dilanjutkan.", "This step is not continued.")
)

_OF_ITS_OWN: Final = Word(
    STEP_WORDS["accepted"].word,
    "active",
    Text("Diproses sebagai permohonan tersendiri.", "It is carried out as an application of its own."),
)
_NOT_PAID: Final = Word(
    Text("Tidak dibayar", "Not paid"), "bad", Text("Tagihan ini tidak dibayar.", "This was not paid.")
)
PAYMENT_WORDS: Final[dict[PaymentState, Word]] = {
    "preparing": Word(
        Text("Tagihan disiapkan", "Bill on its way"),
        "active",
        Text(
            "Tagihan sedang dibuat di penyelenggara pembayaran. Bila belum berhasil, kami coba lagi sendiri; "
            "waktu Anda baru berjalan setelah tagihan ada.",
            "The bill is being made at the provider of payments. If it does not succeed we try again by ourselves; "
            "your time begins once the bill is there.",
        ),
    ),
    "to_pay": Word(
        Text("Perlu dibayar", "To be paid"), "action", Text("Bayar paling lambat {until}.", "Pay by {until}.")
    ),
    "checking": Word(
        Text("Sedang dicek", "Being checked"),
        "active",
        Text(
            "Kami menanyakan kepada penyelenggara pembayaran apakah tagihan ini sudah dibayar. "
            "Pembayaran Anda tidak hilang, dan tidak perlu diulang.",
            "We are asking the provider of payments whether this was paid. "
            "Your payment is not lost, and need not be made again.",
        ),
    ),
    "paid": Word(Text("Lunas", "Paid"), "done", Text("Pembayaran Anda sudah kami terima.", "We have your payment.")),
    "expired": Word(
        Text("Kedaluwarsa", "Expired"),
        "bad",
        Text("Tagihan ini tidak dibayar sampai batas waktunya.", "This was not paid before its time was over."),
    ),
    "declined": _NOT_PAID,
    "held": Word(
        Text("Ditangani petugas", "With our staff"),
        "warn",
        Text(
            "Petugas kami sedang memastikan pembayaran ini. Jangan membayar lagi; Anda tidak perlu melakukan apa-apa.",
            "Our staff are making sure of this payment. Do not pay again; you need not do anything.",
        ),
    ),
    "refunding": Word(
        Text("Sedang dikembalikan", "Being paid back"),
        "active",
        Text(
            "Tagihan ini tidak berlaku lagi; yang sudah dibayar sedang dikembalikan kepada Anda.",
            "This bill does not hold any more; what was paid is being paid back to you.",
        ),
    ),
    "refunded": Word(
        Text("Dikembalikan", "Paid back"),
        "quiet",
        Text(
            "Tagihan ini tidak berlaku lagi; yang sudah dibayar sudah dikembalikan.",
            "This bill does not hold any more; what was paid has been paid back.",
        ),
    ),
    "not_refunded": Word(
        Text("Belum dikembalikan", "Not paid back yet"),
        "warn",
        Text(
            "Uang Anda belum dapat dikembalikan dengan sendirinya. Petugas kami sedang mengurusnya.",
            "Your money could not be paid back by itself. Our staff are seeing to it.",
        ),
    ),
    "dropped": _NOT_CONTINUED,
}
"""By how a payment stands."""

KIND_WORDS: Final[dict[tuple[Kind, str], Word]] = {
    ("wait", "accepted"): Word(
        Text("Masa tunggu", "Waiting period"), "quiet", Text("Berakhir {until}.", "Ends on {until}.")
    ),
    ("wait", "contributed"): Word(
        Text("Selesai", "Done"), "done", Text("Masa tunggu sudah berakhir.", "The waiting period is over.")
    ),
    ("applicant", "accepted"): Word(
        STEP_WORDS["your_move"].word,
        "action",
        Text("Kami menunggu Anda sampai {until}.", "We wait for you until {until}."),
    ),
    ("applicant", "contributed"): Word(
        STEP_WORDS["contributed"].word, "done", Text("Anda sudah melakukannya.", "You have done it.")
    ),
    ("applicant", "refused"): Word(
        Text("Tidak dilakukan", "Not done"), "bad", Text("Langkah ini tidak dilakukan.", "This was not done.")
    ),
    ("applicant", "exhausted"): _WITH_US,
    ("applicant", "dropped"): _NOT_CONTINUED,
    ("wait", "refused"): Word(
        STEP_WORDS["refused"].word,
        "bad",
        Text("Keberatan orang lain diterima.", "An objection of somebody else was upheld."),
    ),
    ("wait", "exhausted"): _WITH_US,
    ("wait", "dropped"): _NOT_CONTINUED,
    ("service", "asked"): _OF_ITS_OWN,
    ("service", "accepted"): _OF_ITS_OWN,
    ("service", "exhausted"): _WITH_US,
}
"""By kind and state; for the rest an agency's words fit."""
