"""The components that both systems use."""
