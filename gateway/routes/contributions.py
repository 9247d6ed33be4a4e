"""What an agency gave to joint outputs that were issued, and taking a part of it back."""

from __future__ import annotations

from typing import Final

from litestar import get, post

from contracts.contributions import ContributionView
from contracts.ids import AskKey
from gateway.contributions import Given, PartRevocationBody, RevocationBody
from gateway.deciding import SecondWord
from gateway.openapi import OPERATION, Answered, Operation, Param
from gateway.requests import GatewayRequest, Reply, caller_of, calls_of, path_of, query_of, reply, struct_of
from gateway.routes.agencies import message_of


@get(
    "/v1/contributions",
    opt={
        OPERATION: Operation(
            id="listContributions",
            tag="work",
            params=(
                Param(name="case", where="query", about="Only of this case."),
                Param(name="cursor", where="query", about="`next` of the page before."),
            ),
            answers={200: Answered(about="What your agency gave, newest cases first.", type=Given)},
            problems=("parameter-invalid",),
        )
    },
)
async def list_contributions(request: GatewayRequest) -> Reply:
    """List what the officer's agency gave to joint outputs that were issued.

    A page looks through 50 cases, so it may be short, or empty, although there is a next one.
    """
    query = query_of(request, {"case": "", "cursor": ""})
    return reply(await calls_of(request).contributions.listed(caller_of(request), query["case"], query["cursor"]))


@post(
    "/v1/contributions/{contribution:str}/revocation",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="revokeContribution",
            tag="work",
            body=RevocationBody,
            answers={
                200: Answered(about="The part stands no more.", type=ContributionView),
                202: Answered(about="A second officer must confirm it: `proposal`.", type=ContributionView),
            },
            problems=("not-found", "form-invalid", "not-possible-now"),
        )
    },
)
async def revoke_contribution(request: GatewayRequest) -> Reply:
    """Take back a part that your agency gave to a joint output; `contribution` is its key with `:` for `/`.

    Whoever verifies the output is told. Without a part that is required, the whole output is revoked.
    """
    caller, body = caller_of(request), await struct_of(request, RevocationBody)
    key = AskKey(path_of(request, "contribution").replace(":", "/"))
    revoked = await calls_of(request).contributions.revoke(caller, key, body)
    return reply(revoked, 202 if revoked.proposal is not None else 200)


@post(
    "/v1/contributions/{contribution:str}/confirmation",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="confirmRevocation",
            tag="work",
            body=SecondWord,
            answers={200: Answered(about="The part as it now stands.", type=ContributionView)},
            problems=("not-found", "form-invalid", "not-possible-now"),
        )
    },
)
async def confirm_revocation(request: GatewayRequest) -> Reply:
    """Confirm, or reject, that a colleague takes a part back: `digest` is its `proposal.digest`."""
    caller, second = caller_of(request), await struct_of(request, SecondWord)
    key = AskKey(path_of(request, "contribution").replace(":", "/"))
    return reply(await calls_of(request).contributions.confirm(caller, key, second))


@post(
    "/v1/agencies/{agency:str}/revocations",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="revokePart",
            tag="agencies",
            body=PartRevocationBody,
            params=(
                Param(name="Content-Digest", where="header", about="RFC 9530, sha-256; with a signature."),
                Param(name="Signature-Input", where="header", about="RFC 9421; or the agency's token instead."),
            ),
            answers={200: Answered(about="Recorded for ever; the same again changes nothing.", type=ContributionView)},
            problems=("not-found", "form-invalid", "not-possible-now"),
        )
    },
)
async def revoke_part(request: GatewayRequest) -> Reply:
    """Take back a part that the agency gave to a joint output, by its own system.

    Signed by a key of the agency, as callbacks are, or sent with its token. `key` is the key of the ask.
    """
    query_of(request, {})
    message = await message_of(request)
    agency = path_of(request, "agency")
    return reply(await calls_of(request).contributions.hear(message, caller_of(request), agency))


ROUTES: Final = [list_contributions, revoke_contribution, confirm_revocation, revoke_part]
