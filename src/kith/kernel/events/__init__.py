"""What happened: one row that is audit entry, history, event and outbox at once, sealed into a chain after commit."""
