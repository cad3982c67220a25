"""The webhook process: hears FreshBooks and Twilio, writes to the ledger, answers.

It calls no provider, starts no run and knows nothing of Prefect.
"""
