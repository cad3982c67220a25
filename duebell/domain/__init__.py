"""What Duebell decides, as values and pure functions: standard library only, no clock, no IO."""
