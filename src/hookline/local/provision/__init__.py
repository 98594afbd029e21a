"""Creation and removal of a program's resources in the emulator."""
