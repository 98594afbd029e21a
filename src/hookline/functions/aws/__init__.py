"""Calling AWS from inside Lambda."""
