"""What is published so that anybody can check a joint output, and the verdict on whatever anybody presents."""

from __future__ import annotations

import asyncio
from typing import Final

from msgspec import structs

from contracts.ids import Instant
from contracts.trust import AgencyKeys, TrustFile
from gateway.ending import ending_of, renewed_at
from gateway.known import known_case
from gateway.limits import Limits
from gateway.parts import Parts
from workflows.outputs.seal import credential_digest
from workflows.outputs.verify import Verdict, verify

JUDGED_AT_ONCE: Final = 2
"""Files of strangers that are read at once; others wait. Each may keep a processor busy for seconds."""


class Judge:
    """Publishes keys and status lists, and judges by them."""

    def __init__(self, parts: Parts, limits: Limits) -> None:
        """Take the parts to call upon, and what bounds them."""
        self._engine, self._clock, self._documents = parts.engine, parts.clock, parts.documents
        self._issuer, self._limits = parts.settings.base_url, limits
        self._turns = asyncio.Semaphore(JUDGED_AT_ONCE)

    def trust(self) -> TrustFile:
        """Give the trust file: our public keys and every agency's."""
        directory = self._engine.directory
        return TrustFile(
            keys=self._documents.public_keys()["keys"],
            issuer=self._issuer,
            agencies={
                name: AgencyKeys(keys=[dict(key) for key in directory.keys_ever(name)], title=record.title)
                for name, record in directory.agencies.items()
            },
            made_at=self._clock.now(),
        )

    def status_list(self, number: int) -> str:
        """Give a status list as a compact `vc+jwt`."""
        revoked = self._engine.directory.revoked_statuses
        return self._documents.status_list(revoked, number=number, now=self._clock.now())

    async def verdict(self, presented: bytes) -> Verdict:
        """Judge a joint output: a `vc+jwt`, a PDF that carries one, or the text of its QR code.

        A code names its credential by digest. Where that very one is kept here, the verdict is on it, part by part.
        """
        with self._limits.documents.one():
            async with self._turns:
                now = self._clock.now()
                verdict = await self._judged(presented, now)
                kept = await self._kept(verdict)
                return await self._ending(verdict if kept is None else _of_code(await self._judged(kept, now), verdict))

    async def _judged(self, presented: bytes, now: Instant) -> Verdict:
        trust = self.trust()
        verdict = await asyncio.to_thread(verify, presented, trust, now=now, status_list=self.status_list(1))
        number = verdict.status_list.rpartition("/")[2]
        if verdict.word != "valid" or verdict.status_checked or not number.isdecimal():
            return verdict
        return await asyncio.to_thread(verify, presented, trust, now=now, status_list=self.status_list(int(number)))

    async def _ending(self, verdict: Verdict) -> Verdict:
        """Say since when an output that ends, and is that of its case here, is renewed; not by which case."""
        if verdict.valid_until is None or not verdict.case or verdict.word not in {"valid", "unknown"}:
            return verdict
        state = await known_case(self._engine, verdict.case)
        ending = ending_of(state) if state is not None else None
        if state is None or ending is None or credential_digest(state.credential) != verdict.digest:
            return verdict
        renewed = await renewed_at(self._engine, state)
        return structs.replace(verdict, renewable_from=ending.renewable_from, renewed_at=renewed)

    async def _kept(self, verdict: Verdict) -> bytes | None:
        """Give the credential that a genuine code stands for, if it is kept here as it was sealed."""
        if verdict.presented != "code" or verdict.word not in {"valid", "revoked"} or not verdict.case:
            return None
        state = await known_case(self._engine, verdict.case)
        if state is None or not state.credential or credential_digest(state.credential) != verdict.digest:
            return None
        return state.credential.encode("ascii")


def _of_code(found: Verdict, code: Verdict) -> Verdict:
    """Give the verdict on a credential as that on its code: what was shown to us is still the code alone."""
    kept = [reason for reason in code.reasons if reason.code == "code_only"]
    return structs.replace(found, presented="code", reasons=[*kept, *found.reasons])
