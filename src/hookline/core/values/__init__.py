"""Values that travel in events: amounts, currencies, times, JSON, and what of an id may be logged."""
