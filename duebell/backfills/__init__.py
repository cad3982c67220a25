"""Backfills: the records of a past period, told or rehearsed."""
