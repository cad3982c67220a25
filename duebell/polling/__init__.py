"""Reading FreshBooks' lists: what changed, what was there before, which rungs are reached."""
