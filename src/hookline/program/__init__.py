"""Runs a Pulumi program in this process, without the Pulumi CLI."""
