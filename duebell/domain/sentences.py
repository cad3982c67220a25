"""Sentences of others inside of ours: providers' reasons end in a full stop, and ours go on."""

from __future__ import annotations


def as_part(sentence: str) -> str:
    """A sentence without its full stop, for one in which something follows it."""
    return sentence.strip().rstrip(".")


def with_code(reason: str, code: str) -> str:
    """A reason with the provider's code in brackets, once; empty where there is neither."""
    if not code or f"({code})" in reason:
        return reason
    return f"{as_part(reason)} ({code})" if reason else code
