"""Sending of webhooks: events of your own services, and sample events signed as a provider signs them."""
