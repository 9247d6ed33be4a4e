"""What `gapura doctor` looks at of payments: whether there is a provider, whom it is missing to, and how it answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

from contracts.plan import PublishedPlan
from contracts.wire import NothingHeld, Unheard
from gateway.clock import SystemClock
from gateway.paying import NOTICES, needs_payments
from gateway.secrets import KeptSecrets
from gateway.settings import SECRET_PREFIX, Settings
from workflows.agencies.addresses import AddressGuard
from workflows.agencies.authorization import SecretMissing
from workflows.agencies.exchange import HttpExchange
from workflows.agencies.payments_http import SIGNATURE_LASTS, HttpPayments, Probe

Told = tuple[Literal["good", "warn", "bad"], str]
SHORTEST_SECRET: Final = 24
APART_S: Final = 30.0
"""More than this between two clocks is said: ten times more, and nothing that was signed holds."""
_UNSIGNED: Final = ("401:", "403:")


def services_told(settings: Settings, plans: Mapping[str, PublishedPlan], offered: Iterable[PublishedPlan]) -> Told:
    """Say which services need a provider of payments, those on offer first, and whether there is one."""
    on_offer = {published.plan.service for published in offered}
    paid = {published.plan.service for published in plans.values() if needs_payments(published, plans)}
    agreed, others = sorted(paid & on_offer), sorted(paid - on_offer)
    names = [f"agreed: {', '.join(agreed)}"] if agreed else []
    names += [f"not agreed at the moment: {', '.join(others)}"] if others else []
    if settings.payments_url:
        return "good", f"services in which something is paid: {'; '.join(names) or 'none so far'}"
    if not paid:
        return "good", "not set up, and no service needs them"
    where = "see docs/how-to/payments.md, or leave those services out"
    return (
        "bad" if agreed else "warn",
        f"payments_url is not set, so nobody can apply where something is paid ({'; '.join(names)}); {where}",
    )


def provider_told(settings: Settings, kept: KeptSecrets) -> Iterator[Told]:
    """Say whether the secret is there, and how the provider answers; nothing where there is none."""
    if not settings.payments_url:
        return
    name = settings.payments_secret
    try:
        secret = kept.get(name)
    except SecretMissing:
        put = f"set {SECRET_PREFIX}{name}, or put a file {name} into the secrets folder"
        yield "bad", f"the secret {name} that is shared with the provider is not set; {put}"
        return
    if len(secret) < SHORTEST_SECRET:
        yield "warn", f"the secret {name} can be guessed: it has less than {SHORTEST_SECRET} characters"
    yield from answer_told(settings.payments_url, name, asyncio.run(_probe(settings, kept)))
    yield "good", f"the provider sends its notices to {settings.base_url}{NOTICES}"


def answer_told(url: str, secret: str, probe: Probe) -> Iterator[Told]:
    """Say what an answer about nobody's bill shows, and how far the clocks are apart."""
    what = probe.what
    if isinstance(what, NothingHeld):
        yield "good", f"the provider at {url} answers, and takes our signature"
    elif isinstance(what, Unheard) and what.reason.startswith(_UNSIGNED):
        yield "bad", f"the provider at {url} does not take our signature; give both sides the same {secret}"
    elif isinstance(what, Unheard):
        wait = "bills wait" if not what.final else "look at payments_url"
        yield "bad" if what.final else "warn", f"the provider at {url} was not heard ({what.reason}); {wait}"
    else:
        yield "bad", f"what answers at {url} is no provider of payments; look at payments_url"
    if probe.apart_s is not None and abs(probe.apart_s) > APART_S:
        side = "ahead of" if probe.apart_s > 0 else "behind"
        word: Literal["warn", "bad"] = "bad" if abs(probe.apart_s) > SIGNATURE_LASTS.total_seconds() else "warn"
        yield word, f"the provider's clock is {abs(probe.apart_s):.0f} s {side} ours; set both by NTP"


async def _probe(settings: Settings, kept: KeptSecrets) -> Probe:
    exchange = HttpExchange(AddressGuard(settings.networks))
    try:
        provider = HttpPayments(
            settings.payments_url,
            secret=settings.payments_secret,
            secrets=kept,
            notify="",
            clock=SystemClock(),
            exchange=exchange,
        )
        return await provider.probe()
    finally:
        await exchange.close()
