"""Verification of webhook signatures, and of the X.509 certificates that PayPal's signatures need."""
