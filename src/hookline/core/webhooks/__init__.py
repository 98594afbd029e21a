"""The three formats of a provider's event: the delivery message, the webhook record and the bus event."""
