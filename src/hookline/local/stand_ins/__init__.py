"""Replacements for missing functions of the emulator: stream pollers, and delivery from the bus."""
