"""The archives of the Lambda functions: which modules they hold, and in which form."""
