"""Addresses that other systems are told at: who asked for it, new secrets, what arrived, and sending again."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_address
from secrets import token_hex
from typing import Annotated, Final
from urllib.parse import urlsplit

from msgspec import Meta, Struct, field

from contracts.events import HookEnabled, HookRegistered, HookRemoved, HookRotated
from contracts.hooks import KINDS, AttemptView, DeliveryPage, HookKind, HookSecret, HookView, Resent
from contracts.ids import Instant
from contracts.problems import Mistake
from gateway.bodies import parse_object, take
from gateway.hearing import Hearing, Message
from gateway.identity.callers import Caller, Grant
from gateway.parts import Parts
from gateway.problems import FormInvalid, NotAllowed, NotFound, NotPossibleNow
from gateway.requests import number_in
from workflows.agencies.addresses import AddressGuard
from workflows.hooks.ledger import Counts
from workflows.hooks.signing import secret_key, written_secret
from workflows.hooks.telling import KEPT
from workflows.projections.hooks import Hook

MOST_HOOKS: Final = 20
"""Of one agency."""
BOTH_VALID: Final = timedelta(hours=24)
"""How long the secret before the last rotation signs too."""
STATES: Final = ("", "waiting", "delivered", "undelivered")
Address = Annotated[str, Meta(max_length=2000)]


class HookBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to tell, and what: `kinds` are some of the list, each once. `agency` empty: of everything (operators)."""

    url: Address
    kinds: list[str] = field(default_factory=list[str])
    agency: str = ""


class ResendBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `delivery` by its name, or those made since a moment that were not delivered; `delivered`: those too."""

    delivery: str = ""
    since: Instant | None = None
    delivered: bool = False


class Addressed(Struct, frozen=True, kw_only=True):
    """A hook as operators see it, with the last attempt of what it was told last."""

    view: HookView
    last: AttemptView | None = None


class Hooks:
    """Registers hooks and looks after them. Of somebody else's there is none: `NotFound`."""

    def __init__(self, parts: Parts, hearing: Hearing) -> None:
        """Take the parts to call upon, and who knows an agency by its signature."""
        self._engine, self._journal, self._clock = parts.engine, parts.journal, parts.clock
        self._told, self._hearing = parts.hooks, hearing
        self._guard = AddressGuard(parts.settings.networks)

    async def listed(self, message: Message, caller: Caller, agency: str) -> list[HookView]:
        """Give the hooks of an agency; to an operator those of everybody where none is named.

        Raises:
            NotAuthenticated, SignatureRefused: nothing shows that it is the agency, or an operator.
            NotFound: it is another agency's.

        """
        if caller.operator is None:
            agency = agency or _named(caller)
            await self._hearing.agency_of(message, caller, agency)
        counts = await self._told.ledger.counts()
        return [
            _view(hook, counts.get(hook.name, Counts()), self._clock.now())
            for hook in self._engine.directory.hooks.values()
            if agency in {"", hook.agency}
        ]

    async def register(self, message: Message, caller: Caller) -> HookSecret:
        """Register a hook; its secret is told only here.

        Raises:
            NotAuthenticated, SignatureRefused, NotFound: as `listed` does.
            FormInvalid: the address or the kinds have mistakes; all of them.
            NotPossibleNow: this address is told already, or the agency has as many as it may.

        """
        body = take(parse_object(message.body), HookBody)
        agency = body.agency
        if caller.operator is not None:
            actor = caller.operator.actor
        else:
            agency = agency or _named(caller)
            actor = await self._hearing.agency_of(message, caller, agency)
        self._check(body, agency)
        name = f"hook-{token_hex(8)}"
        kinds: list[str] = [kind for kind in KINDS if kind in body.kinds]
        event = HookRegistered(
            at=self._clock.now(), hook=name, agency=agency, url=body.url.strip(), kinds=kinds, actor=actor
        )
        await self._engine.register([event])
        return await self._secret(name)

    async def shown(self, message: Message, caller: Caller, name: str) -> HookView:
        """Give one hook. Raises as `listed` does."""
        await self._own(message, caller, name)
        return await self._view(name)

    async def rotate(self, message: Message, caller: Caller, name: str) -> HookSecret:
        """Make a new secret; for a day the one before signs too, so that receivers change without a gap."""
        _, actor = await self._own(message, caller, name)
        now = self._clock.now()
        await self._engine.register([HookRotated(at=now, hook=name, old_until=now + BOTH_VALID, actor=actor)])
        return await self._secret(name)

    async def enable(self, message: Message, caller: Caller, name: str) -> HookView:
        """Tell a hook again that was disabled, from now on; what was not delivered is sent on request."""
        hook, actor = await self._own(message, caller, name)
        if hook.state != "on":
            await self._engine.register([HookEnabled(at=self._clock.now(), hook=name, actor=actor)])
        return await self._view(name)

    async def remove(self, message: Message, caller: Caller, name: str) -> None:
        """Let a hook be no more, and forget what it was told."""
        _, actor = await self._own(message, caller, name)
        await self._engine.register([HookRemoved(at=self._clock.now(), hook=name, actor=actor)])
        self._told.wake()

    async def deliveries(self, message: Message, caller: Caller, name: str, *, state: str, cursor: str) -> DeliveryPage:
        """Give what a hook was told, newest first, with every attempt.

        Raises:
            ParameterInvalid: the cursor is none of ours.
            FormInvalid: there is no such state.

        """
        await self._own(message, caller, name)
        if state not in STATES:
            raise FormInvalid("There is no such state.", [Mistake("/state", f"Write one of: {', '.join(STATES[1:])}.")])
        before = number_in(cursor, "cursor", least=0, most=2**53) if cursor else None
        found, following = await self._told.ledger.page(name, state, before)
        return DeliveryPage(deliveries=found, next=following)

    async def resend(self, message: Message, caller: Caller, name: str) -> Resent:
        """Send one delivery again, or all since a moment: under the same names, so a receiver knows them.

        Raises:
            FormInvalid: neither is said, or both.
            NotFound: there is no such delivery, or it is kept no more.
            NotPossibleNow: the hook is disabled.

        """
        hook, _ = await self._own(message, caller, name)
        body = take(parse_object(message.body), ResendBody)
        if bool(body.delivery) == (body.since is not None):
            mistake = Mistake("/since", "Name one delivery, or a moment since when: one of the two.")
            raise FormInvalid("It is not said what to send again.", [mistake])
        if hook.state != "on":
            raise NotPossibleNow("Nothing is sent to this hook: enable it first (`gapura hook enable`).")
        count = await self._told.ledger.resend(
            name, self._clock.now(), delivery=body.delivery, since=body.since, delivered=body.delivered
        )
        if body.delivery and not count:
            raise NotFound("There is no such delivery, or it is kept no more: `gapura hook deliveries` lists them.")
        self._told.wake()
        return Resent(deliveries=count)

    async def seen(self, caller: Caller) -> list[Addressed]:
        """Give every hook to an operator, with how it went the last time. Raises NotAllowed: it is somebody else."""
        operator_of(caller)
        counts = await self._told.ledger.counts()
        found: list[Addressed] = []
        for hook in self._engine.directory.hooks.values():
            view = _view(hook, counts.get(hook.name, Counts()), self._clock.now())
            found.append(Addressed(view=view, last=await self._told.ledger.last_attempt(hook.name)))
        return found

    async def mend(self, caller: Caller, name: str) -> int:
        """Tell a hook again, where it was disabled, and send what did not arrive; give how much that is.

        Raises:
            NotAllowed: this is no operator.
            NotFound: there is no such hook.

        """
        actor, hook = operator_of(caller).actor, self._engine.directory.hooks.get(name)
        if hook is None:
            raise NotFound("There is no such hook.")
        now = self._clock.now()
        if hook.state != "on":
            await self._engine.register([HookEnabled(at=now, hook=name, actor=actor)])
        count = await self._told.ledger.resend(name, now, since=now - KEPT)
        self._told.wake()
        return count

    # --- inside -------------------------------------------------------------------------------------------------

    async def _own(self, message: Message, caller: Caller, name: str) -> tuple[Hook, str]:
        """Give a hook of the caller's and the actor; what is proved is looked at before whether there is one."""
        hook = self._engine.directory.hooks.get(name)
        if caller.operator is not None:
            actor = caller.operator.actor
        else:
            actor = await self._hearing.agency_of(message, caller, hook.agency if hook is not None else "")
        if hook is None:
            raise NotFound("There is no such hook: `gapura hook list` names yours.")
        return hook, actor

    async def _view(self, name: str) -> HookView:
        counts = (await self._told.ledger.counts()).get(name, Counts())
        return _view(self._engine.directory.hooks[name], counts, self._clock.now())

    async def _secret(self, name: str) -> HookSecret:
        hook = self._engine.directory.hooks[name]
        key = await secret_key(self._journal, name, hook.generation)
        return HookSecret(hook=name, secret=written_secret(key), old_until=hook.old_until)

    def _check(self, body: HookBody, agency: str) -> None:
        directory = self._engine.directory
        mistakes = [Mistake("/url", what) for what in self._mistakes_in_url(body.url.strip())]
        if agency and agency not in directory.agencies:
            mistakes.append(Mistake("/agency", "Name a registered agency, or none for all of them."))
        known: tuple[str, ...] = KINDS
        if not body.kinds:
            mistakes.append(Mistake("/kinds", f"Say of what: {', '.join(known)}."))
        mistakes += [
            Mistake(f"/kinds/{index}", f"There is no such kind; write one of: {', '.join(known)}.")
            for index, kind in enumerate(body.kinds)
            if kind not in known
        ]
        if mistakes:
            raise FormInvalid("The hook has mistakes.", mistakes)
        own = [hook for hook in directory.hooks.values() if hook.agency == agency]
        if same := next((hook for hook in own if hook.url == body.url.strip()), None):
            raise NotPossibleNow(f"This address is told already: it is {same.name}.")
        if len(own) >= MOST_HOOKS:
            raise NotPossibleNow(f"There are {MOST_HOOKS} hooks already: remove one that is not needed.")

    def _mistakes_in_url(self, url: str) -> list[str]:
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            return ["Is no address; write https://agency.example/gapura."]
        if parts.scheme not in {"http", "https"} or not host or not url.isprintable() or " " in url:
            return ["Is no address; write https://agency.example/gapura."]
        wrong = ["Has a user or a password in it: what is shared is the secret."] if "@" in parts.netloc else []
        if parts.fragment:
            wrong.append("Has a fragment (#): receivers never see it.")
        if parts.scheme == "http" and not self._guard.may_be_plain(host):
            wrong.append("Must be https: without TLS nothing is sent but to networks that the operator allows.")
        with suppress(ValueError):
            if why := self._guard.objection(str(ip_address(host.partition("%")[0]))):
                wrong.append(f"May not be connected to: {why}.")
        return wrong


def operator_of(caller: Caller) -> Grant:
    """Give the operator who is calling; raises NotAllowed."""
    if caller.operator is None:
        raise NotAllowed("This is for operators.")
    return caller.operator


def _named(caller: Caller) -> str:
    grant = caller.granted("agency")
    return grant.agency if grant is not None else ""


def _view(hook: Hook, counts: Counts, now: Instant) -> HookView:
    kinds: list[HookKind] = [kind for kind in KINDS if kind in hook.made.kinds]
    return HookView(
        hook=hook.name,
        agency=hook.agency,
        url=hook.url,
        kinds=kinds,
        state=hook.state,
        made_at=hook.made.at,
        made_by=hook.made.actor,
        waiting=counts.waiting,
        undelivered=counts.undelivered,
        old_until=hook.old_until if hook.old_until is not None and now < hook.old_until else None,
        off_at=hook.off_at,
    )
