"""Unwrapped keys, kept for as long as they are wanted often. What a journal erased is found in no cache."""

from __future__ import annotations

from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from workflows.journal.encryption import step_key_context, unseal_small
from workflows.ports import Erased, JournalDamaged, Vault

STREAMS_KEPT = 4_096
STEPS_KEPT = 32_768


class KeyRing:
    """Gives keys for their wrapped form. Safe to use from the threads of all connections.

    The caches go by the wrapped form, which is always read from the store: a key whose wrapped form is gone can be
    asked for no more.
    """

    def __init__(self, vault: Vault) -> None:
        """Take the vault that holds the master key."""
        self._vault = vault
        self._stream_key = lru_cache(STREAMS_KEPT)(vault.unwrap)
        self._step_cipher = lru_cache(STEPS_KEPT)(_step_cipher)

    def wrap(self, stream_key: bytes) -> bytes:
        """Wrap a stream's new key for storage."""
        return self._vault.wrap(stream_key)

    def stream_key(self, stream: str, wrapped: bytes | None) -> bytes:
        """Unwrap a stream's key.

        Raises:
            Erased: it was destroyed (nothing is stored).
            JournalDamaged: what is stored is not a key wrapped under this master key.

        """
        if wrapped is None:
            raise Erased(f"the key of {stream} was destroyed: nobody can read its content any more")
        try:
            return self._stream_key(wrapped)
        except ValueError as error:
            raise JournalDamaged(f"the key of {stream} cannot be unwrapped: {error}") from error

    def step_cipher(self, stream: str, step: str, stream_key: bytes, wrapped: bytes | None) -> AESGCM:
        """Unwrap a step's key and give it ready for use; raises as `stream_key` does."""
        if wrapped is None:
            raise Erased(f"the key of {stream}, {step or 'its own events'}, was destroyed")
        return self._step_cipher(stream, step, stream_key, wrapped)

    def forget(self) -> None:
        """Let go of every unwrapped key: after one was destroyed, none may linger."""
        self._stream_key.cache_clear()
        self._step_cipher.cache_clear()


def _step_cipher(stream: str, step: str, stream_key: bytes, wrapped: bytes) -> AESGCM:
    what = f"the key of {stream}, {step or 'its own events'},"
    return AESGCM(unseal_small(stream_key, wrapped, context=step_key_context(stream, step), what=what))
