"""One module for each provider, with the code that verifies, identifies and normalises the provider's webhooks."""
