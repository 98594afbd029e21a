"""The formats of a provider's event: the delivery message, the webhook records and the bus event."""
