"""What the providers are called where people read of them."""

from __future__ import annotations

from collections.abc import Mapping

PROVIDER_NAMES: Mapping[str, str] = {
    "twilio": "Twilio",
    "twilio-email": "Twilio Email",
    "sendgrid": "SendGrid",
}


def provider_name(provider: str | None) -> str:
    """A provider as people call it; one that the ledger does not know is only "the provider"."""
    return PROVIDER_NAMES.get(provider or "", provider or "the provider")
