"""The code archives of the Lambda functions."""
