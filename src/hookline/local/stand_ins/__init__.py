"""Stands in for what the emulator lacks: the pollers of streams, and the delivery from the bus."""
