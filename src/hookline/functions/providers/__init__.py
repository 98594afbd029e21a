"""Parts of ingestion and processing: certificates, durable storage of deliveries, and bus events."""
