"""A benchmark that compares hookline's functions with the same functions on other libraries, and with the floor."""
