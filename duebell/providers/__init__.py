"""The systems Duebell talks to. ``wire`` modules are pure; the rest does IO through httpx."""
