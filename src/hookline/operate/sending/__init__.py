"""Code that sends webhooks: events of your own services, and sample events with a provider's signature."""
