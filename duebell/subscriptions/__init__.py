"""Our webhooks at FreshBooks: made, verified, listed, removed, and noticed when silent."""
