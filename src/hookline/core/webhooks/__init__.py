"""The forms in which a provider's event travels: the message in the queue, the record, the event on the bus."""
