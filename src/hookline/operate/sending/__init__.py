"""Sends webhooks: your own services' and, signed as the providers sign, theirs."""
