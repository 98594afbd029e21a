"""Local mode: the Pulumi program and an emulator of AWS on this machine."""
