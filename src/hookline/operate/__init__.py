"""Functions with which an operator works on a running stack."""
