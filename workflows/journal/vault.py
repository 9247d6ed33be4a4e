"""FileVault: the master key in a file that only its owner may read."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from workflows.journal.encryption import KEY_BYTES, NONCE_BYTES

FORMAT = "gapura-master-key-1"
_CONTEXT = b"gapura.stream-key.1"


class VaultUnusable(Exception):
    """The master key cannot be used as it is stored."""


class FileVault:
    """Wraps the keys of streams with AES-256-GCM under the master key in one file."""

    def __init__(self, master_key: bytes) -> None:
        """Take the 32 bytes of a master key; `FileVault.open` reads them from a file."""
        self._cipher = AESGCM(master_key)

    @classmethod
    def open(cls, path: Path, *, may_create: bool = True) -> FileVault:
        """Read the master key at `path`; make one (mode 0600) where there is none and `may_create` says so.

        Raises:
            VaultUnusable: others may read the file, it holds no master key, or there is none and none may be made.

        """
        if may_create and not path.exists():
            _create(path)
        return cls(_read(path))

    def wrap(self, key: bytes) -> bytes:
        """Encrypt a stream's key for storage."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, _CONTEXT)

    def unwrap(self, wrapped: bytes) -> bytes:
        """Give a stream's key back.

        Raises:
            ValueError: it was wrapped under another master key, or altered.

        """
        try:
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _CONTEXT)
        except (InvalidTag, ValueError) as error:
            raise ValueError("this key was wrapped under another master key, or altered") from error


def _create(path: Path) -> None:
    """Write a new master key so that a crash leaves a whole file or none, and a race leaves the first one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    text = f"{FORMAT} {base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()}\n"
    descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(written)
        except FileExistsError:
            return  # another process was first: its key counts
        sync_folder(path.parent)
    finally:
        written.unlink()


def _read(path: Path) -> bytes:
    try:
        with path.open(encoding="ascii") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise VaultUnusable(f"{path} is no regular file: the master key is one")
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise VaultUnusable(
                    f"others may read the master key {path} (mode {stat.S_IMODE(mode):04o}): "
                    f"run `chmod 600 {path}`, and think about who has read it"
                )
            return _parse(file.read(200), path)
    except FileNotFoundError as error:
        raise VaultUnusable(
            f"there is no master key at {path}: put back the one that the journal was made with"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise VaultUnusable(f"the master key {path} cannot be read: {error}") from error


def _parse(text: str, path: Path) -> bytes:
    word, _, encoded = text.strip().partition(" ")
    try:
        key = base64.b64decode(encoded, altchars=b"-_", validate=True)
    except binascii.Error:
        key = b""
    if word != FORMAT or len(key) != KEY_BYTES:
        raise VaultUnusable(f"{path} holds no master key: it reads `{FORMAT} <32 bytes in base64url>`")
    return key


def sync_folder(folder: Path) -> None:
    """Make a folder's entries durable: a new file is safe only when its name is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
