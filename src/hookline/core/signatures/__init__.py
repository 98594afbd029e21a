"""Signature schemes, and the certificates that some of them need."""
