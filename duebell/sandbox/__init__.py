"""FreshBooks, Twilio and SendGrid as one local program, with a small accounting firm in it.

Nothing here imports the rest of Duebell: signatures, forms and records are written a second time,
so that the product is measured against an independent reading of the vendors' documentation.
"""
