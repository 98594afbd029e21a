"""The clients with which hookline's Lambda functions call AWS services."""
