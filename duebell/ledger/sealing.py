"""Sealing: secrets that must be kept (verifiers, tokens) are encrypted before they are stored.

The key comes from the setting SECRET_KEY, or from a file in HOME that only its owner may read. With
several machines on one PostgreSQL all need the same key, so there it has to be the setting.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from duebell.domain.failures import ConfigurationError

KEY_FILE = "secret.key"


class Sealer:
    """Encrypts and decrypts with one key (Fernet: AES-128-CBC with HMAC-SHA256)."""

    def __init__(self, key: str) -> None:
        try:
            self._fernet = Fernet(key)
        except ValueError:
            raise ConfigurationError(
                [
                    (
                        "DUEBELL_SECRET_KEY: must be 32 random bytes in URL-safe base64; make one "
                        "with `python -c 'import base64,os;"
                        "print(base64.urlsafe_b64encode(os.urandom(32)).decode())'`."
                    )
                ]
            ) from None
        self._key = key.encode()

    def digest(self, text: str) -> str:
        """A short word for a text: the same for the same text, and it gives nothing away.

        It depends on the key, so that nobody can find a phone number by trying them all.
        """
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:16]

    def seal(self, text: str) -> str:
        """Encrypt."""
        return self._fernet.encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """Decrypt.

        Raises:
            ConfigurationError: if it was sealed with another key.
        """
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise ConfigurationError(
                [
                    (
                        "The secrets in the ledger were sealed with another key: restore the file "
                        f"`{KEY_FILE}` of the data directory, or set DUEBELL_SECRET_KEY to the old "
                        "key."
                    )
                ]
            ) from None


def fingerprint(secret: str) -> str:
    """A short word that tells two secrets apart without giving them away."""
    return hashlib.sha256(secret.encode()).hexdigest()[:16]


def open_sealer(home: Path, secret_key: str | None) -> Sealer:
    """The sealer of this installation; makes the key file on the first start."""
    return Sealer(secret_key or _key_in_file(home / KEY_FILE))


def _key_in_file(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not named after the process: containers that share the directory all have number 1.
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
        with os.fdopen(descriptor, "w") as file:
            file.write(Fernet.generate_key().decode())
            file.flush()
            os.fsync(file.fileno())
        _publish(Path(draft), path)
    return path.read_text().strip()


def _publish(draft: Path, path: Path) -> None:
    # A link fails where another process was faster, so that all use the same key.
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
