"""What a stack costs and how much it can take, worked out from what its program declares."""
