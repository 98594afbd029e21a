"""API Gateway: REST APIs, and the account-wide setting."""
