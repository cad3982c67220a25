"""Which failures leave open whether a message arrived, and which come again with the same words."""

from __future__ import annotations

from duebell.domain.delivery import FailureClass
from duebell.providers.codes import meaning_of


def leaves_open(code: str) -> bool:
    """Whether this code of a message that its provider had taken does not prove that it is lost.

    No code at all proves nothing either.
    """
    meaning = meaning_of(code)
    return meaning is None or meaning.failure is FailureClass.UNKNOWN


def comes_again(code: str) -> bool:
    """Whether the same words fail once more: a spam filter, a text that is too long."""
    meaning = meaning_of(code)
    return meaning is not None and meaning.is_about_words
