"""Parts of ingestion and processing: PayPal's certificates, storage of deliveries, and creation of bus events."""
