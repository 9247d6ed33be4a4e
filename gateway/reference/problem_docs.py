"""What each problem type means, and what whoever meets it does. A test holds it to the closed list of types."""

from __future__ import annotations

from typing import Final

from msgspec import Struct


class Doc(Struct, frozen=True, kw_only=True):
    """One problem type: what happened, and what each party does about it."""

    what: str
    caller: str
    agency: str = ""
    operator: str = "Nothing: the caller changes the request."


PROBLEM_DOCS: Final[dict[str, Doc]] = {
    "body-unreadable": Doc(
        what="The body is no JSON object that every reader understands alike: broken syntax, another encoding than "
        "UTF-8, a name given twice, a number beyond 2^53, NaN, a NUL character, nesting deeper than 64 levels, more "
        "than 5,000 members and items, a name of more than 200 characters, or a body that stopped arriving.",
        caller="Read detail: it says what and where. Mend the body and send it again.",
        agency="Numbers that are identifiers (NIK, NPWP, NIB, KBLI) are strings.",
    ),
    "parameter-invalid": Doc(
        what="A header, a part of the path or a query parameter is not offered, is given twice, or has no valid value.",
        caller="Read detail, then the parameters of the operation at /v1/reference.",
    ),
    "not-authenticated": Doc(
        what="The route belongs to somebody, and nothing valid in the request says who is calling.",
        caller="An applicant sends the case's secret, an officer or operator a token: Authorization: Bearer <it>.",
        agency="Sign the request (RFC 9421) with a registered key, or send the agency's token.",
        operator="Issue a token: gapura token.",
    ),
    "signature-invalid": Doc(
        what="The message's signature is missing, wrong, of an unknown key, too old, or was seen before.",
        caller="Only agencies sign. Leave Signature and Signature-Input out where you are none.",
        agency="Read detail. Sign every attempt afresh: new created, expires and nonce. Set your clock (NTP).",
        operator="If the agency changed its keys, register the new ones.",
    ),
    "not-allowed": Doc(
        what="The caller is known, and this is another role's to do.",
        caller="Use the token of the right role.",
        operator="Issue a token of the right role where this person should have it.",
    ),
    "not-found": Doc(
        what="Nothing is at this address, or it is not the caller's: the two look the same on purpose.",
        caller="Check the address, and that the secret or token is the one of this object.",
        agency="The key in an answer is repeated exactly as it came with the ask.",
    ),
    "method-not-allowed": Doc(
        what="The address exists, but not for this method.",
        caller="Read the Allow header.",
    ),
    "not-acceptable": Doc(
        what="None of the media types in Accept is offered.",
        caller="Read detail for those that are.",
    ),
    "not-possible-now": Doc(
        what="The state of the case does not allow this now: for instance, withdrawing after the last step was asked.",
        caller="Read the case again; detail says what stands in the way.",
        operator="The case page shows which acts apply now.",
    ),
    "version-conflict": Doc(
        what="This version of the contract stands already, with another promise. What was promised is never changed.",
        caller="Only agencies register contracts.",
        agency="Register the changed promise under a new version. Addresses, attempts, limits and examples may change.",
        operator="Publish a plan that asks for the new version, and propose an agreement about it.",
    ),
    "gone": Doc(
        what="The service is not offered at the moment: an agency's signature under its agreement is missing.",
        caller="Open applications go on. New ones are possible once the service is offered again.",
        agency="gapura agreement show says who has not signed.",
        operator="gapura agreement show says who has not signed.",
    ),
    "lease-over": Doc(
        what="The lease of something that was fetched is over: its time ran out, it was answered, or the gateway was "
        "started anew and knows no leases from before.",
        caller="Only agencies' workers hold leases.",
        agency="If the work is done, answer all the same: an answer counts without its lease. If not, stop: the ask is "
        "offered again, under the same key. Send heartbeats more often than the contract's connection.lease.",
        operator="Nothing. Where it happens often, gapura agency leases shows which worker is slow.",
    ),
    "body-too-large": Doc(
        what="The body has more bytes than are read (1 MiB).",
        caller="Send less.",
    ),
    "media-type-unsupported": Doc(
        what="The body's Content-Type is not accepted here, it is not UTF-8, or it is compressed.",
        caller="Send the type that detail names, without Content-Encoding.",
    ),
    "form-invalid": Doc(
        what="What was sent can be read and has mistakes. All of them are in errors, each with a JSON Pointer.",
        caller="Mend every one and send it again; with an Idempotency-Key, use a new one.",
    ),
    "contract-invalid": Doc(
        what="A contract, plan or agreement has mistakes. All of them are in errors, with line or pointer, and what to "
        "write instead.",
        caller="Only agencies and operators register these.",
        agency="gapura contract check FILE says the same before you send it.",
        operator="gapura plan check FILE says the same before you send it.",
    ),
    "answer-invalid": Doc(
        what="An agency's answer is none to what was asked, or breaks the contract. It was not recorded.",
        caller="Only agencies answer asks.",
        agency="Read errors, mend the answer, sign it afresh and send it again.",
        operator="If the contract is wrong, its agency registers a new version.",
    ),
    "key-reused": Doc(
        what="The Idempotency-Key came before, with another body. Nothing was done.",
        caller="A new wish needs a new key (a UUID); the same wish is repeated with the same body.",
    ),
    "too-many-requests": Doc(
        what="More came from this address than is borne, or too many wrong secrets.",
        caller="Wait as long as Retry-After says.",
        operator="requests_per_s and guesses_per_min are settings.",
    ),
    "internal": Doc(
        what="The gateway has a fault. What was acknowledged before is safe.",
        caller="Tell the operator the trace id.",
        operator="Look for the trace id in the log; report the fault with the version.",
    ),
    "unavailable": Doc(
        what="Not possible at the moment: the gateway starts, stops, carries all that it can, or cannot record.",
        caller="Send the same request again after Retry-After; with an Idempotency-Key it is one wish.",
        agency="Repeat a callback, signed afresh.",
        operator="GET /health/ready says what is wrong; gapura doctor says more.",
    ),
    "storage-full": Doc(
        what="There is no space to record anything, so nothing is taken. What was acknowledged before is safe.",
        caller="Send the same request again later.",
        agency="Repeat a callback, signed afresh.",
        operator="Free space on the data folder's file system: writing goes on by itself.",
    ),
}
