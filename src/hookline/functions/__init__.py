"""The Lambda functions: thin layers over ``hookline.core``. Only these two packages are deployed."""
