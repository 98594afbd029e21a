"""The rules of hookline in pure Python, without I/O and third-party packages.

This module holds the names of the providers and of the queues, which all parts of hookline use.
"""

PROVIDER_NAMES = ("adyen", "checkout", "paypal", "razorpay", "shopify", "square", "standard_webhooks", "stripe")
"""The name of each provider in URL paths, secrets, settings and ids. ``core.providers`` has a module for each name."""

QUEUES = {"payment": "payments", "refund": "refunds", "dispute": "disputes"}
"""Transaction type → first part of the name of its queue, such as ``payments`` for ``payments-queue``."""

FORWARD_FAILURES = "forward-failures"
"""First part of the name of the queue from which the validator retries bus events that it did not record."""

FORWARD_DEAD_LETTERS = "forward-dlq"
"""First part of the name of the queue for bus events that the validator does not retry any more."""

EMULATOR_DNS_SUFFIX = "localhost"
"""The end of host names in local mode. On AWS, it is `amazonaws.com` or that of another partition."""
