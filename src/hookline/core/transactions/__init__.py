"""The rules of the transactions system: what a transaction is, its message, and its item in the table."""
