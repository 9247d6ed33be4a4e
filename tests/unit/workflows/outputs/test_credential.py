"""A joint output said as a credential, and read back."""

from __future__ import annotations

from msgspec import structs

from contracts.ids import ItemKey
from tests.unit.workflows.outputs.sample import (
    ISSUER,
    attested_part,
    documented_part,
    joint_output,
    refused_part,
    sealed,
    signed_part,
    skipped_part,
)
from workflows.outputs.credential import (
    CREDENTIAL_TYPE,
    LIST_SIZE,
    credential_of,
    decode_credential,
    output_of,
    stands,
    with_indexes,
)
from workflows.outputs.jws import peek_jws
from workflows.outputs.status import status_entry

PARTS = (
    signed_part(),
    attested_part(),
    structs.replace(documented_part(), item=ItemKey("a")),
    refused_part(),
    skipped_part(),
)


def test_what_was_sealed_is_shown_as_something_else_once_the_case_has_gone_on() -> None:
    output = joint_output(*PARTS)
    credential = decode_credential(peek_jws(sealed(*PARTS), typ=CREDENTIAL_TYPE).payload)
    read = output_of(credential)
    assert read == structs.replace(output, parts=read.parts)
    for part, written in zip(read.parts, output.parts, strict=True):
        assert part == structs.replace(written, evidence=part.evidence)
        assert part.evidence == {name: value for name, value in written.evidence.items() if value not in ("", {}, [])}


def test_a_part_that_gave_nothing_has_a_place_in_the_status_list_or_one_that_stands_has_none() -> None:
    output = with_indexes(joint_output(*PARTS), [LIST_SIZE + 5, LIST_SIZE + 6, LIST_SIZE + 7])
    assert [part.status_index is not None for part in output.parts] == [stands(part) for part in output.parts]
    claims = credential_of(output, issuer=ISSUER, status=status_entry(LIST_SIZE + 4, issuer=ISSUER))
    assert [part.status_list_index for part in claims.credential_subject.parts] == ["5", "6", "7", "", ""]
    assert claims.credential_status.status_list_index == "4"
