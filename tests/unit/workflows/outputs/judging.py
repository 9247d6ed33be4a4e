"""What verification is tested with: one joint output in its three forms, and whom to trust."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from pypdf import PdfReader, PdfWriter

from contracts.trust import AgencyKeys, TrustFile
from tests.unit.workflows.outputs.sample import (
    AGENCY_KEYS,
    ISSUER,
    NOW,
    seal,
    sealed,
)
from workflows.outputs.document import output_pdf
from workflows.outputs.verify import Verdict, verify

TRUST = TrustFile(
    issuer=ISSUER,
    keys=seal().public_keys()["keys"],
    agencies={
        name: AgencyKeys(title=name, keys=[dict(key.as_dict(private=False))]) for name, key in AGENCY_KEYS.items()
    },
)
CREDENTIAL = sealed()
LINK = seal().qr_link(CREDENTIAL)
CODE = LINK.partition("#")[2]
PDF = output_pdf(CREDENTIAL, LINK)


def judged(presented: bytes | str, **options: Any) -> Verdict:
    return verify(presented, options.pop("trust", TRUST), now=options.pop("now", NOW), **options)


def reasons(verdict: Verdict) -> list[str]:
    return [entry.code for entry in verdict.reasons]


def rewritten(change: Callable[[PdfWriter], object] | None = None) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(PDF)))
    writer.add_metadata({"/Producer": "Another program"})
    if change is not None:
        change(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()
