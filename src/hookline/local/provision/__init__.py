"""Creation and removal of a Pulumi program's resources in the emulator."""
