"""API Gateway: REST APIs, and the setting that an AWS account has once."""
