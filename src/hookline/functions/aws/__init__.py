"""Clients for AWS services, for use in Lambda functions."""
