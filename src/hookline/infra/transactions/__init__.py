"""The components of the transactions system: REST API, validator, table, router and queues."""
