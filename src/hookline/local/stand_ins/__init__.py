"""Stand-ins for parts of AWS that the emulator lacks: polling of DynamoDB streams, and delivery from the bus."""
