"""The rules of the transactions system: the transaction, its queue message and its outbox item."""
