"""Prefect blocks: credentials in, clients out."""

from blocks.freshbooks import FreshBooksCredentials
from blocks.sendgrid import SendGridCredentials
from blocks.twilio import TwilioCredentials

__all__ = ["FreshBooksCredentials", "SendGridCredentials", "TwilioCredentials"]
