"""The providers system: API, ingestion, archive, queue, processing, bus."""
