"""What ingestion and processing need: certificates, the steps of an intake, and bus events."""
