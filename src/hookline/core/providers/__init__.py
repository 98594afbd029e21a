"""The providers: how to verify, identify and normalise the webhooks of each provider."""
