"""Estimates of a stack's cost and capacity, calculated from the resources that its program declares."""
