"""Twilio: text messages, their status callbacks and what its error codes mean."""
