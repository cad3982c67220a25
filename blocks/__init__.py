"""Prefect blocks: credentials in, clients out."""

from blocks.freshbooks import FreshBooksCredentials
from blocks.twilio import TwilioCredentials

__all__ = ["FreshBooksCredentials", "TwilioCredentials"]
