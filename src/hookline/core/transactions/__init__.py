"""The rules for transactions, their messages in the queues, and their outbox items."""
