"""Signature schemes, and the X.509 certificates that PayPal's scheme needs."""
