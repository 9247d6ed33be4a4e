"""A seal in memory, with a key of its own: for tests and simulations, where it can also be out of reach."""

from __future__ import annotations

from typing import Any

from joserfc.jwk import ECKey

from contracts.views import JointOutput
from workflows.outputs.seal import seal_output
from workflows.ports import Sealed, SealUnavailable


class MemorySeal:
    """Seals like the real one. It is out of reach for as many calls as `outages` says, then works."""

    def __init__(self, *, issuer: str = "https://gapura.example", outages: int = 0) -> None:
        """Take the issuer's URL, and how many calls fail before one succeeds."""
        self._key = ECKey.generate_key("P-256", auto_kid=True)
        self.issuer = issuer
        self.outages = outages

    async def seal(self, output: JointOutput, *, status_index: int) -> Sealed:
        """Seal a joint output.

        Raises:
            SealUnavailable: an outage is left.

        """
        if self.outages > 0:
            self.outages -= 1
            raise SealUnavailable
        return seal_output(output, status_index=status_index, issuer=self.issuer, key=self._key)

    def public_keys(self) -> dict[str, Any]:
        """Give the public key as a JWK Set."""
        return {"keys": [self._key.as_dict(private=False)]}
