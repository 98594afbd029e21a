"""The transactions system: API, validator, table, router, queues."""
