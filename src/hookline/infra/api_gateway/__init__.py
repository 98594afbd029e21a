"""API Gateway: REST APIs, and the role with which API Gateway writes access logs."""
