"""What an operator does with a running stack, as plain functions."""
