"""Words for the states of steps that no agency carries out, where an agency's would say something else."""

from __future__ import annotations

from typing import Final

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
