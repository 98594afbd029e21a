"""The components that the transactions system and the providers system share."""
