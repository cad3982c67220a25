"""From a signal to a message that was sent once: looked up, decided, sent, asked about."""
