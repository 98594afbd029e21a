"""The settings of a stack: typed, checked, and refused with a reason."""
