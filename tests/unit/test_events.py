"""What must be heard from FreshBooks, so that the rules' events are known."""

from __future__ import annotations

import pytest

from duebell.domain.events import EVENT_TYPES, callbacks_for


def test_ladder_and_own_events_need_no_callback() -> None:
    """What FreshBooks announces is subscribed to, by its own name: told facts and deletions."""
    callbacks = callbacks_for(EVENT_TYPES)

    assert set(EVENT_TYPES) - callbacks == {
        "invoice.due",
        "invoice.overdue",
        "brake.engaged",
        "notification.failed",
        "connection.lost",
        "webhook.silent",
    }
    assert callbacks - set(EVENT_TYPES) == {"invoice.delete"}


def test_created_invoices_need_updates_too() -> None:
    """A draft becomes an invoice by an update, so the rule for new invoices hears of updates."""
    callbacks = callbacks_for(["invoice.create"])

    assert callbacks == {"invoice.create", "invoice.update", "invoice.delete"}


def test_a_word_that_is_no_event_has_no_callback() -> None:
    """A misspelt event type is an error and never a subscription less."""
    with pytest.raises(KeyError):
        callbacks_for(["invoice.craete"])
