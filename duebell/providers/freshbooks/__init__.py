"""FreshBooks: signed deliveries, records, callbacks and the rotating OAuth connection."""
