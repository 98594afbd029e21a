"""Parsing and checks of values in events (amounts, currencies, times, JSON), and the masking of ids in logs."""
