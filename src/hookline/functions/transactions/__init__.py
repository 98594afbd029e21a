"""What the validator needs: the write to the outbox table, and events from the bus."""
