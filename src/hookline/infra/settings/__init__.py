"""The typed settings of a stack. A wrong value is rejected with a reason."""
