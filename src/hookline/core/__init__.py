"""The rules of the pipeline: pure, standard library only, no I/O. Here are the names that every part shares."""

PROVIDER_NAMES = ("adyen", "checkout", "paypal", "razorpay", "shopify", "square", "standard_webhooks", "stripe")
"""Every payment provider, by its name in paths, secrets, settings and ids; each has a module in ``core.providers``."""

QUEUES = {"payment": "payments", "refund": "refunds", "dispute": "disputes"}
"""Transaction type → the name of its queue, without what an environment adds."""
