"""Makes what a program registers exist in the emulator, and takes it away again."""
