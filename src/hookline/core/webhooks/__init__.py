"""The formats of a provider's event: the message in the FIFO queue, the webhook record and the event on the bus."""
