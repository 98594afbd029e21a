"""Parts of the validator: the write to the table ``transaction-events``, and the handling of bus events."""
