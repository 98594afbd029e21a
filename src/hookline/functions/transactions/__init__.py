"""Parts of the validator: the write to the outbox table, and the handling of events from the bus."""
