"""The tables of the providers: what hookline does with each event type and status."""
