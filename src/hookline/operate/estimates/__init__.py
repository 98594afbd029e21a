"""Estimates of a stack's cost and capacity, calculated from the resources that the Pulumi program declares."""
