"""Sealing: one key per installation, which only its owner may read."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from duebell.domain.failures import ConfigurationError
from duebell.ledger.sealing import KEY_FILE, Sealer, fingerprint, open_sealer

ROOT = Path(__file__).parents[3]


def a_key() -> str:
    """A key as the setting holds it."""
    return Fernet.generate_key().decode()


@pytest.mark.parametrize("text", ["secret", "", "Grüße 🔔", "a\nb"])
def test_what_is_sealed_can_be_unsealed(text: str) -> None:
    """A sealed text comes back as it was, and does not show meanwhile."""
    sealer = Sealer(a_key())

    sealed = sealer.seal(text)

    assert text == sealer.unseal(sealed)
    assert text == "" or text not in sealed


def test_the_same_text_is_never_sealed_alike() -> None:
    """Two equal secrets cannot be told to be equal."""
    sealer = Sealer(a_key())

    assert sealer.seal("secret") != sealer.seal("secret")


def test_another_key_says_how_to_mend_it() -> None:
    """What was sealed with another key is a fault that names the file and the setting."""
    sealed = Sealer(a_key()).seal("secret")

    with pytest.raises(ConfigurationError) as failure:
        Sealer(a_key()).unseal(sealed)

    assert KEY_FILE in str(failure.value)
    assert "DUEBELL_SECRET_KEY" in str(failure.value)


def test_what_was_tampered_with_is_refused() -> None:
    """A changed row is not decrypted to something else."""
    sealer = Sealer(a_key())
    sealed = sealer.seal("secret")
    other = "A" if sealed[-20] != "A" else "B"

    with pytest.raises(ConfigurationError):
        sealer.unseal(sealed[:-20] + other + sealed[-19:])


@pytest.mark.parametrize("key", ["", "short", "ü" * 44, "A" * 43, "not base64!" * 4])
def test_a_malformed_key_says_how_to_make_one(key: str) -> None:
    """A key that is none is a fault of the setting, with the command that makes one."""
    with pytest.raises(ConfigurationError, match="DUEBELL_SECRET_KEY: must be 32 random bytes"):
        Sealer(key)


def test_the_setting_wins_over_the_file(tmp_path: Path) -> None:
    """With the setting no file is made or read."""
    key = a_key()

    sealer = open_sealer(tmp_path, key)

    assert "secret" == Sealer(key).unseal(sealer.seal("secret"))
    assert [] == list(tmp_path.iterdir())


def test_the_first_start_makes_a_key_that_only_its_owner_may_read(tmp_path: Path) -> None:
    """The key file has mode 600, and nothing else is left in the data directory."""
    home = tmp_path / "new" / "home"

    open_sealer(home, None)

    assert [KEY_FILE] == [path.name for path in home.iterdir()]
    assert 0o600 == (home / KEY_FILE).stat().st_mode & 0o777


def test_the_next_start_finds_the_key(tmp_path: Path) -> None:
    """What was sealed before a restart can be unsealed after it."""
    sealed = open_sealer(tmp_path, None).seal("secret")

    assert "secret" == open_sealer(tmp_path, None).unseal(sealed)


def test_processes_that_start_together_use_one_key(tmp_path: Path) -> None:
    """Whoever is first makes the key, and all others seal with it."""
    program = (
        "import sys, pathlib; from duebell.ledger.sealing import open_sealer;"
        "print(open_sealer(pathlib.Path(sys.argv[1]), None).seal('secret'))"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]

    sealed = [process.communicate(timeout=60)[0].strip() for process in processes]

    sealer = open_sealer(tmp_path, None)
    assert ["secret"] * 4 == [sealer.unseal(text) for text in sealed]


def test_processes_of_one_number_use_one_key(tmp_path: Path) -> None:
    """Process numbers are not unique where containers share a directory; threads stand for them."""
    for number in range(40):
        home = tmp_path / str(number)
        sealed: list[str] = []
        start = threading.Barrier(4)

        def begin(
            home: Path = home, sealed: list[str] = sealed, start: threading.Barrier = start
        ) -> None:
            start.wait()
            sealed.append(open_sealer(home, None).seal("secret"))

        threads = [threading.Thread(target=begin) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        sealer = open_sealer(home, None)
        assert ["secret"] * 4 == [sealer.unseal(text) for text in sealed]
        assert [KEY_FILE] == [path.name for path in home.iterdir()]


def test_a_fingerprint_tells_secrets_apart_and_gives_none_away() -> None:
    """Equal secrets have equal fingerprints, others do not, and no secret shows in its own."""
    assert fingerprint("secret-1") == fingerprint("secret-1")
    assert fingerprint("secret-1") != fingerprint("secret-2")
    assert "secret" not in fingerprint("secret-1")
