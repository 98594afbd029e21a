"""Creation of the code archives that Pulumi uploads for the Lambda functions."""
