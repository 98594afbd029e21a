"""The Lambda functions. Lambda receives only this package and ``hookline.core``, which contains the rules."""
