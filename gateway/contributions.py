"""After issue, by each agency for itself: what it gave to joint outputs, and taking a part of it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from contracts.asked import Act
from contracts.commands import CaseCommand, RevokePart
from contracts.contributions import ContributionView
from contracts.desk_commands import ConfirmRevocation, RejectRevocation
from contracts.ids import AskKey, parse_ask_key
from contracts.problems import Mistake
from contracts.wire import Evidence
from gateway.attesting import attested
from gateway.bodies import JSON_TYPES, Sentence, media_type, parse_object, take, written
from gateway.deciding import SecondWord, check_second, officer_of
from gateway.hearing import Hearing, Message
from gateway.identity.callers import Caller
from gateway.known import known_case
from gateway.listing import listed_cases
from gateway.parts import Parts
from gateway.problems import FormInvalid, NotFound
from workflows.core.state import CaseState
from workflows.ports import CaseFilter
from workflows.projections.contributions import contributions

_SHORTEST: Final = 3


class RevocationBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a part stands no more, by which law, and where and until when the applicant may object: all three.

    The applicant reads all of it; whoever verifies the output reads the law and the day.
    """

    reason: Sentence = ""
    legal_basis: Sentence = ""
    objection: Sentence = ""


class PartRevocationBody(RevocationBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same by an agency's system, of the contribution that it gave under the ask's `key`."""

    key: str = ""


class Given(Struct, frozen=True, kw_only=True):
    """What an agency gave, newest cases first, and where the list goes on (empty: no more)."""

    contributions: list[ContributionView]
    next: str = ""


class Contributions:
    """Gives every agency its own parts of what was issued, and takes their revocations."""

    def __init__(self, parts: Parts, hearing: Hearing) -> None:
        """Take the parts to call upon, and who knows an agency by its signature."""
        self._engine, self._journal, self._clock = parts.engine, parts.journal, parts.clock
        self._hearing = hearing

    async def listed(self, caller: Caller, case: str = "", cursor: str = "") -> Given:
        """Give a page of what the officer's agency gave to outputs that were issued, or all of one case.

        Raises:
            ParameterInvalid: the cursor is none of ours.

        """
        agency = officer_of(caller).agency
        if case:
            state = await known_case(self._engine, case)
            return Given(contributions=[] if state is None else list(contributions(state, agency)))
        states, following = await listed_cases(self._engine, self._journal, CaseFilter(state="issued"), cursor)
        found = [view for state in states for view in contributions(state, agency)]
        return Given(contributions=found, next=following)

    async def one(self, caller: Caller, key: str) -> ContributionView:
        """Give one of them. Raises NotFound: the officer's agency gave nothing under this key to anything issued."""
        return await self._found(officer_of(caller).agency, key)

    async def revoke(self, caller: Caller, key: str, body: RevocationBody) -> ContributionView:
        """Take a part back at the agency's desk; it is durable when this returns.

        Where the contract asks for a second officer, it is a proposal, which the answer has.

        Raises:
            NotFound: as `one` does.
            FormInvalid: something is not said; all of it at once.
            Rejection: the case does not allow it now.

        """
        officer = officer_of(caller)
        found = await self._found(officer.agency, key)
        evidence = attested(body, by=officer.actor, at=self._clock.now())
        return await self._revoke(found, body, officer.actor, evidence, at_desk=True)

    async def confirm(self, caller: Caller, key: str, second: SecondWord) -> ContributionView:
        """Confirm, or reject, that a colleague takes a part back.

        Raises:
            NotFound: as `one` does.
            FormInvalid: a rejection does not say why.
            NotPossibleNow: the token itself was issued by one person alone, and nobody has found that right.
            Rejection: nothing, or something else, is proposed now; or the same person proposed it.

        """
        officer = officer_of(caller)
        found = await self._found(officer.agency, key)
        about: dict[str, Any] = {"step": found.step, "item": found.item, "officer": officer.actor}
        if not second.confirm:
            if not written(second.text):
                raise FormInvalid("Say why.", [Mistake("/text", "Tell your colleague why the part stands.")])
            command: CaseCommand = RejectRevocation(**about, digest=second.digest, text=written(second.text))
        else:
            check_second(self._engine.directory, officer)
            command = ConfirmRevocation(**about, digest=second.digest)
        return _of(await self._engine.submit(found.case, command), found.agency, found.key)

    async def hear(self, message: Message, caller: Caller, agency: str) -> ContributionView:
        """Take a part back by the agency's own system: a signed call, or one with its token.

        Raises:
            NotAuthenticated, SignatureRefused: nothing shows that it is the agency.
            MediaTypeUnsupported, BodyUnreadable: no JSON object.
            NotFound, FormInvalid, Rejection: as `revoke` does.

        """
        media_type(message.headers, JSON_TYPES)
        sender = await self._hearing.sender(message, caller, agency)
        body = take(parse_object(message.body), PartRevocationBody)
        check_said(body, ("key", *RevocationBody.__struct_fields__))
        found = await self._found(agency, body.key)
        evidence = sender.evidence(message.body, self._clock.now())
        return await self._revoke(found, body, sender.actor, evidence)

    async def _revoke(
        self, found: ContributionView, body: RevocationBody, actor: str, evidence: Evidence, *, at_desk: bool = False
    ) -> ContributionView:
        check_said(body)
        command = RevokePart(
            step=found.step,
            item=found.item,
            act=Act(actor=actor, reason=written(body.reason)),
            legal_basis=written(body.legal_basis),
            objection=written(body.objection),
            evidence=evidence,
            at_desk=at_desk,
        )
        return _of(await self._engine.submit(found.case, command), found.agency, found.key)

    async def _found(self, agency: str, key: str) -> ContributionView:
        state = await known_case(self._engine, _case_in(key))
        if state is None:
            raise NotFound
        return _of(state, agency, AskKey(key))


def _of(state: CaseState, agency: str, key: AskKey) -> ContributionView:
    for each in contributions(state, agency):
        if each.key == key:
            return each
    raise NotFound("Your agency gave nothing under this key to an output that was issued.")


def _case_in(key: str) -> str:
    try:
        return parse_ask_key(AskKey(key))[0]
    except ValueError:
        raise NotFound from None


def check_said(body: RevocationBody, names: Sequence[str] = RevocationBody.__struct_fields__) -> None:
    """Raise FormInvalid where something is not said: the reason, the law, where to object. All of it at once."""
    mistakes = [
        Mistake(f"/{name}", _MISSING[name]) for name in names if len(written(str(getattr(body, name)))) < _SHORTEST
    ]
    if mistakes:
        raise FormInvalid("The revocation does not say everything that it has to.", mistakes)


_MISSING: Final = {
    "key": "Name the key of the ask that the part answered.",
    "reason": "Say why the part stands no more: the applicant reads it.",
    "legal_basis": "Name the law by which you take it back.",
    "objection": "Say where and until when the applicant may object.",
}
