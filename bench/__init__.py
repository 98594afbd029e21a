"""Measures hookline's functions beside the same functions written as others write them, and beside the floor."""
