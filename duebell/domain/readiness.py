"""What is said of an installation that is not ready, by whoever says it or waits for it."""

from __future__ import annotations

NOT_CONNECTED = "FreshBooks is not connected yet: run `duebell connect freshbooks`."
#: A reason follows.
CONNECTION_LOST = "The connection to FreshBooks is lost"
#: The file's name comes before it.
RULEBOOK_GONE = ": the file is gone; put it back."
NO_WORKER = "No worker is running: start one with `duebell worker`."
