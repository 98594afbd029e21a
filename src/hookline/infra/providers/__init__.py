"""The components of the providers system: REST API, ingestion, archive, queue, processing and bus."""
