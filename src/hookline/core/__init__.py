"""The rules of the pipeline, without I/O and without dependencies. This module holds the names that all parts share."""

PROVIDER_NAMES = ("adyen", "checkout", "paypal", "razorpay", "shopify", "square", "standard_webhooks", "stripe")
"""The name of each provider in paths, secrets, settings and ids. Each provider has a module in ``core.providers``."""

QUEUES = {"payment": "payments", "refund": "refunds", "dispute": "disputes"}
"""Transaction type → first part of the name of its queue, such as ``payments`` for ``payments-queue``."""
