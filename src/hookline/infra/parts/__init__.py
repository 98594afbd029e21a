"""Components that both systems are made of."""
