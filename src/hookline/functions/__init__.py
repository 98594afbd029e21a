"""The Lambda functions: thin shells over ``hookline.core``; with it, all that is deployed."""
