"""Benchmarks: Duebell beside a bare script of the same durability, in one run, on one machine."""
