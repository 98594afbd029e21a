"""hookline: a pipeline for inbound payment webhooks in your own AWS account."""
